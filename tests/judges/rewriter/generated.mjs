// @ts-check
// Modules of Binaryen's fuzz-input generator: the original and the instrumented one give the same results, in V8 and, where that lacks a feature, in
// Binaryen's interpreter; and both judge the instrumented one valid.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { instrumentSync } from '../../../js/instrument/index.js';
import { instrumentEverywhere } from '../../support/changed_rewriter.js';
import { addRuntime, random } from '../../support/wasm_modules.js';

/** What a 32-bit program can have, and the generator knows. */
const NEVER = [
  'memory64',
  'multimemory',
  'strings',
  'stack-switching',
  'shared-everything',
  'fp16',
  'threads',
  'custom-descriptors',
];
/** What Node 20 does not have besides; of exceptions the encoding that the generator uses (that of Node 20 is in the random programs of tests/js). */
const NOT_V8 = ['gc', 'exception-handling', 'typed-function-references', 'relaxed-simd', 'typed-continuations'];

/** Binaryen's optimiser, as a command: the SDK's native one, many times as fast, or npm's. @param {string | undefined} emscriptenRoot @returns {string[]} */
export function findWasmOpt(emscriptenRoot) {
  const own = emscriptenRoot && join(dirname(emscriptenRoot), 'binaryen', 'bin', 'wasm-opt');
  const require = createRequire(import.meta.url);
  return own && existsFile(own)
    ? [own]
    : [process.execPath, join(dirname(require.resolve('binaryen/package.json')), 'bin', 'wasm-opt')];
}

