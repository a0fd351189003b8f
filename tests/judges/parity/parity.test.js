// @ts-check
/** The emulated process against the kernel of this machine: a fixed and a random part, small enough for every run (npm run parity for more). */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('run.mjs', import.meta.url));
const reports = fileURLToPath(new URL('../../../build/reports/', import.meta.url));
const linux = process.platform === 'linux' ? false : 'the judge is the Linux kernel';

/** @param {string} seed @param {string} report @param {string} [mode] @param {string} [wasmOps] */
function parity(seed, report, mode = 'inside', wasmOps = '20000') {
  const args = [
    '--no-build',
    '--mode',
    mode,
    '--seed',
    seed,
    '--ops',
    '100000',
    '--wasm-ops',
    wasmOps,
    '--report',
    `${reports}${report}`,
  ];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [runner, ...args], {
    encoding: 'utf8',
    timeout: 190_000,
  });
  assert.equal(signal ?? status, 0, `npm run parity -- ${args.join(' ')}\n${stdout}\n${stderr}`);
  return JSON.parse(readFileSync(`${reports}${report}`, 'utf8'));
}

test('the programs that once differed from Linux, and 100,000 operations of seed 1, natively and through each wasm build', {
  timeout: 200_000,
  skip: linux,
}, () => {
  parity('1', 'parity.json');
});

const seed = String(Math.floor(Math.random() * 2 ** 31));
test(`the same of a random seed, this time ${seed}`, { timeout: 200_000, skip: linux }, () => {
  parity(seed, 'parity-random.json');
});

test(`another process sends, one signal or several at once: 100,000 operations of seed ${seed} as on Linux, natively and through each wasm build`, {
  timeout: 200_000,
  skip: linux,
}, () => {
  parity(seed, 'parity-outside.json', 'outside');
});

test(`the owner and three senders drive programs through the real host: 500 operations of seed ${seed} as on Linux, through each wasm build`, {
  timeout: 200_000,
  skip: linux,
}, () => {
  const { targets } = parity(seed, 'parity-host.json', 'host', '500');
  for (const preset of ['wasm32-emscripten', 'wasm32-emscripten-pthread', 'wasm32-wasip1'])
    assert.ok(targets[preset].operations >= 500, preset);
});
