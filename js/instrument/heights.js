// @ts-check
import { OP } from './walk.js';

/** @typedef {import('./module.js').ModuleView} ModuleView */
/** @typedef {import('./walk.js').Visitor} Visitor */

/**
 * Counts, on a walk over a function, the operands that lie on the stack of the innermost construct, as an engine's validation does.
 *
 * `isEmpty` says whether there are none for certain. It says no behind an instruction that nothing follows, where validation gives every operand that is asked for, and behind an instruction
 * whose operands are not known here, up to the end of the construct.
 *
 * @implements {Visitor}
 */
export class Heights {
  /** @param {ModuleView} view */
  constructor(view) {
    this.view = view;
    this.height = 0;
    this.isKnown = true;
    /** The open constructs. @type {{params: number, results: number, outside: number, wasKnown: boolean}[]} */
    this.constructs = [];
    /** Operands that the next handler of an older try begins with. */
    this.caught = 0;
  }

  get isEmpty() {
    return this.isKnown && this.height === 0;
  }

  begin() {}

  /** @param {number} opcode @param {number} at @param {number} _after @param {number} typeIndex */
  open(opcode, at, _after, typeIndex) {
    const { params, results } = this.typeAt(at, typeIndex);
    this.constructs.push({ params, results, outside: this.height - params - (opcode === OP.if ? 1 : 0), wasKnown: this.isKnown });
    this.height = params;
    this.isKnown = true;
  }

  /** @param {number} at where a construct begins @param {number} typeIndex of its type */
  typeAt(at, typeIndex) {
    if (typeIndex < 0) return { params: 0, results: this.view.bytes[at + 1] === 0x40 ? 0 : 1 };
    const type = this.view.types[typeIndex];
    return { params: type?.paramCount ?? 0, results: type?.resultCount ?? 0 };
  }

  /** @param {number} opcode */
  arm(opcode) {
    const last = this.constructs[this.constructs.length - 1];
    this.height = opcode === OP.else ? last?.params ?? 0 : opcode === OP.catch ? this.caught : 0;
    this.isKnown = true;
  }

  /** @param {number} tag @param {boolean} legacy */
  catches(tag, legacy) {
    if (legacy) this.caught = this.view.types[this.view.tags[tag]]?.paramCount ?? 0;
  }

  close() {
    const last = this.constructs.pop();
    if (!last) return;
    this.height = last.outside + last.results;
    this.isKnown = last.wasKnown;
  }

  branch() {}

  /** @param {number} opcode @param {number} immediate */
  instruction(opcode, immediate) {
    const change = this.change(opcode, immediate);
    if (change === undefined) this.isKnown = false;
    else this.height += change;
  }

  /** How many operands more there are behind an instruction. @param {number} opcode @param {number} immediate @returns {number | undefined} */
  change(opcode, immediate) {
    const { view } = this;
    switch (opcode) {
      case OP.call: return this.changeOfCall(view.functionTypes[immediate]);
      case OP.callIndirect:
      case OP.callRef: return this.changeOfCall(immediate, 1);
      case OP.prefixMisc: return MISC[immediate];
      case OP.prefixSimd: return SIMD[immediate];
      case OP.prefixAtomic: return immediate === 3 ? 0 : immediate === 0 || immediate > 0x1d && immediate < 0x48 ? -1 : immediate >= 0x10 && immediate <= 0x16 ? 0 : -2;
      default: return PLAIN[opcode];
    }
  }

  /** @param {number} typeIndex @param {number} operands besides its parameters */
  changeOfCall(typeIndex, operands = 0) {
    const type = this.view.types[typeIndex];
    return type ? type.resultCount - type.paramCount - operands : undefined;
  }
}

/** A table of changes: what has none in it is not known. @param {[change: number, first: number, last?: number][]} ranges later ones go before */
function changes(ranges) {
  /** @type {(number | undefined)[]} */
  const table = [];
  for (const [change, first, last = first] of ranges) for (let code = first; code <= last; ++code) table[code] = change;
  return table;
}

const PLAIN = changes([
  [0, 0x01], [-1, 0x0d], [-1, 0x1a], [-2, 0x1b, 0x1c], // nop, br_if, drop, select
  [1, 0x20], [-1, 0x21], [0, 0x22], [1, 0x23], [-1, 0x24], [0, 0x25], [-2, 0x26], // locals, globals, tables
  [0, 0x28, 0x35], [-2, 0x36, 0x3e], [1, 0x3f], [0, 0x40], [1, 0x41, 0x44], // loads, stores, size, grow, constants
  [-1, 0x45, 0xa6], [0, 0x45], [0, 0x50], [0, 0x67, 0x69], [0, 0x79, 0x7b], [0, 0x8b, 0x91], [0, 0x99, 0x9f], // two operands, but for these
  [0, 0xa7, 0xc4], // conversions
  [1, 0xd0], [0, 0xd1], [1, 0xd2], [-1, 0xd3], [0, 0xd4, 0xd5], [-1, 0xd6], // references
]);
const MISC = changes([[0, 0, 7], [-3, 8], [0, 9], [-3, 10, 12], [0, 13], [-3, 14], [-1, 15], [1, 16], [-3, 17]]);
/** Those of relaxed SIMD are not known. */
const SIMD = changes([
  [0, 0, 10], [-2, 11], [1, 12], [-1, 13, 14], [0, 15, 22], [-1, 23], [0, 24, 25], [-1, 26], [0, 27], [-1, 28], [0, 29], [-1, 30], [0, 31], [-1, 32], [0, 33], [-1, 34],
  [-1, 35, 76], [0, 77], [-1, 78, 81], [-2, 82], [0, 83], [-1, 84, 87], [-2, 88, 91], [0, 92, 100],
  [-1, 101, 102], [0, 103, 106], [-1, 107, 115], [0, 116, 117], [-1, 118, 121], [0, 122], [-1, 123], [0, 124, 129], [-1, 130], [0, 131, 132], [-1, 133, 134], [0, 135, 138], [-1, 139, 147],
  [0, 148], [-1, 149, 153], [-1, 155, 159], [0, 160, 161], [0, 163, 164], [0, 167, 170], [-1, 171, 174], [-1, 177], [-1, 181, 186], [-1, 188, 191],
  [0, 192, 193], [0, 195, 196], [0, 199, 202], [-1, 203, 206], [-1, 209], [-1, 213, 223], [0, 224, 225], [0, 227], [-1, 228, 235], [0, 236, 237], [0, 239], [-1, 240, 247], [0, 248, 255],
]);
