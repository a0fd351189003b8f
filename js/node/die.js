// @ts-check
/**
 * Ends or stops the Node process by the signal that ended or stopped the guest for which it stands.
 *
 * Why: docs/rationale.md#why-is-death-by-a-signal-not-an-exit-code
 */

import { createRequire } from 'node:module';
import { deathName } from '../signals/signal_names.js';

/**
 * Ends this process by the same signal, so that a shell sees the same as of a native program.
 * @param {number} signo
 * @param {boolean} core
 * @returns {never}
 */
export function dieOf(signo, core) {
  if (core) forbidCore();
  raiseByDefault(signo);
  process.exit(128 + signo); // reached if the system did nothing
}

/**
 * Stops this process by the same signal. The system decides whether it stops: SIGTSTP, SIGTTIN and SIGTTOU do not stop
 * a process in an orphaned process group.
 * @param {number} signo
 */
export function stopBy(signo) {
  const name = deathName(signo);
  const listeners = raiseByDefault(signo);
  for (const listener of listeners) process.on(name, /** @type {(...args: unknown[]) => void} */ (listener));
}

/**
 * Sends this process a signal whose action is then the system's default.
 * @param {number} signo
 * @returns {Function[]} the listeners that were removed for that
 */
function raiseByDefault(signo) {
  const name = deathName(signo);
  const listeners = process.rawListeners(name);
  const nothing = () => {};
  try {
    // Node ignores SIGPIPE and has handlers of its own for others. Removing the last listener leaves the system's
    // default action.
    process.on(name, nothing);
  } catch {
    // Node cannot listen for this signal, so its action is the default
  }
  process.removeAllListeners(name);
  try {
    process.kill(process.pid, signo);
  } catch {
    // no such signal on this system
  }
  return listeners;
}

/** Forbids a core dump: it would be of Node, not of the program. Node itself cannot set limits. */
function forbidCore() {
  try {
    const { spawnSync } = createRequire(import.meta.url)('node:child_process'); // imported only here, at the end
    spawnSync('prlimit', ['--core=0', '--pid', String(process.pid)], { stdio: 'ignore', timeout: 2000 });
  } catch {
    // without the tool the system's own limit holds
  }
}
