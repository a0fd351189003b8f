// The npm packages that package-lock.json names.

import { join } from 'node:path';

import { readText } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';
import { tryRun, which } from '../lib/run.mjs';

/**
 * @typedef {object} Npm
 * @property {string} nodeModules
 */

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Entry
 */

export const name = 'npm';

/**
 * npm writes node_modules/.package-lock.json as the last step of an installation, so an interrupted one never matches.
 * @param {import('../setup.mjs').Context} context
 * @returns {Npm | undefined}
 */
export function locate({ source }) {
  const nodeModules = join(source, 'node_modules');
  const wanted = entries(join(source, 'package-lock.json'));
  const found = entries(join(nodeModules, '.package-lock.json'));
  if (!wanted)
    throw new SetupError(`npm: there is no readable package-lock.json in ${source}: run "npm install" there once`);
  if (!found) return Object.keys(wanted).length === 0 ? { nodeModules } : undefined;
  const matches = (/** @type {Entry} */ a, /** @type {Entry | undefined} */ b) =>
    b ? a.version === b.version && a.integrity === b.integrity : a.optional === true;
  const complete = Object.entries(wanted).every(([path, entry]) => matches(entry, found[path]));
  const exact = Object.keys(found).every((path) => path in wanted);
  return complete && exact ? { nodeModules } : undefined;
}

/**
 * @param {string} path
 * @returns {Record<string, Entry> | undefined} everything but the project itself
 */
function entries(path) {
  try {
    const { packages } = JSON.parse(readText(path) ?? '');
    return Object.fromEntries(Object.entries(packages).filter(([key]) => key !== ''));
  } catch {
    return undefined;
  }
}

/** @param {import('../setup.mjs').Context} context */
export async function make({ source, progress }) {
  const npm = which('npm');
  if (!npm) throw new SetupError('npm: npm is not on the PATH: install Node 20 or later with npm');
  const started = Date.now();
  progress.step(name, 'npm ci');
  const { code, stdout, stderr } = await tryRun(npm, ['ci', '--no-audit', '--no-fund'], { cwd: source });
  if (code !== 0) {
    const errors = stderr.split('\n').filter((line) => /^npm (ERR!|error) (?!code )/.test(line));
    const why = (errors[0] ?? stderr.trim().split('\n')[0]).replace(/^npm (ERR!|error) /, '');
    throw new SetupError(`npm: "npm ci" failed: ${why}`);
  }
  progress.done(name, /added .* packages?/.exec(stdout)?.[0] ?? 'installed', (Date.now() - started) / 1000);
}

export function cmakeVariables() {
  return {};
}
