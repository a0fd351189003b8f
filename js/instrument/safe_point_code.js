// @ts-check
// Why: docs/rationale.md#why-is-a-safe-point-an-atomic-load-of-a-byte
// Why: docs/rationale.md#why-is-it-a-plain-load-where-a-call-hides-memory
// Why: docs/rationale.md#why-is-the-slow-path-marked-unlikely
import { Writer } from './binary.js';
import { OP } from './walk.js';

/**
 * A check and what follows it, as instructions.
 *
 * @typedef {object} CheckForm
 * @property {Uint8Array} wanted leaves an i32: not 0 if the slow path is wanted
 * @property {Uint8Array} wantedPlain the same, for places where no engine can hoist a load out of its loop
 * @property {Uint8Array} passed runs if it is not wanted
 * @property {Uint8Array} slow the call of the slow path, and the use of its result
 */

/** @typedef {{memory: number, address: number}} Word the doorbell: the index of the memory, and the address in it */

/** @typedef {{opcode: number[], align: number}} Load `align`: as a power of two */
const ATOMIC_LOAD = { opcode: [OP.prefixAtomic, 0x10], align: 2 };
const ATOMIC_LOAD_BYTE = { opcode: [OP.prefixAtomic, 0x12], align: 0 };
const PLAIN_LOAD = { opcode: [0x28], align: 2 };
const NOTHING = new Uint8Array(0);

/**
 * The check for a doorbell in memory that becomes shared: one load. The program has one thread, so the doorbell is
 * quiet when the slow path returns.
 *
 * The load is atomic, because no engine hoists an atomic load out of a loop. It loads the first byte, in which each
 * kind of ring has its bit: for an atomic access of more bytes an engine tests each time whether its address is aligned
 * (V8: four instructions). If the loop makes calls that may write to any address, no engine hoists a plain load either.
 * On x86 a plain load is part of the comparison's instruction and needs no register, and an interpreter's main loop has
 * none to spare.
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
 * The check of a program with threads. A thread may have notified others, and must continue with its own work until
 * they have checked. So the doorbell is compared with the value that the slow path left there. It is kept in a global,
 * of which each thread has its own.
 *
 * @param {Word} doorbell
 * @param {number} global index of the mutable i32 global
 * @param {number} safePoint index of the slow path's function
 * @returns {CheckForm}
 */
export function threadedForm(doorbell, global, safePoint) {
  const changed = (/** @type {Load} */ instruction) =>
    code((out) => {
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
 * The check for memory that is not shared: a global counts down to 0. The slow path's result is how many checks may be
 * skipped. Entering the loop again is a check too, so the stored count must not be 0, or the program would make no
 * progress: `| 1` ensures that without ever skipping more checks than was allowed.
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
 * The check of a program that Asyncify has rewritten. While such a program unwinds or rewinds its stack (the state is 1
 * or 2), its code is only traversed, and a handler must not run. A handler that wants to suspend cannot, since the code
 * around the check does not know how to unwind there: the program traps instead of continuing with a wrong stack.
 *
 * @param {CheckForm} form
 * @param {number} state index of Asyncify's state global
 * @returns {CheckForm}
 */
export function asyncifiedForm(form, state) {
  const running = (/** @type {Uint8Array} */ wanted) =>
    code((out) => {
      // not (unwanted or another state)
      out.append(wanted);
      out.append([OP.i32Eqz, OP.globalGet]);
      out.u32(state);
      out.append([OP.i32Or, OP.i32Eqz]);
    });
  return {
    wanted: running(form.wanted),
    wantedPlain: running(form.wantedPlain),
    // nothing is subtracted in another state: the count may be 0
    passed:
      form.passed.length === 0
        ? form.passed
        : code((out) => {
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
