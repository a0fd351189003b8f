// @ts-check
import { Reader } from './binary.js';
import { UnknownEncoding } from './instrument_error.js';

/**
 * The kinds of immediates of an opcode. The kinds from `block` on take part in the nesting, name labels, or have an
 * operand that matters, and are read in walk.js. `skipImmediates` skips all others.
 */
export const KIND = Object.freeze({
  unknown: 0,
  none: 1,
  leb: 2,
  memarg: 4,
  bytes4: 5,
  bytes8: 6,
  valueTypes: 7,
  heapType: 8,
  prefixGc: 9,
  prefixMisc: 10,
  prefixSimd: 11,
  prefixAtomic: 12,
  block: 13,
  loop: 14,
  tryTable: 15,
  end: 16,
  delegate: 17,
  label: 18,
  labelTable: 19,
  arm: 20,
  index: 21,
  index2: 22,
  i32: 23,
});

/** The kind of every one-byte opcode. */
export const KIND_OF = buildKinds();

function buildKinds() {
  const kinds = new Uint8Array(256);
  /** @param {number} kind @param {...(number | [number, number])} opcodes */
  const set = (kind, ...opcodes) => {
    for (const item of opcodes) {
      if (typeof item === 'number') kinds[item] = kind;
      else kinds.fill(kind, item[0], item[1] + 1);
    }
  };
  set(KIND.none, 0x00, 0x01, 0x0a /* throw_ref */, 0x0f, 0x1a, 0x1b, [0x45, 0xc4], 0xd1, 0xd3, 0xd4);
  set(KIND.block, 0x02, 0x04 /* if */, 0x06 /* try */);
  set(KIND.loop, 0x03);
  set(KIND.tryTable, 0x1f);
  set(KIND.end, 0x0b);
  set(KIND.delegate, 0x18);
  set(KIND.label, 0x09 /* rethrow */, 0x0c, 0x0d, 0xd5, 0xd6 /* br_on_null, br_on_non_null */);
  set(KIND.labelTable, 0x0e);
  set(KIND.arm, 0x05 /* else */, 0x07 /* catch */, 0x19 /* catch_all */);
  set(
    KIND.index,
    0x10,
    0x12,
    0x14,
    0x15 /* calls */,
    [0x20, 0x24] /* locals, globals */,
    0xd2 /* ref.func */,
    0x08 /* throw */,
  );
  set(KIND.index2, 0x11, 0x13 /* call_indirect and its tail call: type, table */);
  set(KIND.i32, 0x41);
  set(KIND.leb, 0x25, 0x26, 0x3f, 0x40, 0x42);
  set(KIND.valueTypes, 0x1c);
  set(KIND.memarg, [0x28, 0x3e]);
  set(KIND.bytes4, 0x43);
  set(KIND.bytes8, 0x44);
  set(KIND.heapType, 0xd0);
  set(KIND.prefixGc, 0xfb);
  set(KIND.prefixMisc, 0xfc);
  set(KIND.prefixSimd, 0xfd);
  set(KIND.prefixAtomic, 0xfe);
  return kinds;
}

/**
 * How many LEB128 immediates the instructions after prefix 0xFB have (garbage collection); 20 to 25 hold heap types.
 */
const GC_LEBS = [1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 1, 1, 1, 1, 0, 1, 2, 2, 2, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0];
/**
 * How many LEB128 immediates the instructions after prefix 0xFC have: saturating conversions, bulk memory, tables,
 * 128-bit arithmetic (18 is not assigned).
 */
const MISC_LEBS = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1, -1, 0, 0, 0, 0];

/** @param {Reader} reader */
export function skipMemarg(reader) {
  const alignment = reader.u32();
  if (alignment >= 0x80) throw new UnknownEncoding('a memory access of an unknown form');
  if (alignment & 0x40) reader.skipLeb(); // memory index
  reader.skipLeb();
}

/**
 * Skips the immediates of an instruction without labels. Calls `onLabel` for the two prefixed ones that have a label.
 *
 * @param {Reader} reader just after the opcode
 * @param {number} opcode
 * @param {() => void} onLabel must read one label
 * @returns {number} the second opcode after a prefix; otherwise 0
 */
export function skipImmediates(reader, opcode, onLabel) {
  switch (KIND_OF[opcode]) {
    case KIND.none:
      break;
    case KIND.index2:
      reader.skipLeb();
      reader.skipLeb();
      break;
    case KIND.index:
    case KIND.i32:
    case KIND.leb:
      reader.skipLeb();
      break;
    case KIND.heapType:
      reader.skipHeapType();
      break;
    case KIND.memarg:
      skipMemarg(reader);
      break;
    case KIND.bytes4:
      reader.skip(4);
      break;
    case KIND.bytes8:
      reader.skip(8);
      break;
    case KIND.valueTypes:
      for (let count = reader.u32(); count > 0; --count) reader.skipValueType();
      break;
    case KIND.prefixGc:
      return skipGc(reader, onLabel);
    case KIND.prefixMisc:
      return skipCounted(reader, MISC_LEBS, 0xfc);
    case KIND.prefixSimd:
      return skipSimd(reader);
    case KIND.prefixAtomic:
      return skipAtomic(reader);
    default:
      throw new UnknownEncoding(`an unknown instruction (0x${opcode.toString(16).padStart(2, '0')})`);
  }
  return 0;
}

/** @param {number} prefix @param {number} code @returns {never} */
function unknownPrefixed(prefix, code) {
  throw new UnknownEncoding(`an unknown instruction (0x${prefix.toString(16)} ${code})`);
}

/** @param {Reader} reader @param {number[]} table @param {number} prefix */
function skipCounted(reader, table, prefix) {
  const code = reader.u32();
  const count = table[code] ?? -1;
  if (count < 0) unknownPrefixed(prefix, code);
  for (let i = 0; i < count; ++i) reader.skipLeb();
  return code;
}

/** @param {Reader} reader @param {() => void} onLabel */
function skipGc(reader, onLabel) {
  const at = reader.pos;
  const code = reader.u32();
  if (code >= 20 && code <= 23) {
    // ref.test, ref.cast
    reader.skipHeapType();
    return code;
  }
  if (code !== 24 && code !== 25) {
    reader.pos = at;
    return skipCounted(reader, GC_LEBS, 0xfb);
  }
  if (reader.u8() > 3) throw new UnknownEncoding('a cast of an unknown form');
  onLabel(); // br_on_cast, br_on_cast_fail: flags, label, two heap types
  reader.skipHeapType();
  reader.skipHeapType();
  return code;
}

/** @param {Reader} reader */
function skipSimd(reader) {
  const code = reader.u32();
  if (code > 275) unknownPrefixed(0xfd, code);
  if (code <= 11 || code === 92 || code === 93) skipMemarg(reader);
  else if (code === 12 || code === 13)
    reader.skip(16); // v128.const, i8x16.shuffle
  else if (code >= 21 && code <= 34)
    reader.skip(1); // lane
  else if (code >= 84 && code <= 91) {
    skipMemarg(reader);
    reader.skip(1);
  }
  return code;
}

/** @param {Reader} reader */
function skipAtomic(reader) {
  const code = reader.u32();
  if (code === 3)
    reader.skip(1); // fence
  else if (code <= 2 || (code >= 0x10 && code <= 0x4e)) skipMemarg(reader);
  else unknownPrefixed(0xfe, code);
  return code;
}
