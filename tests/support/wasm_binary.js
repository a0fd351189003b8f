// @ts-check
// Numbers and vectors of the wasm binary format, for tests that compose or inspect a module byte by byte.

export class Reader {
  /** @param {Uint8Array} bytes @param {number} [pos] @param {number} [end] */
  constructor(bytes, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  get done() {
    return this.pos >= this.end;
  }

  u8() {
    if (this.done) throw new Error(`the module ends too early, at byte ${this.pos}`);
    return this.bytes[this.pos++];
  }

  u32() {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** @param {number} count */
  skip(count) {
    this.pos += count;
  }

  name() {
    const from = this.u32() + this.pos;
    const text = new TextDecoder().decode(this.bytes.subarray(this.pos, from));
    this.pos = from;
    return text;
  }

  valueType() {
    if ([0x63, 0x64].includes(this.u8())) while (this.u8() >= 0x80); // (ref null? HEAPTYPE)
  }

  limits() {
    const flags = this.u8();
    return { flags, minimum: this.u32(), maximum: flags & 1 ? this.u32() : undefined };
  }

  /** Calls `each` for every element of a vector; a reader without bytes is an empty vector. @param {() => void} each */
  vector(each) {
    const count = this.done ? 0 : this.u32();
    for (let i = 0; i < count; ++i) each();
    return count;
  }
}

/** @param {number} value */
export function leb(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}

/** @param {number} value a signed 32-bit number, or an unsigned one, whose bits are written */
export function sleb(value) {
  const bytes = [];
  for (value |= 0; value < -64 || value > 63; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value & 0x7f];
}

/** @param {number} id @param {number[]} content */
export const section = (id, content) => [id, ...leb(content.length), ...content];
/** @param {string} text */
export const name = (text) => [...leb(Buffer.byteLength(text)), ...Buffer.from(text)];
/** @param {string} sectionName @param {number[]} content */
export const custom = (sectionName, content) => section(0, [...name(sectionName), ...content]);
/** @param {number[][]} items */
export const vector = (items) => [...leb(items.length), ...items.flat()];

export const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** @typedef {{id: number, name: string, start: number, body: number, end: number}} Section */

/**
 * The sections of a module. `start`: the offset of its id byte; `body`: the offset after its size (custom: after its
 * name).
 *
 * @param {Uint8Array} bytes
 */
export function readSections(bytes) {
  /** @type {Section[]} */
  const sections = [];
  const reader = new Reader(bytes, HEADER.length);
  while (!reader.done) {
    const start = reader.pos;
    const id = reader.u8();
    const end = reader.u32() + reader.pos;
    const text = id === 0 ? reader.name() : '';
    sections.push({ id, name: text, start, body: reader.pos, end });
    reader.pos = end;
  }
  return sections;
}

/** Gives a reader of the section with a number; one without bytes if there is none. @param {Uint8Array} bytes */
export function sectionReaders(bytes) {
  const sections = readSections(bytes);
  return (/** @type {number} */ id) => {
    const found = sections.find((each) => each.id === id);
    return found ? new Reader(bytes, found.body, found.end) : new Reader(new Uint8Array(0));
  };
}

/** What tests ask of a valid module. @param {Uint8Array} bytes */
export function readModule(bytes) {
  const sections = readSections(bytes);
  const within = sectionReaders(bytes);
  let types = 0;
  const typeEntries = readTypes(within(1), () => types++);
  /** @type {{flags: number, minimum: number, maximum: number | undefined, imported: string | undefined}[]} */
  const memories = [];
  let importedFunctions = 0;
  const imports = within(2);
  imports.vector(() => {
    imports.name();
    const imported = imports.name();
    const kind = imports.u8();
    if (kind === 0) importedFunctions++;
    if (kind === 4) imports.u8();
    if (kind === 1 || kind === 3) imports.valueType();
    if (kind === 0 || kind === 4) imports.u32();
    else if (kind === 3) imports.u8();
    else if (kind === 2) memories.push({ ...imports.limits(), imported });
    else imports.limits();
  });
  const memory = within(5);
  memory.vector(() => memories.push({ ...memory.limits(), imported: undefined }));
  const code = within(10);
  /** @type {{start: number, end: number}[]} the functions' code, without its size */
  const bodies = [];
  code.vector(() => {
    const end = code.u32() + code.pos;
    bodies.push({ start: code.pos, end });
    code.pos = end;
  });
  const exported = within(7);
  const exports = exported.done ? 0 : exported.u32();
  return { sections, types, typeEntries, memories, importedFunctions, bodies, exports };
}

/** @param {Reader} reader @param {() => void} each called for every type @returns how many entries the section has */
function readTypes(reader, each) {
  const field = () => {
    reader.valueType();
    reader.u8(); // mutability
  };
  const composite = () => {
    each();
    let form = reader.u8();
    if (form === 0x50 || form === 0x4f) {
      // sub, sub final: supertypes, then the type itself
      reader.vector(() => reader.u32());
      form = reader.u8();
    }
    if (form === 0x60) for (const _ of ['parameters', 'results']) reader.vector(() => reader.valueType());
    else if (form === 0x5f) reader.vector(field);
    else if (form === 0x5e) field();
    else throw new Error(`a type of the form ${form}`);
  };
  return reader.vector(() => {
    if (reader.bytes[reader.pos] !== 0x4e) return composite();
    reader.u8();
    reader.vector(composite);
  });
}

/** The function names of the name section. @param {Uint8Array} bytes */
export function readFunctionNames(bytes) {
  /** @type {Map<number, string>} */
  const names = new Map();
  const found = readSections(bytes).find((each) => each.id === 0 && each.name === 'name');
  if (!found) return names;
  const reader = new Reader(bytes, found.body, found.end);
  while (!reader.done) {
    const id = reader.u8();
    const end = reader.u32() + reader.pos;
    if (id === 1) reader.vector(() => names.set(reader.u32(), reader.name()));
    reader.pos = end;
  }
  return names;
}
