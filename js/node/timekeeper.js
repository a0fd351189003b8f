// @ts-check
/** The timekeeper of Node: a worker thread. */

import { MessageChannel, Worker } from 'node:worker_threads';
import { Timekeeper } from '../timekeeper.js';
import { execArgv } from './exec_argv.js';

/** One for all guests of this agent; its thread starts with the first wish. */
export const timekeeper = new Timekeeper((alarm) => {
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
});
