// @ts-check
import { Reader } from './binary.js';
import { UnknownEncoding } from './instrument_error.js';
import { SECTION, findSection } from './module_sections.js';
import { skipImmediates } from './opcodes.js';
import { OP } from './walk.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */

/**
 * The functions to which something other than code refers: tables, globals, exports. Only these, and those of
 * `ref.func` in code, can be called through a table or a reference.
 *
 * @param {ModuleView} view
 * @returns {Set<number>}
 */
export function findReferences(view) {
  /** @type {Set<number>} */
  const found = new Set();
  for (const { kind, index } of view.exports.values()) if (kind === 0) found.add(index);
  try {
    readTables(view, found);
    readGlobals(view, found);
    readElements(view, found);
  } catch (error) {
    if (!(error instanceof UnknownEncoding)) throw error;
    // a section that cannot be read may refer to any function
    view.functionTypes.forEach((_, index) => found.add(index));
  }
  return found;
}

/** @param {ModuleView} view @param {number} id @param {(reader: Reader) => void} each */
function forEachEntry(view, id, each) {
  const section = findSection(view, id);
  if (!section) return;
  const reader = new Reader(view.bytes, section.body, section.end);
  for (let count = reader.u32(); count > 0; --count) each(reader);
}

/** @param {ModuleView} view @param {Set<number>} found */
function readTables(view, found) {
  forEachEntry(view, SECTION.table, (reader) => {
    const initialised = reader.bytes[reader.pos] === 0x40; // 0x40 0x00 table-type expression
    if (initialised) reader.skip(2);
    reader.skipValueType();
    reader.limits();
    if (initialised) readConstant(reader, found);
  });
}

/** @param {ModuleView} view @param {Set<number>} found */
function readGlobals(view, found) {
  for (const { start, end } of view.globals) readConstant(new Reader(view.bytes, start, end), found);
}

/** @param {ModuleView} view @param {Set<number>} found */
function readElements(view, found) {
  forEachEntry(view, SECTION.element, (reader) => {
    const flags = reader.u32();
    if (flags > 7) throw new UnknownEncoding(`an element segment of an unknown form (${flags})`);
    const [passive, explicit, expressions] = [(flags & 1) !== 0, (flags & 2) !== 0, (flags & 4) !== 0];
    if (!passive && explicit) reader.u32(); // table
    if (!passive) readConstant(reader, found); // offset
    if (passive || explicit) {
      if (expressions) reader.skipValueType();
      else reader.u8(); // kind: functions
    }
    for (let count = reader.u32(); count > 0; --count) {
      if (expressions) readConstant(reader, found);
      else found.add(reader.u32());
    }
  });
}

/**
 * Reads a constant expression, and adds the functions to which it refers.
 * @param {Reader} reader
 * @param {Set<number>} found
 */
function readConstant(reader, found) {
  for (;;) {
    const opcode = reader.u8();
    if (opcode === OP.end) return;
    if (opcode === OP.refFunc) found.add(reader.u32());
    else skipImmediates(reader, opcode, () => reader.fail('a branch in a constant'));
  }
}
