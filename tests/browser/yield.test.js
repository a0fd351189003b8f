// @ts-check
// What giving way to the event loop costs: the measurement behind YIELD_AFTER_NS.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { YIELD_AFTER_NS } from '../../js/guest/switching_host.js';
import { LIMIT, browserForTests, skip } from '../support/chromium.js';

const { open } = browserForTests();
const TURNS = 1000;
const RUNS = 15;

test('a program with stack switching loses less than 2 % by yielding', { ...LIMIT, skip }, async (t) => {
  const page = await open('plain');
  const times = await page.evaluate(
    async ({ turns, runs }) => {
      // (func (export "run") (param i32) (loop (call $import) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      const code = [0, 3, 64, 16, 0, 32, 0, 65, 1, 107, 34, 0, 13, 0, 11, 11];
      const bytes = new Uint8Array([
        ...[
          0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 2, 96, 0, 0, 96, 1, 127, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 2, 1, 1, 7,
          7, 1, 3, 114, 117, 110, 0, 1,
        ],
        ...[10, code.length + 2, 1, code.length, ...code],
      ]);
      const address = '../../js/engine/event_loop_turn.js';
      const { yielder } = await import(address);
      const engine = /** @type {any} */ (WebAssembly);
      const { instance } = await engine.instantiate(bytes, { m: { f: new engine.Suspending(yielder()) } });
      const run = engine.promising(instance.exports.run);
      const times = [];
      for (let i = 0; i < runs; i++) {
        const began = performance.now();
        await run(turns);
        times.push(performance.now() - began);
      }
      return times;
    },
    { turns: TURNS, runs: RUNS },
  );
  await page.close();
  const turn = times.sort((a, b) => a - b)[RUNS >> 1] / TURNS; // milliseconds
  const share = turn / (YIELD_AFTER_NS / 1e6);
  t.diagnostic(
    `a turn takes ${(turn * 1000).toFixed(1)} us, one in ${YIELD_AFTER_NS / 1e6} ms: ${(share * 100).toFixed(2)} %`,
  );
  assert.ok(share < 0.02, `${share}`);
});
