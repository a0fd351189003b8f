// @ts-check
// How a page's agent runs a WASI program, as far as that needs no page.
import assert from 'node:assert/strict';
import binaryen from 'binaryen';
import { test } from 'node:test';
import { run } from '../../../js/browser/run_wasi.js';

test('what a program opens is not printed to the console', { timeout: 10_000 }, async (t) => {
  const text = binaryen.parseText(`(module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "a.txt")
    (func (export "_start")
      (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))))`);
  text.setFeatures(binaryen.Features.All);
  const bytes = text.emitBinary();
  text.dispose();
  /** @type {unknown[][]} */
  const printed = [];
  t.mock.method(console, 'log', (/** @type {unknown[]} */ ...words) => printed.push(words));
  const host = {
    imports: () => ({}),
    suspending: (/** @type {unknown} */ f) => f,
    enter: (/** @type {unknown} */ f) => f,
    plain() {},
    deliverSent() {},
    obey() {},
  };
  const start = { name: 'opens.wasm', args: ['opens.wasm'], env: {}, dirs: { '.': { 'a.txt': 'text' } } };
  const code = await run(/** @type {any} */ ({ start, program: {}, host, load: async () => bytes }));
  assert.equal(code, 0, 'the file is there, and opens');
  assert.deepEqual(printed, []);
});
