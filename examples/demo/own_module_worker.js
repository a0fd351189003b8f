// @ts-check
// The worker that has one module: it puts safe points into it, instantiates it, and calls it under limits.

import { ConsoleStdout, File, OpenFile, WASI } from '@bjorn3/browser_wasi_shim';
import { Guard } from 'wasmsig/guard';
import { instrument } from 'wasmsig/instrument';
import { describeNoCommand, isLinked } from '../../js/guest/module_kind.js';
import { openSqlite } from './sqlite.js';

/** @typedef {import('wasmsig/guard').Limits} Limits */
/** @typedef {(...args: any[]) => Promise<any>} Call */

/** How signals reach what computes here: the page says it by the worker's name. */
const mode = self.name;
const guard = new Guard();
/** @type {WebAssembly.Exports} */ let exported = {};
/** @type {Awaited<ReturnType<typeof openSqlite>> | undefined} */ let sqlite;

/**
 * An export as a function that signals reach: with shared memory they come from the page while this blocks, otherwise the
 * computation is suspended every few milliseconds, and then messages arrive.
 * @param {WebAssembly.ExportValue} callee
 * @param {Limits} limits
 * @returns {Call}
 */
function enter(callee, limits) {
  if (mode === 'yielding') return guard.promising(callee, limits);
  const call = /** @type {Function} */ (callee);
  return async (...args) => guard.run(() => call(...args), limits);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function prepare(bytes) {
  const { bytes: program, report } = await instrument(bytes, mode === 'shared' ? {} : { memory: 'keep' });
  const points = report.loops.instrumented + report.functions.look_at_entry;
  return { program, facts: { points, loops: report.loops.found, bytes: report.bytes } };
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<import('./module_worker.js').Facts>} */
async function open(bytes) {
  const { program, facts } = await prepare(bytes);
  const module = await WebAssembly.compile(bytes);
  const exports = WebAssembly.Module.exports(module);
  const has = (/** @type {string} */ name) =>
    [...exports, ...WebAssembly.Module.imports(module)].some((one) => one.name === name);
  const linked = isLinked(module);
  if (has('_start') && has('memory'))
    return {
      ...facts,
      exports,
      what: `a WASI command${linked ? ', linked with wasmsig' : ''}`,
      command: true,
      program,
    };
  const [what] = describeNoCommand(module).split(':');
  const unusable = linked ? 'it is linked with wasmsig: attach() runs it' : await instantiate(program);
  const callable = exports.map((one) => ({ ...one, parameters: /** @type {any} */ (exported[one.name])?.length }));
  return { ...facts, exports: callable, what, command: false, unusable };
}

/** @param {Uint8Array<ArrayBuffer>} program @returns {Promise<string | undefined>} why it cannot be used */
async function instantiate(program) {
  const print = ConsoleStdout.lineBuffered((line) => postMessage({ print: `${line}\n` }));
  const wasi = new WASI([], [], [new OpenFile(new File([])), print, print]);
  try {
    const module = await guard.compile(program);
    const given = { wasi_snapshot_preview1: wasi.wasiImport };
    const { instance } = await guard.instantiate(module, importsOf(module, given));
    if (instance.exports.memory) guard.run(() => wasi.initialize(/** @type {any} */ (instance)), { timeout: 5000 });
    exported = instance.exports;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Functions that a page does not have throw when they are called: many are never called.
 * @param {WebAssembly.Module} module
 * @param {Record<string, Record<string, any>>} given
 * @throws {Error} it imports what cannot be made without its own program
 */
function importsOf(module, given) {
  /** @type {Record<string, any>} */
  const made = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function')
      throw new Error(`it imports the ${kind} "${name}" of "${from}", which its own program gives it`);
    made[from] ??= {};
    made[from][name] =
      given[from]?.[name] ??
      (() => {
        throw new Error(`the module called "${name}" of "${from}", which this page does not have`);
      });
  }
  return made;
}

/** @type {Record<string, (question: any, started: () => void) => Promise<any>>} */
const answers = {
  open: ({ bytes }) => open(bytes),

  async sqlite() {
    const response = await fetch(new URL('sqlite.wasm', import.meta.url));
    if (!response.ok) throw new Error('sql.js was not there when this page was built: npm ci, then npm run demo');
    const { program, facts } = await prepare(new Uint8Array(await response.arrayBuffer()));
    sqlite = await openSqlite(guard, program, enter);
    return { ...facts, exports: [], what: 'SQLite, as sql.js has it on npm', command: false };
  },

  async call({ name, args, limits }, started) {
    started();
    const result = await enter(exported[name], limits)(...args);
    return result === undefined ? 'no result' : String(result);
  },

  query: ({ text, limits }, started) => {
    started();
    return /** @type {NonNullable<typeof sqlite>} */ (sqlite).query(text, limits);
  },
};

/** What another thread needs to send signals; undefined where there is no shared memory. */
function handle() {
  return mode === 'shared' ? guard.handle() : undefined;
}

addEventListener('message', async ({ data }) => {
  if (data.signal) return void guard.kill(data.signal);
  const { id, type } = data;
  try {
    const answer = await answers[type](data, () => postMessage({ id, started: true }));
    postMessage({ id, answer, handle: handle() });
  } catch (error) {
    const { message = String(error), code } = /** @type {Error & {code?: string}} */ (error);
    postMessage({ id, error: message, code, handle: handle() });
  }
});
