// @ts-check
// Modules of Binaryen's generator with an injected runtime: as the original, without a function at the safe points, and with one that is called at every check,
// they give the same results. Some were rewritten by Asyncify before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instrumentSync } from '../../../js/instrument/index.js';
import { HEADER, name, section, vector } from '../../support/wasm_binary.js';
import { Checker, hash, kindOf, outcome, show } from './generated.mjs';

const SET_SAFE_POINT = 'wasmsig_set_safe_point';
/** One in so many modules is rewritten by Asyncify first. */
const ASYNCIFIED = 7;
/** One in so many has all features, which this engine may not have. */
const EVERY = 8;

/** @typedef {(bytes: Uint8Array, validate: boolean) => {bytes: Uint8Array, loops: number, leftOut: string[]}} Transform */

/** @type {Transform} Half of the modules shall stay small. */
const injected = (input, validate) => {
  const { bytes, report } = instrumentSync(input, {
    runtime: 'injected',
    preferSize: input.length % 2 === 1,
    validate,
  });
  return { bytes, loops: report.loops.found, leftOut: report.left_out.map(({ reason }) => reason) };
};

/**
 * @param {string[]} wasmOpt
 * @param {{validates: (bytes: Uint8Array) => boolean}} binaryen
 * @param {number} seed
 * @param {number} count
 * @param {Transform} [transform]
 */
export async function checkInjected(wasmOpt, binaryen, seed, count, transform = injected) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-injected-'));
  const result = {
    modules: 0,
    asyncified: 0,
    judged: 0,
    inV8: 0,
    results: 0,
    traps: 0,
    loops: 0,
    asked: 0,
    failures: /** @type {string[]} */ ([]),
  };
  const generator = new Checker(wasmOpt, binaryen, folder, /** @type {any} */ (result));
  try {
    for (let i = seed; result.modules < count && result.failures.length < 20; ++i) {
      const plain = () => generator.generate(i, i % EVERY === 0);
      // Asyncify refuses modules with references on its stack.
      const asyncified =
        i % ASYNCIFIED === 0 && (await generator.generate(i, false, ['--asyncify']).catch(() => undefined));
      if (asyncified) result.asyncified++;
      const made = asyncified || (await plain());
      result.modules++;
      const fail = (/** @type {string} */ what) => void result.failures.push(`seed ${i}: ${what}`);
      const inV8 = WebAssembly.validate(/** @type {BufferSource} */ (made));
      const { bytes, loops, leftOut } = transform(made, inV8);
      result.loops += loops;
      if (leftOut.length > 0) fail(`left out: ${leftOut[0]}`);
      if (binaryen.validates(made)) {
        result.judged++;
        if (!binaryen.validates(bytes)) fail('Binaryen finds it invalid');
      }
      if (!inV8) continue;
      result.inV8++;
      const before = runAll(made, false);
      for (const asks of [false, true]) {
        const after = runAll(bytes, asks);
        result.asked += after.asked;
        const at = before.seen.findIndex((text, k) => text !== after.seen[k]);
        if (at >= 0 || after.seen.length !== before.seen.length)
          fail(`${asks ? 'asked' : 'not asked'}: ${before.seen[at]} / ${after.seen[at]}`);
      }
      result.results += before.seen.length;
      result.traps += before.seen.filter((text) => /RuntimeError|exception/.test(text)).length;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/** Only a function of WebAssembly can stand in a table. */
const TRAMPOLINE = new WebAssembly.Module(
  Uint8Array.from([
    ...HEADER,
    ...section(1, vector([[0x60, 0, 1, 0x7f]])),
    ...section(2, vector([[...name(''), ...name('f'), 0, 0]])),
    ...section(7, vector([[...name('f'), 0, 0]])),
  ]),
);

/** Calls all exports with several arguments. @param {Uint8Array} bytes @param {boolean} asks */
function runAll(bytes, asks) {
  /** @type {string[]} */
  const seen = [];
  let asked = 0;
  const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  /** @type {Record<string, Record<string, any>>} */
  const imports = {};
  for (const { module: from, name: text, kind } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[text] = standIn(kind, text, seen);
  }
  /** @type {Record<string, any>} */
  let exports;
  try {
    ({ exports } = new WebAssembly.Instance(module, imports));
  } catch (error) {
    return { seen: [`no instance: ${kindOf(error)}`], asked };
  }
  if (asks) {
    const count = new WebAssembly.Instance(TRAMPOLINE, { '': { f: () => (asked++, 0) } }).exports.f;
    exports[SET_SAFE_POINT](count);
  }
  for (const [text, value] of Object.entries(exports)) {
    if (typeof value !== 'function' || text === SET_SAFE_POINT) continue;
    for (const argument of [0, 1, -7]) seen.push(`${text}: ${outcome(value, argument)}`);
  }
  for (const [text, value] of Object.entries(exports)) {
    if (value instanceof WebAssembly.Memory)
      seen.push(`${text}: ${value.buffer.byteLength} bytes, ${hash(new Uint8Array(value.buffer))}`);
    if (value instanceof WebAssembly.Table) seen.push(`${text}: ${value.length}`);
    if (value instanceof WebAssembly.Global) seen.push(`${text}: ${globalValue(value)}`);
  }
  return { seen, asked };
}

/** @param {WebAssembly.Global} global */
function globalValue(global) {
  try {
    return show(global.value);
  } catch {
    return 'no value in JavaScript';
  }
}

/** What is imported. @param {string} kind @param {string} text @param {string[]} seen */
function standIn(kind, text, seen) {
  if (kind === 'function')
    return (/** @type {unknown[]} */ ...args) => {
      seen.push(`${text} ${args.map(show).join()}`);
      if (text.startsWith('throw')) throw new Error('thrown by the host');
      return 0;
    };
  if (kind === 'table') return new WebAssembly.Table({ element: 'anyfunc', initial: 10 });
  if (kind === 'memory') return new WebAssembly.Memory({ initial: 1 });
  const { Tag, JSTag } = /** @type {any} */ (WebAssembly);
  if (kind === 'tag')
    return text.includes('js') ? (JSTag ?? new Tag({ parameters: ['externref'] })) : new Tag({ parameters: ['i32'] });
  return 0;
}
