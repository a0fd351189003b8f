// @ts-check
import { Reader, Writer } from './binary.js';
import { UnknownEncoding } from './errors.js';
import { KIND, KIND_OF, skipImmediates } from './opcodes.js';

/**
 * The look and what follows it, as instructions.
 *
 * @typedef {object} LookForm
 * @property {Uint8Array} look at the loop's header: leaves the label `look` (depth 1) when the slow path is wanted
 * @property {Uint8Array} slow outside the loop: the call of the slow path and what becomes of its result
 */

/** @typedef {{loops: number, labels: number[]}} Rewritten `labels`: for each loop, its number among the function's labels */

/**
 * Copies the body of a function, giving every loop a safe point:
 *
 *     (block $done T
 *       (loop $again T
 *         (block $look P
 *           (loop $L T  LOOK  ...original body...)
 *           (br $done))
 *         SLOW
 *         (br $again)))
 *
 * T is the loop's own type and P takes and gives T's parameters, so a loop may stand in any place: what lies on the operand stack
 * below it stays there, its results leave with `br $done`, and its parameters pass through LOOK and SLOW untouched. Nothing but
 * the bytes around a loop and the depths of branches that leave it change; no local is added. The walk keeps its own stack, so the
 * depth of nesting is bounded by memory only.
 *
 * @param {Uint8Array} code
 * @param {number} start of the body: its locals
 * @param {number} end
 * @param {LookForm | null} form null: only count the loops
 * @param {(typeIndex: number) => Uint8Array} parameterBlock the block type P for a loop of type `typeIndex`, encoded
 * @param {Writer} out
 * @returns {Rewritten}
 * @throws {UnknownEncoding} with the number of loops in front of it; `out` is of no use then
 */
export function rewriteBody(code, start, end, form, parameterBlock, out) {
  /** @type {Rewritten} */
  const done = { loops: 0, labels: [] };
  try {
    walk(new Reader(code, start, end), form, parameterBlock, out, done);
  } catch (error) {
    if (error instanceof UnknownEncoding) error.loops = done.loops;
    throw error;
  }
  return done;
}

/**
 * @param {Reader} reader
 * @param {LookForm | null} form
 * @param {(typeIndex: number) => Uint8Array} parameterBlock
 * @param {Writer} out
 * @param {Rewritten} done
 */
function walk(reader, form, parameterBlock, out, done) {
  const { bytes: code, pos: start, end } = reader;
  for (let groups = reader.u32(); groups > 0; --groups) {
    reader.skipLeb();
    reader.skipValueType();
  }
  let copied = start;
  /** The level of every open construct in the new nesting; a branch's depth is the difference of two of them. */
  const levels = [0];
  const rewritten = [false];
  let labelCount = 0;

  const relabel = () => {
    const at = reader.pos;
    const depth = reader.u32();
    if (depth >= levels.length) reader.fail('a branch to a label that does not exist');
    const newDepth = levels[levels.length - 1] - levels[levels.length - 1 - depth];
    if (newDepth === depth) return;
    out.copy(code, copied, at);
    out.u32(newDepth);
    copied = reader.pos;
  };
  const open = (/** @type {number} */ added, /** @type {boolean} */ isRewritten) => {
    levels.push(levels[levels.length - 1] + added);
    rewritten.push(isRewritten);
    labelCount++;
  };

  while (levels.length > 0) {
    const at = reader.pos;
    const opcode = reader.u8();
    switch (KIND_OF[opcode]) {
      case KIND.block:
        skipBlockType(reader);
        open(1, false);
        break;
      case KIND.loop: {
        const typeIndex = skipBlockType(reader);
        done.loops++;
        if (!form) {
          open(1, false);
          break;
        }
        const type = code.subarray(at + 1, reader.pos);
        out.copy(code, copied, at);
        out.u8(0x02); // block $done
        out.append(type);
        out.u8(0x03); // loop $again
        out.append(type);
        out.u8(0x02); // block $look
        if (typeIndex >= 0) out.append(parameterBlock(typeIndex));
        else out.u8(0x40);
        out.u8(0x03); // loop $L
        out.append(type);
        out.append(form.look);
        copied = reader.pos;
        done.labels.push(labelCount);
        open(4, true);
        break;
      }
      case KIND.tryTable:
        skipBlockType(reader);
        for (let count = reader.u32(); count > 0; --count) {
          const clause = reader.u8();
          if (clause > 3) reader.fail('an exception handler of an unknown form');
          if (clause < 2) reader.skipLeb(); // tag
          relabel(); // counted from outside of the try_table
        }
        open(1, false);
        break;
      case KIND.end: {
        levels.pop();
        if (!rewritten.pop() || !form) break;
        out.copy(code, copied, reader.pos);
        out.append(LEAVE);
        out.append(form.slow);
        out.append(AGAIN);
        copied = reader.pos;
        break;
      }
      case KIND.delegate:
        levels.pop(); // ends its try, and counts from outside of it
        rewritten.pop();
        if (levels.length === 0) reader.fail('delegate without try');
        relabel();
        break;
      case KIND.label:
        relabel();
        break;
      case KIND.labelTable:
        for (let count = reader.u32() + 1; count > 0; --count) relabel();
        break;
      default:
        skipImmediates(reader, opcode, relabel);
    }
  }
  if (!reader.done) reader.fail('code after the end of a function');
  out.copy(code, copied, end);
}

