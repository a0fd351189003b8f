// @ts-check
import { Reader } from './binary.js';
import { InstrumentError, UnknownEncoding } from './instrument_error.js';
import { skipImmediates } from './opcodes.js';

/** Section ids of the binary format. */
export const SECTION = Object.freeze({
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
});

/** The order in which sections must come, by id (later additions are not in the order of their numbers). */
const RANK = [0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 13, 14, 12, 6];

/** @param {number} id the rank of a section: it precedes every section of a higher rank */
export const sectionRank = (id) => RANK[id] ?? 7; // 14 (strings) comes between tags and globals

/**
 * @typedef {{id: number, name: string, start: number, body: number, end: number}} Section `start`: the offset of its id
 *   byte; `body`: the offset after its size (custom: after its name)
 */
/**
 * @typedef {{params: [number, number], paramCount: number, results: [number, number], resultCount: number}}
 *   FunctionType byte ranges of the value types
 */
/** @typedef {{kind: number, index: number}} Export */
/** @typedef {{flags: number, minimum: number, maximum: number | undefined, start: number, end: number,
 *   imported: {module: string, name: string, start: number} | null}} Memory `start`..`end`: its limits in the bytes */
/** @typedef {{start: number, end: number}} Body the range of a function's code, without its size */

/**
 * The parts of a module that the rewriter reads. Everything else of the module is copied as it is, so nothing is lost.
 *
 * @typedef {object} ModuleView
 * @property {Uint8Array} bytes
 * @property {Section[]} sections
 * @property {(FunctionType | null)[]} types by type index; null: not a function type
 * @property {number} typeEntries how many entries the type section's vector has (a group of recursive types is one
 *   entry)
 * @property {number} importCount
 * @property {number} importedFunctions
 * @property {string[]} importedFunctionModules the module from which each of them is imported
 * @property {string[]} importedFunctionNames and its name there
 * @property {boolean} sharesTables whether the host can see and change a table: one is imported or exported
 * @property {boolean} hasRichTypes whether types may be subtypes of others, or refer to others
 * @property {number[]} functionTypes type index of every function, the imported ones first
 * @property {Memory[]} memories
 * @property {number} definedMemories
 * @property {number} importedGlobals
 * @property {number[]} globalTypes the first byte of every global's type, the imported ones first
 * @property {({mutable: boolean, start: number, end: number})[]} globals the module's own, with the range of their
 *   initialisers
 * @property {number[]} tags the type index of every tag, the imported ones first
 * @property {Map<string, Export>} exports
 * @property {Body[]} bodies
 */

const EMPTY = new Uint8Array(0);

/**
 * Reads the header and the sections. Throws `not-wasm` or `component` for anything but a core module of version 1.
 *
 * @param {Uint8Array} bytes
 * @returns {Section[]}
 */
export function readSections(bytes) {
  const magic = bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  if (!magic) {
    const text = new TextDecoder().decode(bytes.subarray(0, 512)).trimStart();
    if (text.startsWith('(module') || text.startsWith(';;')) {
      throw new InstrumentError(
        'not-wasm',
        'not a wasm file but its text form: assemble it first (for example with wat2wasm or wasm-as)',
      );
    }
    throw new InstrumentError(
      'not-wasm',
      bytes.length === 0
        ? 'not a wasm file: it is empty; give the linked .wasm file'
        : 'not a wasm file (it does not begin with "\\0asm"); give the linked .wasm file, not its JavaScript, archive or source',
    );
  }
  if (bytes.length < 8)
    throw new InstrumentError('not-wasm', 'not a wasm file: it ends within its header; build or download it again');
  if (bytes[6] === 1 && bytes[7] === 0) {
    throw new InstrumentError(
      'component',
      'this is a wasm component, not a core module: instrument the core module before it is wrapped (wasm-tools component new)',
    );
  }
  if (bytes[4] !== 1 || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0) {
    throw new InstrumentError(
      'not-wasm',
      `a wasm file of an unknown version (${Array.from(bytes.subarray(4, 8)).join('.')}): only version 1 is supported`,
    );
  }
  /** @type {Section[]} */
  const sections = [];
  const reader = new Reader(bytes, 8);
  while (!reader.done) {
    const start = reader.pos;
    const id = reader.u8();
    const size = reader.u32();
    const inner = new Reader(bytes, reader.pos, reader.pos + size);
    reader.skip(size);
    const name = id === SECTION.custom ? inner.name() : '';
    sections.push({ id, name, start, body: inner.pos, end: reader.pos });
  }
  return sections;
}

/**
 * @param {Uint8Array} bytes
 * @param {Section[]} sections
 * @returns {ModuleView}
 */
export function readModule(bytes, sections) {
  /** @type {ModuleView} */
  const view = {
    bytes,
    sections,
    types: [],
    typeEntries: 0,
    importCount: 0,
    importedFunctions: 0,
    importedFunctionModules: [],
    importedFunctionNames: [],
    sharesTables: false,
    hasRichTypes: false,
    functionTypes: [],
    memories: [],
    definedMemories: 0,
    importedGlobals: 0,
    globalTypes: [],
    globals: [],
    tags: [],
    exports: new Map(),
    bodies: [],
  };
  readTypes(view, sectionReader(view, SECTION.type));
  readImports(view, sectionReader(view, SECTION.import));
  forEach(sectionReader(view, SECTION.function), (reader) => view.functionTypes.push(reader.u32()));
  forEach(sectionReader(view, SECTION.memory), (reader) => {
    const start = reader.pos;
    const limits = reader.limits();
    view.memories.push({ ...limits, start, end: reader.pos, imported: null });
    view.definedMemories++;
  });
  forEach(sectionReader(view, SECTION.tag), (inTags) => readTag(view, inTags));
  readExports(view, sectionReader(view, SECTION.export));
  forEach(sectionReader(view, SECTION.global), (reader) => {
    view.globalTypes.push(reader.bytes[reader.pos]);
    reader.skipValueType();
    const mutable = (reader.u8() & 1) !== 0;
    const start = reader.pos;
    skipConstantExpression(reader);
    view.globals.push({ mutable, start, end: reader.pos });
  });
  forEach(sectionReader(view, SECTION.code), (reader) => {
    const size = reader.u32();
    const start = reader.pos;
    reader.skip(size);
    view.bodies.push({ start, end: reader.pos });
  });
  if (view.functionTypes.length !== view.importedFunctions + view.bodies.length) {
    throw new InstrumentError(
      'invalid',
      'not a valid wasm module: it has not as many function bodies as functions; build or download it again',
    );
  }
  return view;
}

