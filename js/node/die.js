// @ts-check
/** How the Node process ends, or stops, by a signal that ended or stopped the process it stands for. */

import { createRequire } from 'node:module';
import { deathName } from '../signals/names.js';

/**
 * Ends this process by the same signal, so that a shell sees what it would see of a native program.
 * @param {number} signo
 * @param {boolean} core
 * @returns {never}
 */
export function dieOf(signo, core) {
  if (core) forbidCore();
  raiseByDefault(signo);
  process.exit(128 + signo); // where the system did nothing
}

/**
 * Stops this process by the same signal, so that the system decides: it stops nobody by SIGTSTP, SIGTTIN or SIGTTOU whose process group is orphaned.
 * @param {number} signo
 */
export function stopBy(signo) {
  const name = deathName(signo);
  const listeners = raiseByDefault(signo);
  for (const listener of listeners) process.on(name, /** @type {(...args: unknown[]) => void} */ (listener));
}

/**
 * Sends this process a signal whose action is the system's default.
 * @param {number} signo
 * @returns {Function[]} the listeners that were taken away for that
 */
function raiseByDefault(signo) {
  const name = deathName(signo);
  const listeners = process.rawListeners(name);
  const nothing = () => {};
  try {
    // Node ignores SIGPIPE and has handlers of its own for others; taking the last listener away leaves the system's default action.
    process.on(name, nothing);
  } catch {
    // not one that Node can listen for, so its action is the default
  }
  process.removeAllListeners(name);
  try {
    process.kill(process.pid, signo);
  } catch {
    // no such signal on this system
  }
  return listeners;
}

/** The core of this process would be of Node, not of the program. Node itself cannot set limits. */
function forbidCore() {
  try {
    const { spawnSync } = createRequire(import.meta.url)('node:child_process'); // loaded only here, at the end
    spawnSync('prlimit', ['--core=0', '--pid', String(process.pid)], { stdio: 'ignore', timeout: 2000 });
  } catch {
    // without the tool the system's own limit holds
  }
}
