// @ts-check
import { Reader } from './binary.js';
import { OP } from './walk.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./walk.js').Visitor} Visitor */

/** The one-byte value types. */
export const TYPE = Object.freeze({ none: 0, i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b });
/** (ref null HEAPTYPE) and (ref HEAPTYPE), which are longer. */
const LONG_TYPES = new Set([0x63, 0x64]);

/**
 * Tracks the operand stack on a walk over a function, as an engine's validation does. An operand is the one byte of its
 * type, or 0 if a type is longer or unknown.
 *
 * `isKnown` is false in unreachable code, where validation provides any operand, and after an instruction whose
 * operands are unknown here, up to the end of the construct.
 *
 * @implements {Visitor}
 */
export class Operands {
  /** @param {ModuleView} view @param {number[]} locals the type of each local */
  constructor(view, locals) {
    this.view = view;
    this.locals = locals;
    /** All operands, in all open constructs. @type {number[]} */
    this.stack = [];
    this.isKnown = true;
    /**
     * The open constructs. `base`: how many operands lie outside.
     * @type {{base: number, params: number[], results: number[], wasKnown: boolean}[]}
     */
    this.constructs = [];
    /** The operands with which the next handler of an older try begins. @type {number[]} */
    this.caught = [];
  }

  /** How many operands lie outside of the innermost construct. */
  get base() {
    return this.constructs[this.constructs.length - 1]?.base ?? 0;
  }

  begin() {}

  /** @param {number} opcode @param {number} at @param {number} _after @param {number} typeIndex */
  open(opcode, at, _after, typeIndex) {
    const { params, results } = this.typeAt(at, typeIndex);
    const base = Math.max(this.stack.length - params.length - (opcode === OP.if ? 1 : 0), this.base);
    this.constructs.push({ base, params, results, wasKnown: this.isKnown });
    this.restart(params);
  }

  /** Begins another part of the innermost construct. @param {number[]} operands with which it begins */
  restart(operands) {
    this.stack.length = this.base;
    this.stack.push(...operands);
    this.isKnown = true;
  }

  /** @param {number} at where a construct begins @param {number} typeIndex of its type */
  typeAt(at, typeIndex) {
    if (typeIndex >= 0) return { params: this.parameters(typeIndex), results: this.results(typeIndex) };
    const type = this.view.bytes[at + 1];
    return { params: [], results: type === 0x40 ? [] : [oneByte(type)] };
  }

  /** @param {number} typeIndex */
  parameters(typeIndex) {
    const type = this.view.types[typeIndex];
    return type ? readTypes(this.view.bytes, type.params) : [];
  }

  /** @param {number} typeIndex */
  results(typeIndex) {
    const type = this.view.types[typeIndex];
    return type ? readTypes(this.view.bytes, type.results) : [];
  }

  /** @param {number} opcode @param {number} _after */
  arm(opcode, _after) {
    this.restart(
      opcode === OP.else
        ? (this.constructs[this.constructs.length - 1]?.params ?? [])
        : opcode === OP.catch
          ? this.caught
          : [],
    );
  }

  /** @param {number} tag @param {boolean} legacy */
  catches(tag, legacy) {
    if (legacy) this.caught = this.parameters(this.view.tags[tag]);
  }

  close() {
    const last = this.constructs.pop();
    if (!last) return;
    this.stack.length = last.base;
    this.stack.push(...last.results);
    this.isKnown = last.wasKnown;
  }

  branch() {}

  /** @param {number} opcode @param {number} immediate @param {number} _at */
  instruction(opcode, immediate, _at) {
    if (!this.isKnown) return;
    const { stack } = this;
    const effect = this.effect(opcode, immediate);
    if (!effect || stack.length - effect.pops < this.base) {
      this.isKnown = false;
      return;
    }
    stack.length -= effect.pops;
    stack.push(...effect.pushes);
  }

