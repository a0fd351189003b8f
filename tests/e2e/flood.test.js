// @ts-check
// A million sends from four threads to a busy program: nothing is lost, doubled or reordered, and standard signals coalesce as POSIX allows.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { spawn } from '../../js/node/index.js';
import { watch } from '../support/watched_guest.js';
import { guest } from '../support/program.js';

const SENDERS = 4;
const SENDS = 1_000_000;
/**
 * Then sends that must not coalesce: each waits until the one before was drained, and no other handler is left that
 * would run before its own.
 */
const SINGLE = 200;

for (const [memory, instrument] of /** @type {const} */ ([
  ['shared memory', true],
  ['synced memory', { memory: 'keep' }],
])) {
  test(`1,000,000 sends from 4 threads to a busy program, ${memory}`, { timeout: 180_000 }, async (t) => {
    const perSender = SENDS / SENDERS;
    const realTime = Math.ceil(perSender / 3) * SENDERS;
    const child = spawn(guest('flood'), { args: [String(realTime)], stdin: 'ignore', stdout: 'pipe', instrument });
    const program = watch(child);
    try {
      await program.prints('ready');
      assert.equal(await child.ready, true);
      const start = new Int32Array(new SharedArrayBuffer(4));
      const workers = Array.from(
        { length: SENDERS },
        (_, sender) =>
          new Worker(new URL('../support/flood_sender.js', import.meta.url), {
            workerData: { handle: child.handle(), sender, count: perSender, start },
          }),
      );
      const began = performance.now();
      const results = workers.map((worker) => once(worker, 'message'));
      await Promise.all(workers.map((worker) => once(worker, 'online')));
      Atomics.store(start, 0, 1);
      Atomics.notify(start, 0);
      const sent = (await Promise.all(results)).map(([message]) => message);
      const seconds = (performance.now() - began) / 1000;

      await program.prints('calm');
      for (let i = 0; i < SINGLE; i++) {
        const drained = once(child, 'delivery');
        assert.equal(child.kill('SIGUSR1'), true);
        assert.equal((await drained)[0].signal, 'SIGUSR1');
      }
      child.kill('SIGTERM');
      const exit = await program.ends();
      t.diagnostic(`${Math.round(SENDS / seconds)} sends a second; ${program.output.trim()}; ${JSON.stringify(sent)}`);
      const match = /usr1=(\d+) usr2=(\d+) rt=(\d+) senders=(\d+) wrong=(\d+)/.exec(program.output);
      assert.ok(match, program.output);
      const [usr1, usr2, rt, senders, wrong] = match.slice(1).map(Number);
      const total = (/** @type {'SIGUSR1' | 'SIGUSR2' | 'realTime'} */ kind) =>
        sent.reduce((sum, one) => sum + one[kind], 0);
      assert.equal(total('SIGUSR1') + total('SIGUSR2') + total('realTime'), SENDS);
      assert.equal(wrong, 0, 'values out of order');
      assert.equal(rt, realTime);
      assert.equal(total('realTime'), realTime);
      assert.equal(senders, SENDERS);
      // At least one run for what was sent during the flood, and exactly one for each that was sent alone.
      assert.ok(
        usr1 >= SINGLE + 1 && usr1 <= total('SIGUSR1') + SINGLE,
        `${usr1} runs for ${total('SIGUSR1')} and ${SINGLE} sends`,
      );
      assert.ok(usr2 >= 1 && usr2 <= total('SIGUSR2'), `${usr2} runs for ${total('SIGUSR2')} sends`);
      assert.equal(exit.code, 0);
    } finally {
      await child.close();
    }
  });
}
