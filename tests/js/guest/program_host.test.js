// @ts-check
// The guest's side of the host, without a program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BELL, CELLS, VERSION } from '../../../js/abi/index.js';
import { ProgramHost } from '../../../js/guest/program_host.js';
import { LocalQueue } from '../../../js/link/local_queue.js';
import { ASKED, KNOWN } from '../../../js/link/kept.js';
import { Queue } from '../../../js/link/queue.js';

test('the owner is told that signals were drained when none is left for which the guest had no room', {
  timeout: 10_000,
}, () => {
  const host = LocalQueue.create({ pid: 2, ppid: 1 });
  /** @type {string[]} */
  const told = [];
  const guest = new ProgramHost({ queue: host, post: ({ type }) => told.push(type) });
  const memory = new WebAssembly.Memory({ initial: 1 });
  assert.equal(guest.attach(VERSION, 0, memory, {}), 0);
  const own = new Queue(memory, 0);
  const taken = () => told.filter((type) => type === 'drained').length;
  for (let value = 0; value < CELLS - 1; value++) assert.equal(host.send(40, { value }), 0);
  assert.equal(guest.sync(), BELL.signals);
  assert.equal(taken(), 1);
  for (let value = 0; value < 5; value++) assert.equal(host.send(41, { value }), 0);
  guest.sync();
  assert.equal(taken(), 1, 'the guest has room for one of them');
  assert.equal(own.drain().sent.length, CELLS);
  assert.equal(guest.sync(), BELL.signals);
  assert.equal(taken(), 2);
  assert.equal(own.drain().sent.length, 4);
  assert.equal(guest.sync(), 0);
  assert.equal(taken(), 2, 'nothing new was taken');
});

/**
 * A guest whose memory is shared, and which has timers. When it has attached `keeps` is called, as its owner would.
 * @param {(kept: SharedArrayBuffer) => void} keeps
 * @param {() => void} [keepTime]  starts a timekeeper of its own
 */
function timed(keeps, keepTime) {
  const kept = new SharedArrayBuffer(4);
  const guest = new ProgramHost({
    queue: Queue.create({ pid: 2, ppid: 1 }),
    timekeeperWord: new SharedArrayBuffer(4),
    kept,
    keepTime,
    post: ({ type }) => {
      if (type === 'attached') keeps(kept);
    },
  });
  guest.expectTimers();
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  assert.equal(guest.attach(VERSION, 0, memory, {}), 1);
  return { guest, kept: new Int32Array(kept), own: new Queue(memory, 0) };
}

test('a program with timers begins when its timekeeper knows it; after the first, no check finds anything before a timer is due', {
  timeout: 10_000,
}, async () => {
  /** @type {Worker | undefined} */ let keeper;
  const { guest, kept, own } = timed((word) => {
    keeper = new Worker(
      `
      const { workerData } = require('node:worker_threads');
      const word = new Int32Array(workerData);
      Atomics.store(word, 0, 1);
      Atomics.notify(word, 0);
    `,
      { eval: true, workerData: word },
    );
  });
  assert.equal(kept[0], 1);
  guest.arm(1e12);
  assert.equal(own.doorbell, BELL.timer); // for what a look runs to be compiled
  own.drain();
  guest.arm(1e12); // as that look does
  assert.equal(own.doorbell, 0);
  await keeper?.terminate();
});

test('a program whose owner has asked a timekeeper waits for that, and starts none of its own', {
  timeout: 10_000,
}, async () => {
  let own = 0;
  /** @type {Worker | undefined} */ let keeper;
  const { kept } = timed(
    (word) => {
      new Int32Array(word)[0] = ASKED;
      keeper = new Worker(
        `
      const { workerData } = require('node:worker_threads');
      const word = new Int32Array(workerData);
      Atomics.wait(word, 0, ${ASKED}, 400); // longer than it waits for an owner who has not
      Atomics.store(word, 0, ${KNOWN});
      Atomics.notify(word, 0);
    `,
        { eval: true, workerData: word },
      );
    },
    () => own++,
  );
  assert.equal(kept[0], KNOWN);
  assert.equal(own, 0);
  await keeper?.terminate();
});

test('where the owner computes, and starts no timekeeper, the program begins all the same, and each check asks for the time', {
  timeout: 10_000,
}, () => {
  const { guest, own } = timed(() => {});
  guest.arm(1e12);
  assert.equal(own.doorbell, BELL.timer);
  own.drain();
  guest.arm(1e12); // as a look does that finds this
  assert.equal(own.doorbell, BELL.timer);
});