/**
 * @param {ModuleView} view
 * @param {number} id
 */
export function findSection(view, id) {
  return view.sections.find((section) => section.id === id);
}

/**
 * @param {ModuleView} view
 * @param {number} id
 */
function sectionReader(view, id) {
  const section = findSection(view, id);
  return section ? new Reader(view.bytes, section.body, section.end) : new Reader(EMPTY);
}

/**
 * Calls `each` for every element of a vector; a reader without bytes is an empty vector.
 *
 * @param {Reader} reader
 * @param {(reader: Reader) => void} each
 */
function forEach(reader, each) {
  if (reader.done) return 0;
  const count = reader.u32();
  for (let i = 0; i < count; ++i) each(reader);
  return count;
}

/**
 * @param {ModuleView} view
 * @param {Reader} reader
 */
function readTypes(view, reader) {
  const composite = () => {
    let form = reader.u8();
    if (form !== 0x60) view.hasRichTypes = true;
    if (form === 0x50 || form === 0x4f) {
      // sub, sub final: supertypes, then the type itself
      forEach(reader, () => reader.skipLeb());
      form = reader.u8();
    }
    if (form === 0x60) {
      const paramCount = reader.u32();
      const params = /** @type {[number, number]} */ ([reader.pos, 0]);
      for (let i = 0; i < paramCount; ++i) reader.skipValueType();
      params[1] = reader.pos;
      const resultCount = reader.u32();
      const results = /** @type {[number, number]} */ ([reader.pos, 0]);
      for (let i = 0; i < resultCount; ++i) reader.skipValueType();
      results[1] = reader.pos;
      if (reader.bytes.subarray(params[0], results[1]).some((byte) => byte === 0x63 || byte === 0x64))
        view.hasRichTypes = true;
      view.types.push({ params, paramCount, results, resultCount });
      return;
    }
    const field = () => {
      reader.skipValueType();
      reader.u8(); // mutability
    };
    if (form === 0x5f) forEach(reader, field);
    else if (form === 0x5e) field();
    else if (form === 0x5d)
      reader.skipLeb(); // continuation
    else throw new UnknownEncoding(`a type definition of an unknown form (0x${form.toString(16)})`);
    view.types.push(null);
  };
  view.typeEntries = forEach(reader, () => {
    if (reader.bytes[reader.pos] !== 0x4e) return composite();
    reader.u8();
    forEach(reader, composite);
  });
}

/**
 * @param {ModuleView} view
 * @param {Reader} reader
 */
function readImports(view, reader) {
  view.importCount = forEach(reader, () => {
    const importStart = reader.pos;
    const module = reader.name();
    const name = reader.name();
    const kind = reader.u8();
    switch (kind) {
      case 0:
        view.functionTypes.push(reader.u32());
        view.importedFunctions++;
        view.importedFunctionModules.push(module);
        view.importedFunctionNames.push(name);
        break;
      case 1:
        view.sharesTables = true;
        reader.skipValueType();
        reader.limits();
        break;
      case 2: {
        const start = reader.pos;
        const limits = reader.limits();
        view.memories.push({ ...limits, start, end: reader.pos, imported: { module, name, start: importStart } });
        break;
      }
      case 3:
        view.globalTypes.push(reader.bytes[reader.pos]);
        reader.skipValueType();
        reader.u8();
        view.importedGlobals++;
        break;
      case 4:
        readTag(view, reader);
        break;
      default:
        throw new UnknownEncoding(`an import of an unknown kind (${kind})`);
    }
  });
}

/** @param {ModuleView} view @param {Reader} reader */
function readTag(view, reader) {
  reader.u8(); // exception
  view.tags.push(reader.u32());
}

/**
 * @param {ModuleView} view
 * @param {Reader} reader
 */
function readExports(view, reader) {
  forEach(reader, () => {
    const name = reader.name();
    const kind = reader.u8();
    if (kind === 1) view.sharesTables = true;
    view.exports.set(name, { kind, index: reader.u32() });
  });
}

/** @param {Reader} reader */
function skipConstantExpression(reader) {
  for (let opcode = reader.u8(); opcode !== 0x0b; opcode = reader.u8())
    skipImmediates(reader, opcode, () => reader.fail('a branch in a constant'));
}

/** @param {ModuleView} view @param {number} index a function index */
export function functionType(view, index) {
  return view.types[view.functionTypes[index]] ?? null;
}

/** @param {ModuleView} view @param {number} index a function index; null for an imported one */
export function functionBody(view, index) {
  return view.bodies[index - view.importedFunctions] ?? null;
}

/** @param {ModuleView} view @returns {Map<number, string[]>} the names under which functions are exported */
export function functionExportNames(view) {
  /** @type {Map<number, string[]>} */
  const names = new Map();
  for (const [name, { kind, index }] of view.exports) {
    if (kind !== 0) continue;
    const known = names.get(index);
    if (known) known.push(name);
    else names.set(index, [name]);
  }
  return names;
}
