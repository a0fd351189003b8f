// @ts-check
/** The timekeeper of Node: a worker thread. */

import { MessageChannel, Worker } from 'node:worker_threads';
import { Timekeeper } from '../owner/timekeeping.js';
import { execArgv } from './exec_argv.js';

/** @param {SharedArrayBuffer} alarm @returns {import('../owner/timekeeping.js').Agent} */
function startAgent(alarm) {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./timekeeper_worker.js', import.meta.url), {
    workerData: { alarm, orders: port2 }, transferList: [port2], execArgv: execArgv(), stdout: true, stderr: true,
  });
  worker.unref();
  port1.unref();
  return {
    postMessage: (order) => port1.postMessage(order),
    terminate: () => {
      port1.close();
      worker.terminate();
    },
  };
}

/** One for all guests of this agent; its thread starts with the first wish. */
export const timekeeper = new Timekeeper(startAgent);

/**
 * For a guest, in its own agent, whose owner computes: a worker also starts while the one that starts it blocks, and ends with it. The owner's timekeeper may come
 * later; then both ring.
 * @param {SharedArrayBuffer} alarm  what wakes both
 * @param {import('../link/queue.js').Queue} host
 * @param {import('../link/queue.js').Queue} queue
 * @param {SharedArrayBuffer} kept
 */
export function keepOwnTime(alarm, host, queue, kept) {
  new Timekeeper(startAgent, alarm).add(host.pid, host, queue, kept);
}
