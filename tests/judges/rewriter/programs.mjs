// @ts-check
// Programs of real compilers: the original and the instrumented one say the same.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentSync } from '../../../js/instrument/index.js';
import { KERNELS, buildKernels } from '../../../bench/kernels/build.mjs';
import { run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { instrumentEverywhere } from '../../support/changed_rewriter.js';

const HERE = new URL('.', import.meta.url).pathname;
const PROGRAMS = join(HERE, 'programs');
const SECONDS = 120;
const FORMS = /** @type {const} */ (['shared', 'keep']);
const TRANSFORMS = {
  instrument: instrumentSync,
  everywhere: instrumentEverywhere,
  copied: (
    /** @type {Uint8Array} */ bytes,
    /** @type {import('../../../js/instrument/index.js').InstrumentOptions} */ options,
  ) => instrumentEverywhere(bytes, options, 'all'),
};

/**
 * @typedef {object} Tools
 * @property {string} clang of the WASI SDK
 * @property {string} clangxx
 * @property {string[]} wasmOpt
 * @property {(bytes: Uint8Array) => boolean} validates Binaryen's opinion
 * @property {string} folder for what is made
 */

/** @typedef {{programs: number, comparisons: number, failures: string[]}} Compared */

/** All forms of the instrumented module. @param {Uint8Array} original @param {Partial<typeof TRANSFORMS>} transforms @returns {{label: string, bytes: Uint8Array}[]} */
function formsOf(original, transforms = TRANSFORMS) {
  return FORMS.flatMap((memory) =>
    Object.entries(transforms).map(([name, transform]) => ({
      label: `${memory}, ${name}`,
      bytes: transform(original, { memory }).bytes,
    })),
  );
}

/** @param {Uint8Array} bytes */
function runKernel(bytes) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (bytes)));
  const results = [1, 2, 3, 7].map((n) => /** @type {Function} */ (exports.run)(n));
  return JSON.stringify([
    results,
    Buffer.from(/** @type {WebAssembly.Memory} */ (exports.memory).buffer).toString('base64'),
  ]);
}

/** The kernels: the same results and the same memory. @param {Tools} tools @returns {Compared} */
export function compareKernels(tools) {
  const failures = [];
  let comparisons = 0;
  for (const [name, original] of buildKernels(tools.clang, tools.folder)) {
    const expected = runKernel(original);
    for (const { label, bytes } of formsOf(original)) {
      comparisons++;
      if (runKernel(bytes) !== expected) failures.push(`${name} (${label}): results or memory differ`);
      if (!tools.validates(bytes)) failures.push(`${name} (${label}): Binaryen finds it invalid`);
    }
  }
  return { programs: KERNELS.length, comparisons, failures };
}

/**
 * C++ with exceptions in the encoding of clang, and translated to the newer one, which Node 20 cannot run.
 *
 * @param {Tools} tools
 * @returns {Promise<Compared>}
 */
export async function compareExceptions(tools) {
  const runtime = join(tools.folder, 'runtime.o');
  const program = join(tools.folder, 'exceptions.wasm');
  const flags = ['-O2', '-matomics', '-mbulk-memory'];
  execFileSync(tools.clang, [...flags, '-c', join(ROOT, 'bench/kernels/runtime.c'), '-o', runtime]);
  execFileSync(tools.clangxx, [
    ...flags,
    '-std=c++20',
    '-fwasm-exceptions',
    join(PROGRAMS, 'exceptions.cpp'),
    runtime,
    '-o',
    program,
  ]);
  const legacy = await compareWasi('C++ exceptions', program, tools);
  const translated = join(tools.folder, 'exnref.wasm');
  const [wasmOpt, ...first] = tools.wasmOpt;
  execFileSync(wasmOpt, [...first, program, '-all', '--translate-to-exnref', '-o', translated]);
  for (const memory of FORMS) {
    const { bytes, report } = instrumentSync(readFileSync(translated), { memory, validate: false });
    legacy.comparisons++;
    if (!tools.validates(bytes)) legacy.failures.push(`newer exceptions (${memory}): Binaryen finds it invalid`);
    if (report.left_out.some(({ why }) => why === 'unreadable'))
      legacy.failures.push(`newer exceptions (${memory}): not read`);
  }
  return { ...legacy, programs: 2 };
}

/**
 * A WASI program: what it prints, and its exit code.
 *
 * @param {string} name
 * @param {string} file
 * @param {Pick<Tools, 'validates' | 'folder'>} tools
 * @param {Partial<typeof TRANSFORMS>} [transforms]
 * @returns {Promise<Compared>}
 */
async function compareWasi(name, file, tools, transforms) {
  const start = (/** @type {string} */ program) =>
    run([process.execPath, '--no-warnings', join(ROOT, 'tests/support/plain_wasi.mjs'), program], { limit: SECONDS });
  const say = (/** @type {import('../../support/command.mjs').Outcome} */ { code, signal, stdout }) =>
    JSON.stringify([code, signal, stdout]);
  const before = await start(file);
  const failures =
    before.code === 0 && before.stdout !== '' ? [] : [`${name}: the original does not run: ${before.stderr}`];
  const forms = formsOf(readFileSync(file), transforms);
  for (const [i, { label, bytes }] of forms.entries()) {
    const instrumented = join(tools.folder, `program${i}.wasm`);
    writeFileSync(instrumented, bytes);
    const after = await start(instrumented);
    if (say(after) !== say(before))
      failures.push(`${name} (${label}): says ${after.stdout || after.stderr} instead of ${before.stdout}`);
    if (!tools.validates(bytes)) failures.push(`${name} (${label}): Binaryen finds it invalid`);
  }
  return { programs: 1, comparisons: forms.length, failures };
}

