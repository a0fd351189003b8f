// @ts-check
// Why: docs/rationale.md#why-may-a-loop-have-no-safe-point
import { OP } from './walk.js';

/** How many instructions back the pattern of a loop's counter reaches. */
const WINDOW = 8;

/**
 * @typedef {object} Write the last write of a local
 * @property {number} time when it was made
 * @property {number} depth the index of the construct that contains it
 * @property {number} part the part of that construct
 * @property {number | null} value the constant that was written, if it was one
 * @property {Write | null} before the previous write
 */

/**
 * @typedef {{level: number, part: number, opened: number}} Construct `level`: how many loops are open in it, itself
 *   included; `part`: changes at each else and catch; `opened`: the time when it began
 */

/**
 * Determines the trip count of a counted loop, that is, one whose back edge is
 *
 *     (br_if $loop (COMPARE (local.tee $i (i32.add (local.get $i) (i32.const STEP))) (i32.const BOUND)))
 *
 * or the same without a comparison (with 0). It does not estimate: the rounds are counted with the same 32-bit
 * arithmetic, which covers an overflow, a step that misses the bound, and a comparison that is always true. `trips`
 * shows that nothing else can change the counter.
 */
export class CountedLoops {
  constructor() {
    this.time = 0;
    this.opcodes = new Uint8Array(WINDOW);
    this.immediates = new Int32Array(WINDOW);
    /** How many of the last instructions follow each other without a branch or label between them. */
    this.straight = 0;
    /** @type {Map<number, Write>} by local */
    this.writes = new Map();
  }

  /** Starts a function. */
  clear() {
    this.time = 0;
    this.straight = 0;
    this.writes.clear();
  }

  /** Called where a construct begins, ends or branches. */
  interrupt() {
    this.time++;
    this.straight = 0;
  }

  /** @param {number} opcode @param {number} immediate @param {Construct[]} constructs the open ones */
  instruction(opcode, immediate, constructs) {
    const value = this.straight > 0 && this.opcodeBack(1) === OP.i32Const ? this.immediateBack(1) : null;
    this.time++;
    if (opcode === OP.localSet || opcode === OP.localTee) {
      const last = this.writes.get(immediate) ?? null;
      if (last) last.before = null; // one step back is enough
      const depth = constructs.length - 1;
      this.writes.set(immediate, { time: this.time, depth, part: constructs[depth].part, value, before: last });
    }
    const at = this.time % WINDOW;
    this.opcodes[at] = opcode;
    this.immediates[at] = immediate;
    this.straight++;
  }

  /** @param {number} back */
  opcodeBack(back) {
    return this.opcodes[(this.time + 1 - back + WINDOW) % WINDOW];
  }

  /** @param {number} back */
  immediateBack(back) {
    return this.immediates[(this.time + 1 - back + WINDOW) % WINDOW];
  }

  /**
   * The trip count of the innermost open construct, a loop, for each entry, if the br_if to it that comes now is its
   * only back edge. It is called where the branch is directly in the loop, not within another construct of it.
   *
   * Why nothing else changes the counter. (1) Between the branch's step and the loop's header there is no other write
   * in the text, and code of the loop after the branch runs only when the loop is left; so each round makes exactly
   * this step. (2) The previous write, of a constant, precedes the loop and is in a part of a construct that is still
   * open, so every path to the loop's header from outside passes it. No loop was opened since, so no back edge leads in
   * between. And no other write is between them in the text.
   *
   * @param {Construct[]} constructs
   * @param {number} most
   * @returns {number} 0: unknown, or more than `most`
   */
  trips(constructs, most) {
    const compared = this.opcodeBack(1) !== OP.localTee;
    const back = compared ? 3 : 1; // where the local.tee is
    if (this.straight < back + 3) return 0;
    if (compared && (this.opcodeBack(2) !== OP.i32Const || !COMPARE[this.opcodeBack(1)])) return 0;
    const local = this.immediateBack(back);
    const add = this.opcodeBack(back + 1) === OP.i32Add;
    if (this.opcodeBack(back) !== OP.localTee || !(add || this.opcodeBack(back + 1) === OP.i32Sub)) return 0;
    if (
      this.opcodeBack(back + 2) !== OP.i32Const ||
      this.opcodeBack(back + 3) !== OP.localGet ||
      this.immediateBack(back + 3) !== local
    )
      return 0;

    const start = this.writes.get(local)?.before;
    const last = constructs.length - 1;
    if (!start || start.value === null || start.time > constructs[last].opened) return 0;
    if (start.depth >= last || constructs[start.depth].part !== start.part) return 0;
    if (constructs[start.depth].level !== constructs[last].level - 1) return 0;

    const step = add ? this.immediateBack(back + 2) : -this.immediateBack(back + 2);
    const bound = compared ? this.immediateBack(2) : 0;
    const compare = compared ? COMPARE[this.opcodeBack(1)] : NOT_EQUAL;
    let trips = 1;
    for (let i = (start.value + step) | 0; compare(i, bound); i = (i + step) | 0) if (++trips > most) return 0;
    return trips;
  }
}

const NOT_EQUAL = (/** @type {number} */ a, /** @type {number} */ b) => a !== b;

/** The comparisons of i32, by opcode. @type {Record<number, (a: number, b: number) => boolean>} */
const COMPARE = {
  0x46: (a, b) => a === b,
  0x47: NOT_EQUAL,
  0x48: (a, b) => a < b,
  0x49: (a, b) => a >>> 0 < b >>> 0,
  0x4a: (a, b) => a > b,
  0x4b: (a, b) => a >>> 0 > b >>> 0,
  0x4c: (a, b) => a <= b,
  0x4d: (a, b) => a >>> 0 <= b >>> 0,
  0x4e: (a, b) => a >= b,
  0x4f: (a, b) => a >>> 0 >= b >>> 0,
};
