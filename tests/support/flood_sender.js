// @ts-check
// One of the threads of tests/e2e/flood.test.js and of the bench's row of losses: sends its share as fast as the queue takes it.
import { parentPort, workerData } from 'node:worker_threads';
import { Sender } from '../../js/index.js';

const { handle, sender, count, start } = workerData;
const guest = Sender.from(handle);
const pause = new Int32Array(new SharedArrayBuffer(4));
const sent = { SIGUSR1: 0, SIGUSR2: 0, realTime: 0, full: 0 };
Error.stackTraceLimit = 0;

Atomics.wait(start, 0, 0);
for (let i = 0; i < count; i++) {
  const kind = i % 3;
  if (kind === 0) {
    for (;;) {
      try {
        if (!guest.kill('SIGRTMIN', { value: (sender << 24) | sent.realTime })) throw new Error('the guest has ended');
        break;
      } catch (error) {
        if (/** @type {any} */ (error).code !== 'EAGAIN') throw error;
        sent.full++;
        // The guest needs a processor to make room.
        Atomics.wait(pause, 0, 0, 0.2);
      }
    }
    sent.realTime++;
  } else {
    const signal = kind === 1 ? 'SIGUSR1' : 'SIGUSR2';
    if (!guest.kill(signal)) throw new Error('the guest has ended');
    sent[signal]++;
  }
}
parentPort?.postMessage(sent);
