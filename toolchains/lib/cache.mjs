// The cache folder: finished SDKs, each under the hash of its recipe, and what was downloaded for them.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} the cache folder's absolute path; it need not exist
 */
export function cacheFolder(env = process.env) {
  if (env.WASMSIG_CACHE) return resolve(env.WASMSIG_CACHE);
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wasmsig');
}

/**
 * @param {unknown} recipe anything that JSON can hold
 * @returns {string} 12 hexadecimal digits
 */
export function recipeHash(recipe) {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
}

/**
 * Where an SDK made by this recipe is, or will be. The name holds the recipe's hash, so a changed recipe never finds an old SDK,
 * and two checkouts with different recipes can share a cache.
 * @param {string} cache
 * @param {string} name
 * @param {unknown} recipe
 * @returns {string}
 */
export function sdkFolder(cache, name, recipe) {
  return join(cache, 'sdk', `${name}-${recipeHash(recipe)}`);
}

/**
 * @param {string} folder an answer of sdkFolder
 * @returns {boolean} whether a finished SDK is there
 */
export function isFinished(folder) {
  return existsSync(join(folder, stampName));
}

/**
 * Makes an SDK in a temporary folder beside the final place and moves it there in one step, so that an interrupted set-up leaves nothing
 * that could be taken for an SDK. The caller holds the lock.
 * @param {string} folder an answer of sdkFolder
 * @param {unknown} recipe
 * @param {(temporary: string) => Promise<Record<string, unknown> | void>} make fills the temporary folder; what it returns is kept in the stamp
 * @returns {Promise<void>}
 */
export async function makeSdk(folder, recipe, make) {
  // With the process's number: a killed set-up's orphaned tar may still be writing into its own.
  const temporary = `${folder}.${process.pid}.making`;
  // A folder without a stamp was not made by this function; somebody deleted parts of it.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const facts = await make(temporary);
  writeFileSync(join(temporary, stampName), `${JSON.stringify({ recipe, ...facts }, null, 2)}\n`);
  renameSync(temporary, folder);
}

/**
 * Writes a file so that a reader sees the old or the new text and never a part.
 * @param {string} path
 * @param {string} text
 * @returns {void}
 */
export function writeAtomically(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

/**
 * @param {string} path
 * @returns {string | undefined}
 */
export function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const stampName = '.wasmsig-stamp.json';
