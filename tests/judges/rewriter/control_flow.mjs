// @ts-check
// Reads the functions of a module, and the flow of control in them: a decoder of its own, that shares nothing with the rewriter in C++.
import { Reader, sectionReaders } from '../../support/wasm_binary.js';

/**
 * @typedef {object} Instruction
 * @property {number} op       with its prefix: 0xfe12
 * @property {number} value    of a constant, or an index: of a local, global, function, type
 * @property {number[]} next   instructions that may follow; EXIT: the function ends
 * @property {boolean} throws  an exception of it may leave the function
 */
/** @typedef {{code: Instruction[], params: number, locals: number}} Body  `locals` with the parameters */

export const EXIT = -1;

const CALLS = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15];
export const TAIL_CALLS = [0x12, 0x13, 0x15];
const THROWS = [0x08, 0x09, 0x0a, 0x10, 0x11, 0x14];
export const isCall = (/** @type {number} */ op) => CALLS.includes(op);

/** @param {Uint8Array} bytes */
export function readFunctions(bytes) {
  const within = sectionReaders(bytes);
  const types = readTypes(within(1));
  /** @type {number[]} the types of all functions */
  const functionTypes = [];
  let globals = 0;
  let tables = 0;
  const imports = within(2);
  imports.vector(() => {
    imports.name();
    imports.name();
    const kind = imports.u8();
    if (kind === 4) imports.u8();
    if (kind === 1 || kind === 3) imports.valueType();
    if (kind === 0) functionTypes.push(imports.u32());
    else if (kind === 4) imports.u32();
    else if (kind === 3) imports.u8();
    else imports.limits();
    if (kind === 3) globals++;
    if (kind === 1) tables++;
  });
  const imported = functionTypes.length;
  const declared = within(3);
  declared.vector(() => functionTypes.push(declared.u32()));
  globals += within(6).done ? 0 : within(6).u32();
  tables += within(4).done ? 0 : within(4).u32();
  /** @type {Map<string, number>} */
  const exports = new Map();
  const exported = within(7);
  exported.vector(() => {
    const text = exported.name();
    const kind = exported.u8();
    const index = exported.u32();
    if (kind === 0) exports.set(text, index);
  });
  /** Functions that tables and references may hold. @type {Set<number>} */
  const taken = new Set();
  readElements(within(9), taken);
  /** @type {Body[]} */
  const bodies = [];
  const code = within(10);
  code.vector(() => {
    const end = code.u32() + code.pos;
    const params = types[functionTypes[imported + bodies.length]]?.params ?? 0;
    bodies.push(readBody(new Reader(bytes, code.pos, end), params, taken));
    code.pos = end;
  });
  return { types, functionTypes, imported, globals, tables, exports, taken, bodies };
}

/** @typedef {ReturnType<typeof readFunctions>} Functions */

/** @param {Reader} reader @returns {{params: number, text: string}[]} */
function readTypes(reader) {
  /** @type {{params: number, text: string}[]} */
  const types = [];
  const field = () => {
    reader.valueType();
    reader.u8();
  };
  const one = () => {
    let form = reader.u8();
    if (form === 0x50 || form === 0x4f) {
      reader.vector(() => reader.u32());
      form = reader.u8();
    }
    const start = reader.pos;
    let params = 0;
    if (form === 0x60) {
      params = reader.vector(() => reader.valueType());
      reader.vector(() => reader.valueType());
    } else if (form === 0x5f) reader.vector(field);
    else field();
    types.push({ params, text: `${form} ${reader.bytes.subarray(start, reader.pos)}` });
  };
  reader.vector(() => {
    if (reader.bytes[reader.pos] !== 0x4e) return one();
    reader.u8();
    reader.vector(one);
  });
  return types;
}

/** @param {Reader} reader @param {Set<number>} taken */
function readElements(reader, taken) {
  const constant = () => readConstant(reader, taken);
  reader.vector(() => {
    const flags = reader.u32();
    if (!(flags & 1) && flags & 2) reader.u32();
    if (!(flags & 1)) constant();
    if (flags & 3) {
      if (flags & 4) reader.valueType();
      else reader.u8();
    }
    reader.vector(() => {
      if (flags & 4) constant();
      else taken.add(reader.u32());
    });
  });
}

