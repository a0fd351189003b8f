// @ts-check
/**
 * Has an instrumented module export its stack pointer, so that the guard can restore it. Most programs do not export
 * it, or under a shortened name: then each end would take a piece of their stack, until it overflows into their data.
 *
 * The stack pointer is the global that LLVM's functions lower when they begin:
 *
 *     global.get $g  i32.const N  i32.sub  local.tee $frame  global.set $g
 */

export const STACK_POINTER = 'wasmsig_stack_pointer';

const IMPORT = 2;
const EXPORT = 7;
const CODE = 10;
/** Kinds of imports and exports. */
const [FUNCTION, TABLE, GLOBAL, TAG] = [0, 1, 3, 4];
/** Value types that are followed by a heap type. */
const REFERENCES = [0x63, 0x64];
/** The opcodes of the constant and of the subtraction, for memories with 32-bit and with 64-bit addresses. */
const CONST = [0x41, 0x42];
const SUB = [0x6b, 0x7d];

/**
 * @param {Uint8Array<ArrayBuffer>} bytes a valid module
 * @returns {Uint8Array<ArrayBuffer>} the module itself, if it has no such global, or exports it already
 */
export function exportStackPointer(bytes) {
  const reader = new Reader(bytes);
  /** @type {{id: number, at: number, start: number, end: number}[]} */
  const sections = [];
  for (reader.at = 8; reader.at < bytes.length; reader.at = sections[sections.length - 1].end) {
    const { at } = reader;
    const id = reader.byte();
    const size = reader.number();
    sections.push({ id, at, start: reader.at, end: reader.at + size });
  }
  const section = (/** @type {number} */ id) => sections.find((one) => one.id === id);
  const [imports, exported, code] = [section(IMPORT), section(EXPORT), section(CODE)];
  if (!exported || !code) return bytes;
  const found = mostLowered(reader, code.start);
  // An imported one is that of the program into which a dynamic linker loads it.
  if (found === undefined || (imports && found < importedGlobals(reader, imports))) return bytes;
  reader.at = exported.start;
  const count = reader.number();
  const first = reader.at;
  if (exportNames(reader, count).some((one) => one === STACK_POINTER || one === '__stack_pointer')) return bytes;
  const name = new TextEncoder().encode(STACK_POINTER);
  const content = [
    unsigned(count + 1),
    bytes.subarray(first, exported.end),
    [name.length, ...name, GLOBAL, ...unsigned(found)],
  ];
  const length = content.reduce((all, part) => all + part.length, 0);
  return joined([
    bytes.subarray(0, exported.at),
    [EXPORT, ...unsigned(length)],
    ...content,
    bytes.subarray(exported.end),
  ]);
}

/** @param {Reader} reader @param {number} count */
function exportNames(reader, count) {
  return Array.from({ length: count }, () => {
    const length = reader.number();
    reader.skip(length);
    const name = new TextDecoder().decode(reader.bytes.subarray(reader.at - length, reader.at));
    reader.skip(1);
    reader.number();
    return name;
  });
}

/** The global that most functions lower. @param {Reader} reader @param {number} start of the code section's content */
function mostLowered(reader, start) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  reader.at = start;
  for (let count = reader.number(); count > 0; count--) {
    const size = reader.number();
    const end = reader.at + size;
    const global = lowered(reader);
    if (global !== undefined) counts.set(global, (counts.get(global) ?? 0) + 1);
    reader.at = end;
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The global that the function here lowers first. @param {Reader} reader */
function lowered(reader) {
  for (let groups = reader.number(); groups > 0; groups--) {
    reader.number();
    if (REFERENCES.includes(reader.byte())) reader.number();
  }
  if (reader.byte() !== 0x23) return undefined;
  const global = reader.number();
  const kind = CONST.indexOf(reader.byte());
  if (kind < 0) return undefined;
  reader.number();
  if (reader.byte() !== SUB[kind] || reader.byte() !== 0x22) return undefined;
  reader.number();
  return reader.byte() === 0x24 && reader.number() === global ? global : undefined;
}

/** How many globals are imported. @param {Reader} reader @param {{start: number, end: number}} section */
function importedGlobals(reader, { start, end }) {
  let globals = 0;
  reader.at = start;
  for (let count = reader.number(); count > 0 && reader.at < end; count--) {
    for (const _ of ['module', 'name']) reader.skip(reader.number());
    const kind = reader.byte();
    if (kind === GLOBAL) {
      globals++;
      if (REFERENCES.includes(reader.byte())) reader.number();
      reader.skip(1);
    } else if (kind === FUNCTION || kind === TAG) {
      if (kind === TAG) reader.skip(1);
      reader.number();
    } else {
      if (kind === TABLE && REFERENCES.includes(reader.byte())) reader.number();
      const hasMaximum = (reader.number() & 1) === 1;
      reader.number();
      if (hasMaximum) reader.number();
    }
  }
  return globals;
}

class Reader {
  at = 0;

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** @param {number} count */
  skip(count) {
    this.at += count;
  }

  /** An LEB128 number; of a signed one only its length counts. */
  number() {
    let result = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      result += (byte & 127) * factor;
      if (!(byte & 128)) return result;
    }
  }
}

/** @param {number} value @returns {number[]} LEB128 */
function unsigned(value) {
  const rest = Math.floor(value / 128);
  return rest > 0 ? [(value % 128) | 128, ...unsigned(rest)] : [value];
}

/** @param {(Uint8Array | number[])[]} parts */
function joined(parts) {
  const result = new Uint8Array(parts.reduce((all, part) => all + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
