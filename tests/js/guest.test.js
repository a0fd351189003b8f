// @ts-check
// The guest's side of the host, without a program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BELL, CELLS, VERSION } from '../../js/abi.js';
import { Guest } from '../../js/guest.js';
import { LocalQueue } from '../../js/local_queue.js';
import { Queue } from '../../js/queue.js';

test('the owner is told that signals were taken when none is left for which the guest had no room', { timeout: 10_000 }, () => {
  const host = LocalQueue.create({ pid: 2, ppid: 1 });
  /** @type {string[]} */
  const told = [];
  const guest = new Guest({ queue: host, post: ({ type }) => told.push(type) });
  const memory = new WebAssembly.Memory({ initial: 1 });
  assert.equal(guest.attach(VERSION, 0, memory, {}), 0);
  const own = new Queue(memory, 0);
  const taken = () => told.filter((type) => type === 'taken').length;
  for (let value = 0; value < CELLS - 1; value++) assert.equal(host.send(40, { value }), 0);
  assert.equal(guest.sync(), BELL.signals);
  assert.equal(taken(), 1);
  for (let value = 0; value < 5; value++) assert.equal(host.send(41, { value }), 0);
  guest.sync();
  assert.equal(taken(), 1, 'the guest has room for one of them');
  assert.equal(own.take().sent.length, CELLS);
  assert.equal(guest.sync(), BELL.signals);
  assert.equal(taken(), 2);
  assert.equal(own.take().sent.length, 4);
  assert.equal(guest.sync(), 0);
  assert.equal(taken(), 2, 'nothing new was taken');
});
