// @ts-check
// How the programs are built, each target in its own way, with a cache by the contents of what goes into them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flags, prefix } from '../../../js/cli/prebuilt.js';
import { run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';

/** @typedef {import('./programs.mjs').Program} Program */
/** @typedef {{command: string[], file: string} | {error: string}} Built */
/** @typedef {(doing: string, items: Program[], work: (program: Program) => Promise<void>) => Promise<void>} Each */
/** @typedef {{sdks: import('../../../toolchains/setup.mjs').Sdks, suite: string, each: Each}} Context */

const FOLDER = join(ROOT, 'build/conformance');
/** The suite is of 2004: what compilers warn of since is not what it tests. */
const LANGUAGE = ['-O0', '-std=gnu99', '-D_GNU_SOURCE', '-w'];
/** Seconds for one program of a tool chain. */
const LIMIT = 120;
const PLAIN_WASI = fileURLToPath(new URL('../../support/plain_wasi.mjs', import.meta.url));
const WASMSIG = [process.execPath, join(ROOT, 'js/cli/main.js'), 'run', '--instrument'];
const WITH_ARGUMENTS = '__main_argc_argv';
const NODE = [process.execPath, '--no-warnings'];

/** @param {...(string | Buffer | string[])} parts */
function hash(...parts) {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(String(part.length)).update(Buffer.isBuffer(part) ? part : String(part));
  return digest.digest('hex').slice(0, 16);
}

/** What all files in a folder contain. @param {string} folder */
function contents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.path, entry.name))
    .sort();
  return hash(...files.map((file) => readFileSync(file)));
}

/** A source with what it includes of its folder. @param {Program} program */
function sourcesOf({ source, folder }) {
  const extra = readdirSync(folder).filter((name) => name.startsWith('testfrmw.'));
  return hash(readFileSync(source), ...extra.map((name) => readFileSync(join(folder, name))));
}

/**
 * Runs a tool that may fail: what it says then, or nothing.
 * @param {string[]} command
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [options]
 */
async function failure(command, options) {
  const { code, late, stdout, stderr } = await run(command, { limit: LIMIT, background: true, ...options });
  if (late) throw new Error(`${command[0]} has not finished after ${LIMIT} s`);
  if (code === 127) throw new Error(stderr);
  return code === 0 ? undefined : `${stderr}${stdout}`;
}

/**
 * Makes a file unless it is there, or notes what the tools said.
 * @param {string} file
 * @param {() => Promise<string | undefined>} make
 * @returns {Promise<{error?: string}>}
 */
async function cached(file, make) {
  const note = `${file}.error`;
  if (existsSync(note)) return { error: readFileSync(note, 'utf8') };
  if (existsSync(file)) return {};
  const error = await make();
  if (error === undefined) return {};
  rmSync(file, { force: true });
  writeFileSync(note, error);
  return { error };
}

