// @ts-check
// A handler that jumps out of a computation lands where it does on Linux: generated programs, by each compiler that lowers setjmp to exceptions of wasm.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setup } from '../../toolchains/setup.mjs';
import { cacheFolder } from '../../toolchains/lib/cache.mjs';
import { locate } from '../../toolchains/sdk/node24.mjs';
import { findWasmOpt } from '../instrument/generated.mjs';
import { compareJumps, jumpCompilers } from '../instrument/jumps.mjs';

const LIMIT = { timeout: 400_000 };
const folder = mkdtempSync(join(tmpdir(), 'wasmsig-jumps-'));
after(() => rmSync(folder, { recursive: true, force: true }));
/** @type {import('../instrument/jumps.mjs').Compilers} */
let compilers;
before(async () => {
  const { wasi, emscripten } = await setup({ only: ['wasi', 'emscripten'], quiet: true });
  assert.ok(wasi && emscripten);
  compilers = jumpCompilers({ clang: wasi.clang, emcc: emscripten.emcc, wasmOpt: findWasmOpt(emscripten.root), newer: locate({ cache: cacheFolder(), env: process.env })?.executable });
});

const OPEN = 'one generated program of several dies of SIGABRT at -O2 since landings are checked for operands: open, see tests/house/faults.json';

test('wasm32-wasip1: handlers jump out of computations as on Linux', { ...LIMIT, skip: OPEN }, async () => {
  const { failures, comparisons } = await compareJumps({ wasi: compilers.wasi }, folder, 3, 2, { levels: ['-O0', '-O2'] });
  assert.deepEqual(failures, []);
  assert.equal(comparisons, 4);
});

test('but not if looks do not care for the jump: the comparison would notice', LIMIT, async () => {
  const { failures } = await compareJumps({ wasi: compilers.wasi }, folder, 3, 1, { levels: ['-O2'], lands: false });
  assert.ok(failures.some((failure) => failure.includes('SIGABRT')), failures.join());
});

test('wasm32-emscripten with -sSUPPORT_LONGJMP=wasm: the same', { ...LIMIT, skip: OPEN }, async () => {
  const { failures } = await compareJumps({ emscripten: compilers.emscripten }, folder, 5, 1, { levels: ['-O1'] });
  assert.deepEqual(failures, []);
});

test('the newer encoding of exceptions: the same', { ...LIMIT, skip: OPEN }, async (context) => {
  if (!compilers.newer) return context.skip('no Node 24: run toolchains/setup.mjs --only node24, or set NODE24');
  const { failures } = await compareJumps({ newer: compilers.newer }, folder, 7, 1, { levels: ['-O2'] });
  assert.deepEqual(failures, []);
});