  /**
   * The operands that an instruction pops and pushes, if known.
   * @param {number} opcode
   * @param {number} immediate
   * @returns {{pops: number, pushes: number[]} | undefined}
   */
  effect(opcode, immediate) {
    const { view, stack } = this;
    switch (opcode) {
      case OP.call:
        return this.effectOfCall(view.functionTypes[immediate]);
      case OP.callIndirect:
      case OP.callRef:
        return this.effectOfCall(immediate, 1);
      case OP.localGet:
        return one(1, this.locals[immediate] ?? TYPE.none);
      case OP.localTee:
        return one(0, this.locals[immediate] ?? TYPE.none);
      case OP.globalGet:
        return one(1, oneByte(view.globalTypes[immediate]));
      case OP.select:
      case OP.selectTyped:
        return one(-2, stack[stack.length - 3]);
      case OP.prefixMisc:
        return one(MISC[immediate], MISC_TYPES[immediate]);
      case OP.prefixSimd:
        return one(SIMD[immediate], SIMD_TYPES[immediate]);
      case OP.prefixAtomic:
        return one(
          immediate === 3
            ? 0
            : immediate === 0 || (immediate > 0x1d && immediate < 0x48)
              ? -1
              : immediate >= 0x10 && immediate <= 0x16
                ? 0
                : -2,
          typeOfAtomic(immediate),
        );
      default:
        return one(PLAIN[opcode], TYPES[opcode]);
    }
  }

  /** @param {number} typeIndex @param {number} operands besides its parameters */
  effectOfCall(typeIndex, operands = 0) {
    const type = this.view.types[typeIndex];
    return type ? { pops: type.paramCount + operands, pushes: this.results(typeIndex) } : undefined;
  }
}

/** @param {number} first byte of a type */
const oneByte = (first) => (LONG_TYPES.has(first) ? TYPE.none : first);

/** @param {Uint8Array} bytes @param {[number, number]} range @returns {number[]} */
function readTypes(bytes, [start, end]) {
  const types = [];
  const reader = new Reader(bytes, start, end);
  while (!reader.done) {
    types.push(oneByte(bytes[reader.pos]));
    reader.skipValueType();
  }
  return types;
}

/**
 * The types of a function's locals, with its parameters.
 * @param {ModuleView} view
 * @param {import('./module_sections.js').FunctionType} type
 * @param {import('./module_sections.js').Body} body
 */
export function readLocals({ bytes }, type, { start, end }) {
  const types = readTypes(bytes, type.params);
  const reader = new Reader(bytes, start, end);
  for (let groups = reader.u32(); groups > 0; --groups) {
    const count = reader.u32();
    const first = bytes[reader.pos];
    reader.skipValueType();
    for (let i = 0; i < count; ++i) types.push(oneByte(first));
  }
  return types;
}

/**
 * @param {number | undefined} change how many operands more there are afterwards
 * @param {number | undefined} type of the operand that it pushes, if any
 */
function one(change, type) {
  if (change === undefined) return undefined;
  return type === undefined ? { pops: -change, pushes: [] } : { pops: 1 - change, pushes: [type] };
}

/** @param {number} code @returns {number | undefined} */
function typeOfAtomic(code) {
  if (code <= 2) return TYPE.i32;
  if (code === 3 || (code >= 0x17 && code <= 0x1d)) return undefined;
  return [0, 2, 3].includes((code - (code < 0x17 ? 0x10 : 0x1e)) % 7) ? TYPE.i32 : TYPE.i64;
}

/**
 * @template T
 * @param {[value: T, first: number, last?: number][]} ranges later ones take precedence
 * @returns {(T | undefined)[]}
 */
function table(ranges) {
  /** @type {(T | undefined)[]} */
  const values = [];
  for (const [value, first, last = first] of ranges) for (let code = first; code <= last; ++code) values[code] = value;
  return values;
}

