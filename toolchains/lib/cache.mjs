// The cache folder: finished SDKs, each under the hash of its recipe, and what was downloaded for them.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { SetupError, megabytes } from './progress.mjs';

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
 * @returns {boolean} whether a finished SDK is there, with all the files that it had when it was made
 */
export function isFinished(folder) {
  const stamp = readText(join(folder, stampName));
  if (stamp === undefined) return false;
  const there = new Set(filesOf(folder));
  /** @type {{files?: string[]}} */
  const { files = [] } = JSON.parse(stamp);
  return files.every((file) => there.has(file));
}

/** @param {string} folder @returns {string[]} what is in it, at any depth; links are not followed */
function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return entries.map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

/**
 * apt waits for ever on a full disk, so whoever starts it asks first.
 * @param {string} component
 * @param {string} folder  an existing one
 * @param {number} bytes
 * @throws {SetupError} less is free there
 */
export function requireSpace(component, folder, bytes) {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes)
    throw new SetupError(
      `${component}: ${folder} has ${megabytes(free)} free, and ${megabytes(bytes)} are needed: free some, or set WASMSIG_CACHE to another folder`,
    );
}

/**
 * Makes an SDK in a temporary folder beside the final place and moves it there in one step, so that an interrupted set-up leaves nothing
 * that could be taken for an SDK. The caller holds the lock.
 * @param {string} folder an answer of sdkFolder
 * @param {unknown} recipe
 * @param {(temporary: string) => Promise<Record<string, unknown> | void>} make fills the temporary folder; what it returns is kept in the stamp
 * @param {{changes?: boolean}} [options] changes: whoever uses it deletes and adds files, so a missing one is no fault
 * @returns {Promise<void>}
 */
export async function makeSdk(folder, recipe, make, { changes = false } = {}) {
  // With the process's number: a killed set-up's orphaned tar may still be writing into its own.
  const temporary = `${folder}.${process.pid}.making`;
  // A folder that is not finished was not made by this function, or somebody deleted parts of it.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const facts = await make(temporary);
  writeFileSync(
    join(temporary, stampName),
    `${JSON.stringify({ recipe, ...facts, ...(changes ? {} : { files: filesOf(temporary) }) }, null, 1)}\n`,
  );
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
