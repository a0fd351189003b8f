// @ts-check
/** Runs a WASI command in the guest's agent, on any implementation of WASI: links it with the host and calls _start. */

import { IMPORT_MODULE } from '../abi/imports.js';
import { bare, bareImports, checkImports } from './bare.js';
import { WasmsigError } from '../engine/errors.js';
import { instantiate } from '../engine/own_wasm.js';
import { isInjected, obeyAtSafePoints } from './injected_safe_points.js';
import { describeNoCommand, importsOurs, isLinked } from './module_kind.js';
import { Pidfds } from './pidfds.js';
import { importedMemory } from './wasm_header.js';
import { ProgramExit } from './program_exit.js';
import { wasiImports } from './wasi_imports.js';

/**
 * An implementation of WASI: node:wasi's and browser_wasi_shim's classes have this shape.
 * @typedef {object} Wasi
 * @property {any} wasiImport
 * @property {(instance: any) => unknown} initialize binds to the memory of an instance without _start
 */

/**
 * @typedef {object} Command
 * @property {string} name for messages
 * @property {import('./program_host.js').ProgramHost} host
 * @property {Wasi} wasi
 * @property {WebAssembly.Module} module
 * @property {Uint8Array} [bytes] of the module, where it may import its memory
 * @property {boolean[]} piped which of fds 0, 1, 2 are streams of the owner
 */

/**
 * @param {Command} command
 * @returns {Promise<number>} the exit code
 */
export async function runCommand({ name, host, wasi, module, bytes, piped }) {
  checkShape(module, name);
  host.safePoints = safePointsOf(module);
  if (importsOurs(module, 'arm')) host.expectTimers();
  /** @type {WebAssembly.Instance} */
  let instance;
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  const pidfds = new Pidfds();
  const imports = bareImports({
    wasi_snapshot_preview1: wasiImports({
      host,
      pidfds,
      original: wasi.wasiImport,
      memory: () => memory ?? /** @type {WebAssembly.Memory} */ (instance.exports.memory),
      piped,
    }),
    [IMPORT_MODULE]: { ...host.imports(() => instance), ...pidfds.imports(host) },
  });
  const wanted = bytes && importedMemory(bytes);
  // Only under this name, which all tools use.
  if (wanted?.module === 'env' && wanted.name === 'memory') {
    memory = memoryFor(wanted, name);
    imports.env = bare({ memory });
  }
  checkImports(module, imports, name);
  instance = await instantiate(module, imports);
  if (!isLinked(module))
    host.plain(true, isInjected(module) ? () => obeyAtSafePoints(host, instance.exports) : undefined);
  return callStart(host, wasi, { memory, ...instance.exports });
}

/**
 * @param {import('./wasm_header.js').MemoryImport} wanted
 * @param {string} name of the program
 */
function memoryFor(wanted, name) {
  try {
    return new WebAssembly.Memory(wanted);
  } catch (error) {
    throw new WasmsigError(
      'ERR_START',
      `${name}: there is no room for its memory: ${/** @type {Error} */ (error).message}`,
      { cause: error },
    );
  }
}

/**
 * Starts the program. The implementation's own start() will not do: with stack switching it would take the promise of
 * _start for the program's end.
 * @param {import('./program_host.js').ProgramHost} host
 * @param {Wasi} wasi
 * @param {any} exports with the memory, also if it is imported
 * @returns {Promise<number>} the exit code
 */
export async function callStart(host, wasi, { _start, ...exports }) {
  wasi.initialize({ exports });
  let code = 0;
  try {
    await host.enter(_start)();
  } catch (error) {
    if (!(error instanceof ProgramExit)) throw error;
    code = error.code;
  }
  await host.obey(); // a program that is stopped does not end
  return code;
}

/**
 * Initializes a reactor, whose exports its user calls from then on. Its signals are taken in these calls, and meanwhile
 * whenever the agent is idle.
 * @param {import('./program_host.js').ProgramHost} host
 * @param {Wasi} wasi
 * @param {{instance: WebAssembly.Instance, module: WebAssembly.Module}} reactor
 * @param {string} name
 */
export async function initialize(host, wasi, { instance, module }, name) {
  const { _initialize, ...exports } = /** @type {any} */ (instance.exports);
  if (!_initialize || !isLinked(module)) throw new WasmsigError('ERR_START', `${name}: ${describeNoCommand(module)}`);
  wasi.initialize({ exports });
  await host.enter(_initialize)();
  if (host.attached) await host.attend();
}

/**
 * @param {WebAssembly.Module} module
 * @param {string} name
 */
function checkShape(module, name) {
  const exports = WebAssembly.Module.exports(module);
  const imports = WebAssembly.Module.imports(module);
  const has = (/** @type {string} */ wanted, /** @type {string} */ kind) =>
    exports.some((one) => one.name === wanted && one.kind === kind);
  const hasMemory = has('memory', 'memory') || imports.some((one) => one.kind === 'memory');
  if (!hasMemory || !has('_start', 'function'))
    throw new WasmsigError('ERR_START', `${name}: ${describeNoCommand(module)}`);
  if (isLinked(module) && !has('wasmsig_deliver', 'function')) {
    throw new WasmsigError(
      'ERR_ABI',
      `${name}: imports wasmsig.attach but does not export wasmsig_deliver: link it with the options of the wasmsig library`,
    );
  }
}

/**
 * The kind of safe points that `wasmsig instrument` put into the module's loops; undefined if it did not.
 * @param {WebAssembly.Module} module
 * @returns {'shared' | 'countdown' | undefined}
 */
export function safePointsOf(module) {
  const [mark] = WebAssembly.Module.customSections(module, IMPORT_MODULE);
  if (!mark) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(mark)).look;
  } catch {
    return undefined; // another tool's section
  }
}