/**
 * Rust, by a rustc that has a WASI target and can link for it.
 *
 * @param {import('../../../toolchains/sdk/rust.mjs').Rust} rust
 * @param {Pick<Tools, 'validates' | 'folder'>} tools
 * @returns {Promise<Compared>}
 */
export async function compareRust({ rustc, flags }, tools) {
  const program = join(tools.folder, 'loops.wasm');
  const targets = execFileSync(rustc, ['--print', 'target-list'], { encoding: 'utf8' }).split('\n');
  const exported = ['wasmsig_block', 'wasmsig_safe_point', 'wasmsig_deliver'].flatMap((name) => [
    '-C',
    `link-arg=--export=${name}`,
  ]);
  execFileSync(
    rustc,
    [
      '--target',
      targets.includes('wasm32-wasip1') ? 'wasm32-wasip1' : 'wasm32-wasi',
      '-O',
      ...flags,
      ...exported,
      join(PROGRAMS, 'loops.rs'),
      '-o',
      program,
    ],
    { stdio: 'pipe' },
  );
  // Not with looks everywhere: rustc's start file makes the linker wrap the exports in calls of the constructors, which may not look.
  return compareWasi('Rust', program, tools, { instrument: instrumentSync });
}

/** Lua's programs, by the command line, with and without instrumenting. @param {string} lua lua.wasm or lua.mjs @returns {Promise<Compared>} */
export async function compareLua(lua) {
  const scripts = readdirSync(PROGRAMS).filter((name) => name.endsWith('.lua'));
  const start = (/** @type {string[]} */ options, /** @type {string} */ script) =>
    run(
      [
        process.execPath,
        '--no-warnings',
        join(ROOT, 'js/cli/main.js'),
        'run',
        ...options,
        '--dir',
        `${PROGRAMS}::/programs`,
        lua,
        `/programs/${script}`,
      ],
      { limit: SECONDS },
    );
  const failures = existsSync(lua) ? [] : [`${lua} is not built`];
  for (const script of failures.length > 0 ? [] : scripts) {
    const before = await start([], script);
    const after = await start(['--instrument'], script);
    if (before.code !== 0 || before.stdout === '')
      failures.push(`${script}: the original does not run: ${before.stderr}`);
    if (after.stdout !== before.stdout || after.code !== before.code)
      failures.push(`${script}: says ${after.stdout || after.stderr} instead of ${before.stdout}`);
  }
  return { programs: scripts.length, comparisons: scripts.length, failures };
}

/**
 * A program that Asyncify has rewritten, suspended and resumed while its doorbell rings: the same results, and no slow path in between.
 *
 * @param {Tools} tools
 * @returns {Compared}
 */
export function compareAsyncified(tools) {
  const plain = join(tools.folder, 'pause.plain.wasm');
  const file = join(tools.folder, 'pause.wasm');
  execFileSync(tools.clang, [
    '--target=wasm32',
    '-O2',
    '-nostdlib',
    '-fno-builtin',
    '-matomics',
    '-mbulk-memory',
    '-Wl,--no-entry',
    join(PROGRAMS, 'pause.c'),
    join(ROOT, 'bench/kernels/runtime.c'),
    '-o',
    plain,
  ]);
  const [wasmOpt, ...first] = tools.wasmOpt;
  execFileSync(wasmOpt, [
    ...first,
    plain,
    '-all',
    '-O1',
    '--asyncify',
    '--pass-arg=asyncify-imports@host.pause',
    '-o',
    file,
  ]);
  const original = readFileSync(file);
  const failures = [];
  const before = runAsyncified(original, Infinity);
  if (before.pauses < 100) failures.push(`only ${before.pauses} pauses`);
  const forms = formsOf(original);
  for (const { label, bytes } of forms) {
    const after = runAsyncified(bytes, 3);
    if (after.result !== before.result || after.pauses !== before.pauses)
      failures.push(
        `Asyncify (${label}): ${after.result} after ${after.pauses} pauses instead of ${before.result} after ${before.pauses}`,
      );
    if (label.startsWith('shared') && after.taken === 0) failures.push(`Asyncify (${label}): the slow path never ran`);
    if (!tools.validates(bytes)) failures.push(`Asyncify (${label}): Binaryen finds it invalid`);
  }
  return { programs: 1, comparisons: forms.length, failures };
}

/** @param {Uint8Array} bytes @param {number} ringEvery rings at every so many pauses, just before the stack is unwound, and once more when it is there again, so that the program goes on in copies */
function runAsyncified(bytes, ringEvery) {
  let pauses = 0;
  let resumed = false;
  const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
  const { exports } = new WebAssembly.Instance(module, { host: { pause } });
  const call = /** @type {Record<string, (...args: number[]) => number>} */ (/** @type {unknown} */ (exports));
  const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
  const top = memory.buffer.byteLength - 32768;
  const words = new Int32Array(memory.buffer);
  const block = call.wasmsig_block() / 4;
  function pause() {
    if (resumed) {
      resumed = false;
      call.asyncify_stop_rewind();
      if (pauses % ringEvery === 0) words[block + 16] = 1;
      return;
    }
    pauses++;
    words[top / 4] = top + 8;
    words[top / 4 + 1] = top + 32768;
    if (pauses % ringEvery === 0) words[block + 16] = 1;
    call.asyncify_start_unwind(top);
  }
  let result = call.run(50);
  while (call.asyncify_get_state() === 1) {
    call.asyncify_stop_unwind();
    call.asyncify_start_rewind(top);
    resumed = true;
    result = call.run(50);
  }
  return { result, pauses, taken: words[block + 32] };
}
