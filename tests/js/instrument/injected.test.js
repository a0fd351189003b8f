// @ts-check
// Modules that were not linked with libwasmsig: what is injected into them does what its embedder says, and nothing without one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InstrumentError, instrument, instrumentSync } from '../../../js/instrument/index.js';
import { HEADER, leb, name, readModule, section, vector } from '../../support/wasm_binary.js';
import { I32, VOID } from '../../support/wasm_modules.js';
import { wasm } from '../../support/wat.js';

/**
 * A module with the exports `count(rounds)`, which counts in a loop, and `endless()`.
 * @param {number[]} [memory] its memory section
 */
function foreign(memory = []) {
  const body = (/** @type {number[]} */ code) => [...leb(code.length), ...code];
  const types = [
    [0x60, 1, I32, 1, I32],
    [0x60, 0, 0],
  ];
  // local 1 goes up to the parameter
  const count = [1, 1, I32, 3, VOID, 0x20, 1, 0x41, 1, 0x6a, 0x22, 1, 0x20, 0, 0x48, 0x0d, 0, 0x0b, 0x20, 1, 0x0b];
  const endless = [0, 3, VOID, 0x0c, 0, 0x0b, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector(types)),
    ...section(3, vector([[0], [1]])),
    ...memory,
    ...section(
      7,
      vector([
        [...name('count'), 0, 0],
        [...name('endless'), 0, 1],
      ]),
    ),
    ...section(10, vector([body(count), body(endless)])),
  ]);
}

/** A wasm function () -> i32 that calls `callback`: only such a function can stand in a table. @param {() => number} callback */
function trampoline(callback) {
  const bytes = [
    ...HEADER,
    ...section(1, vector([[0x60, 0, 1, I32]])),
    ...section(2, vector([[...name(''), ...name('f'), 0, 0]])),
    ...section(7, vector([[...name('f'), 0, 0]])),
  ];
  return /** @type {any} */ (
    new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), { '': { f: callback } }).exports.f
  );
}

/** @param {Uint8Array} bytes @returns {any} */
const exportsOf = (bytes) => new WebAssembly.Instance(new WebAssembly.Module(/** @type {any} */ (bytes))).exports;
const MANY = 100_000;

describe('a foreign module', () => {
  const { bytes, report } = instrumentSync(foreign());
  test('gets the runtime by itself, and the report says so', async () => {
    assert.equal(report.runtime, 'injected');
    assert.deepEqual([report.block, report.doorbell, report.memory], [null, null, null]);
    assert.deepEqual([report.look, report.loops.found, report.loops.instrumented], ['countdown', 2, 2]);
    assert.deepEqual(Object.keys(exportsOf(bytes)), ['count', 'endless', 'wasmsig_set_safe_point']);
    assert.deepEqual((await instrument(foreign(), { runtime: 'injected' })).bytes, bytes);
    assert.equal(readModule(bytes).memories.length, 0);
  });
  test('runs without an embedder as it did before', () => {
    assert.equal(exportsOf(bytes).count(MANY), MANY);
  });
  test('calls what was set, as often as that asks to be called', () => {
    for (const [allowed, least, most] of [
      [0, MANY / 8, MANY * 2],
      [99, MANY / 800, MANY / 50],
      [0x7fffffff, 1, 1],
    ]) {
      const exports = exportsOf(bytes);
      let calls = 0;
      exports.wasmsig_set_safe_point(trampoline(() => (calls++, allowed)));
      assert.equal(exports.count(MANY), MANY);
      assert.ok(calls >= least && calls <= most, `${calls} calls with ${allowed} allowed`);
    }
  });
  test('is ended by a negative number, with a trap, and goes on to work', () => {
    const exports = exportsOf(bytes);
    let calls = 0;
    exports.wasmsig_set_safe_point(trampoline(() => (++calls < 1000 ? 0 : -1)));
    assert.throws(() => exports.endless(), WebAssembly.RuntimeError);
    assert.equal(calls, 1000);
    exports.wasmsig_set_safe_point(null);
    assert.equal(exports.count(MANY), MANY);
    assert.equal(calls, 1000);
  });
  test('is ended by an exception, which is the one that is seen', () => {
    const exports = exportsOf(bytes);
    const error = new Error('enough');
    exports.wasmsig_set_safe_point(
      trampoline(() => {
        throw error;
      }),
    );
    assert.throws(
      () => exports.endless(),
      (caught) => caught === error,
    );
  });
  test('may be given another function while it runs, which is asked at once', () => {
    const exports = exportsOf(bytes);
    const asked = /** @type {string[]} */ ([]);
    const second = trampoline(() => (asked.push('second'), -1));
    exports.wasmsig_set_safe_point(
      trampoline(() => {
        asked.push('first');
        exports.wasmsig_set_safe_point(second);
        return 0;
      }),
    );
    assert.throws(() => exports.endless(), WebAssembly.RuntimeError);
    assert.deepEqual(asked, ['first', 'second']);
  });
  test('each instance has a function of its own', () => {
    const [one, two] = [exportsOf(bytes), exportsOf(bytes)];
    one.wasmsig_set_safe_point(trampoline(() => -1));
    assert.equal(two.count(MANY), MANY);
    assert.throws(() => one.count(MANY), WebAssembly.RuntimeError);
  });
  test('checks at the entry of a function that calls itself, without a copy of it', () => {
    const fib = wasm(`(module (func $fib (export "fib") (param i32) (result i32)
      (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`);
    const made = instrumentSync(fib);
    assert.deepEqual([made.report.functions.look_at_entry, made.report.functions.copied], [1, 0]);
    const exports = exportsOf(made.bytes);
    assert.equal(exports.fib(15), 610);
    let calls = 0;
    exports.wasmsig_set_safe_point(trampoline(() => (calls++, 0)));
    assert.equal(exports.fib(15), 610);
    assert.ok(calls > 100, `${calls} calls`);
  });
  test('that was instrumented stays as it is', () => {
    const again = instrumentSync(bytes);
    assert.deepEqual(again.bytes, bytes);
    assert.deepEqual([again.report.already_instrumented, again.report.runtime], [true, 'injected']);
  });
  test('keeps its memory', () => {
    const memory = section(5, [1, 1, 2, 9]);
    const made = instrumentSync(foreign(memory), { memory: 'keep' });
    assert.deepEqual(
      readModule(made.bytes).memories.map(({ flags, minimum, maximum }) => [flags, minimum, maximum]),
      [[1, 2, 9]],
    );
    for (const options of /** @type {const} */ ([
      { memory: 'shared' },
      { maximumPages: 10 },
      { importMemory: { module: 'env', name: 'memory' } },
    ])) {
      assert.throws(
        () => instrumentSync(foreign(memory), options),
        (error) =>
          error instanceof InstrumentError &&
          error.code === 'bad-option' &&
          /its memory stays as it is/.test(error.message),
      );
    }
  });
});
