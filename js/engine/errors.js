// @ts-check
/**
 * The one error class of the host. Programs test `code`; the message is for people.
 *
 * EAGAIN: the real-time queue of the process is full. ESRCH: no such process. EBUSY: a program is running at the
 * terminal. ERR_NOT_READY: the process has no handle, not yet or not at all. ERR_BLOCK: this is no control block, or
 * one of another version, or its guest has damaged it. ERR_START: the program could not be started. ERR_ABI: the
 * program was built for another version of the ABI. ERR_CRASH: the program ran into a trap or threw an exception.
 * ERR_KILLED: the program was killed; thrown in its agent, to leave the program.
 */
export class WasmsigError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{cause?: unknown}} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = 'WasmsigError';
    /** @type {string} */
    this.code = code;
  }
}
