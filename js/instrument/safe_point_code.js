// @ts-check
import { Writer } from './binary.js';
import { OP } from './walk.js';

/**
 * A look and what follows it, as instructions.
 *
 * @typedef {object} CheckForm
 * @property {Uint8Array} wanted leaves an i32: not 0 when the slow path is wanted
 * @property {Uint8Array} wantedPlain the same for places where no engine can take a load out of its loop
 * @property {Uint8Array} passed what is done when it is not
 * @property {Uint8Array} slow the call of the slow path and what becomes of its result
 */

/** @typedef {{memory: number, address: number}} Word where the doorbell is: the index of the memory, and the address in it */

/** @typedef {{opcode: number[], align: number}} Load `align`: as a power of two */
const ATOMIC_LOAD = { opcode: [OP.prefixAtomic, 0x10], align: 2 };
const ATOMIC_LOAD_BYTE = { opcode: [OP.prefixAtomic, 0x12], align: 0 };
const PLAIN_LOAD = { opcode: [0x28], align: 2 };
const NOTHING = new Uint8Array(0);

/**
 * The look for a doorbell in memory that becomes shared: one load. The program has one thread, so the doorbell is silent when the slow
 * path returns. The load is an atomic one, which no engine takes out of a loop, and of the first byte, in which each kind of ring has its bit: an engine asks an atomic access of more
 * bytes each time whether its address is a multiple of four (V8: four instructions). Where the loop makes calls that may write anything, no engine takes out a plain one either; on x86 that
 * is part of the comparison's instruction and needs no register, which an interpreter's main loop has none to spare of.
 *
 * @param {Word} doorbell
 * @param {number} safePoint index of the slow path's function
 * @returns {CheckForm}
 */
export function sharedForm(doorbell, safePoint) {
  return {
    wanted: code((out) => load(out, doorbell, ATOMIC_LOAD_BYTE)),
    wantedPlain: code((out) => load(out, doorbell, PLAIN_LOAD)),
    passed: NOTHING,
    slow: code((out) => {
      out.u8(OP.call);
      out.u32(safePoint);
      out.u8(OP.drop);
    }),
  };
}

/**
 * The look of a program with threads: a thread may have rung for others, and must get on with its own work while they have not looked. So
 * the doorbell is compared with the value that the slow path left there, kept in a global, of which each thread has its own.
 *
 * @param {Word} doorbell
 * @param {number} global index of the mutable i32 global
 * @param {number} safePoint index of the slow path's function
 * @returns {CheckForm}
 */
export function threadedForm(doorbell, global, safePoint) {
  const changed = (/** @type {Load} */ instruction) => code((out) => {
    load(out, doorbell, instruction);
    out.u8(OP.globalGet);
    out.u32(global);
    out.u8(0x47); // i32.ne
  });
  return {
    wanted: changed(ATOMIC_LOAD),
    wantedPlain: changed(PLAIN_LOAD),
    passed: NOTHING,
    slow: code((out) => {
      out.u8(OP.call);
      out.u32(safePoint);
      out.u8(OP.globalSet);
      out.u32(global);
    }),
  };
}

/**
 * The look where memory is not shared: a global counts down to 0. The slow path's result is how many looks may be left out;
 * entering the loop again is a look too, so the stored count must not be 0, or the program would stand still: `| 1` gives that without
 * ever leaving out more looks than was allowed.
 *
 * @param {number} global index of the mutable i32 global
 * @param {number} safePoint index of the slow path's function
 * @returns {CheckForm}
 */
export function countdownForm(global, safePoint) {
  const wanted = code((out) => {
    out.u8(OP.globalGet);
    out.u32(global);
    out.u8(OP.i32Eqz);
  });
  return {
    wanted,
    wantedPlain: wanted,
    passed: code((out) => {
      out.u8(OP.globalGet);
      out.u32(global);
      out.append([OP.i32Const, 0x7f, OP.i32Add, OP.globalSet]); // - 1
      out.u32(global);
    }),
    slow: code((out) => {
      out.u8(OP.call);
      out.u32(safePoint);
      out.append([OP.i32Const, 0x01, OP.i32Or, OP.globalSet]);
      out.u32(global);
    }),
  };
}

/**
 * A look in a program that Asyncify has rewritten. While such a program unwinds or rewinds its stack (the state is 1 or 2) its code is only run
 * through, and a handler must not run. A handler that wants to suspend cannot, since the code around the look does not know how to unwind
 * there: the program traps rather than going on with a wrong stack.
 *
 * @param {CheckForm} form
 * @param {number} state index of Asyncify's state global
 * @returns {CheckForm}
 */
export function asyncifiedForm(form, state) {
  const running = (/** @type {Uint8Array} */ wanted) => code((out) => { // not (unwanted or another state)
    out.append(wanted);
    out.append([OP.i32Eqz, OP.globalGet]);
    out.u32(state);
    out.append([OP.i32Or, OP.i32Eqz]);
  });
  return {
    wanted: running(form.wanted),
    wantedPlain: running(form.wantedPlain),
    passed: form.passed.length === 0 ? form.passed : code((out) => { // no count is used up in another state: it may be 0
      out.u8(OP.globalGet);
      out.u32(state);
      out.append([OP.i32Eqz, OP.if, 0x40]);
      out.append(form.passed);
      out.u8(OP.end);
    }),
    slow: code((out) => {
      out.append(form.slow);
      out.u8(OP.globalGet);
      out.u32(state);
      out.append([OP.if, 0x40, OP.unreachable, OP.end]);
    }),
  };
}

/** @param {Writer} out @param {Word} word @param {Load} instruction */
function load(out, { memory, address }, { opcode, align }) {
  out.u8(OP.i32Const);
  out.s32(address);
  out.append(opcode);
  out.u8(memory === 0 ? align : align | 0x40); // bit 6: an index follows
  if (memory !== 0) out.u32(memory);
  out.u8(0);
}

/** @param {(out: Writer) => void} write */
function code(write) {
  const out = new Writer(32);
  write(out);
  return out.view().slice();
}
