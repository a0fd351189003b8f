// @ts-check
import { readBlockAddress } from './block_address.js';
import { Reader, Writer } from './binary.js';
import { addTargetFeature, holdsCodeOffsets, readFunctionNames, renumberNames } from './custom.js';
import { InstrumentError, UnknownEncoding } from './errors.js';
import { SECTION, functionType, readModule, readSections, sectionRank } from './module.js';
import { skipImmediates } from './opcodes.js';
import { countdownForm, rewriteBody, sharedForm, threadedForm } from './rewrite.js';

export { InstrumentError };

/** @typedef {import('./module.js').ModuleView} ModuleView */
/** @typedef {import('./module.js').Section} Section */
/** @typedef {import('./module.js').Memory} Memory */
/** @typedef {import('./rewrite.js').LookForm} LookForm */

/**
 * @typedef {object} InstrumentOptions
 * @property {'shared' | 'keep'} [memory] `shared` (default): the program's memory becomes shared, and a look is one atomic load of the
 *   doorbell. `keep`: the memory stays as it is, and a look counts down (a memory that is shared already gets the atomic load).
 * @property {number} [maximumPages] the maximum of a memory that becomes shared, in pages of 64 KiB. A maximum of the module's own is only ever lowered
 *   by it. Default, where the module has none: 32768 (2 GiB), or the module's minimum if that is more. A shared memory cannot grow past it.
 * @property {{module: string, name: string} | false} [importMemory] the program's memory becomes this import, so that the host makes it. Its
 *   data segments are then written into the host's memory whenever the module is instantiated. Exports of the memory stay.
 * @property {(string | RegExp)[]} [skip] functions that get no safe points, by their name in the name section or their export name;
 *   a string of the form `/.../` is a regular expression
 * @property {boolean} [validate] false: do not let the engine check the module before and after, for modules that use wasm features
 *   this engine does not have. Default true.
 */

/**
 * @typedef {object} LeftOut
 * @property {string} function its name, or `#index`
 * @property {number} index
 * @property {number} loops how many; of a function with an unknown instruction, those in front of it
 * @property {string} reason
 */

/**
 * @typedef {object} InstrumentReport
 * @property {{found: number, instrumented: number, left_out: number}} loops
 * @property {{total: number, with_loops: number, instrumented: number}} functions
 * @property {LeftOut[]} left_out
 * @property {'shared' | 'countdown'} look
 * @property {number} block the address of the control block
 * @property {number} doorbell the address of the doorbell word
 * @property {{minimum: number, maximum: number | null, shared: boolean, was_shared: boolean, import: {module: string, name: string} | null}} memory in pages of 64 KiB
 * @property {string[]} dropped_sections
 * @property {string[]} warnings
 * @property {{before: number, after: number}} bytes
 * @property {number} milliseconds
 */

/** The ABI version written into the module (docs/host-abi.md). */
const ABI = 1;
/** Word 16 of the control block. */
const DOORBELL_OFFSET = 64;
const PAGE = 65536;
const MAX_PAGES = 65536;
const DEFAULT_MAXIMUM_PAGES = 32768;
/** The engines' common limit on one function's size; a function that would pass it is left as it is. */
const MAX_FUNCTION_BYTES = 7654321;
const MARK = 'wasmsig';
const EXPORTS = Object.freeze(['wasmsig_block', 'wasmsig_safe_point', 'wasmsig_deliver']);

/**
 * Functions of the runtime itself, by name: C, mangled C++, and C++ as a linker's demangler writes it. They may have safe points (the
 * runtime guards itself), but have no use for them.
 */
const RUNTIME = /^(?:_?_?(?:wasmsig|wsig)_|_Z[NZKTVrR]*7wasmsig|(?:[\w:*&]+ )*wasmsig::)/;

/**
 * Gives every loop of a linked wasm program a safe point. Usage: `const { bytes, report } = await instrument(await readFile('a.wasm'));`
 *
 * The result is the same for the same input. The input is not changed. What the runtime must do for it: `wasmsig_safe_point` takes
 * the doorbell (leaves it 0) each time it is called, also where it may not deliver, because the loop looks again right after it.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} [options]
 * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}>}
 * @throws {InstrumentError} with a `code` and one line that says what to do; there is no result then
 */