/** @param {string} file */
function existsFile(file) {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

/**
 * @typedef {object} Generated
 * @property {number} modules that were compared
 * @property {number} unfit what the generator made without a memory of its own
 * @property {number} judged how many of them Binaryen finds valid to begin with (its npm version may be another than the generator's)
 * @property {number} inV8
 * @property {number} inInterpreter
 * @property {number} calls of exports whose results were compared
 * @property {number} traps and exceptions among these results
 * @property {number} loops found
 * @property {number} slowPaths how often the slow path ran
 * @property {string[]} failures
 */

/**
 * @param {string[]} wasmOpt
 * @param {{validates: (bytes: Uint8Array) => boolean}} binaryen
 * @param {number} seed
 * @param {number} count how many modules to compare
 * @returns {Promise<Generated>}
 */
export async function checkGenerated(wasmOpt, binaryen, seed, count) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-generated-'));
  /** @type {Generated} */
  const result = {
    modules: 0,
    unfit: 0,
    judged: 0,
    inV8: 0,
    inInterpreter: 0,
    calls: 0,
    traps: 0,
    loops: 0,
    slowPaths: 0,
    failures: [],
  };
  const checker = new Checker(wasmOpt, binaryen, folder, result);
  try {
    for (let i = 0; result.modules < count && result.failures.length < 20; ++i) await checker.check(seed + i);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

export class Checker {
  /** @param {string[]} wasmOpt @param {{validates: (bytes: Uint8Array) => boolean}} binaryen @param {string} folder @param {Generated} result */
  constructor(wasmOpt, binaryen, folder, result) {
    this.wasmOpt = wasmOpt;
    this.binaryen = binaryen;
    this.folder = folder;
    this.result = result;
    /** What this version of Binaryen has. @type {string | undefined} */
    this.help = undefined;
  }

  /** @param {number} seed */
  async check(seed) {
    const { result } = this;
    const every = seed % 8 === 0; // every feature, or those of V8
    const made = await this.generate(seed, every);
    const original = made && addRuntime(made);
    if (!original) return void result.unfit++;
    result.modules++;
    const judged = this.binaryen.validates(original);
    if (judged) result.judged++;
    const inV8 = WebAssembly.validate(/** @type {BufferSource} */ (original));
    const memory = seed % 2 ? 'shared' : 'keep';
    for (const transform of [instrumentSync, instrumentEverywhere]) {
      const { bytes, report } = transform(original, { memory, validate: inV8 });
      const fail = (/** @type {string} */ what) =>
        result.failures.push(`seed ${seed}, ${memory}, ${transform.name}: ${what}`);
      result.loops += report.loops.found;
      if (report.left_out.length > 0) fail(`left out: ${report.left_out[0].reason}`);
      if (judged && !this.binaryen.validates(bytes)) fail('Binaryen finds it invalid');
      const [before, after] = inV8
        ? [runInV8(original), runInV8(bytes)]
        : [await this.interpret(original), await this.interpret(bytes)];
      result.slowPaths += after.slow - before.slow;
      if (JSON.stringify(before.seen) !== JSON.stringify(after.seen)) fail('the results differ');
      if (transform !== instrumentSync) continue;
      result[inV8 ? 'inV8' : 'inInterpreter']++;
      result.calls += before.seen.length;
      result.traps += before.seen.filter((text) => /RuntimeError|trap|exception/.test(text)).length;
    }
  }

  /** @param {string[]} args */
  async run(args) {
    const [program, ...first] = this.wasmOpt;
    return (await promisify(execFile)(program, [...first, ...args], { maxBuffer: 1 << 28 })).stdout;
  }

  /** @param {number} seed @param {boolean} every @param {string[]} [more] arguments */
  async generate(seed, every, more = []) {
    const below = random(seed);
    const [input, output] = [join(this.folder, 'input'), join(this.folder, 'made.wasm')];
    writeFileSync(
      input,
      Uint8Array.from({ length: 1000 + below(9000) }, () => below(256)),
    );
    const without = [...NEVER, ...(every ? [] : NOT_V8)].map((feature) => `--disable-${feature}`);
    await this.run([
      input,
      '-ttf',
      '-all',
      ...(await this.known(without)),
      '--denan',
      '--no-fuzz-oob',
      ...more,
      '-o',
      output,
    ]);
    return readFileSync(output);
  }

  /** Those of the options that this version of Binaryen has. @param {string[]} options */
  async known(options) {
    const help = (this.help ??= await this.run(['--help']));
    return options.filter((option) => help.includes(`${option} `) || help.includes(`${option}\n`));
  }

  /** Calls all exports in Binaryen's interpreter. @param {Uint8Array} bytes */
  async interpret(bytes) {
    const file = join(this.folder, 'interpret.wasm');
    writeFileSync(file, bytes);
    const seen = (await this.run([file, '-all', '--fuzz-exec-before', '-o', join(this.folder, 'out.wasm')]))
      .trimEnd()
      .split('\n');
    return { slow: Number(seen.pop()?.match(/=> (\d+)/)?.[1]), seen };
  }
}

/**
 * Calls all exports with several arguments. The doorbell rings before each call and at each call of the host.
 *
 * @param {Uint8Array} bytes
 * @returns {{seen: string[], slow: number}}
 */
function runInV8(bytes) {
  /** @type {string[]} */
  const seen = [];
  /** @type {Int32Array | undefined} */
  let words;
  let doorbell = 0;
  const ring = () => words && (words[doorbell] = 1);
  const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  /** @type {Record<string, Record<string, any>>} */
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function') {
      (imports[from] ??= {})[name] = kind === 'table' ? new WebAssembly.Table({ element: 'anyfunc', initial: 10 }) : 0;
      continue;
    }
    (imports[from] ??= {})[name] = (/** @type {unknown[]} */ ...args) => {
      seen.push(`${name} ${args.map(show).join()}`);
      ring();
      if (name.startsWith('throw')) throw new Error('thrown by the host');
      return 0;
    };
  }
  /** @type {WebAssembly.Exports} */
  let exports;
  try {
    ({ exports } = new WebAssembly.Instance(module, imports));
  } catch (error) {
    return { seen: [`no instance: ${kindOf(error)}`], slow: 0 };
  }
  const memory = /** @type {WebAssembly.Memory} */ (exports.wasmsig_memory);
  const block = /** @type {() => number} */ (exports.wasmsig_block)();
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== 'function' || name.startsWith('wasmsig_')) continue;
    for (const argument of [0, 1, -7]) {
      words = new Int32Array(memory.buffer);
      doorbell = block / 4 + 16;
      ring();
      seen.push(`${name}: ${outcome(/** @type {Function} */ (value), argument)}`);
    }
  }
  const all = new Uint8Array(memory.buffer).slice();
  const slow = /** @type {() => number} */ (exports.wasmsig_zz_count)();
  all.fill(0, block, block + 65536);
  seen.push(`memory ${hash(all)} of ${all.length}`);
  return { seen, slow };
}

/** @param {Function} call @param {number} argument */
export function outcome(call, argument) {
  for (const value of [argument, BigInt(argument)]) {
    try {
      return show(call(...Array(call.length).fill(value)));
    } catch (error) {
      // Of arguments that the function does not take nothing was run; both modules say so alike.
      if (!(error instanceof TypeError)) return kindOf(error);
    }
  }
  return 'takes other arguments';
}

/** @param {unknown} error */
export function kindOf(error) {
  if (error instanceof WebAssembly.RuntimeError) return `RuntimeError ${error.message}`;
  if (error instanceof Error) return `${error.name} ${error.message.replace(/#\d+/g, '#')}`;
  return 'exception';
}

/** @param {unknown} value @returns {string} */
export function show(value) {
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'function' || (typeof value === 'object' && value !== null) ? typeof value : String(value);
}

/** FNV-1a. @param {Uint8Array} bytes */
export function hash(bytes) {
  let state = 0x811c9dc5;
  for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193);
  return state >>> 0;
}
