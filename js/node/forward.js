// @ts-check
/** Hands the signals of the Node process on to a guest. */

import { signalNumber } from '../signals.js';

/** What a terminal and other processes send, and Node can listen for. */
export const FORWARDED = Object.freeze(/** @type {NodeJS.Signals[]} */ ([
  'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTSTP', 'SIGCONT', 'SIGALRM',
]));

/** What a terminal sends by itself: the guest sees SI_KERNEL, as natively. */
const FROM_TERMINAL = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH', 'SIGHUP']);

/**
 * Binds until close(), or until the guest has ended. A bound signal no longer acts on the Node process itself.
 * @param {import('../process.js').Process} guest
 * @param {readonly NodeJS.Signals[]} [signals]
 * @returns {{close(): void, [Symbol.dispose](): void}}
 */
export function forward(guest, signals = FORWARDED) {
  const listener = (/** @type {NodeJS.Signals} */ signal) => {
    guest.kill(signal, { terminal: FROM_TERMINAL.has(signal) });
  };
  const bound = signals.filter((signal) => signalNumber(signal) && process.on(signal, listener));
  const close = () => {
    for (const signal of bound.splice(0)) process.off(signal, listener);
  };
  guest.exited.then(close, close);
  return { close, [Symbol.dispose]: close };
}