export async function instrument(bytes, options) {
  return instrumentSync(bytes, options);
}

/**
 * The same without a promise.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} [options]
 * @returns {{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}}
 */
export function instrumentSync(bytes, options = {}) {
  const started = performance.now();
  const request = readOptions(options);
  const input = readInput(bytes);
  try {
    const { output, report } = run(input, request);
    report.milliseconds = Math.round((performance.now() - started) * 10) / 10;
    return { bytes: output, report };
  } catch (error) {
    if (error instanceof InstrumentError) throw error;
    if (error instanceof UnknownEncoding) {
      throw new InstrumentError('unsupported', `the module has ${error.what} outside of its functions: this version of wasmsig does not know that wasm feature; build without it`);
    }
    const text = error instanceof Error ? error.message : String(error);
    throw new InstrumentError('internal', `wasmsig could not instrument this module (${text}): please report it with the module`, { cause: error });
  }
}

/** @typedef {{share: boolean, maximumPages: number | undefined, importMemory: {module: string, name: string} | null, skip: Skip[], validate: boolean}} Request */
/** @typedef {{text: string, matches: (name: string) => boolean, used: boolean}} Skip */

/**
 * @param {Uint8Array} input
 * @param {Request} request
 */
function run(input, request) {
  const sections = readSections(input);
  refuseBySections(sections);
  if (request.validate) checkInput(input);
  const view = readModule(input, sections);
  if (view.memories.length === 0) {
    throw new InstrumentError('no-memory', 'the module has no memory, so it is not a program linked with libwasmsig: link it with libwasmsig first');
  }
  const runtime = readExports(view);
  const memory = view.memories[0];
  refuseMemory(memory);
  readGlobals(view);
  const block = readBlockAddress(view, runtime.block);
  const doorbell = block + DOORBELL_OFFSET;
  if (block % 64 !== 0 || block === 0 || doorbell + 4 > memory.minimum * PAGE) {
    throw new InstrumentError('bad-block', `wasmsig_block returns ${block}, which is not an address of a control block in this memory: link the unchanged libwasmsig of the same version`);
  }

  /** @type {string[]} */
  const warnings = [];
  const planned = planMemory(memory, request);
  const shared = planned.shared;
  const newGlobal = view.importedGlobals + view.globals.length;
  const threaded = isShared(memory); // only programs with threads are linked with shared memory
  const form = threaded ? threadedForm(doorbell, newGlobal, runtime.safePoint)
    : shared ? sharedForm(doorbell, runtime.safePoint) : countdownForm(newGlobal, runtime.safePoint);
  const code = rewriteCode(view, form, runtime, request, warnings);
  const safePoints = code.loops.instrumented;
  const look = shared ? /** @type {const} */ ('shared') : /** @type {const} */ ('countdown');

  const replaced = new Map(code.sections);
  replaceMemory(view, request, planned, replaced);
  if (threaded || !shared) replaced.set(SECTION.global, globalOfLook(view));
  const mark = JSON.stringify({ abi: ABI, look, safe_points: safePoints, block });
  const { output, dropped } = assemble(view, replaced, code.labels, shared, mark);
  if (dropped.length > 0) warnings.push(`dropped, because they point into code that has moved: ${dropped.join(', ')}`);
  if (request.validate && !WebAssembly.validate(/** @type {BufferSource} */ (output))) {
    throw new InstrumentError('internal', `the instrumented module is not valid (${engineMessage(output)}): please report it with the module`);
  }

  /** @type {InstrumentReport} */
  const report = {
    loops: code.loops, functions: code.functions, left_out: code.leftOut, look, block, doorbell,
    memory: {
      minimum: memory.minimum, maximum: planned.maximum ?? null, shared, was_shared: isShared(memory),
      import: request.importMemory ?? (memory.imported && { module: memory.imported.module, name: memory.imported.name }),
    },
    dropped_sections: dropped, warnings, bytes: { before: input.length, after: output.length }, milliseconds: 0,
  };
  return { output, report };
}

// ---- what was asked for

const OPTION_NAMES = new Set(['memory', 'maximumPages', 'importMemory', 'skip', 'validate']);

/**
 * @param {InstrumentOptions} options
 * @returns {Request}
 */
