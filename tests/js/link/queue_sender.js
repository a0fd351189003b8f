// @ts-check
/** A thread of the stress test: 49 of 50 sends are real-time with a counted value, one is a standard signal that waits for its handler. */
import { workerData } from 'node:worker_threads';
import { Sender } from '../../../js/link/sender.js';
import { BELL, CODE, ERRNO } from '../../../js/abi/index.js';
import { Queue } from '../../../js/link/queue.js';

const { handle, k, each, progress } = workerData;
const senders = progress.length / 3;
const sender = Sender.from(handle, { pid: k + 1 });
let value = 0;
let rounds = 0;
for (let i = 0; i < each; i++) {
  if (i % 50 === 49) {
    sender.send(k + 1, { code: CODE.user });
    rounds++;
    while (Atomics.load(progress, senders + k) < rounds) Atomics.wait(progress, senders + k, rounds - 1);
  } else {
    // A full ring tells the sender, who tries again.
    while (sender.send(35 + ((i + k) % 30), { code: CODE.queue, value }) === ERRNO.EAGAIN);
    value++;
  }
}
Atomics.add(progress, 3 * senders - 1, 1);
new Queue(handle.buffer, handle.offset).ring(BELL.event);