/** @param {Reader} reader @param {Set<number>} taken */
function readConstant(reader, taken) {
  for (let op = reader.u8(); op !== 0x0b; op = reader.u8()) immediates(reader, op, taken);
}

/** @param {Reader} reader */
function signed(reader) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.u8();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return Number(BigInt.asIntN(32, byte & 0x40 ? value | (-1n << (shift + 7n)) : value));
  }
}

/** How many numbers follow the codes of prefix 0xfb from 0 on, and of 0xfc. */
const GC = [1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 1, 1, 1, 1, 0, 1, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const MISC = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 0, 0, 0, 0, 0];

/**
 * Reads what follows an instruction's first byte, if that is no structure and no branch.
 *
 * @param {Reader} reader @param {number} op @param {Set<number>} taken
 * @returns {{op: number, value: number}}
 */
function immediates(reader, op, taken) {
  let value = 0;
  const memory = () => {
    if (reader.u32() & 0x40) reader.u32();
    reader.u32(); // of 64 bits too
  };
  if (op === 0x41) value = signed(reader);
  else if (op === 0x42 || op === 0xd0) signed(reader);
  else if (op === 0x43) reader.skip(4);
  else if (op === 0x44) reader.skip(8);
  else if (op === 0x11 || op === 0x13) {
    value = reader.u32();
    reader.u32();
  } else if (op === 0x1c) reader.vector(() => reader.valueType());
  else if ((op >= 0x28 && op <= 0x3e) || op === 0xfe00) memory();
  else if ([0x08, 0x09, 0x10, 0x12, 0x14, 0x15, 0x3f, 0x40, 0xd2].includes(op) || (op >= 0x20 && op <= 0x26)) {
    value = reader.u32();
    if (op === 0xd2) taken.add(value);
  } else if (op >= 0xfb && op <= 0xfe) {
    const code = reader.u32();
    if (op === 0xfb) for (let i = 0; i < GC[code]; ++i) reader.u32();
    else if (op === 0xfc) for (let i = 0; i < MISC[code]; ++i) reader.u32();
    else if (op === 0xfe) {
      if (code === 3) reader.skip(1);
      else memory();
    } else if (code <= 11 || code === 92 || code === 93) memory();
    else if (code === 12 || code === 13) reader.skip(16);
    else if (code >= 21 && code <= 34) reader.skip(1);
    else if (code >= 84 && code <= 91) {
      memory();
      reader.skip(1);
    }
    return { op: op * 256 + code, value: 0 };
  } else if (!isPlain(op)) throw new Error(`an unknown instruction 0x${op.toString(16)}`);
  return { op, value };
}

/** @param {number} op */
const isPlain = (op) =>
  [0x00, 0x01, 0x0a, 0x0f, 0x1a, 0x1b, 0xd1, 0xd3, 0xd4].includes(op) || (op >= 0x45 && op <= 0xc4);

/**
 * @typedef {object} Frame an open structure
 * @property {'function' | 'block' | 'loop' | 'if' | 'try' | 'try_table'} kind
 * @property {number} start
 * @property {Instruction[]} leaves   branches to its end
 * @property {number} arm             where its else or handler begins
 * @property {number[]} handlers      of a try: where they begin
 * @property {(() => void)[]} caught  of a try_table: what leads an instruction to its handlers
 * @property {boolean} catchesAll
 * @property {Instruction[]} throwers in its body
 * @property {Instruction[]} later    in its handlers
 */