function readOptions(options) {
  const bad = (/** @type {string} */ text) => new InstrumentError('bad-option', text);
  if (typeof options !== 'object' || options === null) throw bad('the options must be an object');
  for (const name of Object.keys(options)) if (!OPTION_NAMES.has(name)) throw bad(`unknown option "${name}"; there are ${[...OPTION_NAMES].join(', ')}`);
  const { memory = 'shared', maximumPages, importMemory = false, skip = [], validate = true } = options;
  if (memory !== 'shared' && memory !== 'keep') throw bad('memory must be "shared" or "keep"');
  if (maximumPages !== undefined && !(Number.isInteger(maximumPages) && maximumPages >= 1 && maximumPages <= MAX_PAGES)) {
    throw bad(`maximumPages must be a whole number from 1 to ${MAX_PAGES}`);
  }
  const isName = typeof importMemory === 'object' && importMemory !== null && typeof importMemory.module === 'string' && typeof importMemory.name === 'string';
  if (importMemory !== false && !isName) throw bad('importMemory must be false or {module, name}');
  if (!Array.isArray(skip)) throw bad('skip must be a list of function names and regular expressions');
  if (typeof validate !== 'boolean') throw bad('validate must be true or false');
  return {
    share: memory === 'shared', maximumPages, importMemory: importMemory ? { module: importMemory.module, name: importMemory.name } : null,
    skip: skip.map(readSkip), validate,
  };
}

/**
 * @param {string | RegExp} item
 * @returns {Skip}
 */
function readSkip(item) {
  if (typeof item === 'string' && !/^\/.+\/$/s.test(item)) return { text: item, matches: (name) => name === item, used: false };
  let expression;
  try {
    expression = item instanceof RegExp ? new RegExp(item.source, item.flags.replace(/[gy]/g, '')) : new RegExp(/** @type {string} */ (item).slice(1, -1));
  } catch (error) {
    throw new InstrumentError('bad-option', `skip: ${String(item)} is neither a function name nor a regular expression`, { cause: error });
  }
  return { text: String(item), matches: (name) => expression.test(name), used: false };
}

/**
 * @param {Uint8Array | ArrayBuffer} bytes
 * @returns {Uint8Array}
 */
function readInput(bytes) {
  // By its tag, because it may come from another realm (a frame, a test runner's context).
  if (tag(bytes) === 'ArrayBuffer') return new Uint8Array(/** @type {ArrayBuffer} */ (bytes));
  if (!ArrayBuffer.isView(bytes)) throw new InstrumentError('bad-option', 'the module must be given as a Uint8Array or an ArrayBuffer');
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return tag(bytes.buffer) === 'ArrayBuffer' ? plain : plain.slice(); // another agent could change shared bytes while they are read
}

/** @param {unknown} value */
const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

// ---- what is refused

/** @param {Section[]} sections */
function refuseBySections(sections) {
  const custom = (/** @type {(name: string) => boolean} */ test) => sections.some((section) => section.id === SECTION.custom && test(section.name));
  if (custom((name) => name === MARK)) {
    throw new InstrumentError('already-instrumented', 'the module is already instrumented: use it as it is, or instrument the linker\'s output instead');
  }
  if (custom((name) => name === 'linking' || name.startsWith('reloc.'))) {
    throw new InstrumentError('object-file', 'this is an object file, not a program: link it first, and instrument the result');
  }
}

/** @param {Uint8Array} input */
function checkInput(input) {
  if (WebAssembly.validate(/** @type {BufferSource} */ (input))) return;
  throw new InstrumentError('invalid', `not a valid wasm module, or one that needs a newer engine: ${engineMessage(input)}; `
    + 'build or download it again, or turn the check off (validate: false) if it is meant for another engine');
}

/** What the engine says against a module. @param {Uint8Array} bytes */
function engineMessage(bytes) {
  try {
    new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
    return 'no reason given';
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^WebAssembly\.Module\(\): /, '') : String(error);
  }
}

/** @param {Memory} memory */
function refuseMemory(memory) {
  if (memory.flags & 4) throw new InstrumentError('memory64', 'the module has a 64-bit memory (memory64), which wasmsig does not support: build it for wasm32');
  if (memory.flags & 8) throw new InstrumentError('unsupported', 'the module has a memory with another page size, which wasmsig does not support: build it with the usual 64 KiB pages');
}

