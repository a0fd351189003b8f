// @ts-check
/**
 * The one error class of the host. `code` is what programs test, the message is for people.
 *
 * EAGAIN: the real-time queue of the process is full. ESRCH: no such process. EPERM: not given.
 * ERR_BLOCK: this is no control block, or one of another version, or its guest has damaged it. ERR_START: the program could not be started.
 * ERR_ABI: the program was built for another version of the ABI. ERR_CRASH: the program ran into a trap.
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
