// @ts-check
/** What wasmsig/register does to an agent's WebAssembly. */

import { hinted } from '../engine/branch_hints.js';
import { bindLoaded } from '../guard/guard.js';
import { Guard } from '../guard/index.js';
import { SET_SAFE_POINT } from '../abi/set_safe_point.js';
import { STACK_POINTER } from '../abi/stack_export.js';
import { mayCatch } from '../guard/wasm_source.js';
import { OpenCalls } from './open_calls.js';

/** @typedef {import('../guard/guard.js').Guard} AnyGuard */
/**
 * @typedef {object} LoadedModule
 * @property {Uint8Array} bytes the module as it was given; not to be changed
 * @property {string | undefined} url of the response from which it came
 */
/**
 * @callback Filter
 * @param {LoadedModule} module
 * @returns {boolean | AnyGuard} false: it stays as it is; true: each instance gets a guard of its own, a side module that
 *   of the program loaded last; a guard: its instances get that
 */
/**
 * Instruments a module, or gives it from a cache.
 * @typedef {{sync: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>, async: (bytes: Uint8Array<ArrayBuffer>) =>
 *   Promise<Uint8Array<ArrayBuffer>>}} Instrumenter
 */
/** @typedef {{guard: true | AnyGuard, traps: boolean, isSide: boolean}} Loading what is known of a module */
/** @typedef {{bytes: Uint8Array<ArrayBuffer>, loading: Loading}} Prepared */

/** @type {Registration | undefined} */
let active;

/** The functions and classes that are replaced, until they are given back. */
export class Registration {
  /** @type {Filter} */ filter = () => true;
  /** @type {WeakMap<WebAssembly.Module, Loading>} */ #modules = new WeakMap();
  /** What instances show instead of their exports. @type {WeakMap<object, object>} */ #shown = new WeakMap();
  /** @type {WeakRef<AnyGuard>[]} */ #guards = [];
  calls = new OpenCalls();
  #original = { ...functionsOf(WebAssembly) };
  #getExports = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(WebAssembly.Instance.prototype, 'exports')
  );

  /** @param {Instrumenter} instrumenter */
  constructor(instrumenter) {
    if (active) throw new Error('wasmsig/register is active in this agent already');
    active = this;
    this.instrumenter = instrumenter;
    this.#install();
  }

  /** Gives WebAssembly back as it was. What was loaded keeps its guard. */
  unregister() {
    if (active !== this) return;
    active = undefined;
    Object.assign(WebAssembly, this.#original);
    for (const type of [WebAssembly.Module, WebAssembly.Instance]) setConstructor(type, type);
    Object.defineProperty(WebAssembly.Instance.prototype, 'exports', this.#getExports);
  }

  #install() {
    const { compile, instantiate, Module, Instance, compileStreaming, instantiateStreaming } = this.#original;
    const registration = this;
    /** @type {Record<string, Function>} */
    const replaced = {
      // The parameters that the standard has, whose number a function's `length` says.
      async compile(/** @type {any} */ source, /** @type {any[]} */ ...rest) {
        const prepared = await registration.#prepare(source);
        if (!prepared) return compile(source, ...rest);
        return registration.#know(await hinted(() => compile(prepared.bytes, ...rest)), prepared);
      },
      async instantiate(/** @type {any} */ source, /** @type {any[]} */ ...rest) {
        if (source instanceof Module) return registration.#bind(await instantiate(source, ...rest), source);
        const prepared = await registration.#prepare(source);
        if (!prepared) return instantiate(source, ...rest);
        const result = await hinted(() => instantiate(prepared.bytes, ...rest));
        registration.#know(result.module, prepared);
        registration.#bind(result.instance, result.module);
        return result;
      },
    };
    if (compileStreaming) {
      replaced.compileStreaming = async (/** @type {any} */ source, /** @type {any[]} */ ...rest) => {
        const { response, prepared } = await registration.#prepareResponse(source);
        return registration.#know(await hinted(() => compileStreaming(response, ...rest)), prepared);
      };
      replaced.instantiateStreaming = async (/** @type {any} */ source, /** @type {any[]} */ ...rest) => {
        const { response, prepared } = await registration.#prepareResponse(source);
        const result = await hinted(() => instantiateStreaming(response, ...rest));
        registration.#know(result.module, prepared);
        registration.#bind(result.instance, result.module);
        return result;
      };
    }
    const exportsOf = (/** @type {any} */ module) => {
      const list = Module.exports(module);
      return registration.#modules.has(module)
        ? list.filter((/** @type {{name: string}} */ { name }) => name !== SET_SAFE_POINT && name !== STACK_POINTER)
        : list;
    };
    replaced.Module = new Proxy(Module, {
      construct(target, [source, ...rest], newTarget) {
        const prepared = registration.#prepareSync(source);
        if (!prepared) return Reflect.construct(target, [source, ...rest], newTarget);
        const made = hinted(() => Reflect.construct(target, [prepared.bytes, ...rest], newTarget));
        return registration.#know(made, prepared);
      },
      get: (target, name, receiver) => (name === 'exports' ? exportsOf : Reflect.get(target, name, receiver)),
    });
    replaced.Instance = new Proxy(Instance, {
      construct: (target, args, newTarget) => registration.#bind(Reflect.construct(target, args, newTarget), args[0]),
    });
    for (const [name, value] of Object.entries(replaced)) {
      if (!/^[A-Z]/.test(name)) {
        Object.defineProperty(value, 'name', { value: name, configurable: true });
        Object.defineProperty(value, 'length', { value: this.#original[name].length, configurable: true });
      }
      /** @type {any} */ (WebAssembly)[name] = value;
    }
    setConstructor(Module, replaced.Module);
    setConstructor(Instance, replaced.Instance);
    const get = /** @type {() => WebAssembly.Exports} */ (this.#getExports.get);
    Object.defineProperty(Instance.prototype, 'exports', {
      ...this.#getExports,
      get() {
        return registration.#shown.get(this) ?? get.call(this);
      },
    });
  }

  /** Null: the original is to be called with `source`, for its own errors too. @param {unknown} source */
  #prepareSync(source) {
    const bytes = copyOf(source);
    if (!bytes) return null;
    return this.#choose(bytes, undefined, () => this.instrumenter.sync(bytes));
  }

  /** @param {unknown} source */
  async #prepare(source) {
    const bytes = copyOf(source);
    if (!bytes) return null;
    await null; // an error is a rejection, and the caller goes on first, as with the original
    return this.#chooseAsync(bytes, undefined);
  }

  /** @param {unknown} source a response, or a promise of one */
  async #prepareResponse(source) {
    const response = /** @type {any} */ (await source);
    const isWasm = /^application\/wasm$/i.test(response?.headers?.get?.('content-type')?.trim() ?? '');
    if (!(response instanceof Response) || !response.ok || response.bodyUsed || !isWasm)
      return { response, prepared: null };
    const bytes = new Uint8Array(await response.arrayBuffer());
    const prepared = await this.#chooseAsync(bytes, response.url);
    const body = prepared?.bytes ?? bytes;
    return { response: new Response(body, { headers: { 'content-type': 'application/wasm' } }), prepared };
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {string | undefined} url
   * @param {() => Uint8Array<ArrayBuffer>} instrument
   * @returns {Prepared | null}
   */
  #choose(bytes, url, instrument) {
    const guard = this.filter({ bytes, url });
    return guard ? finish(bytes, guard, attempt(instrument)) : null;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes @param {string | undefined} url @returns {Promise<Prepared | null>} */
  async #chooseAsync(bytes, url) {
    const guard = this.filter({ bytes, url });
    return guard ? finish(bytes, guard, await this.instrumenter.async(bytes).catch(notInstrumented)) : null;
  }

  /** @param {WebAssembly.Module} module @param {Prepared | null} prepared */
  #know(module, prepared) {
    if (prepared) this.#modules.set(module, prepared.loading);
    return module;
  }

  /** The guards of what was loaded and is still there, the latest last. */
  get guards() {
    this.#guards = this.#guards.filter((each) => each.deref());
    return this.#guards.map((each) => /** @type {AnyGuard} */ (each.deref()));
  }

  /** @param {Loading} loading */
  #guardFor({ guard, isSide }) {
    const { guards } = this;
    if (guard === true && isSide && guards.length > 0) return { guard: guards[guards.length - 1], isNew: false };
    const result = guard === true ? new Guard() : guard;
    const isNew = !guards.includes(result);
    if (isNew) this.#guards.push(new WeakRef(result));
    return { guard: result, isNew };
  }

  /** @param {WebAssembly.Instance} instance @param {WebAssembly.Module} module */
  #bind(instance, module) {
    const known = this.#modules.get(module);
    if (!known) return instance;
    const { guard, isNew } = this.#guardFor(known);
    bindLoaded(guard, instance, known.traps ? 'trap' : undefined);
    if (isNew) this.calls.join(guard);
    const { [SET_SAFE_POINT]: _set, [STACK_POINTER]: _stack, ...shown } = instance.exports;
    this.#shown.set(instance, Object.freeze(Object.assign(Object.create(null), shown)));
    return instance;
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {true | AnyGuard} guard
 * @param {Uint8Array<ArrayBuffer> | null} made
 * @returns {Prepared | null}
 */