const LEAVE = Uint8Array.of(0x0c, 0x02, 0x0b); // br $done, end of $look
const AGAIN = Uint8Array.of(0x0c, 0x00, 0x0b, 0x0b); // br $again, end of $again, end of $done

/**
 * Steps over a block type.
 *
 * @param {Reader} reader
 * @returns {number} the type index, or -1 where it is none or a single result
 */
function skipBlockType(reader) {
  const first = reader.bytes[reader.pos];
  if (first === 0x40) reader.pos++;
  else if (first < 0x40 || first >= 0x80) return reader.s33();
  else reader.skipValueType();
  return -1;
}

/**
 * The look for a doorbell in memory that becomes shared: one atomic load, and the branch. The program has one thread, so the
 * doorbell is silent when the slow path returns.
 *
 * @param {number} doorbell
 * @param {number} safePoint index of the slow path's function
 * @returns {LookForm}
 */
export function sharedForm(doorbell, safePoint) {
  const look = new Writer();
  look.u8(0x41);
  look.s32(doorbell);
  look.append([0xfe, 0x10, 0x02, 0x00, 0x0d, 0x01]); // i32.atomic.load, br_if $look
  const slow = new Writer();
  slow.u8(0x10);
  slow.u32(safePoint);
  slow.u8(0x1a);
  return { look: look.view(), slow: slow.view() };
}

/**
 * The look of a program with threads: a thread may have rung for others, and must get on with its own work while they have not looked. So
 * the doorbell is compared with the value that the slow path left there, kept in a global, of which each thread has its own.
 *
 * @param {number} doorbell
 * @param {number} global index of the mutable i32 global
 * @param {number} safePoint index of the slow path's function
 * @returns {LookForm}
 */
export function threadedForm(doorbell, global, safePoint) {
  const look = new Writer();
  look.u8(0x41);
  look.s32(doorbell);
  look.append([0xfe, 0x10, 0x02, 0x00, 0x23]); // i32.atomic.load, global.get
  look.u32(global);
  look.append([0x47, 0x0d, 0x01]); // i32.ne, br_if $look
  const slow = new Writer();
  slow.u8(0x10);
  slow.u32(safePoint);
  slow.u8(0x24); // global.set
  slow.u32(global);
  return { look: look.view(), slow: slow.view() };
}

/**
 * The look where memory is not shared: a global counts down to 0. The slow path's result is how many looks may be left out;
 * entering the loop again is a look too, so the stored count must not be 0, or the program would stand still: `| 1` gives that without
 * ever leaving out more looks than was allowed.
 *
 * @param {number} global index of the mutable i32 global
 * @param {number} safePoint index of the slow path's function
 * @returns {LookForm}
 */
export function countdownForm(global, safePoint) {
  const look = new Writer();
  look.u8(0x23);
  look.u32(global);
  look.append([0x45, 0x0d, 0x01, 0x23]); // i32.eqz, br_if $look, global.get
  look.u32(global);
  look.append([0x41, 0x7f, 0x6a, 0x24]); // i32.const -1, i32.add, global.set
  look.u32(global);
  const slow = new Writer();
  slow.u8(0x10);
  slow.u32(safePoint);
  slow.append([0x41, 0x01, 0x72, 0x24]); // i32.const 1, i32.or, global.set
  slow.u32(global);
  return { look: look.view(), slow: slow.view() };
}
