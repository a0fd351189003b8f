// @ts-check
/**
 * Instrumented modules on disk, so that a program pays for it once: by the content of the module, the options, and the
 * rewriter. A file is the SHA-256 of its rest, and the module; one that is damaged is made again.
 *
 * The folder is `instrumented` in $WASMSIG_CACHE, or in wasmsig/ of $XDG_CACHE_HOME or ~/.cache. `WASMSIG_CACHE=off`:
 * there is none. Where it cannot be written, or belongs to another user, modules are made each time.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import rewriter from '../instrument/rewriter_wasm.js';

/** Of all files, in bytes; beyond it those go that were not used for the longest time. */
const MOST = 1 << 30;
const HASH_BYTES = 32;

/** @type {string | undefined} */
let rewriterHash;

/** @param {(string | Uint8Array)[]} parts */
function hash(...parts) {
  const result = createHash('sha256');
  for (const part of parts) result.update(part);
  return result.digest();
}

/**
 * The bytes that `make` gives for this module, from the cache if they are there.
 *
 * @param {Uint8Array} bytes
 * @param {{memory?: string, runtime?: string}} options those that `make` uses
 * @param {() => Uint8Array} make
 * @returns {Uint8Array}
 */
export function cached(bytes, options, make) {
  const folder = cacheFolder();
  if (!folder) return make();
  rewriterHash ??= hash(rewriter).toString('hex');
  const key = hash(rewriterHash, JSON.stringify([options.memory, options.runtime]), bytes).toString('hex');
  const file = join(folder, `${key}.wasm`);
  const found = read(file);
  if (found) return found;
  const made = make();
  write(folder, file, made);
  return made;
}

/** Null: there is none that could be used. */
function cacheFolder() {
  const { WASMSIG_CACHE, XDG_CACHE_HOME } = process.env;
  if (WASMSIG_CACHE === 'off') return null;
  try {
    const root = WASMSIG_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'wasmsig');
    const folder = join(root, 'instrumented');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid } = statSync(folder);
    return process.getuid && process.getuid() !== uid ? null : folder;
  } catch {
    return null;
  }
}

/** @param {string} file @returns {Uint8Array | null} */
function read(file) {
  try {
    const content = readFileSync(file);
    const bytes = content.subarray(HASH_BYTES);
    if (!hash(bytes).equals(content.subarray(0, HASH_BYTES))) return null;
    const now = new Date();
    utimesSync(file, now, now);
    return new Uint8Array(bytes);
  } catch {
    return null;
  }
}

/** @param {string} folder @param {string} file @param {Uint8Array} bytes */
function write(folder, file, bytes) {
  // In one step: another process reads all of it or nothing.
  const half = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    writeFileSync(half, Buffer.concat([hash(bytes), bytes]), { mode: 0o600 });
    renameSync(half, file);
    removeOldest(folder);
  } catch {
    rmSync(half, { force: true });
  }
}

/** @param {string} folder */
function removeOldest(folder) {
  const files = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? [{ path, size: found.size, used: found.mtimeMs }] : [];
  });
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.sort((one, other) => one.used - other.used)) {
    if (total <= MOST) return;
    rmSync(path, { force: true });
    total -= size;
  }
}
