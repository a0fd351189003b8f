// @ts-check
/** A short run of arbitrary bytes through the rewriter in C++ (npm run fuzz for a long one). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setup, SetupError } from '../../../toolchains/setup.mjs';
import { fuzzRewriter } from './rewriter.mjs';

/** Why it cannot run here, or false. */
async function hindrance() {
  if (process.platform !== 'linux') return "clang's libFuzzer for Linux is needed";
  try {
    await setup({ only: ['clang', 'fuzzer'], quiet: true });
    return false;
  } catch (error) {
    if (error instanceof SetupError) return error.message;
    throw error;
  }
}

test('arbitrary bytes make the rewriter neither crash nor take much time or memory', {
  timeout: 850_000,
  skip: await hindrance(),
}, async (t) => {
  const seed = 1; // the same every time; npm run fuzz takes another one
  t.diagnostic(`npm run fuzz -- --only rewriter --seed ${seed}`);
  const outcome = await fuzzRewriter({ seconds: 30, seed });
  t.diagnostic(JSON.stringify(outcome));
  assert.ok(outcome.inputs > 200 && outcome.kept > 20, JSON.stringify(outcome));
});
