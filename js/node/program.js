// @ts-check
/** Runs a WASI command on node:wasi. In the guest's worker. */

import { isLinked, runCommand } from '../program.js';

/**
 * @param {import('./worker.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, guest, load }) {
  const bytes = start.module ? undefined : await load();
  const module = start.module ?? (await WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  // Nobody looks at the port for a program that cannot send; it must not keep this worker alive.
  if (!isLinked(module)) start.peers.unref();
  const WASI = await quietly();
  /** @type {any} */
  const wasi = new WASI({ version: 'preview1', args: start.args, env: start.env, preopens: start.dirs });
  wasi.initialize ??= (/** @type {WebAssembly.Instance} */ { exports }) => wasi.setMemory(exports.memory); // Bun's class, which is another one
  return runCommand({ name: start.name, guest, wasi, module, bytes, piped: start.piped });
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
