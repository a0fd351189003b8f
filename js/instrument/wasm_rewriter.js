// @ts-check
// Why: docs/rationale.md#why-does-the-package-carry-its-wasm-as-text
import { compileInlined } from '../engine/inlined_module.js';
import { Instance } from '../engine/own_wasm.js';
import { InstrumentError } from './instrument_error.js';
import text from './rewriter_wasm.js';

/** @typedef {import('./options.js').Request} Request */

/**
 * The exports: those of src/instrument/binding/rewriter_module.cpp, and of wasmsig/instrument.h.
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {() => void} _initialize
 * @property {(size: number) => number} malloc
 * @property {(at: number) => void} free
 * @property {(bytes: number, size: number, runtime: number, memory: number, maximumPages: number, importModule: number,
 *   importName: number, hasSkips: number, preferSize: number) => number} open
 * @property {(session: number, isAsked: number) => number} emit
 * @property {(session: number) => void} wsig_instrument_close
 * @property {(session: number) => number} wsig_instrument_error
 * @property {(session: number) => number} wsig_instrument_message
 * @property {(session: number) => number} wsig_instrument_refuses_memory
 * @property {(session: number) => number} wsig_instrument_is_done
 * @property {(session: number) => number} wsig_instrument_plan
 * @property {(session: number) => number} wsig_instrument_has_names
 * @property {(session: number, text: number) => void} wsig_instrument_warn
 * @property {(session: number, size: number) => number} wsig_instrument_output
 * @property {(session: number, count: number) => number} wsig_instrument_landings
 * @property {(session: number, indent: number, low: bigint, size: number) => number} wsig_instrument_report
 */

/** enum wsig_instrument_runtime */
const RUNTIME = Object.freeze({ linked: 1, injected: 2 });
/** enum wsig_instrument_memory */
const MEMORY = Object.freeze({ shared: 1, keep: 2 });
/** Memory of an instance that is kept for the next module, in bytes. */
const KEPT = 16 * 1024 * 1024;
const ENCODER = new TextEncoder();
// Names were decoded from the module's bytes: a byte order mark in them is a character.
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** @type {WebAssembly.Module | undefined} */
let compiled;
/** @type {WasmRewriter | undefined} */
let kept;

/** The rewriter, and the session of one module. */
export class WasmRewriter {
  /** @type {Exports} */ exports;
  /** Its address; 0: there is none. */ session = 0;
  /** @type {number[]} */ #allocated = [];
  /** @type {(name: string) => boolean} */ #skips = () => false;
  /** @type {(index: number) => boolean} */ #lands = () => true;
  #isBroken = false;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const imports = {
      rewriter: {
        skip: (/** @type {number} */ at, /** @type {number} */ size) => Number(this.#skips(this.#text(at, size))),
        lands: (/** @type {number} */ index) => Number(this.#lands(index >>> 0)),
      },
    };
    this.exports = /** @type {Exports} */ (/** @type {unknown} */ (new Instance(module, imports).exports));
    this.exports._initialize();
  }

  /** One that nobody uses; close() gives it back. */
  static take() {
    compiled ??= compileInlined(text);
    const result = kept ?? new WasmRewriter(compiled);
    kept = undefined;
    return result;
  }

  /** @param {Uint8Array} bytes @param {Request} request */
  open(bytes, { runtime, memory, maximumPages = 0, importMemory, preferSize, skip }) {
    this.#skips = (name) => skip.filter((each) => each.matches(name)).map((each) => (each.used = true)).length > 0;
    const kinds = [runtime ? RUNTIME[runtime] : 0, memory ? MEMORY[memory] : 0];
    const given = this.#put(bytes);
    const names = importMemory ? [this.#string(importMemory.module), this.#string(importMemory.name)] : [0, 0];
    const hasSkips = skip.length > 0 ? 1 : 0;
    this.session = this.#run(({ open }) =>
      open(given, bytes.length, kinds[0], kinds[1], maximumPages, names[0], names[1], hasSkips, Number(preferSize)),
    );
    if (this.session === 0) throw this.#exhausted();
    this.#check();
  }

  /** Whether the module was instrumented before. */
  get isDone() {
    return this.exports.wsig_instrument_is_done(this.session) !== 0;
  }

  get hasNames() {
    return this.exports.wsig_instrument_has_names(this.session) !== 0;
  }

