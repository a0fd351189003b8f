// @ts-check
/** Hands the signals of the Node process on: to a guest, to a module object of wasmsig/signal, or to a Sender. */

import { WasmsigError } from '../engine/errors.js';
import { signalNumber } from '../signals/names.js';
import { FORWARDED } from './forwarded.js';

export { FORWARDED } from './forwarded.js';

/** What a terminal sends by itself: the guest sees SI_KERNEL, as natively. Node does not tell who sent a signal. */
const FROM_TERMINAL = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH', 'SIGHUP']);

/** @typedef {{kill(signal: string, options: {terminal: boolean}): boolean, abortSignal?: AbortSignal, exited?: Promise<unknown>}} Target  `abortSignal` aborts, or else `exited` settles, when it has ended */

/**
 * Hands one signal on.
 * @param {Target} target
 * @param {NodeJS.Signals} signal
 * @returns {boolean} false: the target has ended
 */
export function handOn(target, signal) {
  return target.kill(signal, { terminal: FROM_TERMINAL.has(signal) });
}

/**
 * Binds until close(), or until the target has ended (a Sender tells that only when a signal finds nobody). A bound signal no longer acts on the Node
 * process itself; it does again when the last binding is gone.
 * @param {Target} target
 * @param {readonly NodeJS.Signals[]} [signals]
 * @returns {{close(): void, [Symbol.dispose](): void}}
 * @throws {TypeError} no such signal
 * @throws {Error} EINVAL: one that no process can listen for, as SIGKILL. Nothing is bound then
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
  const { abortSignal } = target; // to wait for a process's `exited` would say that its failure was heard of
  if (abortSignal?.aborted) close();
  else if (abortSignal) abortSignal.addEventListener('abort', close, { once: true });
  else target.exited?.then(close, close);
  return { close, [Symbol.dispose]: close };
}
