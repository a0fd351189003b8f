// @ts-check
/** What wasmsig/register exports: the functions of one registration. */

import { instrumentSync } from '../instrument/index.js';
import { Registration } from './registration.js';

/** What is cached under. */
export const OPTIONS = /** @type {const} */ ({ runtime: 'injected' });

/**
 * The instrumented module, or the module itself if nothing of it can run for long.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function prepare(bytes) {
  const { bytes: made, report } = instrumentSync(bytes, OPTIONS);
  return report.loops.instrumented + report.functions.look_at_entry > 0 ? made : bytes;
}

/**
 * Registers, and gives the functions that are exported.
 * @param {import('./registration.js').Instrumenter} instrumenter
 */
export function register(instrumenter) {
  const registration = new Registration(instrumenter);
  return {
    /**
     * The guards of the programs that were loaded and are still there, the latest last.
     * @returns {import('../guard/guard.js').Guard[]}
     */
    guards: () => registration.guards,

    /**
     * Calls a function under limits, which hold for all programs that were loaded, and for those that it loads, whichever
     * of them computes. Otherwise as Guard.run().
     * @template T
     * @param {() => T} compute
     * @param {import('../guard/index.js').Limits} [limits]
     * @returns {T}
     * @throws {import('../guard/index.js').GuardError}
     */
    run(compute, limits) {
      return registration.calls.run(registration.guards, compute, limits);
    },

    /**
     * Decides which modules are guarded, from now on. Default: all.
     * @param {import('./registration.js').Filter} filter
     */
    setFilter(filter) {
      if (typeof filter !== 'function') throw new TypeError('setFilter() takes a function of a module');
      registration.filter = filter;
    },

    /** Gives WebAssembly back as it was. What was loaded keeps its guard. */
    unregister: () => registration.unregister(),
  };
}