  /** Throws if a memory of the module, which the engine finds invalid, is the reason. */
  refuseMemories() {
    this.#run((exports) => exports.wsig_instrument_refuses_memory(this.session));
    this.#check();
  }

  plan() {
    this.#run((exports) => exports.wsig_instrument_plan(this.session));
    this.#check();
  }

  /** @param {string} warning */
  warn(warning) {
    const at = this.#string(warning);
    this.#run((exports) => exports.wsig_instrument_warn(this.session, at));
  }

  /** @param {(index: number) => boolean} [lands] */
  emit(lands) {
    if (lands) this.#lands = lands;
    this.#run(({ emit }) => emit(this.session, lands ? 1 : 0));
    this.#check();
    return this.#result((size) => this.exports.wsig_instrument_output(this.session, size), 1).slice();
  }

  /** The functions in which a longjmp lands in the output. */
  get landings() {
    const bytes = this.#result((count) => this.exports.wsig_instrument_landings(this.session, count), 4).slice();
    return [...new Uint32Array(bytes.buffer)];
  }

  /** @returns {import('./instrument_report.js').InstrumentReport} */
  report() {
    const json = this.#result(
      (size) => this.#run((exports) => exports.wsig_instrument_report(this.session, 0, 0n, size)),
      1,
    );
    return JSON.parse(DECODER.decode(json));
  }

  /** Frees the session. */
  close() {
    this.#skips = () => false;
    this.#lands = () => true;
    if (this.#isBroken || this.exports.memory.buffer.byteLength > KEPT) return;
    if (this.session !== 0) this.exports.wsig_instrument_close(this.session);
    this.session = 0;
    for (const at of this.#allocated.splice(0)) this.exports.free(at);
    kept = this;
  }

  /**
   * Runs a step. One that traps leaves the instance as it is, so it is not used again.
   * @template Result @param {(exports: Exports) => Result} step @returns {Result}
   */
  #run(step) {
    try {
      return step(this.exports);
    } catch (error) {
      this.#isBroken = true;
      if (this.#isFull()) throw this.#exhausted(error);
      throw new InstrumentError(
        'internal',
        `wasmsig could not instrument this module (${error instanceof Error ? error.message : error}): please report it with the module`,
        { cause: error },
      );
    }
  }

  #isFull() {
    try {
      this.exports.memory.grow(16);
      return false;
    } catch {
      return true;
    }
  }

  /** @param {unknown} [cause] */
  #exhausted(cause) {
    return new InstrumentError('internal', 'there is not enough memory to instrument this module', { cause });
  }

  /** Throws the session's error. */
  #check() {
    const code = this.exports.wsig_instrument_error(this.session);
    if (code === 0) return;
    const message = this.exports.wsig_instrument_message(this.session);
    throw new InstrumentError(
      /** @type {import('./instrument_error.js').InstrumentErrorCode} */ (this.#string0(code)),
      this.#string0(message),
    );
  }

  /**
   * The bytes of a result: its address is returned, and its size stored.
   * @param {(size: number) => number} get @param {number} width of what is counted, in bytes
   */
  #result(get, width) {
    const size = this.#put(new Uint8Array(4));
    const at = get(size) >>> 0;
    const { buffer } = this.exports.memory;
    return new Uint8Array(buffer, at, new DataView(buffer).getUint32(size, true) * width);
  }

  /** Copies it to where it stays until the session is closed. @param {Uint8Array} bytes */
  #put(bytes) {
    const at = this.exports.malloc(bytes.length || 1) >>> 0;
    if (at === 0) throw this.#exhausted();
    this.#allocated.push(at);
    new Uint8Array(this.exports.memory.buffer, at, bytes.length).set(bytes);
    return at;
  }

  /** @param {string} value */
  #string(value) {
    return this.#put(ENCODER.encode(`${value}\0`));
  }

  /** @param {number} at @param {number} size */
  #text(at, size) {
    return DECODER.decode(new Uint8Array(this.exports.memory.buffer, at >>> 0, size));
  }

  /** @param {number} at of a text that ends with a NUL byte */
  #string0(at) {
    const bytes = new Uint8Array(this.exports.memory.buffer);
    return this.#text(at, bytes.indexOf(0, at) - at);
  }
}
