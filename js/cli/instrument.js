// @ts-check
/** wasmsig instrument */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { UsageError, readArguments, say } from './usage.js';
import { describeNoWasm, isWasm } from '../guest/wasm_header.js';

const HELP = `Usage: wasmsig instrument IN.wasm -o OUT.wasm [options]

Puts safe points into a program, so that signals reach it while it computes: into its loops, and where functions call each other in
circles or for long. Loops that need none (--json says why) get none. A file that is instrumented already is copied as it is.

A program that is linked with the wasmsig library runs its handlers there. Any other module gets a small runtime injected and exports
wasmsig_set_safe_point(funcref): what its embedder gives, a function () -> i32, is called at the next safe point, and says how many may
be passed until the next call, or ends the computation with a negative number.

  -o, --output OUT.wasm     where to write; may be the same file
  --runtime linked|injected insist on one of these; by default the file's exports decide
  --memory shared|keep      shared: make the memory shared (a check is one load); keep: leave it as it is (a check counts down).
                            Default shared, but keep for the stand-alone library and for an injected runtime
  --maximum-pages N         the maximum of a shared memory in pages of 64 KiB; default 32768 (2 GiB), or the program's own if that is less
  --import-memory M.N       the host makes the shared memory: it becomes an import of this name. Without this option it stays where
                            it is. The hosts of wasmsig give env.memory only
  --size                    the file grows less (by a third to a half), and some loops and calls get slower: no loop is unrolled, and no
                            function is copied
  --skip NAME               no safe points in this function, by its name or export name; /.../ is a regular expression. May be repeated
  --json                    what was done, on standard output (also: --report json)
  --help, --version`;

/** @param {string[]} args */
export async function main(args) {
  const given = readArguments(
    'instrument',
    HELP,
    args,
    {
      output: { type: 'string', short: 'o' },
      runtime: { type: 'string' },
      memory: { type: 'string' },
      'maximum-pages': { type: 'string' },
      'import-memory': { type: 'string' },
      size: { type: 'boolean' },
      skip: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      report: { type: 'string' },
    },
    1,
  );
  if (!given) return 0;
  const { values, positionals } = given;
  const [file] = positionals;
  if (file === undefined) throw new UsageError('instrument: no file given (see wasmsig instrument --help)');
  if (!values.output) throw new UsageError('instrument: no -o OUT.wasm given');
  if (values.report !== undefined && values.report !== 'json')
    throw new UsageError(`instrument: --report ${values.report}: json is wanted`);
  const options = {
    runtime: readRuntime(values),
    ...memoryOptions(values),
    preferSize: values.size ?? false,
    skip: values.skip ?? [],
  };

  const bytes = read(file);
  const { instrument } = await import('../instrument/index.js');
  let result;
  try {
    result = await instrument(bytes, options);
  } catch (error) {
    if (/** @type {Error} */ (error)?.name !== 'InstrumentError') throw error;
    throw new UsageError(`${file}: ${/** @type {Error} */ (error).message}`);
  }
  write(values.output, result.bytes);
  for (const line of complaints(result.report)) console.error(`wasmsig instrument: ${file}: ${line}`);
  if (values.json || values.report) say(JSON.stringify(result.report, null, 2));
  return 0;
}

/** @param {{runtime?: string}} values @returns {'linked' | 'injected' | undefined} */
function readRuntime({ runtime }) {
  if (runtime === undefined || runtime === 'linked' || runtime === 'injected') return runtime;
  throw new UsageError(`instrument: --runtime ${runtime}: linked or injected is wanted`);
}

/**
 * @param {{memory?: string, 'maximum-pages'?: string, 'import-memory'?: string}} values
 * @returns {Pick<import('../instrument/index.js').InstrumentOptions, 'memory' | 'maximumPages' | 'importMemory'>}
 */
function memoryOptions({ memory, 'maximum-pages': pages, 'import-memory': name }) {
  if (memory !== undefined && memory !== 'shared' && memory !== 'keep')
    throw new UsageError(`instrument: --memory ${memory}: shared or keep is wanted`);
  const [importModule, importName] = name?.split(/\.(?=[^.]*$)/) ?? [];
  if (name !== undefined && (!importModule || !importName))
    throw new UsageError(`instrument: --import-memory ${name}: MODULE.NAME is wanted`);
  if (pages !== undefined && !(/^[1-9]\d{0,4}$/.test(pages) && Number(pages) <= 65536))
    throw new UsageError(`instrument: --maximum-pages ${pages}: a number of pages from 1 to 65536 is wanted`);
  if (pages !== undefined && memory === 'keep')
    throw new UsageError('instrument: --maximum-pages needs --memory shared');
  if (name !== undefined && memory === 'keep')
    throw new UsageError('instrument: --import-memory needs --memory shared');
  return {
    memory: memory ?? (name === undefined && pages === undefined ? undefined : 'shared'),
    maximumPages: pages === undefined ? undefined : Number(pages),
    importMemory: name === undefined ? false : { module: importModule, name: importName },
  };
}

/**
 * Results that the user did not ask for and should know.
 * @param {import('../instrument/index.js').InstrumentReport} report
 */
function complaints({ left_out: leftOut, warnings }) {
  const without = leftOut
    .filter(({ why }) => why === 'unreadable' || why === 'large')
    .map(({ function: name, reason }) => `no safe points in ${name}: ${reason}`);
  return [...without, ...warnings];
}

/** @param {string} file */
function read(file) {
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(
      `${file}: ${code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a directory' : message}`,
    );
  }
  if (!isWasm(bytes)) throw new UsageError(`${file}: ${describeNoWasm(bytes)}`);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Writes all or nothing: a reader never sees half a file.
 * @param {string} file
 * @param {Uint8Array} bytes
 */
function write(file, bytes) {
  const half = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(half, bytes);
    renameSync(half, file);
  } catch (error) {
    rmSync(half, { force: true });
    throw new UsageError(`${file}: ${/** @type {Error} */ (error).message}`);
  }
}
