// @ts-check
import { WasmsigError } from '../engine/errors.js';

/**
 * The errors of a guard. Programs test `code`; the message is for people.
 *
 * A computation was ended: ERR_TIMEOUT, ERR_BUDGET, ERR_ABORTED (`cause` is the AbortSignal's reason): its limit was
 * reached. ERR_SIGNAL: the default action of `signal`. ERR_ENDED: `guard.end()`. ERR_HANDLER: the handler of `signal`
 * threw `cause`.
 *
 * A call was refused, and nothing was changed: ERR_NOT_INSTRUMENTED, ERR_LINKED (the program has wasmsig's library),
 * ERR_BOUND (the instance has a guard), ERR_UNBOUND (the guard has no instance), ERR_EXPORT (there is no such export), ERR_BUSY (a computation that can be
 * suspended is under way), ERR_NO_STACK_SWITCHING, ERR_NO_SHARED_MEMORY, ERR_CANNOT_STOP (this agent cannot wait),
 * ERR_CLOSED, EAGAIN (the real-time queue is full).
 */
export class GuardError extends WasmsigError {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{cause?: unknown, signal?: string | null}} [options]
   */
  constructor(code, message, { signal = null, ...options } = {}) {
    super(code, message, options);
    this.name = 'GuardError';
    /** The signal that ended the computation ('SIGTERM'), or whose handler threw; null: none. */
    this.signal = signal;
  }
}
