// @ts-check
/**
 * The stack that a program keeps in its memory, beside the engine's. Its pointer stays where it was when an error leaves
 * the program, so the guard restores it. And the guard moves it while JavaScript runs at a safe point: a function that
 * calls nothing may keep variables below it without moving it (LLVM's red zone).
 *
 * Why: docs/rationale.md#why-does-a-safe-point-move-the-stack-pointer-by-128-bytes
 */

import { STACK_POINTER } from '../abi/stack_export.js';

const RED_ZONE = 128;
/** Stack pointers are multiples of this. */
const ALIGNMENT = 16;

/** A position of the stack: an i32, or an i64 where the memory has 64-bit addresses. @typedef {number | bigint} Position */

/**
 * How the stack pointer of a program is read and set.
 * @typedef {object} ShadowStack
 * @property {() => Position} save
 * @property {(position: any) => void} restore a position that save() returned
 */

/** Emscripten's names, the older ones last. */
const SAVE = ['emscripten_stack_get_current', 'stackSave'];
const RESTORE = ['_emscripten_stack_restore', 'stackRestore'];

/**
 * The stack pointer as a module exports it.
 * @param {WebAssembly.Exports} exports
 * @returns {ShadowStack | undefined} undefined: it does not
 */
export function exportedStack(exports) {
  const pointer = exports.__stack_pointer ?? exports[STACK_POINTER];
  if (pointer instanceof WebAssembly.Global) {
    return {
      save: () => pointer.value,
      restore: (position) => {
        pointer.value = position;
      },
    };
  }
  const find = (/** @type {string[]} */ names) => names.map((name) => exports[name]).find(isFunction);
  const [save, restore] = [find(SAVE), find(RESTORE)];
  if (!save || !restore) return undefined;
  return { save: () => save(), restore: (position) => void restore(position) };
}

/**
 * Moves the stack pointer below the red zone.
 * @param {ShadowStack} stack
 * @returns {Position} where it was
 */
export function skipRedZone(stack) {
  const top = stack.save();
  stack.restore(
    typeof top === 'bigint' ? (top - BigInt(RED_ZONE)) & -BigInt(ALIGNMENT) : ((top >>> 0) - RED_ZONE) & -ALIGNMENT,
  );
  return top;
}

/** @param {unknown} value @returns {value is (...args: any[]) => any} */
function isFunction(value) {
  return typeof value === 'function';
}
