// @ts-check
/**
 * The numbers, names and default actions of signals, which sending needs. Descriptions and the rest that only people
 * need are in signals/index.js.
 */

import { isSignal, LAST_SIGNAL } from '../abi/index.js';
import { ACTIONS, ALIASES, NAMES, SIGRTMAX, SIGRTMIN } from './table.js';

/** @typedef {'terminate' | 'core' | 'ignore' | 'stop' | 'continue'} Action */

/** All numbers of signals. */
export const SIGNALS = /* @__PURE__ */ Array.from({ length: LAST_SIGNAL }, (_, index) => index + 1).filter(isSignal);

const NUMBERS = new Map(NAMES.map((name, i) => [name, i + 1]));
const RANGE = `1 to ${NAMES.length} or ${SIGRTMIN} to ${SIGRTMAX}`;

/**
 * The number of a signal: a number is checked, a name is looked up ('SIGINT', 'INT', 'SIGRTMIN+3', 'RTMAX-1').
 * @param {string | number} signal
 * @returns {number}
 * @throws {RangeError} a number that is not a signal
 * @throws {TypeError} an unknown name, or neither a number nor a name
 */
export function signalNumber(signal) {
  if (typeof signal === 'number') {
    if (isSignal(signal)) return signal;
    const reserved =
      signal > NAMES.length && signal < SIGRTMIN
        ? ` (${NAMES.length + 1} to ${SIGRTMIN - 1} are reserved for the C library)`
        : '';
    throw new RangeError(`not a signal number: ${signal}; signals are ${RANGE}${reserved}`);
  }
  if (typeof signal !== 'string')
    throw new TypeError(
      `a signal is a number (${RANGE}) or a name such as 'SIGINT', not ${signal === null ? 'null' : typeof signal}`,
    );
  const exact = NUMBERS.get(signal);
  if (exact) return exact;
  const name = signal.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  const number = NUMBERS.get(Object.hasOwn(ALIASES, name) ? ALIASES[name] : name);
  if (number) return number;
  const relative = /^SIGRT(?:MIN(\+\d{1,2})?|MAX(-\d{1,2})?)$/.exec(name);
  if (!relative)
    throw new TypeError(
      `unknown signal name: '${signal}'; names are ${NAMES[0]} to ${NAMES[NAMES.length - 1]} and SIGRTMIN+n, numbers ${RANGE}`,
    );
  const [, up = 0, down = 0] = relative;
  const realTime = name.startsWith('SIGRTMIN') ? SIGRTMIN + Number(up) : SIGRTMAX + Number(down);
  if (realTime >= SIGRTMIN && realTime <= SIGRTMAX) return realTime;
  throw new RangeError(`not a real-time signal: '${signal}'; they are SIGRTMIN+0 to SIGRTMIN+${SIGRTMAX - SIGRTMIN}`);
}

/**
 * The name of a signal: 'SIGINT', 'SIGRTMIN+3'.
 * @param {string | number} signal
 * @returns {string}
 */
export function signalName(signal) {
  const number = signalNumber(signal);
  if (number < SIGRTMIN) return NAMES[number - 1];
  if (number === SIGRTMIN) return 'SIGRTMIN';
  return number === SIGRTMAX ? 'SIGRTMAX' : `SIGRTMIN+${number - SIGRTMIN}`;
}

/**
 * Whether a process can have died of it: true for all of Linux's numbers, and so also for the three that the C library
 * reserves and that have no name here.
 * @param {number} signo
 */
export function canKill(signo) {
  return Number.isInteger(signo) && signo >= 1 && signo <= SIGRTMAX;
}

/**
 * The name of the signal that killed a process, or 'SIG32' to 'SIG34', as debuggers print them.
 * @param {number} signo one that can kill
 * @returns {string}
 */
export function deathName(signo) {
  return isSignal(signo) ? signalName(signo) : `SIG${signo}`;
}

/**
 * @param {string} name from deathName()
 * @returns {number}
 */
export function deathNumber(name) {
  return Number(/^SIG(\d+)$/.exec(name)?.[1]) || signalNumber(name);
}

/**
 * The action of a signal for which the program has no handler.
 * @param {string | number} signal
 * @returns {Action}
 */
export function defaultAction(signal) {
  const number = signalNumber(signal);
  for (const [action, numbers] of Object.entries(ACTIONS))
    if (numbers.includes(number)) return /** @type {Action} */ (action);
  return 'terminate';
}
