// @ts-check
// Where the modules of one script are instantiated: their imports, and what they did.
import { call } from './calls.mjs';

/** @typedef {import('./calls.mjs').Signature} Signature */
/** @typedef {{exports: WebAssembly.Exports, signatures: Map<string, Signature>}} Instance */

/** The function that is called at every check: it counts, and asks for the next one. */
const COUNTER = new WebAssembly.Module(
  Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 6, 6, 1, 0x7e, 1, 0x42, 0, 0x0b],
    ...[7, 9, 2, 1, 0x66, 0, 0, 1, 0x6e, 3, 0, 10, 13, 1, 11, 0, 0x23, 0, 0x42, 1, 0x7c, 0x24, 0, 0x41, 0, 0x0b],
  ]),
);

export const SET_SAFE_POINT = 'wasmsig_set_safe_point';

export class World {
  /** @param {{asked: boolean}} options whether a function is called at every check */
  constructor({ asked }) {
    this.asked = asked;
    this.counter = new WebAssembly.Instance(COUNTER).exports;
    /** What the host was told. @type {string[]} */
    this.heard = [];
    /** @type {Map<unknown, string>} */
    this.externs = new Map();
    /** @type {Record<string, any>} */
    this.registered = Object.assign(Object.create(null), { spectest: this.spectest() });
    /** @type {Instance[]} */
    this.instances = [];
  }

  spectest() {
    const hear = (/** @type {unknown[]} */ ...args) => void this.heard.push(args.map((arg) => this.show(arg)).join());
    const functions = Object.fromEntries(
      ['', '_i32', '_i64', '_f32', '_f64', '_i32_f32', '_f64_f64', '_i32_i64', '_i64_f64'].map((types) => [
        `print${types}`,
        hear,
      ]),
    );
    return Object.assign(Object.create(null), functions, {
      global: 666,
      global_i32: 666,
      global_i64: 666n,
      global_f32: 666.6,
      global_f64: 666.6,
      table: new WebAssembly.Table({ element: 'anyfunc', initial: 10, maximum: 20 }),
      memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
      shared_memory: new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
    });
  }

  get checks() {
    return /** @type {WebAssembly.Global} */ (this.counter.n).value;
  }

  /**
   * @param {WebAssembly.Module} module
   * @param {Map<string, Signature>} signatures
   * @returns {{outcome: string, instance?: Instance}}
   */
  instantiate(module, signatures) {
    try {
      const { exports } = new WebAssembly.Instance(module, this.registered);
      const set = exports[SET_SAFE_POINT];
      if (this.asked && typeof set === 'function') set(this.counter.f);
      const instance = { exports, signatures };
      this.instances.push(instance);
      return { outcome: 'instantiated', instance };
    } catch (error) {
      return { outcome: this.failure(error) };
    }
  }

  /** @param {string} name @param {Instance} instance */
  register(name, { exports }) {
    this.registered[name] = exports;
  }

  /**
   * @param {Instance} instance
   * @param {string} name
   * @param {(type: number | undefined, index: number) => unknown[]} argument  of this type, as integers; undefined: as JavaScript has it
   * @param {number} count
   * @returns {{outcome: string, values?: unknown[], signature?: Signature}}
   */
  invoke({ exports, signatures }, name, argument, count) {
    const callee = exports[name];
    if (typeof callee !== 'function') return { outcome: `no function ${name}` };
    const signature = signatures.get(name);
    const args = Array.from({ length: count }, (_, i) => argument(signature?.params[i], i)).flat();
    try {
      const values = signature ? call(callee, signature, args) : [callee(...args)].flat();
      return { outcome: values.map((value) => this.show(value)).join(' '), values, signature };
    } catch (error) {
      return { outcome: this.failure(error) };
    }
  }

  /** @param {Instance} instance @param {string} name */
  get({ exports }, name) {
    const value = exports[name];
    if (!(value instanceof WebAssembly.Global)) return `no global ${name}`;
    try {
      return this.show(value.value);
    } catch (error) {
      return this.failure(error); // a v128 has no value in JavaScript
    }
  }

  /** The reference of `(ref.extern N)`. @param {string} number */
  extern(number) {
    for (const [value, text] of this.externs) if (text === `extern ${number}`) return value;
    const value = { number };
    this.externs.set(value, `extern ${number}`);
    return value;
  }

  /** What the exports of all instances hold. @returns {{text: string, memories: Uint8Array[]}} */
  state() {
    const lines = this.heard.map((text) => `heard ${text}`);
    /** @type {Uint8Array[]} */
    const memories = [];
    for (const [i, { exports }] of this.instances.entries()) {
      for (const [name, value] of Object.entries(exports)) {
        if (name === SET_SAFE_POINT) continue;
        const at = `${i} ${name}: `;
        if (value instanceof WebAssembly.Memory) {
          lines.push(`${at}${value.buffer.byteLength} bytes`);
          memories.push(new Uint8Array(value.buffer));
        } else if (value instanceof WebAssembly.Global)
          lines.push(`${at}${this.get({ exports, signatures: new Map() }, name)}`);
        else if (value instanceof WebAssembly.Table) lines.push(`${at}${this.elements(value)}`);
        else lines.push(`${at}${this.show(value)}`);
      }
    }
    return { text: lines.join('\n'), memories };
  }

  /** @param {WebAssembly.Table} table */
  elements(table) {
    const shown = [];
    for (let i = 0; i < Math.min(table.length, 1000); ++i) {
      try {
        shown.push(this.show(table.get(i)));
      } catch (error) {
        shown.push(this.failure(error));
      }
    }
    return `${table.length} of ${shown}`;
  }

  /** @param {unknown} value */
  show(value) {
    if (typeof value === 'bigint') return `0x${BigInt.asUintN(64, value).toString(16)}`;
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (typeof value === 'function') return `function ${value.name}`; // its index in its module
    return this.externs.get(value) ?? (typeof value === 'object' && value !== null ? 'object' : String(value));
  }

  /** @param {unknown} error */
  failure(error) {
    if (error instanceof /** @type {any} */ (WebAssembly).Exception) return 'exception';
    if (!(error instanceof Error)) return `threw ${this.show(error)}`;
    return `${error.name}: ${error.message}`;
  }
}
