// @ts-check
/** The timekeeper of pages: workers. */

import { hasSharedMemory } from '../engine/features.js';
import { Timekeeper } from '../owner/timekeeping.js';

/**
 * One for all guests of this agent, where there is shared memory. A worker starts for each guest that may have timers.
 */
export const timekeeper = hasSharedMemory()
  ? new Timekeeper((timekeeperWord) => {
      /** @type {Map<number, Worker>} */
      const workers = new Map();
      return {
        postMessage(order) {
          if (order.type === 'add') {
            const worker = new Worker(new URL('./timekeeper_worker.js', import.meta.url), { type: 'module' });
            worker.postMessage({ timekeeperWord, order });
            workers.set(order.id, worker);
          } else {
            workers.get(order.id)?.terminate();
            workers.delete(order.id);
          }
        },
        terminate: () => workers.forEach((worker) => worker.terminate()),
      };
    })
  : undefined;
