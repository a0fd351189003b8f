// @ts-check
/** A queue that no other agent sees, for agents without shared memory, or without another agent to share it with. */

import { BLOCK_BYTES } from '../abi/index.js';
import * as WAITED from '../abi/waited.js';
import { MAX_TIMER_MS } from '../engine/clock.js';
import { hasSharedMemory, mayBlock, privateWord } from '../engine/features.js';
import { Queue } from './queue.js';

const MAX_NS = MAX_TIMER_MS * 1e6;

/**
 * A new queue, in shared memory if there is any.
 * @param {import('./queue.js').Header} header
 * @returns {Queue}
 */
export function createQueue(header) {
  return hasSharedMemory() ? Queue.create(header) : LocalQueue.create(header);
}

export class LocalQueue extends Queue {
  /** @type {Set<() => void>} */ #asleep = new Set();

  /**
   * @override
   * @template {typeof import('./inbox.js').Inbox} This
   * @this {This}
   * @param {import('./queue.js').Header} header
   * @param {import('./queue.js').Place} [place]
   * @returns {InstanceType<This>}
   */
  static create(header, place = new ArrayBuffer(BLOCK_BYTES)) {
    const queue = /** @type {InstanceType<This>} */ (super.create(header, place));
    queue.addWaiters(1); // so that ring() always counts
    return queue;
  }

  /** @override @param {number} bits */
  ring(bits) {
    super.ring(bits);
    for (const wake of this.#asleep) wake();
  }

  /**
   * No other agent can ring meanwhile, so only the time limit ends the sleep.
   * @override
   * @param {number} count
   * @param {number} timeoutNs
   */
  wait(count, timeoutNs) {
    if (!mayBlock()) return WAITED.mayNotBlock;
    if (this.ringCount !== (count | 0)) return WAITED.woken;
    if (timeoutNs < 0) return WAITED.mayNotBlock;
    Atomics.wait(privateWord(), 0, 0, timeoutNs / 1e6);
    return WAITED.timedOut;
  }

  /**
   * @override
   * @param {number} count
   * @param {number} [timeoutNs]
   * @returns {Promise<number>}
   */
  waitAsync(count, timeoutNs = -1) {
    return new Promise((resolve) => {
      if (this.ringCount !== (count | 0)) return resolve(WAITED.woken);
      const end = (/** @type {number} */ outcome) => {
        clearTimeout(timer);
        this.#asleep.delete(wake);
        resolve(outcome);
      };
      const wake = () => end(WAITED.woken);
      // A waiter that wakes early checks and sleeps again.
      const timer =
        timeoutNs >= 0
          ? setTimeout(
              () => end(timeoutNs > MAX_NS ? WAITED.woken : WAITED.timedOut),
              Math.min(timeoutNs, MAX_NS) / 1e6,
            )
          : undefined;
      this.#asleep.add(wake);
    });
  }
}