/** How many operands more there are after an instruction; unknown if it is not listed. */
const PLAIN = table([
  [0, 0x01],
  [-1, 0x0d],
  [-1, 0x1a],
  [-2, 0x1b, 0x1c], // nop, br_if, drop, select
  [1, 0x20],
  [-1, 0x21],
  [0, 0x22],
  [1, 0x23],
  [-1, 0x24],
  [0, 0x25],
  [-2, 0x26], // locals, globals, tables
  [0, 0x28, 0x35],
  [-2, 0x36, 0x3e],
  [1, 0x3f],
  [0, 0x40],
  [1, 0x41, 0x44], // loads, stores, size, grow, constants
  // two operands, with exceptions
  [-1, 0x45, 0xa6],
  [0, 0x45],
  [0, 0x50],
  [0, 0x67, 0x69],
  [0, 0x79, 0x7b],
  [0, 0x8b, 0x91],
  [0, 0x99, 0x9f],
  [0, 0xa7, 0xc4], // conversions
  [1, 0xd0],
  [0, 0xd1],
  [1, 0xd2],
  [-1, 0xd3],
  [0, 0xd4, 0xd5],
  [-1, 0xd6], // references
]);
const MISC = table([
  [0, 0, 7],
  [-3, 8],
  [0, 9],
  [-3, 10, 12],
  [0, 13],
  [-3, 14],
  [-1, 15],
  [1, 16],
  [-3, 17],
]);
/** Those of relaxed SIMD are unknown. */
const SIMD = table([
  [0, 0, 10],
  [-2, 11],
  [1, 12],
  [-1, 13, 14],
  [0, 15, 22],
  [-1, 23],
  [0, 24, 25],
  [-1, 26],
  [0, 27],
  [-1, 28],
  [0, 29],
  [-1, 30],
  [0, 31],
  [-1, 32],
  [0, 33],
  [-1, 34],
  [-1, 35, 76],
  [0, 77],
  [-1, 78, 81],
  [-2, 82],
  [0, 83],
  [-1, 84, 87],
  [-2, 88, 91],
  [0, 92, 100],
  [-1, 101, 102],
  [0, 103, 106],
  [-1, 107, 115],
  [0, 116, 117],
  [-1, 118, 121],
  [0, 122],
  [-1, 123],
  [0, 124, 129],
  [-1, 130],
  [0, 131, 132],
  [-1, 133, 134],
  [0, 135, 138],
  [-1, 139, 147],
  [0, 148],
  [-1, 149, 153],
  [-1, 155, 159],
  [0, 160, 161],
  [0, 163, 164],
  [0, 167, 170],
  [-1, 171, 174],
  [-1, 177],
  [-1, 181, 186],
  [-1, 188, 191],
  [0, 192, 193],
  [0, 195, 196],
  [0, 199, 202],
  [-1, 203, 206],
  [-1, 209],
  [-1, 213, 223],
  [0, 224, 225],
  [0, 227],
  [-1, 228, 235],
  [0, 236, 237],
  [0, 239],
  [-1, 240, 247],
  [0, 248, 255],
]);

/** The types of the operands that they push, if any. */
const { i32, i64, f32, f64, v128, none } = TYPE;
const TYPES = table([
  [none, 0x25],
  [i32, 0x28],
  [i64, 0x29],
  [f32, 0x2a],
  [f64, 0x2b],
  [i32, 0x2c, 0x2f],
  [i64, 0x30, 0x35],
  [i32, 0x3f, 0x41],
  [i64, 0x42],
  [f32, 0x43],
  [f64, 0x44],
  [i32, 0x45, 0x78],
  [i64, 0x79, 0x8a],
  [f32, 0x8b, 0x98],
  [f64, 0x99, 0xa6],
  [i32, 0xa7, 0xab],
  [i64, 0xac, 0xb1],
  [f32, 0xb2, 0xb6],
  [f64, 0xb7, 0xbb],
  [i32, 0xbc],
  [i64, 0xbd],
  [f32, 0xbe],
  [f64, 0xbf],
  [i32, 0xc0, 0xc1],
  [i64, 0xc2, 0xc4],
  [none, 0xd0],
  [i32, 0xd1],
  [none, 0xd2],
  [i32, 0xd3],
  [none, 0xd4, 0xd5],
]);
const MISC_TYPES = table([
  [i32, 0, 3],
  [i64, 4, 7],
  [i32, 15, 16],
]);
const SIMD_TYPES = table([
  [v128, 0, 10],
  [v128, 12, 87],
  [v128, 92, 255],
  [i32, 21, 22],
  [i32, 24, 25],
  [i32, 27],
  [i64, 29],
  [f32, 31],
  [f64, 33],
  [i32, 83],
  [i32, 99, 100],
  [i32, 131, 132],
  [i32, 163, 164],
  [i32, 195, 196],
]);
