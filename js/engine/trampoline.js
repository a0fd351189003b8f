// @ts-check
/**
 * A safe point of an instrumented module is a wasm function, so a JavaScript function gets one around it: a module of
 * one function, which calls its import.
 */

import { Instance, Module } from './own_wasm.js';

/** (func (export "g") (result i32) call $f), with the import `f`. */
const PLAIN = [
  [0, 97, 115, 109, 1, 0, 0, 0],
  [1, 5, 1, 96, 0, 1, 127], // type: [] -> [i32]
  [2, 6, 1, 0, 1, 102, 0, 0],
  [3, 2, 1, 0],
  [7, 5, 1, 1, 103, 0, 1],
  [10, 6, 1, 4, 0, 16, 0, 11],
];

/** (func (export "g") (result i32) try (result i32) call $f catch_all call $c end), with the imports `f` and `c`. */
const SUSPENDING = [
  [0, 97, 115, 109, 1, 0, 0, 0],
  [1, 5, 1, 96, 0, 1, 127],
  [2, 11, 2, 0, 1, 102, 0, 0, 0, 1, 99, 0, 0],
  [3, 2, 1, 0],
  [7, 5, 1, 1, 103, 0, 2],
  [10, 12, 1, 10, 0, 6, 127, 16, 0, 25, 16, 1, 11, 11],
];

/** @type {Map<number[][], WebAssembly.Module>} compiled once in an agent */
const modules = new Map();

/**
 * A wasm function that calls a JavaScript function.
 * @param {() => number} check
 * @returns {Function}
 */
export function trampoline(check) {
  return instantiate(PLAIN, { f: check });
}

/**
 * A wasm function that suspends the computation until a promise settles. The engine refuses that where JavaScript
 * stands between the safe point and WebAssembly.promising, only after it has called `wait`; then `refused` is called.
 * @param {() => Promise<number>} wait its promise never rejects
 * @param {() => number} refused
 * @returns {Function}
 */
export function suspendingTrampoline(wait, refused) {
  const { Suspending } = /** @type {any} */ (WebAssembly);
  return instantiate(SUSPENDING, { f: new Suspending(wait), c: refused });
}

/**
 * @param {number[][]} sections
 * @param {WebAssembly.ModuleImports} imports
 */
function instantiate(sections, imports) {
  const module = modules.get(sections) ?? new Module(Uint8Array.from(sections.flat()));
  modules.set(sections, module);
  return /** @type {Function} */ (new Instance(module, { '': imports }).exports.g);
}
