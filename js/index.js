// @ts-check
/** What works on every platform. Starting programs is the platform's: node/index.js, browser/index.js. */

export { WasmsigError } from './errors.js';
export { features } from './features.js';
export { Guest } from './guest.js';
export { Process, SignalEvent } from './process.js';
export { Queue } from './queue.js';
export { Sender } from './sender.js';
export { defaultAction, signalName, signalNumber, signals, standardSignals, strsignal } from './signals.js';

/**
 * Puts safe points into a wasm module. Loads Binaryen, which is large, with the first call.
 * @param {Uint8Array} bytes
 * @param {{memory?: 'shared' | 'keep'}} [options]
 * @returns {Promise<{bytes: Uint8Array, report: object}>}
 */
export async function instrument(bytes, options) {
  const module = await import('./instrument/index.js');
  return module.instrument(bytes, options);
}
