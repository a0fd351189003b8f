// @ts-check
/** Runs a WASI command on node:wasi, in the guest's worker. */

import { WasmsigError } from '../engine/errors.js';
import { compile } from '../engine/branch_hints.js';
import { isLinked } from '../guest/module_kind.js';
import { runCommand } from '../guest/wasi_program.js';
import { isFolder } from './folder.js';
import { nodeWasi } from './node_wasi.js';

/**
 * @param {import('./agent.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, host, load }) {
  const bytes = start.module ? undefined : await load();
  const module = start.module ?? (await compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  // A program that cannot send never reads the port, which must not keep this worker alive.
  if (!isLinked(module)) start.peers.unref();
  return runCommand({ name: start.name, host, wasi: await wasiFor(start), module, bytes, piped: start.piped });
}

/** @param {import('./agent.js').Start} start */
async function wasiFor({ name, args, env, dirs }) {
  for (const [place, folder] of Object.entries(dirs)) {
    // Checked here, since the errors of node:wasi name neither the folder nor the reason.
    if (!isFolder(folder)) throw new WasmsigError('ERR_START', `${name}: ${folder}, its folder ${place}, is no folder`);
  }
  try {
    return await nodeWasi({ args, env, preopens: dirs });
  } catch (error) {
    throw new WasmsigError('ERR_START', `${name}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}
