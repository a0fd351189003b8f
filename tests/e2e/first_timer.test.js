// @ts-check
// The first timer of a program, while its owner computes: nothing that the owner's event loop would have to do for it may be needed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { Queue } from '../../js/link/queue.js';
import { LIMIT, guest } from '../support/program.js';

const PATIENCE = 20_000;

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten-pthread']) {
  // shared memory: others look at the clock themselves
  test(
    `${preset}: a program whose owner computes from the start on has a timekeeper, and its timer`,
    LIMIT,
    async () => {
      const child = spawn(guest('alarm', preset), { args: ['50'], stdin: 'ignore', stdout: 'pipe', instrument: true });
      let output = '';
      child.stdout.on('data', (chunk) => (output += chunk));
      try {
        // Without an owner's help: its event loop does not turn.
        const kept = new Int32Array(/** @type {SharedArrayBuffer} */ (child.kept));
        const end = performance.now() + PATIENCE;
        while (Atomics.load(kept, 0) !== 1 && performance.now() < end);
        assert.equal(Atomics.load(kept, 0), 1, 'no timekeeper came');
        assert.equal((await child.exited).code, 0);
        assert.match(output, /^ready\nalarm 1 after (\d+) ms\n$/);
      } finally {
        await child.close();
      }
    },
  );
}

for (const [preset, instrument, how] of /** @type {[string, false | {memory: 'shared' | 'keep'}, string][]} */ ([
  ['wasm32-wasip1', { memory: 'shared' }, 'busy'],
  ['wasm32-wasip1', { memory: 'keep' }, 'busy'],
  ['wasm32-wasip1', false, 'idle'],
  ['wasm32-wasip1', { memory: 'shared' }, 'idle'],
  ['wasm32-wasip1', false, 'read'],
  ['wasm32-wasip1', { memory: 'shared' }, 'read'],
  ['wasm32-emscripten', { memory: 'keep' }, 'busy'],
  ['wasm32-emscripten', false, 'idle'],
])) {
  test(
    `${preset}, ${how}, ${instrument ? `instrumented (${instrument.memory})` : 'not instrumented'}: the first timer does not need its owner`,
    LIMIT,
    async () => {
      const child = spawn(guest('outside', preset), {
        args: ['timer', how],
        stdin: 'pipe',
        stdout: 'pipe',
        instrument,
      });
      try {
        await new Promise((resolve, reject) => {
          child.stdout.on('data', (chunk) => /ready/.test(String(chunk)) && resolve(undefined));
          child.exited.then(reject, reject);
        });
        // What the guest's agent writes when its program ends can be seen without the event loop.
        const host = Queue.open(child.handle().host);
        child.kill('SIGUSR1');
        const end = performance.now() + PATIENCE;
        while (!host.exit && performance.now() < end);
        assert.equal(host.exit?.signo, 14, 'the program has not ended while its owner computed');
        assert.deepEqual(await child.exited, { code: null, signal: 'SIGALRM', core: false });
      } finally {
        await child.close();
      }
    },
  );
}
