// @ts-check
/**
 * The parts that work on every platform. The platforms start programs: node/index.js, browser/index.js.
 *
 * Why: docs/rationale.md#why-are-the-rooms-of-js-divided-by-the-side-of-the-wasm-boundary
 */

export { WasmsigError } from './engine/errors.js';
export { features } from './engine/features.js';
export { Process, SignalEvent } from './owner/process.js';
export { Sender } from './link/sender.js';
export { defaultAction, signalName, signalNumber, signals, standardSignals, strsignal } from './signals/index.js';

/** @typedef {import('./instrument/index.js').InstrumentOptions} InstrumentOptions */
/** @typedef {import('./instrument/index.js').InstrumentReport} InstrumentReport */
/** @typedef {import('./attach.js').AttachOptions} AttachOptions */
/** @typedef {import('./attach.js').Attached} Attached */
/** @typedef {import('./owner/process.js').Exit} Exit */
/** @typedef {import('./owner/spawn_options.js').ProcessOptions} ProcessOptions */
/** @typedef {import('./owner/spawn_options.js').ProgramOptions} ProgramOptions */
/** @typedef {import('./link/sender.js').Handle} Handle */

/**
 * Puts safe points into the loops of a wasm module, so that signals interrupt them. The instrumenter's code is
 * loaded at the first call.
 * @param {Uint8Array | ArrayBuffer} bytes of the wasm file
 * @param {InstrumentOptions} [options]
 * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}>}
 * @throws {import('./instrument/instrument_error.js').InstrumentError} with a `code`, and a message of one line that
 *   says what to do
 */
export async function instrument(bytes, options) {
  const module = await import('./instrument/index.js');
  return module.instrument(bytes, options);
}
