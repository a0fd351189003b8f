// @ts-check
/** One call into a guarded program, with its limits. */

import { MAX_TIMER_MS } from '../engine/clock.js';
import { signalName, signalNumber } from '../signals/signal_names.js';
import { GuardError } from './guard_error.js';
import { ShallowPoint } from './shallow_point.js';

/**
 * The limits of a call. When one is reached, `killSignal` is generated for the call: it runs that signal's handler, or
 * the default action ends the call with the error named here. It waits while the signal is blocked.
 * @typedef {object} Limits
 * @property {number} [timeout] milliseconds from now, 0 to 2147483647. ERR_TIMEOUT. The clock is compared about every 32
 *   microseconds of computing, so no other agent is needed
 * @property {number} [budget] how many safe points the call may pass, a whole number from 0 on. ERR_BUDGET. The same
 *   module with the same input is ended at the same place every time, within 417 safe points after these
 * @property {AbortSignal} [signal] ERR_ABORTED. It can be aborted by what the program calls, and by anything else in the
 *   agent while the call is suspended; a call that only computes lets nothing else run (not even AbortSignal.timeout())
 * @property {string | number} [killSignal] default 'SIGTERM'. SIGKILL can be neither handled nor blocked
 */

/**
 * @typedef {object} Yielding
 * @property {number} [yieldEvery] how long the call computes between two turns of the event loop, in milliseconds; 4 by
 *   default, Infinity: it does not yield
 */

const OPTIONS = ['timeout', 'budget', 'signal', 'killSignal'];
const YIELD_EVERY_MS = 4;

/**
 * How long the JavaScript of a package may call the program while it handles the end (`finally { statement.free() }`),
 * or a program compute on that caught it. Then a trap leaves it.
 */
const CLEANUP_NS = 50e6;

export class Computation {
  /** Why it is to be left. @type {unknown} */ error;
  /** Whether `error` is set. */ ended = false;
  /** When it is left again, if it goes on by then; 0: it was not left yet. */ #again = 0;
  /** Whether a limit was reached and its signal generated. */ #spent = false;
  /** Where the shadow stack was. @type {import('./shadow_stack.js').Position | undefined} */ top;
  #abandoned;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /**
   * @param {Limits & Yielding} options
   * @param {number} time now
   * @param {boolean} suspendable whether it was entered by WebAssembly.promising
   * @param {(error: unknown) => void} abandoned is called if the call was left and is open some time later: the error
   *   went to a caller of its own, a timer of the package, and who called run() has not heard of it
   */
  constructor(options, time, suspendable, abandoned) {
    for (const name of Object.keys(options))
      if (!OPTIONS.includes(name) && !(suspendable && name === 'yieldEvery'))
        throw new TypeError(`there is no option '${name}'; there are ${OPTIONS.join(', ')}`);
    const { timeout, budget, signal, killSignal = 'SIGTERM', yieldEvery = YIELD_EVERY_MS } = options;
    if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0 && timeout <= MAX_TIMER_MS))
      throw new RangeError(`timeout is a number of milliseconds from 0 to ${MAX_TIMER_MS}, not ${String(timeout)}`);
    if (budget !== undefined && !(Number.isSafeInteger(budget) && budget >= 0))
      throw new RangeError(`budget is a whole number of safe points, not ${String(budget)}`);
    if (signal !== undefined && typeof signal?.addEventListener !== 'function')
      throw new TypeError('signal is an AbortSignal (the signal to send is killSignal)');
    if (!(typeof yieldEvery === 'number' && yieldEvery >= 0))
      throw new RangeError(`yieldEvery is a number of milliseconds, not ${String(yieldEvery)}`);
    this.suspendable = suspendable;
    this.#abandoned = abandoned;
    this.killSignal = signalNumber(killSignal);
    this.timeout = timeout;
    this.deadline = timeout === undefined ? Infinity : time + timeout * 1e6;
    this.budget = budget;
    /** Where it is left. */
    this.place = new ShallowPoint(budget !== undefined);
    /** The safe points that are left of it. */
    this.left = budget ?? Infinity;
    this.signal = signal;
    this.yieldNs = yieldEvery * 1e6;
    this.nextYield = suspendable ? time + this.yieldNs : Infinity;
  }

  /** When something is to be done by time alone. */
  get due() {
    if (this.ended) return this.#again;
    return Math.min(this.#spent ? Infinity : this.deadline, this.nextYield);
  }

  /** Whether its limits are to be compared at each check. */
  get counts() {
    return this.budget !== undefined && !this.#spent;
  }

  /** Whether a limit is reached that was not reported. @param {number} time */
  reached(time) {
    return !this.#spent && !this.ended && (time >= this.deadline || this.left < 0 || this.signal?.aborted === true);
  }

  /**
   * Reports the limit that is reached, which is then no limit any more.
   * @returns {GuardError} for the default action
   */
  spend() {
    this.#spent = true;
    const signal = signalName(this.killSignal);
    if (this.signal?.aborted)
      return new GuardError('ERR_ABORTED', 'the call was aborted', { signal, cause: this.signal.reason });
    if (this.left < 0)
      return new GuardError('ERR_BUDGET', `the call passed more than ${this.budget} safe points`, { signal });
    return new GuardError('ERR_TIMEOUT', `the call took longer than ${this.timeout} ms`, { signal });
  }

  /** Whether a safe point is to leave it. @param {number} time */
  leaves(time) {
    return this.ended && time >= this.#again;
  }

  /** Whether this safe point is the place to leave it. @param {number} time */
  leavesHere(time) {
    return this.#again > 0 || this.place.reached(time);
  }

  /**
   * Gives it some time to clean up, now that it is left.
   * @param {number} time
   * @returns {boolean} false: it had that time before
   */
  leave(time) {
    const first = this.#again === 0;
    this.#again = first ? time + CLEANUP_NS : time;
    if (first) this.#timer = setTimeout(() => this.#abandoned(this.error), CLEANUP_NS / 1e6);
    return first;
  }

  close() {
    clearTimeout(this.#timer);
  }

  /** @param {unknown} error */
  end(error) {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
  }
}
