// @ts-check
// A short run of `npm run fuzz`: it fails by itself where the host or the good guest notices anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from '../../judges/fuzz/hostile.mjs';
import { fuzzImports, reachableImports } from '../../judges/fuzz/imports.mjs';

test('random writes into blocks of running guests harm neither the host nor the guests beside them', {
  timeout: 120_000,
}, async (t) => {
  const seed = Math.floor(Math.random() * 1e9);
  t.diagnostic(`npm run fuzz -- --writes 500000 --seed ${seed}`);
  const outcome = await fuzz({ writes: 500_000, seed });
  t.diagnostic(JSON.stringify(outcome));
  assert.equal(outcome.writes, 500_000);
  assert.ok(outcome.sends > 1000 && outcome.kept > 0 && outcome.rings > 0);
});

test('modules that import what objects of JavaScript inherit are refused by name, in every way of starting, and run nothing', {
  timeout: 120_000,
}, async (t) => {
  const seed = Math.floor(Math.random() * 1e9);
  t.diagnostic(`npm run fuzz -- --seed ${seed}`);
  const all = reachableImports().map(({ module, field, kind }) => `${module} ${field} ${kind}`);
  for (const one of [
    'constructor freeze function',
    'constructor prototype global',
    'toString constructor function',
    'wasmsig __proto__ memory',
    'wasi_snapshot_preview1 proc_exit tag',
  ]) {
    assert.ok(all.includes(one), one);
  }
  const some = 300;
  const { refused } = await fuzzImports({ some, spawns: 20, seed });
  assert.deepEqual(refused, { command: some, attach: some, emscripten: some, spawn: 20 });
});
