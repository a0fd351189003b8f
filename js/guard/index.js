// @ts-check
/**
 * wasmsig/guard: a stop button for wasm that you instantiate yourself. Importing it does nothing.
 *
 *     import { Guard } from 'wasmsig/guard';
 *     const guard = new Guard();
 *     const { instance } = await guard.instantiate(bytes, imports);
 *     guard.run(() => instance.exports.main(), { timeout: 500 });
 */

export { Guard } from './guard.js';
export { GuardError } from './guard_error.js';

/** @typedef {import('./computation.js').Limits} Limits */
/** @typedef {import('./computation.js').Yielding} Yielding */
/** @typedef {import('./signal_state.js').SignalInfo} SignalInfo */
/** @typedef {import('./shadow_stack.js').ShadowStack} ShadowStack */
/** @typedef {import('./shadow_stack.js').Position} Position */
/** @typedef {import('./guard.js').SignalHandler} SignalHandler */
/** @typedef {import('./guard.js').BindOptions} BindOptions */
/** @typedef {import('./guard.js').HandlerOptions} HandlerOptions */
/** @typedef {import('./guard.js').Source} Source */
