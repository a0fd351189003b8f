// @ts-check
/** Forwards signals of the Node process to a guest, to a module object of wasmsig/signal, or to a Sender. */

import { WasmsigError } from '../engine/errors.js';
import { signalNumber } from '../signals/signal_names.js';
import { FORWARDED } from './forwarded.js';

export { FORWARDED } from './forwarded.js';

/**
 * Signals that a terminal sends by itself: the guest sees SI_KERNEL for them, as natively. Node does not tell which
 * process sent a signal.
 */
const FROM_TERMINAL = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH', 'SIGHUP']);

/**
 * @typedef {{kill(signal: string, options: {terminal: boolean}): boolean, abortSignal?: AbortSignal, exited?:
 *   Promise<unknown>}} Target when the target has ended, `abortSignal` aborts or, without one, `exited` settles
 */

/**
 * Forwards one signal.
 * @param {Target} target
 * @param {NodeJS.Signals} signal
 * @returns {boolean} false: the target has ended
 */
export function handOn(target, signal) {
  return target.kill(signal, { terminal: FROM_TERMINAL.has(signal) });
}

/**
 * Forwards signals until close() is called or the target has ended. (A Sender shows that it has only when the next
 * signal finds no process.) A signal that is forwarded no longer acts on the Node process itself; it does again when
 * the last binding is closed.
 * @param {Target} target
 * @param {readonly NodeJS.Signals[]} [signals] names
 * @returns {{close(): void, [Symbol.dispose](): void}}
 * @throws {TypeError} there is no such signal
 * @throws {Error} EINVAL: no process can listen for it (SIGKILL). Nothing is bound then
 */
export function forward(target, signals = FORWARDED) {
  for (const signal of signals) signalNumber(signal);
  const listener = (/** @type {NodeJS.Signals} */ signal) => {
    try {
      if (handOn(target, signal)) return;
    } catch (error) {
      if (!(error instanceof WasmsigError && error.code === 'ERR_BLOCK')) throw error;
    }
    close();
  };
  /** @type {NodeJS.Signals[]} */
  const bound = [];
  const close = () => {
    for (const signal of bound.splice(0)) process.off(signal, listener);
  };
  try {
    for (const signal of new Set(signals)) bound.push(process.on(signal, listener) && signal);
  } catch (error) {
    close();
    throw error;
  }
  const { abortSignal } = target; // waiting for the process's `exited` would mark its rejection as handled
  if (abortSignal?.aborted) close();
  else if (abortSignal) abortSignal.addEventListener('abort', close, { once: true });
  else target.exited?.then(close, close);
  return { close, [Symbol.dispose]: close };
}
