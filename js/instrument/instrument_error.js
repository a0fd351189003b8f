// @ts-check

/**
 * What is wrong with a module or a request. Every such error is thrown before anything is returned, so a caller that
 * writes the result to a file writes nothing.
 *
 * @typedef {'bad-option' | 'not-wasm' | 'component' | 'object-file' | 'invalid' | 'unsupported' | 'no-memory'
 *   | 'memory64' | 'already-instrumented' | 'missing-exports' | 'bad-exports' | 'bad-block' | 'memory-limits'
 *   | 'internal'} InstrumentErrorCode
 */

/** The one error that this folder throws. The message is one line that says what to do. */
export class InstrumentError extends Error {
  /**
   * @param {InstrumentErrorCode} code
   * @param {string} message
   * @param {{cause?: unknown}} [options]
   */
  constructor(code, message, options) {
    super(message.replace(/\s+/g, ' ').trim(), options);
    this.name = 'InstrumentError';
    /** @type {InstrumentErrorCode} */
    this.code = code;
  }
}