/** @param {Reader} reader @param {number} params @param {Set<number>} taken @returns {Body} */
function readBody(reader, params, taken) {
  let locals = params;
  reader.vector(() => {
    locals += reader.u32();
    reader.valueType();
  });
  /** @type {Instruction[]} */
  const code = [];
  /** @type {Frame[]} */
  const frames = [];
  const open = (/** @type {Frame['kind']} */ kind) => {
    /** @type {Frame} */
    const frame = {
      kind,
      start: code.length,
      leaves: [],
      arm: -1,
      handlers: [],
      caught: [],
      catchesAll: false,
      throwers: [],
      later: [],
    };
    frames.push(frame);
    return frame;
  };
  const at = (/** @type {number} */ depth) => frames[frames.length - 1 - depth];
  const branch = (/** @type {Instruction} */ from, /** @type {Frame} */ frame) => {
    if (frame.kind === 'loop') from.next.push(frame.start);
    else if (frame.kind === 'function') from.next.push(EXIT);
    else frame.leaves.push(from);
  };
  const mayThrow = (/** @type {Instruction} */ one, /** @type {Frame} */ frame) =>
    void (frame.kind === 'try' && frame.handlers.length > 0 ? frame.later : frame.throwers).push(one);
  /** @param {Frame} frame @param {number} [target] where the rest of its exceptions goes */
  const close = (frame, target = 0) => {
    frames.pop();
    const end = code.length; // the instruction that ends it
    for (const one of frame.leaves) one.next.push(end);
    if (frame.kind === 'if' && frame.arm < 0) code[frame.start].next.push(end);
    for (const one of frame.throwers) one.next.push(...frame.handlers);
    const rest = [...(frame.catchesAll ? [] : frame.throwers), ...frame.later];
    const outer = at(target);
    for (const one of rest) if (outer) mayThrow(one, outer);
    if (!outer) for (const one of frame.throwers) one.throws = true;
  };
  open('function');
  while (!reader.done) {
    const first = reader.u8();
    /** @type {Instruction} */
    const one = { op: first, value: 0, next: [], throws: false };
    const index = code.length;
    const go = () => void one.next.push(index + 1);
    if ([0x02, 0x03, 0x04, 0x06, 0x1f].includes(first)) {
      blockType(reader);
      /** @type {number[]} */
      const labels = [];
      let all = false;
      if (first === 0x1f)
        reader.vector(() => {
          const kind = reader.u8();
          if (kind < 2) reader.u32();
          else all = true;
          labels.push(reader.u32());
        });
      const targets = labels.map((label) => at(label));
      const frame = open(/** @type {any} */ ({ 2: 'block', 3: 'loop', 4: 'if', 6: 'try', 31: 'try_table' })[first]);
      if (first === 0x1f) {
        frame.catchesAll = all;
        frame.caught = targets.map((target) => () => {
          for (const thrower of frame.throwers) branch(thrower, target);
        });
      }
      go();
    } else if (first === 0x05) {
      const frame = at(0);
      code[frame.start].next.push(index + 1);
      frame.arm = index;
      frame.leaves.push(one);
    } else if (first === 0x07 || first === 0x19) {
      const frame = at(0);
      if (first === 0x07) reader.u32();
      else frame.catchesAll = true;
      frame.handlers.push(index + 1);
      frame.leaves.push(one);
    } else if (first === 0x0b) {
      const frame = at(0);
      for (const each of frame.caught) each();
      close(frame);
      if (frame.kind === 'function') one.next.push(EXIT);
      else go();
    } else if (first === 0x18) {
      const depth = reader.u32();
      close(at(0), depth);
      go();
    } else if (first === 0x0c || first === 0x0d || first === 0xd5 || first === 0xd6) {
      const frame = at(reader.u32());
      if (first !== 0x0c) go();
      branch(one, frame);
    } else if (first === 0x0e) {
      reader.vector(() => branch(one, at(reader.u32())));
      branch(one, at(reader.u32()));
    } else if (first === 0xfb && [24, 25].includes(reader.bytes[reader.pos])) {
      one.op = first * 256 + reader.u8();
      reader.u8();
      const frame = at(reader.u32());
      signed(reader);
      signed(reader);
      go();
      branch(one, frame);
    } else {
      Object.assign(one, immediates(reader, first, taken));
      if (first === 0x0f || TAIL_CALLS.includes(first)) one.next.push(EXIT);
      else if (![0x00, 0x08, 0x09, 0x0a].includes(first)) go();
      if (THROWS.includes(first)) mayThrow(one, at(0));
    }
    code.push(one);
  }
  return { code, params, locals };
}

/** @param {Reader} reader */
function blockType(reader) {
  const first = reader.bytes[reader.pos];
  if (first === 0x40) reader.u8();
  else if (first >= 0x63 && first < 0x80) reader.valueType();
  else reader.u32();
}
