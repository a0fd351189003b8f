// @ts-check
import { attach as attachTo } from '../attach.js';
import { timekeeper } from './timekeeper.js';

/**
 * Makes a process of a program that you instantiate yourself, in this thread.
 * @param {import('../attach.js').AttachOptions} [options]
 */
export function attach(options) {
  return attachTo(options, timekeeper);
}
