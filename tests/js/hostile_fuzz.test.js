// @ts-check
// A short run of `npm run fuzz`: it fails by itself where the host or the good guest notices anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from '../fuzz/hostile.mjs';

test('random writes into blocks of running guests harm neither the host nor the guests beside them', { timeout: 120_000 }, async (t) => {
  const seed = Math.floor(Math.random() * 1e9);
  t.diagnostic(`npm run fuzz -- --writes 500000 --seed ${seed}`);
  const outcome = await fuzz({ writes: 500_000, seed });
  t.diagnostic(JSON.stringify(outcome));
  assert.equal(outcome.writes, 500_000);
  assert.ok(outcome.sends > 1000 && outcome.kept > 0 && outcome.rings > 0);
});
