// @ts-check
/** Runs a WASI command on node:wasi. In the guest's worker. */

import { isLinked, runCommand } from '../program.js';
import { nodeWasi } from './wasi.js';

/**
 * @param {import('./worker.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, guest, load }) {
  const bytes = start.module ? undefined : await load();
  const module = start.module ?? (await WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  // Nobody looks at the port for a program that cannot send; it must not keep this worker alive.
  if (!isLinked(module)) start.peers.unref();
  const wasi = await nodeWasi({ args: start.args, env: start.env, preopens: start.dirs });
  return runCommand({ name: start.name, guest, wasi, module, bytes, piped: start.piped });
}
