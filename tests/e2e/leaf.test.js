// @ts-check
// A safe point in a function that keeps its variables below the stack pointer (see tests/guests/leaf.c) leaves them alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { watch } from '../support/watched_guest.js';
import { LIMIT, guest } from '../support/program.js';

for (const [what, preset, instrument, rounds] of /** @type {const} */ ([
  ['a countdown', 'wasm32-wasip1', { memory: 'keep' }, 200_000],
  ['a load', 'wasm32-wasip1', { memory: 'shared' }, 200_000],
  ['a countdown in a program with JS glue', 'wasm32-emscripten', true, 200_000],
])) {
  test(`a leaf function keeps its variables; the check is ${what}`, LIMIT, async () => {
    const child = spawn(guest('leaf', preset), { args: [String(rounds)], stdin: 'ignore', stdout: 'pipe', instrument });
    const program = watch(child);
    try {
      await program.prints('ready');
      // For looks that are taken only when something was sent.
      const sending = setInterval(() => child.kill('SIGUSR1'), 1);
      const { code } = await program.ends().finally(() => clearInterval(sending));
      assert.match(program.output, /^ready\nright, and [1-9]\d* signals\n$/);
      assert.equal(code, 0);
    } finally {
      await child.close();
    }
  });
}
