// @ts-check
/** The calls of wasmsig/register's run(), which hold for all guards: those that are there and those that come. */

import { now } from '../engine/clock.js';
import { openCall } from '../guard/guard.js';

/** @typedef {import('../guard/guard.js').Guard} AnyGuard */
/** @typedef {import('../guard/index.js').Limits} Limits */
/**
 * @typedef {object} OpenCall
 * @property {Limits} limits
 * @property {number} began
 * @property {import('../guard/safe_points.js').Close[]} late the calls of guards that came after it had begun
 */

export class OpenCalls {
  /** @type {Set<OpenCall>} */ #calls = new Set();

  /**
   * @param {AnyGuard[]} guards
   * @param {() => any} compute
   * @param {Limits} [limits]
   */
  run(guards, compute, limits = {}) {
    const inner = () => this.#run(compute, { limits, began: now(), late: [] });
    return guards.reduce((call, guard) => () => guard.run(call, limits), inner)();
  }

  /** @param {() => any} compute @param {OpenCall} call */
  #run(compute, call) {
    const close = (/** @type {boolean} */ failed, /** @type {any} */ outcome) => {
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
    };
    this.#calls.add(call);
    let result;
    try {
      result = compute();
    } catch (error) {
      return close(true, error);
    }
    if (typeof result?.then !== 'function') return close(false, result);
    return Promise.resolve(result).then(
      (value) => close(false, value),
      (error) => close(true, error),
    );
  }

  /** The calls that are under way hold for a guard that comes now, too. @param {AnyGuard} guard */
  join(guard) {
    for (const { limits, began, late } of this.#calls) {
      const { timeout } = limits;
      const left = timeout === undefined ? {} : { timeout: Math.max(0, timeout - (now() - began) / 1e6) };
      late.push(openCall(guard, { ...limits, ...left }));
    }
  }
}
