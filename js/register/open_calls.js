// @ts-check
/** The calls of wasmsig/register's run(), which hold for all guards: those that are there and those that come. */

import { now } from '../engine/clock.js';
import { openCall } from '../guard/guard.js';
import { callWith } from '../guard/safe_points.js';

/** @typedef {import('../guard/guard.js').Guard} AnyGuard */
/** @typedef {import('../guard/index.js').Limits} Limits */
/**
 * @typedef {object} OpenCall
 * @property {Limits} limits
 * @property {number} began
 * @property {import('../guard/safe_points.js').Close[]} late the calls of guards that came after it had begun
 * @property {(error: unknown) => void} abandoned
 */

export class OpenCalls {
  /** @type {Set<OpenCall>} */ #calls = new Set();

  /**
   * @param {AnyGuard[]} guards
   * @param {() => any} compute
   * @param {Limits} [limits]
   */
  run(guards, compute, limits = {}) {
    /** @type {OpenCall} */ const call = { limits, began: now(), late: [], abandoned: () => {} };
    const within = guards.reduce((inner, guard) => () => guard.run(inner, limits), compute);
    return callWith((abandoned) => {
      this.#calls.add(Object.assign(call, { abandoned }));
      return (failed, outcome) => this.#close(call, failed, outcome);
    }, within);
  }

  /** @param {OpenCall} call @param {boolean} failed @param {any} outcome */
  #close(call, failed, outcome) {
    this.#calls.delete(call);
    for (const closeLate of call.late.reverse()) {
      try {
        outcome = closeLate(failed, outcome);
      } catch (error) {
        failed = true;
        outcome = error;
      }
    }
    if (failed) throw outcome;
    return outcome;
  }

  /** The calls that are under way hold for a guard that comes now, too. @param {AnyGuard} guard */
  join(guard) {
    for (const { limits, began, late, abandoned } of this.#calls) {
      const { timeout } = limits;
      const left = timeout === undefined ? {} : { timeout: Math.max(0, timeout - (now() - began) / 1e6) };
      late.push(openCall(guard, { ...limits, ...left }, abandoned));
    }
  }
}
