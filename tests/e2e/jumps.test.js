// @ts-check
// A handler that jumps or throws out of a computation lands where it does on Linux: generated programs, by each compiler's lowering of setjmp and of exceptions. `npm run prove-instrument` makes many.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setup } from '../../toolchains/setup.mjs';
import { cacheFolder } from '../../toolchains/lib/cache.mjs';
import { locate } from '../../toolchains/sdk/node24.mjs';
import { findWasmOpt } from '../judges/rewriter/generated.mjs';
import { compareJumps, jumpCompilers, throwCompilers } from '../judges/rewriter/jumps.mjs';
import { compareThrows } from '../judges/rewriter/throws.mjs';

const LIMIT = { timeout: 400_000 };
const delays = ['1', '1500'];
const NO_NODE_24 = 'no Node 24: run toolchains/setup.mjs --only node24, or set NODE24';
const folder = mkdtempSync(join(tmpdir(), 'wasmsig-jumps-'));
after(() => rmSync(folder, { recursive: true, force: true }));
/** @type {import('../judges/rewriter/jumps.mjs').Compilers} */
let compilers;
/** @type {Record<string, import('../judges/rewriter/jumps.mjs').Compiler>} */
let throwing;
before(async () => {
  const { wasi, emscripten } = await setup({ only: ['wasi', 'emscripten'], quiet: true });
  assert.ok(wasi && emscripten);
  const tools = {
    clang: wasi.clang,
    emcc: emscripten.emcc,
    wasmOpt: findWasmOpt(emscripten.root),
    newer: locate({ cache: cacheFolder(), env: process.env })?.executable,
  };
  compilers = jumpCompilers(tools);
  throwing = throwCompilers(tools);
});

test('wasm32-wasip1: handlers jump out of computations as on Linux', LIMIT, async () => {
  const { failures, comparisons } = await compareJumps({ wasi: compilers.wasi }, folder, 3, 2, {
    levels: ['-O0', '-O2'],
    delays,
  });
  assert.deepEqual(failures, []);
  assert.equal(comparisons, 8);
});

test('wasm32-wasip1: the comparison finds safe points that do not land jumps', LIMIT, async () => {
  const { failures } = await compareJumps({ wasi: compilers.wasi }, folder, 3, 1, {
    levels: ['-O2'],
    delays: ['1500'],
    lands: false,
  });
  assert.ok(
    failures.some((failure) => failure.includes('SIGABRT')),
    failures.join(),
  );
});

test(
  'wasm32-emscripten with -sSUPPORT_LONGJMP=wasm: handlers jump as on Linux, also where Binaryen inlines functions',
  LIMIT,
  async () => {
    const { failures } = await compareJumps({ emscripten: compilers.emscripten }, folder, 5, 1, {
      levels: ['-O1', '-O2'],
      delays,
    });
    assert.deepEqual(failures, []);
  },
);

test(
  'wasm32-emscripten with its default longjmp, by JavaScript: handlers jump out of computations as on Linux',
  LIMIT,
  async () => {
    const { failures } = await compareJumps({ older: compilers.older }, folder, 3, 1, {
      levels: ['-O0', '-O2'],
      delays,
    });
    assert.deepEqual(failures, []);
  },
);

test(
  'wasm32-emscripten with its default longjmp: the comparison finds safe points that do not land jumps',
  LIMIT,
  async () => {
    const { failures } = await compareJumps({ older: compilers.older }, folder, 3, 1, {
      levels: ['-O2'],
      delays: ['1500'],
      lands: false,
    });
    assert.ok(
      failures.some((failure) => failure.includes('SIGABRT')),
      failures.join(),
    );
  },
);

test('the newer encoding of exceptions: handlers jump out of computations as on Linux', LIMIT, async (context) => {
  if (!compilers.newer) return context.skip(NO_NODE_24);
  const { failures } = await compareJumps({ newer: compilers.newer }, folder, 7, 1, { levels: ['-O2'], delays });
  assert.deepEqual(failures, []);
});

for (const [title, target] of [
  ['of wasm', 'wasm'],
  ['of wasm in the newer encoding', 'newer'],
  ['of JavaScript', 'older'],
]) {
  test(
    `C++ exceptions ${title} that handlers throw out of calls land in the try around them, with the destructors on the way, as on Linux`,
    LIMIT,
    async (context) => {
      const compiler = throwing[target];
      if (!compiler) return context.skip(NO_NODE_24);
      const { failures, comparisons } = await compareThrows({ [target]: compiler }, folder, 1, 1, { levels: ['-O2'] });
      assert.deepEqual(failures, []);
      assert.equal(comparisons, 2);
    },
  );
}
