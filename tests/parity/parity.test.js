// @ts-check
/** The emulated process against the kernel of this machine: a fixed and a random part, small enough for every run (npm run parity for more). */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('run.mjs', import.meta.url));
const reports = fileURLToPath(new URL('../../build/reports/', import.meta.url));
const linux = process.platform === 'linux' ? false : 'the judge is the Linux kernel';

/** @param {string} seed @param {string} report @param {string} [mode] */
function parity(seed, report, mode = 'inside') {
  const args = ['--no-build', '--mode', mode, '--seed', seed, '--ops', '100000', '--wasm-ops', '20000', '--report', `${reports}${report}`];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', timeout: 190_000 });
  assert.equal(signal ?? status, 0, `npm run parity -- ${args.join(' ')}\n${stdout}\n${stderr}`);
}

test('the programs that once differed from Linux, and 100,000 operations of seed 1, natively and through each wasm build', { timeout: 200_000, skip: linux }, () => {
  parity('1', 'parity.json');
});

const seed = String(Math.floor(Math.random() * 2 ** 31));
test(`the same of a random seed, this time ${seed}`, { timeout: 200_000, skip: linux }, () => {
  parity(seed, 'parity-random.json');
});

test(`another process sends, one signal or several at once: 100,000 operations of seed ${seed} as on Linux, natively and through each wasm build`, { timeout: 200_000, skip: linux }, () => {
  parity(seed, 'parity-outside.json', 'outside');
});
