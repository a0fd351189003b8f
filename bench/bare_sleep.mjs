// @ts-check
/** The raw limit of timers: how late a thread wakes from Atomics.wait(), which is all that JavaScript has to sleep with. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** What timer.c asks for, in milliseconds. */
const delay = () => 0.5 + Math.random() * 3;

/**
 * Microseconds, while this agent computes for so long, and another worker too.
 * @param {number} times
 * @param {number} computesMs
 */
export async function bareSleeps(times, computesMs) {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workers = ['computes', 'sleeps'].map(
    (role) => new Worker(new URL(import.meta.url), { workerData: { bareSleep: role, stop, times } }),
  );
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const over = once(workers[1], 'message');
    workers[1].postMessage('begin');
    const end = performance.now() + computesMs;
    while (performance.now() < end);
    const [late] = await over;
    return /** @type {number[]} */ (late);
  } finally {
    Atomics.store(stop, 0, 1);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

if (!isMainThread && workerData?.bareSleep === 'computes') {
  parentPort?.postMessage('ready');
  const stop = /** @type {Int32Array} */ (workerData.stop);
  while (Atomics.load(stop, 0) === 0);
}

if (!isMainThread && workerData?.bareSleep === 'sleeps') {
  const word = new Int32Array(new SharedArrayBuffer(4));
  parentPort?.once('message', () => {
    const late = Array.from({ length: workerData.times }, () => {
      const ms = delay();
      const due = performance.now() + ms;
      Atomics.wait(word, 0, 0, ms);
      return (performance.now() - due) * 1000;
    });
    parentPort?.postMessage(late);
  });
  parentPort?.postMessage('ready');
}
