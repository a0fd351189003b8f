// @ts-check
// Two threads of a guest signal each other thousands of times: no ring is lost, whether they sleep or compute meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { watch } from '../js/support.js';
import { guest } from '../support/program.js';

const ROUNDS = 2000;

for (const [what, args] of /** @type {[string, string[]][]} */ ([['sleep', []], ['compute', ['computes']]])) {
  test(`threads that ${what} signal each other ${ROUNDS} times`, { timeout: 120_000 }, async () => {
    const run = watch(spawn(guest('threads', 'wasm32-emscripten-pthread'), { args: [String(ROUNDS), ...args], instrument: true, stdin: 'ignore', stdout: 'pipe' }));
    try {
      assert.equal(await run.nextLine(), `rounds ${ROUNDS}`);
      run.child.kill('SIGTERM');
      assert.equal(await run.nextLine(), 'ended by 15 in main');
      assert.equal((await run.child.exited).code, 0);
    } finally {
      await run.child.close();
    }
  });
}
