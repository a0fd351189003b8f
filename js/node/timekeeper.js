// @ts-check
/** The timekeeper of Node: a worker thread. */

import { MessageChannel, Worker } from 'node:worker_threads';
import { Timekeeper } from '../owner/timekeeping.js';
import { execArgv } from './exec_argv.js';
import { Loading } from './loading.js';

/** @param {SharedArrayBuffer} timekeeperWord */
function startAgent(timekeeperWord, loading = new Loading()) {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./timekeeper_worker.js', import.meta.url), {
    workerData: { timekeeperWord, orders: port2, loading: loading.shared },
    transferList: [port2],
    execArgv: execArgv(),
    stdout: true,
    stderr: true,
  });
  worker.unref();
  port1.unref();
  return {
    postMessage: (/** @type {import('../owner/timekeeping.js').Order} */ order) => port1.postMessage(order),
    terminate: () => {
      port1.close();
      loading.terminate(worker);
    },
  };
}

/** One for all guests of this agent; its thread starts for the first guest that may have timers. */
export const timekeeper = new Timekeeper((timekeeperWord) => startAgent(timekeeperWord));

/**
 * Starts a timekeeper in a guest's own agent, for a guest whose owner is busy computing. A worker also starts while the
 * agent that starts it blocks, and ends with it. So the guest itself counts as loading until this worker has loaded.
 * The owner's timekeeper may come later; then both ring.
 * @param {Loading} loading the guest's
 * @param {SharedArrayBuffer} timekeeperWord the word that wakes both
 * @param {import('../link/sending_queue.js').SendingQueue} host
 * @param {import('../link/sending_queue.js').SendingQueue} queue
 * @param {SharedArrayBuffer} kept
 */
export function keepOwnTime(loading, timekeeperWord, host, queue, kept) {
  const itsOwn = new Loading();
  loading.begin();
  new Timekeeper(() => startAgent(timekeeperWord, itsOwn), timekeeperWord).add(host.pid, host, queue, kept);
  itsOwn.wait();
  loading.end();
}
