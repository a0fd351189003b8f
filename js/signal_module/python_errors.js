// @ts-check
/**
 * The errors of the module, with Python's names and texts. They are the same classes for every instance, so
 * `instanceof` works across them. A value of a wrong type throws JavaScript's own TypeError.
 */

import { errnoName, linuxErrno } from './host_errno.js';

/** A value that is out of range, or that does not fit the state: "signal number out of range". */
export class ValueError extends Error {}

/** A number or a time that is too large for its clock or type. */
export class OverflowError extends Error {}

/** A call of a module that was closed. */
export class RuntimeError extends Error {}

/** An error of the system. `code` is its name ("EINVAL"), `errno` Linux's number on every platform. */
export class OSError extends Error {
  /**
   * @param {number} errno
   * @param {string} code
   * @param {string} message
   */
  constructor(errno, code, message) {
    super(message);
    /** Linux's number; 0: none */
    this.errno = errno;
    /** "EINVAL"; "": none */
    this.code = code;
  }
}

/** Thrown by setitimer() and getitimer(). */
export class ItimerError extends OSError {}

/** Thrown by default_int_handler(): ^C. */
export class KeyboardInterrupt extends Error {}

/**
 * A default action ended the process that this module stands for. The call that took the signal throws it, and so does
 * every later one.
 */
export class Killed extends Error {
  /**
   * @param {import('./enums.js').SignalNumber} signal
   * @param {number} signum
   * @param {boolean} core
   */
  constructor(signal, signum, core) {
    super(`killed by ${typeof signal === 'number' ? `signal ${signal}` : signal.name}`);
    /** A member of Signals, or a number if the signal has no name. */
    this.signal = signal;
    this.signum = signum;
    /** Whether the default action natively dumps core. */
    this.core = core;
  }
}

const classes = { ValueError, OverflowError, RuntimeError, OSError, ItimerError, KeyboardInterrupt, Killed };
for (const [name, one] of Object.entries(classes))
  Object.defineProperty(one.prototype, 'name', { value: name, configurable: true, writable: true });

/** WSIG_E_ of wasmsig.h */
const KIND = Object.freeze({ value: -1, type: -2, os: -3, itimer: -4, state: -7, overflow: -8 });

/**
 * Creates the exception for an error of the core.
 * @param {number} kind
 * @param {number} number of wasi-libc's <errno.h>
 * @param {string} text
 * @returns {Error}
 */
export function errorOf(kind, number, text) {
  switch (kind) {
    case KIND.value:
      return new ValueError(text);
    case KIND.type:
      return new TypeError(text);
    case KIND.os:
      return new OSError(linuxErrno(number), errnoName(number), text);
    case KIND.itimer:
      return new ItimerError(linuxErrno(number), errnoName(number), text);
    case KIND.overflow:
      return new OverflowError(text);
    default:
      return new RuntimeError(text);
  }
}
