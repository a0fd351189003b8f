// A Node with stack switching, for the tests of that; npm has it as a package.

import { join } from 'node:path';

import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';
import { tryRun, which } from '../lib/run.mjs';

const recipe = { revision: 1, version: '24.21.0' };
const otherwise = 'set NODE24 to the path of a Node 24 or later';

/**
 * @typedef {object} Node24
 * @property {string} executable
 */

export const name = 'node24';

/**
 * @param {Pick<import('../setup.mjs').Context, 'cache' | 'env'>} context
 * @returns {Node24 | undefined}
 */
export function locate({ cache, env }) {
  if (env.NODE24) return { executable: env.NODE24 };
  if (Number(process.versions.node.split('.')[0]) >= 24) return { executable: process.execPath };
  const folder = sdkFolder(cache, name, recipe);
  return isFinished(folder) ? { executable: join(folder, 'node_modules', packageName(), 'bin', 'node') } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make({ cache, progress }) {
  const npm = which('npm');
  if (!npm) throw new SetupError(`node24: npm is not on the PATH: ${otherwise}`);
  const started = Date.now();
  const wanted = `${packageName()}@${recipe.version}`;
  progress.step(name, `npm install ${wanted}`);
  await makeSdk(sdkFolder(cache, name, recipe), recipe, async (temporary) => {
    const { code, stderr } = await tryRun(npm, ['install', '--prefix', temporary, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', wanted], { cwd: temporary });
    if (code !== 0) throw new SetupError(`node24: "npm install ${wanted}" failed (${stderr.trim().split('\n').pop()}): ${otherwise}`);
  });
  progress.done(name, 'installed', (Date.now() - started) / 1000);
}

function packageName() {
  return `node-${process.platform}-${process.arch}`;
}

export function cmakeVariables() {
  return {};
}
