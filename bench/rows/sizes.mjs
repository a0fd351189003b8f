// @ts-check
/** size.signal, size.full, size.js: bytes. */
import binaryen from 'binaryen';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readFunctionNames, readModule } from '../../tests/support/wasm_binary.js';
import { program, ROOT } from '../programs.mjs';
import { exactly } from '../stats.mjs';

const KIB = 1024;

/** What the library's functions in a program with signal() and raise() are for, by their names; the first that fits. @type {[string, RegExp][]} */
const PURPOSES = [
  ['what a host sends: the queue, the doorbell', /queue::|::drain\(wasmsig::process::Thread|accept\(|[dD]efer/],
  ['signals pending, masks, the rules of generation', /Pending|dequeue|generate|discard|effect|use_mask/],
  ['delivery: frames set up, handlers, what they leave behind', /deliver/],
  ['stop, continue, the end', /stop|die\(|wait|exit/],
  ['safe points, with the countdown', /safe_point|clock/],
  ['signal(), raise(), abort()', /^(?:signal|raise|abort|__wsig_.*)$|set_action|process::(?:raise|abort)/],
  ['start, the host', /wasmsig|wsig/],
];

/** As the linker leaves them, without names and with short relocations; and in parts also as wasm-opt -Oz does, which emcc -Oz runs. */
export async function sizes() {
  const programs = ['size_0', 'size_1', 'size_2'].map((name) => program(name));
  const [none, signal, full] = programs.map((path) => statSync(path).size);
  const [smallNone, smallSignal, smallFull] = programs.map((path) => {
    const module = binaryen.readBinary(readFileSync(path));
    module.setFeatures(binaryen.Features.All);
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    module.optimize();
    const { length } = module.emitBinary();
    module.dispose();
    return length;
  });
  const purposes = bytesByPurpose();
  const rest = signal - none - Object.values(purposes).reduce((sum, bytes) => sum + bytes, 0);
  const why = Object.entries({ ...purposes, 'types, imports, exports, data': rest })
    .map(([what, bytes]) => `${bytes} ${what}`)
    .join('; ');
  return [
    row('size.signal', signal - none, 5, { 'after wasm-opt -Oz': smallSignal - smallNone, ...purposes }, why),
    row('size.full', full - none, 32, { 'after wasm-opt -Oz': smallFull - smallNone }),
  ];
}

/** @param {string} id @param {number} bytes @param {number} most KiB @param {Record<string, number>} parts @param {string} [why] what the bytes are for */
function row(id, bytes, most, parts, why = '') {
  const met = bytes <= most * KIB;
  return {
    id,
    unit: 'bytes',
    ours: exactly(bytes),
    bar: `<= ${most} KiB`,
    met,
    parts,
    ...(met
      ? {}
      : {
          why: `${bytes - most * KIB} bytes more than the bar (after wasm-opt -Oz ${parts['after wasm-opt -Oz'] - most * KIB}). Any program may be sent any signal by its host, stopped and continued, so all of it can run: ${why}`,
        }),
  };
}

/** The library's code in size_1, in bytes. @returns {Record<string, number>} */
function bytesByPurpose() {
  const bytes = readFileSync(program('size_names'));
  const view = readModule(bytes);
  const names = readFunctionNames(bytes);
  /** @type {Record<string, number>} */
  const found = Object.fromEntries(PURPOSES.map(([what]) => [what, 0]));
  view.bodies.forEach(({ start, end }, i) => {
    const name = names.get(view.importedFunctions + i) ?? '';
    if (!/wasmsig|wsig|^(?:signal|raise|abort)$/.test(name)) return;
    found[/** @type {[string, RegExp]} */ (PURPOSES.find(([, pattern]) => pattern.test(name)))[0]] += end - start;
  });
  return found;
}

/**
 * The JavaScript host for pages, minified and gzipped, in three rows. Not counted: the WASI shim, which is somebody else's, the instrumenter and the Emscripten part, which
 * are loaded only when they are used.
 *
 * size.js         the host proper, as one file: queue, sender, imports of the guest, timekeeper. What every embedding with shared memory needs
 * size.js.attach  all that attach() is, as one file: with a process object and WASI, for programs that somebody instantiates himself
 * size.js.spawn   all that spawn() loads for a WASI program: the page's files and those of its workers, shared chunks once
 */
export async function sizeJs() {
  const proper = await bundled({
    entries: {
      host: "export { Sender } from './link/sender.js'; export { HostImports } from './guest/host_imports.js'; export { Timekeeper, keepTime } from './owner/timekeeping.js';",
    },
  });
  const attach = await bundled({
    entries: { attach: "export { attach } from './attach.js';" },
    external: ['./guest/emscripten_program.js'],
  });
  const spawn = await bundled({
    entries: {
      page: "export { spawn } from './browser/spawn.js';",
      worker: "import './browser/worker.js';",
      timekeeper: "import './browser/timekeeper_worker.js';",
    },
  });
  return [
    {
      id: 'size.js',
      unit: 'bytes',
      ours: exactly(proper.bytes),
      bar: '<= 6.5 KiB',
      met: proper.bytes <= 6.5 * KIB,
      parts: proper.parts,
      ...(proper.bytes <= 6.5 * KIB
        ? {}
        : {
            why: `${proper.bytes - 6.5 * KIB} bytes more than the bar; ${largest(proper.sources)}`,
          }),
    },
    { id: 'size.js.attach', unit: 'bytes', ours: exactly(attach.bytes), bar: 'none', met: true, parts: attach.parts },
    { id: 'size.js.spawn', unit: 'bytes', ours: exactly(spawn.bytes), bar: 'none', met: true, parts: spawn.parts },
  ];
}

/**
 * size.instrument  the instrumenter, with the rewriter as wasm in it
 * size.guard       all that importing the guard loads. Not counted: the instrumenter and js/guard/preparation.js, which are loaded by the first
 *                  module that is not instrumented yet
 */
export async function sizesOfGuard() {
  const instrument = await bundled({
    entries: { instrument: "export { instrument } from './instrument/index.js';" },
    optional: /emscripten/,
  });
  const guard = await bundled({ entries: { guard: "export { Guard } from './guard/index.js';" } });
  return [under('size.instrument', instrument, 64), under('size.guard', guard, 4)];
}

/** What the largest sources of a bundle have. @param {Record<string, number>} sources */
function largest(sources) {
  const all = Object.entries(sources).sort(([, one], [, other]) => other - one);
  return `before gzip ${all
    .slice(0, 4)
    .map(([name, bytes]) => `${name} has ${bytes}`)
    .join(', ')}`;
}

/** @param {string} id @param {Bundled} found @param {number} most KiB */
function under(id, { bytes, parts, sources }, most) {
  const met = bytes <= most * KIB;
  const why = `${bytes - most * KIB} bytes more than the bar; ${largest(sources)}`;
  return { id, unit: 'bytes', ours: exactly(bytes), bar: `<= ${most} KiB`, met, parts, ...(met ? {} : { why }) };
}

/**
 * @typedef {object} Bundled
 * @property {number} bytes after gzip, of what is counted
 * @property {Record<string, number>} parts of one file, bytes of each source before gzip; of several, bytes of each file after it
 * @property {Record<string, number>} sources of what is counted, bytes of each before gzip
 */

/**
 * @param {object} options
 * @param {Record<string, string>} options.entries  their texts, as files of js/
 * @param {string[]} [options.external]
 * @param {RegExp} [options.optional]  what is loaded only when it is used, and does not count
 * @returns {Promise<Bundled>}
 */
async function bundled({ entries, external = [], optional: isOptional = /instrument\/|emscripten/ }) {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: Object.keys(entries).map((name) => `entry:${name}`),
    plugins: [
      {
        name: 'entries',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice(6), namespace: 'entry' }));
          onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
            contents: entries[path],
            resolveDir: join(ROOT, 'js'),
          }));
        },
      },
    ],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    platform: 'browser',
    logLevel: 'silent',
    splitting: true,
    outdir: 'out',
    metafile: true,
    external: ['@bjorn3/browser_wasi_shim', 'node:*', ...external],
  });
  const outputs = Object.entries(metafile.outputs).map(([name, { inputs }]) => ({
    inputs,
    optional: Object.keys(inputs).some((input) => isOptional.test(input)),
    size: gzipSync(
      /** @type {import('esbuild').OutputFile} */ (
        outputFiles.find(({ path }) => path.endsWith(name.replace(/^.*\//, '')))
      ).contents,
      { level: 9 },
    ).length,
  }));
  const short = (/** @type {string} */ input) => input.replace(/^.*js\//, '');
  const sourcesOf = (/** @type {typeof outputs} */ of) =>
    Object.fromEntries(
      of.flatMap(({ inputs }) =>
        Object.entries(inputs).map(([input, { bytesInOutput }]) => [short(input), bytesInOutput]),
      ),
    );
  return {
    sources: sourcesOf(outputs.filter(({ optional }) => !optional)),
    bytes: outputs.reduce((sum, { optional, size }) => sum + (optional ? 0 : size), 0),
    parts:
      outputs.length === 1
        ? sourcesOf(outputs)
        : Object.fromEntries(
            outputs.map(({ inputs, optional, size }) => [
              `${optional ? 'not counted: ' : ''}${Object.keys(inputs).map(short).join(' ')}`,
              size,
            ]),
          ),
  };
}
