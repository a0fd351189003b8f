// @ts-check
import { attach as attachTo } from '../attach.js';
import { timekeeper } from './timekeeper.js';
import { mendedWasi } from './node_wasi.js';

/**
 * Makes a process of a program that you instantiate yourself, in this thread.
 * @param {import('../attach.js').AttachOptions} [options]
 */
export function attach(options) {
  const { wasi } = options ?? {};
  // Somebody else's implementation is a plain object of functions.
  return attachTo(wasi && wasi.wasiImport.constructor !== Object ? { ...options, wasi: mendedWasi(wasi) } : options, timekeeper);
}
