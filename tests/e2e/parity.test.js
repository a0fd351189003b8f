// @ts-check
/** The emulated process against the kernel of this machine: a fixed and a random part, small enough for every run (npm run parity for more). */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = fileURLToPath(new URL('../../build/native/tests/parity/parity', import.meta.url));
const linux = process.platform === 'linux' ? false : 'the judge is the Linux kernel';

/** @param {string[]} args */
function parity(args) {
  const { status, signal, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8', timeout: 110_000 });
  assert.equal(signal ?? status, 0, `parity ${args.join(' ')}\n${stdout}\n${stderr}`);
}

test('the programs that once differed from Linux, and 200,000 operations of a fixed seed', { timeout: 120_000, skip: linux }, () => {
  parity(['--regressions', 'tests/parity/regressions']);
  parity(['--seed', '1', '--ops', '200000']);
});

const seed = String(Math.floor(Math.random() * 2 ** 31));
test(`100,000 operations of a random seed, this time ${seed}`, { timeout: 120_000, skip: linux }, () => {
  parity(['--seed', seed, '--ops', '100000']);
});
