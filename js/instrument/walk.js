// @ts-check
import { KIND, KIND_OF, skipImmediates } from './opcodes.js';

/** @typedef {import('./binary.js').Reader} Reader */

/** Opcodes that more than one file uses. */
export const OP = Object.freeze({
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  callRef: 0x14,
  returnCallRef: 0x15,
  drop: 0x1a,
  select: 0x1b,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i32Store: 0x36,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32LtU: 0x49,
  i32LeU: 0x4d,
  i32GeU: 0x4f,
  catchAll: 0x19,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Or: 0x72,
  tryTable: 0x1f,
  refFunc: 0xd2,
  prefixMisc: 0xfc,
  prefixSimd: 0xfd,
  prefixAtomic: 0xfe,
});

/**
 * The callbacks of a walk over a function's body. Positions are byte offsets in the module.
 *
 * @typedef {object} Visitor
 * @property {(at: number) => void} begin the instructions begin, behind the locals
 * @property {(opcode: number, at: number, after: number, typeIndex: number) => void} open a construct begins: block,
 *   loop, if, try, try_table. `after`: behind its block type (and handlers); `typeIndex`: of that type, or -1 if it is
 *   none or a single result
 * @property {(opcode: number, after: number) => void} arm its next part: else, catch, catch_all
 * @property {(at: number) => void} [handlers] a try_table is about to begin here; its handlers come first
 * @property {(tag: number, legacy: boolean) => void} [catches] a tag that has a handler. `legacy`: in the open
 *   construct, called before the arm; otherwise in the try_table that begins next
 * @property {(after: number) => void} close the construct (end, delegate) or the function ends
 * @property {(opcode: number, depth: number, at: number, after: number) => void} branch one label of an instruction,
 *   called before that instruction. The handlers of a try_table and the label of a delegate count from outside of the
 *   construct, and are reported while it is not open
 * @property {(opcode: number, immediate: number, at: number, after: number) => void} instruction every other
 *   instruction. `immediate`: the first index of a call, local, global, tag, or reference to a function; the value of
 *   an i32.const; the second opcode after a prefix; otherwise 0
 */

/**
 * Walks over the body of a function. The walk uses no recursion, so only memory bounds the depth of nesting.
 *
 * @param {Reader} reader at the function's locals
 * @param {Visitor} visitor
 * @throws {import('./instrument_error.js').UnknownEncoding} at an instruction that cannot be skipped; the visitor was
 *   called for everything before it
 */
export function walkBody(reader, visitor) {
  for (let groups = reader.u32(); groups > 0; --groups) {
    reader.skipLeb();
    reader.skipValueType();
  }
  visitor.begin(reader.pos);
  walkInstructions(reader, visitor, 1);
  if (!reader.done) reader.fail('code after the end of a function');
}

/**
 * Walks over the instructions up to the end of the construct that contains them.
 *
 * @param {Reader} reader
 * @param {Visitor} visitor
 * @param {number} open how many constructs are open, including that one and the function
 */
export function walkInstructions(reader, visitor, open) {
  const outside = open - 1;
  let opcode = 0;
  const label = () => {
    const at = reader.pos;
    const depth = reader.u32();
    if (depth >= open) reader.fail('a branch to a label that does not exist');
    visitor.branch(opcode, depth, at, reader.pos);
  };
  const construct = (/** @type {number} */ at, /** @type {number} */ typeIndex) => {
    visitor.open(opcode, at, reader.pos, typeIndex);
    open++;
  };

  const catches = (/** @type {number} */ tag, /** @type {boolean} */ legacy) => visitor.catches?.(tag, legacy);

  while (open > outside) {
    const at = reader.pos;
    opcode = reader.u8();
    switch (KIND_OF[opcode]) {
      case KIND.block:
      case KIND.loop:
        construct(at, readBlockType(reader));
        break;
      case KIND.tryTable: {
        visitor.handlers?.(at);
        const typeIndex = readBlockType(reader);
        for (let count = reader.u32(); count > 0; --count) {
          const clause = reader.u8();
          if (clause > 3) reader.fail('an exception handler of an unknown form');
          if (clause < 2) catches(reader.u32(), false);
          label();
        }
        construct(at, typeIndex);
        break;
      }
      case KIND.arm:
        if (opcode === OP.catch) catches(reader.u32(), true);
        visitor.arm(opcode, reader.pos);
        break;
      case KIND.end:
        open--;
        visitor.close(reader.pos);
        break;
      case KIND.delegate:
        open--;
        if (open === outside) reader.fail('delegate without try');
        visitor.close(at);
        label();
        break;
      case KIND.label:
        label();
        visitor.instruction(opcode, 0, at, reader.pos);
        break;
      case KIND.labelTable:
        for (let count = reader.u32() + 1; count > 0; --count) label();
        visitor.instruction(opcode, 0, at, reader.pos);
        break;
      case KIND.index: {
        const index = reader.u32();
        visitor.instruction(opcode, index, at, reader.pos);
        break;
      }
      case KIND.index2: {
        const index = reader.u32();
        reader.skipLeb();
        visitor.instruction(opcode, index, at, reader.pos);
        break;
      }
      case KIND.i32:
        visitor.instruction(opcode, reader.s33() | 0, at, reader.pos);
        break;
      default: {
        const second = skipImmediates(reader, opcode, label);
        visitor.instruction(opcode, second, at, reader.pos);
      }
    }
  }
}

/**
 * Skips a block type.
 *
 * @param {Reader} reader
 * @returns {number} the type index, or -1 if it is none or a single result
 */
function readBlockType(reader) {
  const first = reader.bytes[reader.pos];
  if (first === 0x40) reader.pos++;
  else if (first < 0x40 || first >= 0x80) return reader.s33();
  else reader.skipValueType();
  return -1;
}
