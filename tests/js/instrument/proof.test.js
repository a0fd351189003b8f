// @ts-check
// The proofs of `npm run prove-instrument`, as many as a test run has time for.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { instrumentSync } from '../../../js/instrument/index.js';
import { instrumentNowhere } from '../../support/changed_rewriter.js';
import { loadJudge } from '../../judges/rewriter/binaryen.mjs';
import { CORES, endlessProgram } from '../../judges/rewriter/endless.mjs';
import { checkGenerated, findWasmOpt } from '../../judges/rewriter/generated.mjs';
import { Runner, checkLiveness } from '../../judges/rewriter/liveness.mjs';
import { compareRust } from '../../judges/rewriter/programs.mjs';
import { locate } from '../../../toolchains/sdk/rust.mjs';

const LIMIT = { timeout: 240_000 };

describe('programs without end', () => {
  test('are stopped: every kind, in random places', LIMIT, async () => {
    const { stopped, failures } = await checkLiveness(1, 10 * Object.keys(CORES).length);
    assert.deepEqual(failures, []);
    assert.equal(stopped, 10 * Object.keys(CORES).length);
  });

  test('run on without safe points, which the test would notice', LIMIT, async () => {
    const runner = new Runner();
    try {
      for (const [i, core] of Object.keys(CORES).entries()) {
        const { bytes } = instrumentNowhere(endlessProgram(i).bytes);
        assert.equal(await runner.stop(bytes, 50), 'still running', core);
      }
    } finally {
      await runner.close();
    }
  });
});

test("modules of Binaryen's generator compute the same", LIMIT, async () => {
  // npm's Binaryen, since this suite needs no SDK; `npm run prove-instrument` has a faster one.
  const { modules, failures, calls, slowPaths } = await checkGenerated(findWasmOpt(undefined), await loadJudge(), 5, 8);
  assert.deepEqual(failures, []);
  assert.equal(modules, 8);
  assert.ok(calls > 100 && slowPaths > 10, `${calls} calls, ${slowPaths} slow paths`);
});

const rust = locate({ env: process.env });
test('what rustc emits computes the same', {
  ...LIMIT,
  skip: !rust && 'no rustc with a WASI target: run toolchains/setup.mjs --only rust, or set RUSTC',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-rust-'));
  try {
    const { failures, comparisons } = await compareRust(/** @type {NonNullable<typeof rust>} */ (rust), {
      ...(await loadJudge()),
      folder,
    });
    assert.deepEqual(failures, []);
    assert.equal(comparisons, 2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a module is the same whenever it is made', () => {
  const { bytes } = endlessProgram(77);
  assert.deepEqual(instrumentSync(bytes).bytes, instrumentSync(bytes).bytes);
});
