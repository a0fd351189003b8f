// @ts-check
/** Runs a WASI command: instantiates it with node:wasi and the host, and calls _start. In the guest's worker. */

import { IMPORT_MODULE } from '../abi.js';
import { WasmsigError } from '../errors.js';
import { importedMemory } from '../wasm.js';
import { wasiImports } from './wasi.js';

/**
 * @param {import('./worker.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, guest, load }) {
  const bytes = start.module ? undefined : await load();
  const module = start.module ?? (await WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  const linked = checkShape(module, start.name);
  if (!linked) start.peers.unref();

  const WASI = await quietly();
  const wasi = new WASI({ version: 'preview1', args: start.args, env: start.env, preopens: start.dirs, returnOnExit: true });
  /** @type {WebAssembly.Instance} */
  let instance;
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  const imports = {
    wasi_snapshot_preview1: wasiImports({ guest, wasi, memory: () => memory ?? /** @type {WebAssembly.Memory} */ (instance.exports.memory), piped: start.piped }),
    [IMPORT_MODULE]: guest.imports(() => instance),
  };
  const wanted = bytes && importedMemory(bytes);
  if (wanted) {
    memory = new WebAssembly.Memory(wanted);
    Object.assign(imports, { [wanted.module]: { .../** @type {any} */ (imports)[wanted.module], [wanted.name]: memory } });
  }
  const missing = WebAssembly.Module.imports(module).find(({ module: from, name }) => /** @type {any} */ (imports)[from]?.[name] === undefined);
  if (missing) throw new WasmsigError('ERR_START', `${start.name}: needs the import "${missing.module}" "${missing.name}" (${missing.kind}), which this host does not have`);
  instance = await WebAssembly.instantiate(module, imports);
  // node:wasi wants the memory among the exports, where an imported one need not be.
  const seen = instance.exports.memory ? instance : { exports: { ...instance.exports, memory } };
  if (!linked) guest.plain();
  return wasi.start(seen);
}

/**
 * @param {WebAssembly.Module} module
 * @param {string} name
 * @returns {boolean} whether it was linked with the wasmsig library
 */
function checkShape(module, name) {
  const exports = WebAssembly.Module.exports(module);
  const imports = WebAssembly.Module.imports(module);
  const has = (/** @type {string} */ wanted, /** @type {string} */ kind) => exports.some((one) => one.name === wanted && one.kind === kind);
  if (!has('memory', 'memory') && !imports.some((one) => one.kind === 'memory')) throw new WasmsigError('ERR_START', `${name}: a module without memory is not a WASI program`);
  if (!has('_start', 'function')) throw new WasmsigError('ERR_START', `${name}: not a WASI command: it does not export _start`);
  const linked = imports.some((one) => one.module === IMPORT_MODULE && one.name === 'attach');
  if (linked && !has('wasmsig_deliver', 'function')) {
    throw new WasmsigError('ERR_ABI', `${name}: imports wasmsig.attach but does not export wasmsig_deliver: link it with the options of the wasmsig library`);
  }
  return linked;
}

/** node:wasi without its warning, which is about the module's age and not about this program. */
async function quietly() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (await import('node:wasi')).WASI;
  } finally {
    process.emitWarning = emitWarning;
  }
}
