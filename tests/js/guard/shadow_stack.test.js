// @ts-check
// The stack pointer is found in modules that do not export it, and restored when a computation has ended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SET_SAFE_POINT } from '../../../js/abi/set_safe_point.js';
import { STACK_POINTER } from '../../../js/abi/stack_export.js';
import { Guard } from '../../../js/guard/index.js';
import { instrument } from '../../../js/instrument/index.js';
import { wasm } from '../../support/wat.js';

/** A function as LLVM begins it. @param {string} name @param {string} body @param {string} [type] */
const framed = (name, body, type = 'i32') => `(func (export "${name}") (local $n i64) (local $frame ${type})
  (global.set $sp (local.tee $frame (${type}.sub (global.get $sp) (${type}.const 64))))
  ${body}
  (global.set $sp (${type}.add (local.get $frame) (${type}.const 64))))`;

/** @param {{imports?: string, exports?: string, type?: string, memory?: string}} [options] */
const program = ({ imports = '', exports = '', type = 'i32', memory = '1' } = {}) =>
  wasm(`(module ${imports} (memory (export "memory") ${memory})
    (global $other (mut i32) (i32.const 5))
    (global $sp ${exports} (mut ${type}) (${type}.const 65536))
    ${framed('endless', '(loop $again (br $again))', type)}
    ${framed('nothing', '', type)}
    (func (export "sp") (result ${type}) (global.get $sp)))`);

/** @param {Uint8Array<ArrayBuffer>} bytes */
const names = (bytes) => WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);

const IMPORTS = `(import "e" "f" (func)) (import "e" "g" (global i32)) (import "e" "t" (table 1 2 funcref))
  (import "e" "h" (global (mut f64)))`;

test('after an end it is where it was when the call began', async () => {
  const guard = new Guard();
  const { instance } = await guard.instantiate(program());
  const { endless, sp } = /** @type {any} */ (instance.exports);
  for (let i = 0; i < 3; i++) assert.throws(() => guard.run(endless, { timeout: 10 }), { code: 'ERR_TIMEOUT' });
  assert.equal(sp(), 65536);
});

test('it is found behind imports of every kind, and with 64-bit addresses where the engine has them', async () => {
  for (const bytes of [program({ imports: IMPORTS }), program({ type: 'i64', memory: 'i64 1' })]) {
    if (!WebAssembly.validate(bytes)) continue;
    const { bytes: made } = await instrument(bytes);
    assert.deepEqual(names(made), [...names(bytes), SET_SAFE_POINT, STACK_POINTER]);
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1, maximum: 2 });
    const e = { f() {}, g: 1, t: table, h: new WebAssembly.Global({ value: 'f64', mutable: true }, 0) };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(made), { e });
    assert.equal(Number(/** @type {any} */ (exports)[STACK_POINTER].value), 65536);
  }
});

test('a module that exports it, imports it or has none gets no such export', async () => {
  const once = (await instrument(program())).bytes;
  assert.equal(names(once).filter((name) => name === STACK_POINTER).length, 1);
  const modules = {
    exported: program({ exports: '(export "__stack_pointer")' }),
    side: wasm(`(module (import "env" "__stack_pointer" (global $sp (mut i32))) ${framed('f', '')})`),
    none: wasm(`(module (global $g (mut i32) (i32.const 1))
      (func (export "f") (global.set $g (i32.sub (global.get $g) (i32.const 1)))))`),
    empty: wasm('(module)'),
  };
  for (const [what, bytes] of Object.entries(modules))
    assert.deepEqual(names((await instrument(bytes)).bytes), [...names(bytes), SET_SAFE_POINT], what);
  assert.deepEqual((await instrument(once)).bytes, once);
});
