// @ts-check
/** Hands the signals of the Node process on: to a guest, to a module object of wasmsig/signal, or to a Sender. */

import { signalNumber } from '../signals.js';

/** What a terminal and other processes send, and Node can listen for. */
export const FORWARDED = Object.freeze(/** @type {NodeJS.Signals[]} */ ([
  'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTSTP', 'SIGCONT', 'SIGALRM',
]));

/** What a terminal sends by itself: the guest sees SI_KERNEL, as natively. */
const FROM_TERMINAL = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH', 'SIGHUP']);

/** @typedef {{kill(signal: string, options: {terminal: boolean}): boolean, exited?: Promise<unknown>}} Target */

/**
 * Binds until close(), or until the target has ended (a Sender does not tell). A bound signal no longer acts on the Node process itself.
 * @param {Target} target
 * @param {readonly NodeJS.Signals[]} [signals]
 * @returns {{close(): void, [Symbol.dispose](): void}}
 */
export function forward(target, signals = FORWARDED) {
  const listener = (/** @type {NodeJS.Signals} */ signal) => {
    target.kill(signal, { terminal: FROM_TERMINAL.has(signal) });
  };
  const bound = signals.filter((signal) => signalNumber(signal) && process.on(signal, listener));
  const close = () => {
    for (const signal of bound.splice(0)) process.off(signal, listener);
  };
  target.exited?.then(close, close);
  return { close, [Symbol.dispose]: close };
}