function finish(bytes, guard, made) {
  // Of the same size: it has no loops, or was instrumented by somebody who binds it himself.
  if (!made || made.length === bytes.length) return null;
  return { bytes: made, loading: { guard, traps: mayCatch(bytes), isSide: isSideModule(bytes) } };
}

const DYLINK = [8, ...new TextEncoder().encode('dylink.0')];

/** Whether a dynamic linker loads it into another program: its first section says so. @param {Uint8Array} bytes */
function isSideModule(bytes) {
  if (bytes[8] !== 0) return false;
  let at = 9;
  while (bytes[at++] >= 0x80); // the section's size
  return DYLINK.every((byte, i) => bytes[at + i] === byte);
}

/** @template T @param {() => T} make */
function attempt(make) {
  try {
    return make();
  } catch (error) {
    return notInstrumented(error);
  }
}

/** A module that cannot be instrumented is loaded as it is: if it is wrong, the engine says so. @param {any} error */
function notInstrumented(error) {
  if (error?.name !== 'InstrumentError') throw error;
  return null;
}

/**
 * The bytes as they are now, since the caller may change them; undefined: it is something else.
 * @param {unknown} source
 */
function copyOf(source) {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice();
  return source instanceof ArrayBuffer ? new Uint8Array(source.slice(0)) : undefined;
}

/** @param {any} type @param {any} value */
function setConstructor(type, value) {
  Object.defineProperty(type.prototype, 'constructor', { value, writable: true, configurable: true });
}

/** @param {any} from @returns {Record<string, any>} */
function functionsOf(from) {
  const names = ['Module', 'Instance', 'compile', 'instantiate', 'compileStreaming', 'instantiateStreaming'];
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}
