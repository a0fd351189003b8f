// @ts-check
// examples/signal.mjs. (The examples of docs/guide/signal-module.md are run by tests/e2e/guide.test.js.)
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, start } from '../../support/program.js';

const LIMIT = { timeout: 60_000 };

test('examples/signal.mjs computes until ^C', LIMIT, async (t) => {
  const run = start([process.execPath, '--no-warnings', join(ROOT, 'examples/signal.mjs')], { input: '' });
  t.after(() => run.close());
  await run.expect('counting primes');
  run.kill('SIGINT');
  await run.expect(/interrupted: \d+ primes up to \d+\n/);
  assert.deepEqual(await run.ended, { code: 0, signal: null });
});
