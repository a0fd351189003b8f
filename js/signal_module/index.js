// @ts-check
/**
 * wasmsig/signal: Python's `signal` module for JavaScript programs, on the same core as in wasm programs. The default
 * export is the documented edition, ready to use. create() makes others, each with a process of its own.
 */

import { Module } from './signal_module.js';

export * from './public_classes.js';

/**
 * The platform outside of Node: no descriptors, no processor time, and no process that could be ended or stopped.
 * @type {import('./in_process_host.js').Platform}
 */
const platform = { identity: () => ({ pid: 1, uid: 0 }) };

/**
 * Creates a module object of an edition, with a process and a queue of its own.
 * @type {import('./public_types.js').Create}
 */
export const create = /** @type {import('./public_types.js').Create} */ ((options) => new Module(platform, options));

export default create();
