// @ts-check
import { VERSION } from '../abi/index.js';
import { IMPORT_MODULE } from '../abi/imports.js';
import { InstrumentError } from './instrument_error.js';
import { SECTION, functionType, readModule } from './module_sections.js';

/** @typedef {import('./module_sections.js').Memory} Memory */
/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./module_sections.js').Section} Section */

/** The custom section that an instrumented module carries. */
export const MARK = IMPORT_MODULE;
const EXPORTS = Object.freeze(['wasmsig_block', 'wasmsig_safe_point', 'wasmsig_deliver']);

/**
 * @param {Uint8Array | ArrayBuffer} bytes
 * @returns {Uint8Array}
 */
export function readInput(bytes) {
  // Checked by its tag, because it may come from another realm (a frame, a test runner's context).
  if (tag(bytes) === 'ArrayBuffer') return new Uint8Array(/** @type {ArrayBuffer} */ (bytes));
  if (!ArrayBuffer.isView(bytes))
    throw new InstrumentError('bad-option', 'the module must be given as a Uint8Array or an ArrayBuffer');
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // another agent could change shared bytes while they are read
  return tag(bytes.buffer) === 'ArrayBuffer' ? plain : plain.slice();
}

/** @param {unknown} value */
const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** @param {Section[]} sections */
export function refuseBySections(sections) {
  const custom = (/** @type {(name: string) => boolean} */ test) =>
    sections.some((section) => section.id === SECTION.custom && test(section.name));
  if (custom((name) => name === 'linking' || name.startsWith('reloc.'))) {
    throw new InstrumentError(
      'object-file',
      'this is an object file, not a program: link it first, and instrument the result',
    );
  }
}

/** @typedef {{look: 'shared' | 'countdown', block: number}} Mark */

/**
 * The contents of an instrumented module's custom section; null: the module has none. Another version's is refused,
 * because the host would not know how its safe points work.
 *
 * @param {Uint8Array} input
 * @param {Section[]} sections
 * @returns {Mark | null}
 */
export function readMark(input, sections) {
  const section = sections.find(({ id, name }) => id === SECTION.custom && name === MARK);
  if (!section) return null;
  let mark;
  try {
    mark = JSON.parse(new TextDecoder().decode(input.subarray(section.body, section.end)));
  } catch {
    mark = null;
  }
  if (mark?.abi !== VERSION || !['shared', 'countdown'].includes(mark.look) || !Number.isInteger(mark.block)) {
    throw new InstrumentError(
      'already-instrumented',
      "the module is already instrumented, by another version of wasmsig: instrument the linker's output instead",
    );
  }
  return mark;
}

/**
 * Whether the program has a host that can ring its doorbell. A WASI program that does not import from `wasmsig` was
 * linked with the stand-alone library.
 *
 * @param {ModuleView} view
 */
export function hasHost({ importedFunctionModules, importedFunctionNames }) {
  return (
    importedFunctionModules.includes(IMPORT_MODULE) ||
    importedFunctionNames.some((name) => name.startsWith('wsig_js_')) ||
    !importedFunctionModules.some((name) => name.startsWith('wasi_'))
  );
}

/** @param {Uint8Array} input @param {Section[]} sections */
export function checkInput(input, sections) {
  if (WebAssembly.validate(/** @type {BufferSource} */ (input))) return;
  refuseMemories(input, sections); // says more than the message of an engine without multiple memories
  throw new InstrumentError(
    'invalid',
    `not a valid wasm module, or one that needs a newer engine: ${engineMessage(input)}; ` +
      'build or download it again, or turn the check off (validate: false) if it is meant for another engine',
  );
}

/** The engine's message about an invalid module. @param {Uint8Array} bytes */
export function engineMessage(bytes) {
  try {
    new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
    return 'no reason given';
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^WebAssembly\.Module\(\): /, '') : String(error);
  }
}

/** @param {Uint8Array} input possibly invalid @param {Section[]} sections */
function refuseMemories(input, sections) {
  /** @type {Memory[]} */
  let memories;
  try {
    memories = readModule(input, sections).memories;
  } catch {
    return;
  }
  memories.forEach(refuseMemory);
}

/** @param {Memory} memory */
export function refuseMemory(memory) {
  if (memory.flags & 4)
    throw new InstrumentError(
      'memory64',
      'the module has a 64-bit memory (memory64), which wasmsig does not support: build it for wasm32',
    );
  if (memory.flags & 8)
    throw new InstrumentError(
      'unsupported',
      'the module has a memory with another page size, which wasmsig does not support: build it with the usual 64 KiB pages',
    );
}

/** @param {ModuleView} view */
export function readExports(view) {
  const missing = EXPORTS.filter((name) => !view.exports.has(name));
  if (missing.length > 0) {
    throw new InstrumentError(
      'missing-exports',
      `the module does not export ${list(missing)}: link it with libwasmsig (-lwasmsig) and keep the exports ` +
        `(wasm-ld: ${missing.map((name) => `--export=${name}`).join(' ')}; Emscripten: -sEXPORTED_FUNCTIONS with ${missing.map((name) => `_${name}`).join(',')}, ` +
        'and -lexports.js, as from -O3 on it shortens export names)',
    );
  }
  const index = (/** @type {string} */ name) => {
    const found = /** @type {import('./module_sections.js').Export} */ (view.exports.get(name));
    const type = found.kind === 0 ? functionType(view, found.index) : null;
    const isI32 = type && type.paramCount === 0 && type.resultCount === 1 && view.bytes[type.results[0]] === 0x7f;
    if (!isI32)
      throw new InstrumentError(
        'bad-exports',
        `the export ${name} is not a function () -> i32: link with the libwasmsig of this version, and give no function of your own that name`,
      );
    return found.index;
  };
  return { block: index('wasmsig_block'), safePoint: index('wasmsig_safe_point'), deliver: index('wasmsig_deliver') };
}

/** @param {string[]} names */
function list(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
