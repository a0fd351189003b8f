// One set-up at a time per cache folder. The lock is a file that names its owner; a dead owner's lock is taken over.

import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SetupError } from './progress.mjs';

const heartbeatMs = 2_000;
// An owner in another container cannot be asked whether it lives; silence for this long means that it does not.
const silentMs = 60_000;
const giveUpMs = 45 * 60_000;

/**
 * @param {string} cache the cache folder
 * @param {(owner: number) => void} onWait called once when somebody else holds the lock
 * @returns {Promise<() => void>} releases the lock
 */
export async function acquireLock(cache, onWait) {
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
  } catch (error) {
    throw new SetupError(
      `the cache folder ${cache} cannot be written (${/** @type {NodeJS.ErrnoException} */ (error).code}): set WASMSIG_CACHE to a folder that can`,
    );
  }
  const path = join(cache, 'lock');
  const own = join(cache, `lock.${process.pid}.${Math.random().toString(36).slice(2)}`);
  const text = JSON.stringify({ pid: process.pid, host: hostname(), started: startTime(process.pid), id: own });
  // The lock appears with its contents in one step (a hard link): a reader never sees an empty file.
  writeFileSync(own, text);
  const until = Date.now() + giveUpMs;
  let waiting = false;
  try {
    for (;;) {
      try {
        linkSync(own, path);
        break;
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      }
      const seen = readOrUndefined(path);
      if (seen === undefined) continue;
      if (isStale(seen, path)) {
        takeOver(path, seen);
        continue;
      }
      const pid = parse(seen)?.pid ?? 0;
      if (!waiting) onWait(pid);
      waiting = true;
      if (Date.now() > until)
        throw new SetupError(
          `another set-up (pid ${pid}) has held ${path} for ${giveUpMs / 60_000} minutes: end it, or remove that file`,
        );
      await sleep(200);
    }
  } finally {
    rmSync(own, { force: true });
  }
  const timer = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // The cache folder was removed under us; the next step will say so.
    }
  }, heartbeatMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (readOrUndefined(path) === text) rmSync(path, { force: true });
  };
}

/**
 * Moves a dead owner's lock away. Of several processes that judged it dead one wins the rename; should the file have been replaced by a
 * live owner's between the look and the rename, it is put back.
 * @param {string} path
 * @param {string} seen
 */
function takeOver(path, seen) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (readOrUndefined(aside) !== seen) linkSync(aside, path);
  } catch {
    // Somebody took the free place; that owner and the one moved aside both believe to hold it, but for the same few microseconds only.
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * @param {string} text
 * @param {string} path
 */
function isStale(text, path) {
  const owner = parse(text);
  if (!owner) return true;
  if (owner.host !== hostname()) {
    try {
      return Date.now() - statSync(path).mtimeMs > silentMs;
    } catch {
      return false;
    }
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
  // The number may have been given to another process since.
  return owner.started !== undefined && startTime(owner.pid) !== owner.started;
}

/**
 * @param {number} pid
 * @returns {string | undefined} when the process was started, in clock ticks since boot; undefined where there is no /proc
 */
function startTime(pid) {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  // Field 22; the second field is the program's name in parentheses and may contain anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/**
 * @param {string} text
 * @returns {{ pid: number, host: string, started?: string } | undefined}
 */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return Number.isInteger(value.pid) && value.pid > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @returns {string | undefined}
 */
function readOrUndefined(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
