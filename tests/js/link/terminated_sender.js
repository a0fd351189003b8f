// @ts-check
/**
 * A thread of terminated_senders.test.js: sends without pause until it is terminated, and tells in shared memory what it was told. All lives but the last are ended by the
 * engine's time limit for a script, which terminates execution by the same call as worker.terminate(), and the thread stays for the next one.
 */
import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';
import { CODE } from '../../../js/abi/index.js';
import { Queue } from '../../../js/link/queue.js';
import { ENDED, GOING, PLAIN, SENT, TAKES, VALUED, WORDS } from './terminated_words.js';

const { buffer, first, lives, signals, shared } = workerData;
const { realTime, plain, valued, jobs } = signals;
const queue = Queue.open(buffer);

/** @param {Int32Array} progress @param {number} pid */
function live(progress, pid) {
  for (let value = 0, round = 0; ; round++) {
    if (queue.send(realTime, { code: CODE.queue, pid, value }) === 0) Atomics.store(progress, SENT, ++value);
    let during = Atomics.load(progress, TAKES);
    if (queue.send(plain, { pid }) === 0) Atomics.store(progress, PLAIN, during);
    during = Atomics.load(progress, TAKES);
    if (queue.send(valued, { code: CODE.queue, pid, value: pid }) === 0) Atomics.store(progress, VALUED, during);
    if (round % 8 === 0) queue.send(jobs[(round / 8) % jobs.length], { code: CODE.queue, pid, value: pid });
    Atomics.store(progress, GOING, round);
  }
}

const script = new Script('live()');
for (let life = 0; life < lives; life++) {
  const progress = new Int32Array(shared, 4 * WORDS * life, WORDS);
  Object.assign(globalThis, { live: () => live(progress, first + life) });
  if (life === lives - 1) live(progress, first + life);
  try {
    script.runInThisContext({ timeout: 1 + (life % 3) });
  } catch (error) {
    if (/** @type {any} */ (error).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
  }
  Atomics.store(progress, ENDED, 1);
  Atomics.wait(progress, ENDED, 1); // until it was looked at
}
