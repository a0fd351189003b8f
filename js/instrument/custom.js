// @ts-check
import { Reader, Writer } from './binary.js';
import { InstrumentError } from './instrument_error.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./module_sections.js').Section} Section */

const NAME_FUNCTIONS = 1;
const NAME_LABELS = 3;

/** Sections that refer to code by byte offset; after the code has moved they would refer to wrong places. */
const OFFSETS_INTO_CODE = /^(\.debug_|metadata\.code\.|sourceMappingURL$|external_debug_info$)/;

/** @param {string} name */
export const holdsCodeOffsets = (name) => OFFSETS_INTO_CODE.test(name);

/**
 * @param {ModuleView} view
 * @returns {Map<number, string>} the function names of the name section; empty if there is none or it is damaged
 *   (engines ignore it then, too)
 */
export function readFunctionNames(view) {
  /** @type {Map<number, string>} */
  const names = new Map();
  const section = view.sections.find((s) => s.id === 0 && s.name === 'name');
  if (!section) return names;
  try {
    const reader = new Reader(view.bytes, section.body, section.end);
    while (!reader.done) {
      const id = reader.u8();
      const size = reader.u32();
      const next = reader.pos + size;
      if (id === NAME_FUNCTIONS) {
        for (let count = reader.u32(); count > 0; --count) {
          const index = reader.u32();
          names.set(index, reader.name());
        }
        break;
      }
      reader.skip(size);
      reader.pos = next;
    }
  } catch (error) {
    if (!(error instanceof InstrumentError)) throw error;
    names.clear();
  }
  return names;
}

/**
 * The content of the name section, with names for the outlined copies of functions (`name.cold`, as compilers call
 * theirs), and the labels renumbered where some were added. All other names are unchanged, because the indexes to which
 * they refer have not changed.
 *
 * @param {ModuleView} view
 * @param {Section} section
 * @param {Map<number, number[]>} addedLabels by function index: for each added label the number of the label before
 *   which it was put, ascending
 * @param {number[]} copied the functions of which copies were appended after all others
 * @returns {Uint8Array}
 */
export function renameAll(view, section, addedLabels, copied) {
  const { bytes } = view;
  const out = new Writer(section.end - section.body + 16);
  try {
    const reader = new Reader(bytes, section.body, section.end);
    while (!reader.done) {
      const start = reader.pos;
      const id = reader.u8();
      const size = reader.u32();
      const content = reader.pos;
      reader.skip(size);
      if (id !== NAME_LABELS && id !== NAME_FUNCTIONS) {
        out.copy(bytes, start, reader.pos);
        continue;
      }
      const names = new Reader(bytes, content, reader.pos);
      const renamed =
        id === NAME_LABELS ? renumberLabels(names, addedLabels) : nameCopies(names, view.functionTypes.length, copied);
      out.u8(id);
      out.u32(renamed.length);
      out.append(renamed);
    }
  } catch (error) {
    if (!(error instanceof InstrumentError)) throw error;
    return bytes.subarray(section.body, section.end);
  }
  return out.view();
}

/**
 * @param {Reader} reader the names of the functions
 * @param {number} functions how many there are without the copies
 * @param {number[]} copied
 */
function nameCopies(reader, functions, copied) {
  const size = reader.end - reader.pos;
  const count = reader.u32();
  const start = reader.pos;
  /** @type {Map<number, string>} */
  const names = new Map();
  const wanted = new Set(copied);
  for (let i = 0; i < count; ++i) {
    const index = reader.u32();
    const name = reader.name();
    if (wanted.has(index)) names.set(index, name);
  }
  const out = new Writer(size + 64 * names.size + 8);
  out.u32(count + names.size);
  out.copy(reader.bytes, start, reader.end);
  copied.forEach((index, i) => {
    const name = names.get(index);
    if (name === undefined) return;
    out.u32(functions + i);
    out.name(`${name}.cold`);
  });
  return out.view();
}

/**
 * @param {Reader} reader
 * @param {Map<number, number[]>} addedLabels
 */
function renumberLabels(reader, addedLabels) {
  const out = new Writer(reader.end - reader.pos + 16);
  const functions = reader.u32();
  out.u32(functions);
  for (let i = 0; i < functions; ++i) {
    const index = reader.u32();
    const added = addedLabels.get(index) ?? [];
    const labels = reader.u32();
    out.u32(index);
    out.u32(labels);
    let before = 0; // how many labels were added before this one; label numbers ascend
    for (let j = 0; j < labels; ++j) {
      const label = reader.u32();
      while (before < added.length && added[before] <= label) before++;
      out.u32(label + before);
      const length = reader.u32();
      out.u32(length);
      out.copy(reader.bytes, reader.pos, reader.pos + length);
      reader.skip(length);
    }
  }
  return out.view();
}

/**
 * The content of the `target_features` section with a feature added, for tools that read the module later.
 *
 * @param {Uint8Array} bytes
 * @param {Section} section
 * @param {string} feature
 */
export function addTargetFeature(bytes, section, feature) {
  const reader = new Reader(bytes, section.body, section.end);
  const count = reader.u32();
  const rest = new Writer();
  let present = false;
  for (let i = 0; i < count; ++i) {
    let prefix = reader.u8();
    const name = reader.name();
    if (name === feature) {
      present = true;
      prefix = 0x2b;
    }
    rest.u8(prefix);
    rest.name(name);
  }
  if (!present) {
    rest.u8(0x2b);
    rest.name(feature);
  }
  const out = new Writer(rest.length + 5);
  out.u32(present ? count : count + 1);
  out.append(rest.view());
  return out.view();
}
