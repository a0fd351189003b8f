// @ts-check
import { Reader } from './binary.js';
import { OP } from './walk.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */

/**
 * Detects whether Binaryen's Asyncify has rewritten the module, by the code of its `asyncify_start_unwind`, since the
 * names of exports may have been shortened: state = 1; data = the argument; a check of the data's bounds.
 *
 * @param {ModuleView} view
 * @returns {number} the index of the global that holds the state, which is 0 while the program runs normally; -1: no
 *   Asyncify
 */
export function findAsyncifyState(view) {
  for (const { start, end } of view.bodies) {
    if (end - start > 64) continue;
    const state = readStartUnwind(new Reader(view.bytes, start, end));
    if (state >= 0) return state;
  }
  return -1;
}

/** @param {Reader} reader */
function readStartUnwind(reader) {
  const is = (/** @type {number[]} */ ...bytes) => bytes.every((byte) => !reader.done && reader.u8() === byte);
  if (!is(0, OP.i32Const, 1, OP.globalSet)) return -1; // no locals
  const state = reader.u32();
  if (!is(OP.localGet, 0, OP.globalSet)) return -1;
  const data = reader.u32();
  return is(OP.globalGet) && reader.u32() === data && is(0x28) ? state : -1; // i32.load
}
