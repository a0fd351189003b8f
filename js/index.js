// @ts-check
/** What works on every platform. Starting programs is the platform's: node/index.js, browser/index.js. */

export { WasmsigError } from './engine/errors.js';
export { features } from './engine/features.js';
export { Process, SignalEvent } from './owner/process.js';
export { Sender } from './link/sender.js';
export { defaultAction, signalName, signalNumber, signals, standardSignals, strsignal } from './signals/index.js';

/** @typedef {import('./instrument/index.js').InstrumentOptions} InstrumentOptions */
/** @typedef {import('./instrument/index.js').InstrumentReport} InstrumentReport */
/** @typedef {import('./owner/process.js').Exit} Exit */
/** @typedef {import('./link/sender.js').Handle} Handle */

/**
 * Gives the loops of a linked wasm program safe points, so that signals interrupt them. Its code is loaded with the first call.
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} [options]
 * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}>}
 * @throws {import('./instrument/instrument_error.js').InstrumentError} with a `code` and one line that says what to do
 */
export async function instrument(bytes, options) {
  const module = await import('./instrument/index.js');
  return module.instrument(bytes, options);
}
