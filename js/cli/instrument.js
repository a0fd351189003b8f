// @ts-check
/** wasmsig instrument */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { version } from './command.js';
import { UsageError, parse, say } from './usage.js';
import { isWasm } from '../wasm.js';

const HELP = `Usage: wasmsig instrument IN.wasm -o OUT.wasm [options]

Puts safe points into a program that is linked with the wasmsig library, so that signals reach it while it computes: into its loops, and
where functions call each other in circles. Loops that need none (--report json says why) get none.

  -o, --output OUT.wasm     where to write; may be the same file
  --memory shared|keep      shared: make the memory shared and imported (a look is one load); keep: leave it as it is. Default shared
  --import-memory M.N       the name of the import of a shared memory; default env.memory
  --skip NAME               no safe points in this function, by its name or export name; /.../ is a regular expression. May be repeated
  --report json             what was done, on standard output
  --help, --version`;

/** @param {string[]} args */
export async function main(args) {
  const { values, positionals } = parse({
    args,
    options: {
      output: { type: 'string', short: 'o' },
      memory: { type: 'string', default: 'shared' },
      'import-memory': { type: 'string' },
      skip: { type: 'string', multiple: true },
      report: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'V' },
    },
    allowPositionals: true,
  }, 'instrument');
  if (values.help) return say(HELP), 0;
  if (values.version) return say(version()), 0;
  const [file, more] = positionals;
  if (file === undefined) throw new UsageError('instrument: no file given (see wasmsig instrument --help)');
  if (more !== undefined) throw new UsageError(`instrument: unexpected argument: ${more}`);
  if (!values.output) throw new UsageError('instrument: no -o OUT.wasm given');
  if (values.memory !== 'shared' && values.memory !== 'keep') throw new UsageError(`instrument: --memory ${values.memory}: shared or keep is wanted`);
  if (values.report !== undefined && values.report !== 'json') throw new UsageError(`instrument: --report ${values.report}: json is wanted`);
  const name = values['import-memory'];
  const [importModule, importName] = name?.split(/\.(?=[^.]*$)/) ?? [];
  if (name !== undefined && (!importModule || !importName)) throw new UsageError(`instrument: --import-memory ${name}: MODULE.NAME is wanted`);
  if (name !== undefined && values.memory === 'keep') throw new UsageError('instrument: --import-memory needs --memory shared');

  const bytes = read(file);
  const { instrument } = await import('../instrument/index.js');
  let result;
  try {
    result = await instrument(bytes, { memory: values.memory, importMemory: name === undefined ? false : { module: importModule, name: importName }, skip: values.skip ?? [] });
  } catch (error) {
    if (/** @type {Error} */ (error)?.name !== 'InstrumentError') throw error;
    throw new UsageError(`${file}: ${/** @type {Error} */ (error).message}`);
  }
  write(values.output, result.bytes);
  for (const line of complaints(result.report)) console.error(`wasmsig instrument: ${file}: ${line}`);
  if (values.report) say(JSON.stringify(result.report, null, 2));
  return 0;
}

/**
 * What the user did not ask for and should know.
 * @param {import('../instrument/index.js').InstrumentReport} report
 */
function complaints({ left_out: leftOut, warnings }) {
  const without = leftOut.filter(({ why }) => why === 'unreadable' || why === 'large').map(({ function: name, reason }) => `no safe points in ${name}: ${reason}`);
  return [...without, ...warnings];
}

/** @param {string} file */
function read(file) {
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(`${file}: ${code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a directory' : message}`);
  }
  if (!isWasm(bytes)) throw new UsageError(`${file}: not a wasm file`);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * All or nothing: a reader never sees half a file.
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
