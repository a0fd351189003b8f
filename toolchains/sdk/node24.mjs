// A Node with stack switching, for the tests of that; npm has it as a package.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';
import { tryRun, which } from '../lib/run.mjs';

/** Its packages by platform, with what npm checks them against. */
const INTEGRITY = Object.freeze(
  /** @type {Record<string, string>} */ ({
    'linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    'linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  }),
);
const platform = `${process.platform}-${process.arch}`;
const recipe = { revision: 2, version: '24.21.0', integrity: INTEGRITY[platform] };
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
  if (!recipe.integrity) throw new SetupError(`node24: no package for ${platform} is known: ${otherwise}`);
  const { version, integrity } = recipe;
  const wanted = `${packageName()}@${version}`;
  progress.step(name, `npm install ${wanted}`);
  await makeSdk(sdkFolder(cache, name, recipe), recipe, async (temporary) => {
    const dependencies = { [packageName()]: version };
    const packages = { '': { dependencies }, [`node_modules/${packageName()}`]: { version, integrity } };
    writeFileSync(join(temporary, 'package.json'), JSON.stringify({ private: true, dependencies }));
    writeFileSync(join(temporary, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
    const { code, stderr } = await tryRun(npm, ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: temporary,
    });
    if (code !== 0)
      throw new SetupError(`node24: "npm ci" of ${wanted} failed (${stderr.trim().split('\n').pop()}): ${otherwise}`);
  });
  progress.done(name, 'installed', (Date.now() - started) / 1000);
}

function packageName() {
  return `node-${platform}`;
}

export function cmakeVariables() {
  return {};
}
