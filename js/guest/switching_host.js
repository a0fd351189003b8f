// @ts-check
/**
 * With stack switching (the surroundings have `yields`) the functions that wait return promises. Then the imports
 * `sync`, `wait` and `send`, and all callers of the blocking calls, have to be WebAssembly.Suspending (suspending()),
 * and the guest's exports are called through enter(). A busy guest yields to the event loop in `sync`, because every
 * check of a countdown safe point calls it. A wait that nothing could ever end fails with EDEADLK.
 */

import * as ERRNO from '../abi/errno.js';
import * as WAITED from '../abi/waited.js';
import { now } from '../engine/clock.js';
import { HostImports } from './host_imports.js';

/** @template T @typedef {import('./host_imports.js').MaybePromise<T>} MaybePromise */

/**
 * How long a guest with stack switching computes before it yields to the event loop. One turn takes about 7 us on a
 * page in Chromium (measured by tests/browser/yield.test.js), so this costs 0.2 %, and ^C is noticed within 4 ms.
 */
export const YIELD_AFTER_NS = 4e6;

export class SwitchingHost extends HostImports {
  /** The time of now() before which a guest with stack switching need not yield. */ #yieldAt = 0;

  /** Whether the program's stacks can be switched, but not the one that it runs on now. @protected */
  get isUnswitchable() {
    return this.yields && this.entered === 0;
  }

  /** @override @returns {MaybePromise<number>} */
  sync() {
    return this.yieldToEventLoop()?.then(() => this.syncNow()) ?? this.syncNow();
  }

  /**
   * Yields to the event loop if the guest's stack can be switched and it has computed for long enough.
   * @protected
   * @returns {Promise<void> | undefined}
   */
  yieldToEventLoop() {
    if (!this.wantsTurn) return undefined;
    const turn = /** @type {() => Promise<unknown>} */ (this.around.yields)();
    this.#yieldAt = now() + YIELD_AFTER_NS; // also where the engine then refuses to suspend
    return this.#resumed(turn).then(() => {
      this.#yieldAt = now() + YIELD_AFTER_NS;
    });
  }

  /** Whether the program has computed for so long that it is to yield to the event loop, and can. */
  get wantsTurn() {
    return this.around.yields !== undefined && this.entered > 0 && now() >= this.#yieldAt;
  }

  /** @override @param {number} ring @param {number} timeoutNs @returns {MaybePromise<number>} */
  wait(ring, timeoutNs) {
    if (!this.yields) return super.wait(ring, timeoutNs);
    if (this.entered === 0) return WAITED.mayNotBlock;
    return this.#resumed(this.live.waitAsync(ring, timeoutNs));
  }

  /**
   * @override
   * @protected
   * @param {import('./host_imports.js').Peer} peer
   * @param {number} signo
   * @param {import('./host_imports.js').SentInfo} info
   * @returns {MaybePromise<number>}
   */
  sendTo(peer, signo, info) {
    if (signo !== 0 && this.isUnswitchable) return ERRNO.EAGAIN; // this stack cannot wait for the answer
    const errno = super.sendTo(peer, signo, info);
    return errno instanceof Promise ? this.#resumed(errno) : errno;
  }

  /**
   * A promise that resumes the program. For an abandoned program it stays pending.
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  #resumed(promise) {
    return promise.then((value) => (this.abandoned ? new Promise(() => {}) : value));
  }

  /**
   * An export of the guest, for calls by the host.
   * @override
   * @param {Function} exported
   * @returns {(...args: any[]) => any} with stack switching its result is a promise
   */
  enter(exported) {
    if (!this.around.yields) return /** @type {any} */ (exported);
    const promising = /** @type {any} */ (WebAssembly).promising(exported);
    return async (...args) => {
      this.entered++;
      try {
        return await promising(...args);
      } finally {
        this.entered--;
        if (this.entered === 0 && this.live.doorbell !== 0) this.live.ring(0); // for attend()
      }
    };
  }

  /**
   * An import that may wait, for calls by the guest.
   * @override
   * @template {Function} F
   * @param {F} imported
   * @returns {F}
   */
  suspending(imported) {
    return this.around.yields ? new /** @type {any} */ (WebAssembly).Suspending(imported) : imported;
  }
}
