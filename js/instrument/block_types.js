// @ts-check
import { Writer } from './binary.js';
import { InstrumentError } from './instrument_error.js';
import { extendVector } from './assemble.js';
import { SECTION } from './module_sections.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */

/**
 * The types of the blocks `$check` of loops with parameters: `params -> params`, appended to the type section if the
 * module does not have them.
 */
export class LoopBlockTypes {
  /** @param {ModuleView} view */
  constructor(view) {
    this.view = view;
    /** @type {Map<string, number>} */
    this.known = new Map();
    /** @type {Uint8Array[]} */
    this.added = [];
    /** @type {Map<number, Uint8Array>} */
    this.blocks = new Map();
  }

  /** The encoded block type for a loop of function type `index`. @param {number} index */
  block(index) {
    const done = this.blocks.get(index);
    if (done) return done;
    const { view } = this;
    const type = view.types[index];
    if (!type)
      throw new InstrumentError(
        'invalid',
        'not a valid wasm module: a loop whose type is not a function type; build or download it again',
      );
    const out = new Writer(8);
    if (type.paramCount === 0) out.u8(0x40);
    else out.s32(this.find(view.bytes.subarray(type.params[0], type.params[1]), type.paramCount));
    const encoded = out.view();
    this.blocks.set(index, encoded);
    return encoded;
  }

  /** @param {Uint8Array} params @param {number} count */
  find(params, count) {
    const { view } = this;
    const key = Array.from(params).join();
    let index = this.known.get(key);
    if (index !== undefined) return index;
    index = view.types.findIndex(
      (type) =>
        type &&
        type.paramCount === count &&
        type.resultCount === count &&
        sameBytes(view.bytes.subarray(type.params[0], type.params[1]), params) &&
        sameBytes(view.bytes.subarray(type.results[0], type.results[1]), params),
    );
    if (index < 0) {
      const out = new Writer(params.length * 2 + 8);
      out.u8(0x60);
      for (let i = 0; i < 2; ++i) {
        out.u32(count);
        out.append(params);
      }
      index = view.types.length + this.added.length;
      this.added.push(out.view());
    }
    this.known.set(key, index);
    return index;
  }

  section() {
    if (this.added.length === 0) return null;
    return extendVector(this.view, SECTION.type, this.view.typeEntries, this.added);
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