/** @param {string} target */
function folderOf(target) {
  const folder = join(FOLDER, target);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** @param {Program} program */
const fileName = ({ name }) => name.replaceAll('/', '_');

/**
 * Programs that one command compiles and links.
 * @param {Context} context
 * @param {string} target
 * @param {{compiler: string[], libraries: string[], suffix: string, start: string[], key: string}} how
 * @param {Program[]} programs
 */
async function buildWith({ suite, each }, target, { compiler, libraries, suffix, start, key }, programs) {
  const folder = folderOf(target);
  const all = [...compiler, ...LANGUAGE, `-I${join(suite, 'include')}`];
  /** @type {Map<string, Built>} */
  const built = new Map();
  await each('built', programs, async (program) => {
    const inputs = hash(key, all, libraries, sourcesOf(program));
    const file = join(folder, `${fileName(program)}-${inputs}${suffix}`);
    const { error } = await cached(file, async () => {
      const part = `${file}.part`; // an interrupted run leaves no half program behind
      const said = await failure([...all, `-I${program.folder}`, program.source, ...libraries, '-o', part]);
      if (said === undefined) renameSync(part, file);
      return said;
    });
    built.set(program.name, error === undefined ? { command: [...start, file], file } : { error });
  });
  return built;
}

/** @param {Context} context @param {string} target @param {Program[]} programs */
async function buildWasi(context, target, programs) {
  const { wasi } = context.sdks;
  if (!wasi) throw new Error('no WASI SDK');
  const ours = !target.startsWith('stock-');
  const emulations = ['signal', 'getpid', 'process-clocks', 'mman'];
  const { cflags, libs } = ours
    ? flags(target)
    : {
        // What wasi-libc asks for in the headers that it refuses otherwise.
        cflags: emulations.map((name) => `-D_WASI_EMULATED_${name.replace('-', '_').toUpperCase()}`),
        libs: emulations.map((name) => `-lwasi-emulated-${name}`),
      };
  return buildWith(
    context,
    target,
    {
      compiler: [
        wasi.clang,
        `--target=${wasi.target}`,
        `--sysroot=${wasi.sysroot}`,
        '-mllvm',
        '-wasm-enable-sjlj',
        ...cflags,
      ],
      libraries: [...libs, '-lsetjmp'],
      suffix: '.wasm',
      start: ours ? WASMSIG : [...NODE, PLAIN_WASI],
      key: ours ? contents(prefix(target)) : '',
    },
    programs,
  );
}

/** Of a line of `emcc -v`: what it started. @param {string} text @param {RegExp} tool */
function commandOf(text, tool) {
  const found = text.split('\n').find((line) => /^ \//.test(line) && tool.test(line));
  if (!found) throw new Error(`emcc -v names no command like ${tool}:\n${text}`);
  return found.trim().split(' ');
}

/** @param {string[]} command @param {Record<string, string>} names */
const renamed = (command, names) => command.map((word) => names[word] ?? word);

/** What a wasm file imports, as one word each; and what main() is called there, which depends on its parameters. @param {string} file */
function linksOf(file) {
  const module = new WebAssembly.Module(readFileSync(file));
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => `${from}.${name}.${kind}`);
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  return { imports, main: exports.includes(WITH_ARGUMENTS) ? WITH_ARGUMENTS : 'main' };
}

/**
 * emcc takes seconds for a program, mostly for JavaScript that is nearly the same for all. So emcc links a template, which has what any of
 * the programs calls, and the programs are linked with the commands that it used for that, and start with the template's JavaScript. One that
 * imports something else than the template is left to emcc itself.
 *
 * @param {Context} context
 * @param {string} target
 * @param {Program[]} programs
 */
async function buildEmscripten(context, target, programs) {
  const { emscripten, clang } = context.sdks;
  if (!emscripten || !clang) throw new Error('no Emscripten');
  const ours = !target.startsWith('stock-');
  const threads = target.endsWith('-pthread');
  const folder = folderOf(target);
  const { cflags, libs } = ours
    ? flags(target)
    : { cflags: threads ? ['-pthread'] : [], libs: threads ? ['-pthread'] : [] };
  const suffix = ours ? '.mjs' : '.cjs';
  const compiling = [...LANGUAGE, '-sSUPPORT_LONGJMP=wasm', `-I${join(context.suite, 'include')}`, ...cflags];
  const linking = [
    '-O0',
    '-sSUPPORT_LONGJMP=wasm',
    '-sEXIT_RUNTIME',
    '-sENVIRONMENT=node,worker',
    ...(ours ? ['-sMODULARIZE', '-sEXPORT_ES6'] : []),
    ...(threads ? ['-sPROXY_TO_PTHREAD', '-sPTHREAD_POOL_SIZE=8'] : []),
    ...libs,
  ];
  const key = hash(emscripten.version, compiling, linking, ours ? contents(prefix(target)) : '');
  const work = join(folder, key);
  mkdirSync(work, { recursive: true });
  const env = { ...process.env, EMCC_DEBUG_SAVE: '1', TMPDIR: work };
  /** @param {string[]} args */
  const emcc = async (args) => {
    const outcome = await run([emscripten.emcc, '-v', ...args], { limit: LIMIT, cwd: work, env });
    if (outcome.code !== 0) throw new Error(`emcc ${args.join(' ')}: ${outcome.stderr}`);
    return outcome.stderr;
  };
  writeFileSync(join(work, 'template.c'), 'int main(int argc, char **argv) { return argc + !argv; }\n');
  const compile = commandOf(await emcc([...compiling, '-c', 'template.c', '-o', 'template.o']), / -c /).filter(
    (word) => word !== '-v',
  );

  /** @type {Map<string, {object: string, key: string} | {error: string}>} */
  const objects = new Map();
  await context.each('compiled', programs, async (program) => {
    const inputs = hash(key, sourcesOf(program));
    const object = join(work, `${fileName(program)}-${inputs}.o`);
    const command = [
      ...renamed(compile, { 'template.c': program.source, 'template.o': object }),
      `-I${program.folder}`,
    ];
    const { error } = await cached(object, () => failure(command, { cwd: work }));
    objects.set(program.name, error === undefined ? { object, key: inputs } : { error });
  });

  const wanted = await undefinedSymbols(
    clang.nm,
    [...objects.values()].flatMap((one) => ('object' in one ? [one.object] : [])),
  );
  const keeping = ['-Wl,--no-gc-sections', ...[...wanted].sort().map((symbol) => `-Wl,-u,${symbol}`)];
  const template = hash(keeping, WITH_ARGUMENTS);
  const glue = join(work, `template-${template}${suffix}`);
  const log = `${glue}.log`;
  if (!existsSync(log)) writeFileSync(log, await emcc(['template.o', ...linking, ...keeping, '-o', basename(glue)]));
  const text = readFileSync(log, 'utf8');
  const link = commandOf(text, /wasm-ld/).filter(
    (word, at, all) => word !== '--no-gc-sections' && !isKept(word, all[at - 1], all[at + 1], wanted),
  );
  const steps = [link, commandOf(text, /llvm-objcopy/), commandOf(text, /wasm-emscripten-finalize/)];
  const wasm = basename(glue).replace(/\.[cm]js$/, '.wasm');
  const known = linksOf(join(work, wasm));
  const script = readFileSync(glue, 'utf8');

  /** @type {Map<string, Built>} */
  const built = new Map();
  await context.each('linked', programs, async (program) => {
    const one = objects.get(program.name);
    if (!one || 'error' in one) return void built.set(program.name, { error: one?.error ?? 'not compiled' });
    const stem = join(work, `${fileName(program)}-${one.key}-${template}`);
    const file = `${stem}${suffix}`;
    const { error } = await cached(file, async () => {
      for (const step of steps) {
        const said = await failure(renamed(step, { 'template.o': one.object, [wasm]: `${stem}.wasm` }), { cwd: work });
        if (said !== undefined) return said;
      }
      const links = linksOf(`${stem}.wasm`);
      if (links.imports.every((name) => known.imports.includes(name))) {
        const own = script.replaceAll(wasm, basename(`${stem}.wasm`));
        writeFileSync(file, own.replaceAll(`'${known.main}'`, `'${links.main}'`));
        return undefined;
      }
      return failure([emscripten.emcc, one.object, ...linking, '-o', file], { cwd: work });
    });
    built.set(program.name, error === undefined ? { command: [...(ours ? WASMSIG : NODE), file], file } : { error });
  });
  return built;
}

/** Whether a word is one of the two of `-u SYMBOL` for the template. @param {string} word @param {string} before @param {string} after @param {Set<string>} wanted */
const isKept = (word, before, after, wanted) =>
  (word === '-u' && wanted.has(after)) || (before === '-u' && wanted.has(word));

/**
 * What files call that is not in them.
 * @param {string} nm
 * @param {string[]} files
 * @param {string[]} [options]
 * @returns {Promise<Set<string>>}
 */
export async function undefinedSymbols(nm, files, options = []) {
  const found = new Set();
  for (let at = 0; at < files.length; at += 100) {
    const part = files.slice(at, at + 100);
    const { code, stdout, stderr } = await run([nm, ...options, '--undefined-only', ...part], { limit: LIMIT });
    if (code !== 0) throw new Error(`${nm}: ${stderr}`);
    for (const [, symbol] of stdout.matchAll(/ U ([\w$.]+)/gm)) found.add(symbol);
  }
  // The linker makes these.
  return new Set(
    [...found].filter(
      (name) =>
        !/^(__stack_pointer|__indirect_function_table|__memory_base|__table_base|__tls_\w+|__(c|cpp)_longjmp)$/.test(
          name,
        ),
    ),
  );
}

/**
 * @param {Context} context
 * @param {import('./programs.mjs').Target} target
 * @param {Program[]} programs
 * @returns {Promise<Map<string, Built>>}
 */
export async function build(context, target, programs) {
  if (target.endsWith('wasip1')) return buildWasi(context, target, programs);
  if (target !== 'native') return buildEmscripten(context, target, programs);
  const how = { compiler: ['gcc'], libraries: ['-pthread', '-lrt'], suffix: '', start: [], key: '' };
  return buildWith(context, target, how, programs);
}
