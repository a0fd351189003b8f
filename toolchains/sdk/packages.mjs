// Packages of npm with wasm in them, which npm run third-party and the recipes guard.

import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isFinished, makeSdk, requireSpace, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';
import { tryRun, which } from '../lib/run.mjs';

/**
 * @typedef {object} Packages
 * @property {string} folder has node_modules, and use.mjs, whose use() imports from there
 */

export const name = 'packages';
/** Only for who names it: it is 600 MB. */
export const optional = true;

const SPACE = 1_000_000_000;
const FILES = ['package.json', 'package-lock.json'];
/** What nobody runs, and is a tenth of it. */
const LEFT_OUT = /\.map$|\.d\.[cm]?ts$/;
/** A module in that folder, since it is the importing module whose packages are found. */
const USE = 'export const use = (name) => import(name);\n';

/** @param {string} source */
function recipeOf(source) {
  const folder = join(source, 'tests', 'judges', 'third_party');
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  return { folder, recipe: { revision: 1, packages } };
}

/**
 * @param {Pick<import('../setup.mjs').Context, 'cache' | 'source'>} context
 * @returns {Packages | undefined}
 */
export function locate({ cache, source }) {
  const folder = sdkFolder(cache, name, recipeOf(source).recipe);
  return isFinished(folder) ? { folder } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make({ cache, source, progress }) {
  const npm = which('npm');
  if (!npm) throw new SetupError(`${name}: npm is not on the PATH: install Node 20 or later with npm`);
  const started = Date.now();
  const { folder, recipe } = recipeOf(source);
  progress.step(name, 'npm ci (400 MB)');
  await makeSdk(sdkFolder(cache, name, recipe), { revision: recipe.revision }, async (temporary) => {
    requireSpace(name, temporary, SPACE);
    for (const file of FILES) copyFileSync(join(folder, file), join(temporary, file));
    // npm compares each package with the integrity that the lock file has. Its scripts would build native code.
    const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts'];
    const { code, stderr } = await tryRun(npm, args, { cwd: temporary });
    if (code !== 0) throw new SetupError(`${name}: "npm ci" failed: ${stderr.trim().split('\n').pop()}`);
    for (const file of readdirSync(temporary, { recursive: true, encoding: 'utf8' }))
      if (LEFT_OUT.test(file)) rmSync(join(temporary, file));
    writeFileSync(join(temporary, 'use.mjs'), USE);
  });
  progress.done(name, 'installed', (Date.now() - started) / 1000);
}

export function cmakeVariables() {
  return {};
}
