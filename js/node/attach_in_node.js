// @ts-check
import { attach as attachTo } from '../attach.js';
import { timekeeper } from './timekeeper.js';
import { mendedWasi } from './node_wasi.js';

/**
 * Creates a process for a program that the caller instantiates, in this thread.
 * @param {import('../attach.js').AttachOptions & import('../owner/spawn_options.js').ProcessOptions} [options]
 */
export function attach(options) {
  const { wasi } = options ?? {};
  // node:wasi's functions are methods of a class. Another implementation is a plain object of functions, and is not
  // mended.
  return attachTo(
    wasi && wasi.wasiImport.constructor !== Object ? { ...options, wasi: mendedWasi(wasi) } : options,
    timekeeper,
  );
}
