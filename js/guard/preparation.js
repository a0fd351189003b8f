// @ts-check
/** What a guard does to a module before there is an instance. It is loaded, with the instrumenter, by the first module. */

import { hinted } from '../engine/branch_hints.js';
import { instrument } from '../instrument/index.js';
import { bytesOf, mayCatch } from './wasm_source.js';

/** @typedef {import('./wasm_source.js').Source} Source */

/**
 * @param {Source | PromiseLike<Source>} source
 * @param {import('../instrument/index.js').InstrumentOptions} [options]
 * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, isLinked: boolean}>} isLinked: the program has wasmsig's library
 */
export async function instrumented(source, options) {
  const { bytes, report } = await instrument(await bytesOf(source), options);
  return { bytes, isLinked: report.runtime === 'linked' };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes from instrumented()
 * @returns {Promise<{module: WebAssembly.Module, catches: boolean}>} catches: it may catch an error thrown at a safe point
 */
export async function compiled(bytes) {
  return { module: await hinted(() => WebAssembly.compile(bytes)), catches: mayCatch(bytes) };
}