/** @param {ModuleView} view */
function readExports(view) {
  const missing = EXPORTS.filter((name) => !view.exports.has(name));
  if (missing.length > 0) {
    throw new InstrumentError('missing-exports', `the module does not export ${list(missing)}: link it with libwasmsig (-lwasmsig) and keep the exports `
      + `(wasm-ld: ${missing.map((name) => `--export=${name}`).join(' ')}; Emscripten: -sEXPORTED_FUNCTIONS with ${missing.map((name) => `_${name}`).join(',')}, `
      + 'and -lexports.js, as from -O3 on it shortens export names)');
  }
  const index = (/** @type {string} */ name) => {
    const found = /** @type {import('./module.js').Export} */ (view.exports.get(name));
    const type = found.kind === 0 ? functionType(view, found.index) : null;
    const isI32 = type && type.paramCount === 0 && type.resultCount === 1 && view.bytes[type.results[0]] === 0x7f;
    if (!isI32) throw new InstrumentError('bad-exports', `the export ${name} is not a function () -> i32: link with the libwasmsig of this version, and give no function of your own that name`);
    return found.index;
  };
  return { block: index('wasmsig_block'), safePoint: index('wasmsig_safe_point'), deliver: index('wasmsig_deliver') };
}

/** @param {string[]} names */
function list(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

// ---- code

/**
 * @param {ModuleView} view
 * @param {LookForm} form
 * @param {{block: number, safePoint: number, deliver: number}} runtime
 * @param {Request} request
 * @param {string[]} warnings
 */
function rewriteCode(view, form, runtime, request, warnings) {
  const names = readFunctionNames(view);
  const exportNames = functionExportNames(view);
  const types = new LookTypes(view);
  const total = view.bodies.reduce((sum, body) => sum + body.end - body.start, 0);
  const out = new Writer(total + (total >> 2) + 64);
  const body = new Writer(4096);
  /** @type {Map<number, number[]>} */
  const labels = new Map();
  /** @type {LeftOut[]} */
  const leftOut = [];
  const loops = { found: 0, instrumented: 0, left_out: 0 };
  const functions = { total: view.bodies.length, with_loops: 0, instrumented: 0 };
  if (view.bodies.length > 0) out.u32(view.bodies.length);

  view.bodies.forEach(({ start, end }, i) => {
    const index = view.importedFunctions + i;
    let reason = reasonToSkip(index, names.get(index), exportNames.get(index) ?? [], runtime, request);
    body.length = 0;
    let count = 0;
    let unread = false;
    try {
      const result = rewriteBody(view.bytes, start, end, reason ? null : form, (type) => types.block(type), body);
      count = result.loops;
      if (body.length > MAX_FUNCTION_BYTES && end - start <= MAX_FUNCTION_BYTES) reason = 'the function would be larger than engines accept';
      if (!reason && count > 0) labels.set(index, result.labels);
    } catch (error) {
      if (!(error instanceof UnknownEncoding)) throw error;
      count = error.loops;
      unread = true;
      reason = `the function has ${error.what}; it could be read only up to there`;
    }
    if (reason || count === 0) {
      out.u32(end - start);
      out.copy(view.bytes, start, end);
    } else {
      out.u32(body.length);
      out.append(body.view());
    }
    if (count === 0 && !unread) return;
    functions.with_loops++;
    loops.found += count;
    if (!reason) {
      functions.instrumented++;
      loops.instrumented += count;
      return;
    }
    loops.left_out += count;
    leftOut.push({ function: names.get(index) ?? exportNames.get(index)?.[0] ?? `#${index}`, index, loops: count, reason });
  });

  for (const skip of request.skip) if (!skip.used) warnings.push(`skip: no function is named ${skip.text}${names.size === 0 ? ' (the module has no name section)' : ''}`);
  const wrapped = names.get(runtime.safePoint);
  if (wrapped?.endsWith('.command_export')) {
    warnings.push('the linker wrapped wasmsig_safe_point so that it runs the program\'s constructors each time: link with a crt1 that calls __wasm_call_ctors itself');
  }
  /** @type {[number, Uint8Array][]} */
  const sections = [];
  if (view.bodies.length > 0) sections.push([SECTION.code, out.view()]);
  const typeSection = types.section();
  if (typeSection) sections.push([SECTION.type, typeSection]);
  return { loops, functions, leftOut, labels, sections };
}

/** @param {ModuleView} view */
function functionExportNames(view) {
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

/**
 * @param {number} index
 * @param {string | undefined} name
 * @param {string[]} exportNames
 * @param {{block: number, safePoint: number, deliver: number}} runtime
 * @param {Request} request
 * @returns {string} empty: it gets safe points
 */
function reasonToSkip(index, name, exportNames, runtime, request) {
  let reason = '';
  for (const skip of request.skip) {
    if (!(name !== undefined && skip.matches(name)) && !exportNames.some(skip.matches)) continue;
    skip.used = true;
    reason = 'named in skip';
  }
  if (reason) return reason;
  if (index === runtime.block || index === runtime.safePoint || index === runtime.deliver) return 'part of the wasmsig runtime';
  return name !== undefined && RUNTIME.test(name) ? 'part of the wasmsig runtime' : '';
}

/**
 * The types of the `look` blocks of loops with parameters: `params -> params`, added at the end of the type section where the
 * module does not have them already.
 */
class LookTypes {
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
    if (!type) throw new InstrumentError('invalid', 'not a valid wasm module: a loop whose type is not a function type; build or download it again');
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
    index = view.types.findIndex((type) => type && type.paramCount === count && type.resultCount === count
      && sameBytes(view.bytes.subarray(type.params[0], type.params[1]), params) && sameBytes(view.bytes.subarray(type.results[0], type.results[1]), params));
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

// ---- memory and globals

/** @param {Memory} memory */
const isShared = (memory) => (memory.flags & 2) !== 0;

/**
 * @param {Memory} memory
 * @param {Request} request
 * @returns {{shared: boolean, maximum: number | undefined}}
 */
function planMemory(memory, request) {
  if (isShared(memory) || !request.share) return { shared: isShared(memory), maximum: memory.maximum };
  const limit = request.maximumPages ?? Math.max(DEFAULT_MAXIMUM_PAGES, memory.minimum);
  if (limit < memory.minimum) {
    throw new InstrumentError('memory-limits', `the module's memory begins with ${memory.minimum} pages, so maximumPages must be at least that (it is ${limit})`);
  }
  const maximum = memory.maximum === undefined ? limit : request.maximumPages === undefined ? memory.maximum : Math.min(memory.maximum, limit);
  return { shared: true, maximum };
}

/**
 * Puts the sections into `replaced` that change with the memory. Its index stays 0: an import is added behind all others, of
 * which none is a memory then.
 *
 * @param {ModuleView} view
 * @param {Request} request
 * @param {{shared: boolean, maximum: number | undefined}} planned
 * @param {Map<number, Uint8Array | null>} replaced null: the section goes
 */
function replaceMemory(view, request, planned, replaced) {
  const memory = view.memories[0];
  const { bytes } = view;
  const limits = new Writer(16);
  limits.u8((planned.maximum === undefined ? 0 : 1) | (planned.shared ? 2 : 0));
  limits.u32(memory.minimum);
  if (planned.maximum !== undefined) limits.u32(planned.maximum);

  const importEntry = (/** @type {{module: string, name: string}} */ { module, name }) => {
    const out = new Writer(module.length + name.length + 32);
    out.name(module);
    out.name(name);
    out.u8(2);
    out.append(limits.view());
    return out.view();
  };
  if (memory.imported) {
    const section = /** @type {Section} */ (view.sections.find((s) => s.id === SECTION.import));
    const out = new Writer(section.end - section.body + 64);
    out.copy(bytes, section.body, memory.imported.start);
    out.append(importEntry(request.importMemory ?? memory.imported));
    out.copy(bytes, memory.end, section.end);
    replaced.set(SECTION.import, out.view());
    return;
  }
  const section = /** @type {Section} */ (view.sections.find((s) => s.id === SECTION.memory));
  const out = new Writer(section.end - section.body + 32);
  if (!request.importMemory) {
    out.u32(view.definedMemories);
    out.append(limits.view());
  } else {
    out.u32(view.definedMemories - 1);
    replaced.set(SECTION.import, extendVector(view, SECTION.import, view.importCount, [importEntry(request.importMemory)]));
  }
  out.copy(bytes, memory.end, section.end);
  replaced.set(SECTION.memory, request.importMemory && view.definedMemories === 1 ? null : out.view());
}

/** Fills `view.globals`. @param {ModuleView} view */
function readGlobals(view) {
  const section = view.sections.find((s) => s.id === SECTION.global);
  if (!section) return;
  const reader = new Reader(view.bytes, section.body, section.end);
  for (let count = reader.u32(); count > 0; --count) {
    reader.skipValueType();
    const mutable = (reader.u8() & 1) !== 0;
    const start = reader.pos;
    skipConstantExpression(reader);
    view.globals.push({ mutable, start, end: reader.pos });
  }
}

/** @param {Reader} reader */
function skipConstantExpression(reader) {
  for (let opcode = reader.u8(); opcode !== 0x0b; opcode = reader.u8()) skipImmediates(reader, opcode, () => reader.fail('a branch in a constant'));
}

/** @param {ModuleView} view */
function globalOfLook(view) {
  // Mutable i32, 0 at first: no look may be left out, or silence is 0.
  return extendVector(view, SECTION.global, view.globals.length, [Uint8Array.of(0x7f, 0x01, 0x41, 0x00, 0x0b)]);
}

/**
 * The content of a section that holds a vector, with entries added at its end.
 *
 * @param {ModuleView} view
 * @param {number} id
 * @param {number} count how many entries it has
 * @param {Uint8Array[]} added
 */
function extendVector(view, id, count, added) {
  const section = view.sections.find((s) => s.id === id);
  const out = new Writer((section ? section.end - section.body : 0) + added.reduce((sum, entry) => sum + entry.length, 8));
  out.u32(count + added.length);
  if (section) {
    const reader = new Reader(view.bytes, section.body, section.end);
    reader.u32();
    out.copy(view.bytes, reader.pos, section.end);
  }
  for (const entry of added) out.append(entry);
  return out.view();
}

// ---- the new module

/**
 * @param {ModuleView} view
 * @param {Map<number, Uint8Array | null>} replaced
 * @param {Map<number, number[]>} labels
 * @param {boolean} shared
 * @param {string} mark
 */
function assemble(view, replaced, labels, shared, mark) {
  const { bytes, sections } = view;
  const grown = [...replaced.values()].reduce((sum, content) => sum + (content?.length ?? 0), 0);
  const out = new Writer(bytes.length + grown + 1024);
  out.copy(bytes, 0, 8);
  /** @type {string[]} */
  const dropped = [];
  const present = new Set(sections.map((section) => section.id));
  const pending = [...replaced.keys()].filter((id) => !present.has(id)).sort((a, b) => sectionRank(a) - sectionRank(b));
  const emit = (/** @type {number} */ id, /** @type {Uint8Array | null | undefined} */ content) => {
    if (!content) return;
    out.u8(id);
    out.u32(content.length);
    out.append(content);
  };
  for (const section of sections) {
    const { id, name } = section;
    if (id !== SECTION.custom) {
      while (pending.length > 0 && sectionRank(pending[0]) < sectionRank(id)) {
        const next = /** @type {number} */ (pending.shift());
        emit(next, replaced.get(next));
      }
      if (replaced.has(id)) emit(id, replaced.get(id));
      else out.copy(bytes, section.start, section.end);
    } else if (holdsCodeOffsets(name)) {
      dropped.push(name);
    } else if (name === 'name') {
      emitCustom(out, name, renumberNames(view, section, labels));
    } else if (name === 'target_features' && shared) {
      emitCustom(out, name, addTargetFeature(bytes, section, 'atomics'));
    } else {
      out.copy(bytes, section.start, section.end);
    }
  }
  for (const id of pending) emit(id, replaced.get(id));
  emitCustom(out, MARK, new TextEncoder().encode(mark));
  return { output: out.buffer.slice(0, out.length), dropped };
}

/**
 * @param {Writer} out
 * @param {string} name
 * @param {Uint8Array} content
 */
function emitCustom(out, name, content) {
  const inner = new Writer(content.length + name.length + 8);
  inner.name(name);
  inner.append(content);
  out.u8(SECTION.custom);
  out.u32(inner.length);
  out.append(inner.view());
}
