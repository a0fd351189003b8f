// @ts-check
import { OP } from './walk.js';

/** How many instructions back a loop's counter is recognised. */
const WINDOW = 8;

/**
 * @typedef {object} Write the last write of a local
 * @property {number} time when it was made
 * @property {number} depth the index of the construct in which it stands
 * @property {number} part the part of that construct
 * @property {number | null} value the constant that was written, if it was one
 * @property {Write | null} before the one before it
 */

/** @typedef {{level: number, part: number, opened: number}} Construct `level`: how many loops are open in it, with itself; `part`: changes at each else and catch; `opened`: when it began */

/**
 * Finds out how often a loop runs whose branch back is
 *
 *     (br_if $loop (COMPARE (local.tee $i (i32.add (local.get $i) (i32.const STEP))) (i32.const BOUND)))
 *
 * or the same without a comparison (with 0). It does not guess: the number is counted by doing the same 32-bit arithmetic, so an overflow, a step that
 * misses the bound and a comparison that is always true are what they are. That nothing else can change the counter is shown by `trips`.
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

  /** Forgets a function. */
  clear() {
    this.time = 0;
    this.straight = 0;
    this.writes.clear();
  }

  /** A construct begins, ends or branches. */
  interrupt() {
    this.time++;
    this.straight = 0;
  }

  /** @param {number} opcode @param {number} immediate @param {Construct[]} constructs those which are open */
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
   * How often the innermost open construct, a loop, runs at each entry, if the br_if to it that comes now is its only branch back. It is asked where the
   * branch stands directly in the loop, not within another construct of it.
   *
   * Why the counter is what it seems: (1) between the branch's step and the loop's header there is no other write in the text, and code of the loop
   * behind the branch runs only when the loop is left; so each round makes exactly this step. (2) The write before it, of a constant, stands in front of the loop and in a part of a
   * construct that is still open, so every way to the loop's header from outside passes it; no loop was opened since, so
   * no way leads back in between; and no other write stands between them in the text.
   *
   * @param {Construct[]} constructs
   * @param {number} most
   * @returns {number} 0: not known, or more than `most`
   */
  trips(constructs, most) {
    const compared = this.opcodeBack(1) !== OP.localTee;
    const back = compared ? 3 : 1; // where the local.tee is
    if (this.straight < back + 3) return 0;
    if (compared && (this.opcodeBack(2) !== OP.i32Const || !COMPARE[this.opcodeBack(1)])) return 0;
    const local = this.immediateBack(back);
    const add = this.opcodeBack(back + 1) === OP.i32Add;
    if (this.opcodeBack(back) !== OP.localTee || !(add || this.opcodeBack(back + 1) === OP.i32Sub)) return 0;
    if (this.opcodeBack(back + 2) !== OP.i32Const || this.opcodeBack(back + 3) !== OP.localGet || this.immediateBack(back + 3) !== local) return 0;

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
  0x46: (a, b) => a === b, 0x47: NOT_EQUAL, 0x48: (a, b) => a < b, 0x49: (a, b) => a >>> 0 < b >>> 0, 0x4a: (a, b) => a > b,
  0x4b: (a, b) => a >>> 0 > b >>> 0, 0x4c: (a, b) => a <= b, 0x4d: (a, b) => a >>> 0 <= b >>> 0, 0x4e: (a, b) => a >= b, 0x4f: (a, b) => a >>> 0 >= b >>> 0,
};
