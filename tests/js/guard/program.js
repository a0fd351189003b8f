// @ts-check
// A program with safe points, by hand: what instrumenting a module without wasmsig's library makes of it.
import { wasm } from '../../support/wat.js';

/** Its table's only slot has the safe point; `$look` is a check. */
const RUNTIME = `
  (type $check (func (result i32)))
  (table $slot 1 funcref)
  (global $left (mut i32) (i32.const 0))
  (func (export "wasmsig_set_safe_point") (param funcref)
    (table.set $slot (i32.const 0) (local.get 0))
    (global.set $left (i32.const 0)))
  (func $look (local $n i32)
    (if (ref.is_null (table.get $slot (i32.const 0))) (then (return)))
    (if (global.get $left) (then (global.set $left (i32.sub (global.get $left) (i32.const 1))) (return)))
    (local.set $n (call_indirect $slot (type $check) (i32.const 0)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (unreachable)))
    (global.set $left (local.get $n)))`;

const PROGRAM = `(module
  (import "env" "call" (func $call (param i32)))
  ${RUNTIME}
  (memory (export "memory") 2)
  (global $sp (export "__stack_pointer") (mut i32) (i32.const 65536))
  (global $flag (export "flag") (mut i32) (i32.const 0))
  (global $rounds (export "rounds") (mut i32) (i32.const 0))
  ;; loops until interrupt() was called; it has a frame on the stack
  (func $spin (export "spin") (result i32)
    (global.set $sp (i32.sub (global.get $sp) (i32.const 64)))
    (loop $again
      (global.set $rounds (i32.add (global.get $rounds) (i32.const 1)))
      (call $look)
      (br_if $again (i32.eqz (global.get $flag))))
    (global.set $sp (i32.add (global.get $sp) (i32.const 64)))
    (global.set $flag (i32.const 0))
    (i32.const 130))
  (func (export "interrupt") (param i32) (global.set $flag (i32.const 1)))
  (func $count (export "count") (param $n i32) (result i32)
    (local $i i32)
    (loop $again
      (global.set $rounds (i32.add (global.get $rounds) (i32.const 1)))
      (call $look)
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $i))
  (func (export "call") (param i32) (result i32) (call $call (local.get 0)) (call $count (i32.const 10)))
  ;; keeps a variable below the stack pointer, and says whether it is still there
  (func (export "leaf") (param $n i32) (result i32)
    (i32.store (i32.sub (global.get $sp) (i32.const 8)) (i32.const 77))
    (drop (call $count (local.get $n)))
    (i32.eq (i32.load (i32.sub (global.get $sp) (i32.const 8))) (i32.const 77)))
  (func (export "scribble") (i64.store (i32.sub (global.get $sp) (i32.const 8)) (i64.const -1)))
  ;; a loop that calls a function with a loop of ten rounds, in which the global inside is set
  (global $inside (export "inside") (mut i32) (i32.const 0))
  (func $inner (global.set $inside (i32.const 1)) (drop (call $count (i32.const 10))) (global.set $inside (i32.const 0)))
  (func (export "outer") (loop $again (call $look) (call $inner) (br $again)))
  (func (export "swallow") (result i32)
    (try (do (drop (call $spin))) (catch_all))
    (call $spin)))`;

export const PROGRAM_BYTES = wasm(PROGRAM);

/** A module with safe points that exports nothing else. */
export const EMPTY_BYTES = wasm(`(module ${RUNTIME} (func (export "look") (call $look)))`);

/** @param {(n: number) => void} [call] what the program's import does */
export function program(call = () => {}) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(PROGRAM_BYTES), { env: { call } });
  return /** @type {{exports: any}} */ (instance);
}

/** Where its stack pointer is when nothing runs. */
export const TOP = 65536;

export const LIMIT = { timeout: 20_000 };

/** @param {string} code @param {Record<string, unknown>} [more] */
export function coded(code, more = {}) {
  return { name: 'GuardError', code, ...more };
}
