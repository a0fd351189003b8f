// @ts-check
/** The signals of a wasm program: Linux's names, numbers, default actions and descriptions. */

import { defaultAction, signalNumber } from './signal_names.js';
import { ALIASES, DESCRIPTIONS, NAMES, SIGRTMAX, SIGRTMIN } from './table.js';

export { defaultAction, signalName, signalNumber } from './signal_names.js';
export { SIGRTMAX, SIGRTMIN } from './table.js';

/**
 * @typedef {import('./signal_names.js').Action} Action
 * @typedef {{name: string, number: number, action: Action, description: string}} Signal
 */

/** The standard signals, by number. @type {readonly Readonly<Signal>[]} */
export const standardSignals = Object.freeze(
  NAMES.map((name, index) =>
    Object.freeze({ name, number: index + 1, action: defaultAction(index + 1), description: DESCRIPTIONS[index] }),
  ),
);

/** Aliases. */
export const aliases = Object.freeze(ALIASES);

/** Every name with its number, also SIGRTMIN and SIGRTMAX. @type {Readonly<Record<string, number>>} */
export const signals = Object.freeze({
  ...Object.fromEntries([...NAMES, ...Object.keys(ALIASES)].map((name) => [name, signalNumber(name)])),
  SIGRTMIN,
  SIGRTMAX,
});

/**
 * The description of a signal, as strsignal(3) returns it.
 * @param {string | number} signal a name or a number
 * @returns {string}
 */
export function strsignal(signal) {
  const number = signalNumber(signal);
  return number < SIGRTMIN ? DESCRIPTIONS[number - 1] : `Real-time signal ${number - SIGRTMIN}`;
}
