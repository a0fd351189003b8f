// @ts-check
import { features } from '../engine/features.js';
import * as WAITED from '../abi/waited.js';

/** Milliseconds between two polls of a queue, where the engine cannot notify of what another agent sends. */
const POLL_EVERY_MS = 20;

/**
 * Resolves when a queue was rung after its ring count was `count`, when the time is over, or earlier. It does not keep a
 * program alive.
 * @param {import('./inbox.js').Inbox} queue that has a waiter
 * @param {number} count
 * @param {number} [timeoutNs] negative: no limit
 * @returns {Promise<number>} WAITED
 */
export async function rung(queue, count, timeoutNs = -1) {
  if (features().waitAsync || !queue.shared) return queue.waitAsync(count, timeoutNs);
  await new Promise((resolve) =>
    /** @type {{unref?(): void}} */ (/** @type {unknown} */ (setTimeout(resolve, POLL_EVERY_MS))).unref?.(),
  );
  return WAITED.woken;
}
