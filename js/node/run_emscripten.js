// @ts-check
/** Runs an Emscripten program in Node, in the guest's worker. */

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { runScript } from '../guest/emscripten_program.js';
import { besideScript } from '../guest/module_kind.js';
import { WasmsigError } from '../engine/errors.js';
import { isFolder } from './folder.js';

/**
 * @param {import('./agent.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, host, load }) {
  const script = /** @type {string} */ (start.path);
  const wasm = besideScript(script);
  const { name, args, env, dirs } = start;
  const bytes = existsSync(wasm) ? /** @type {Uint8Array<ArrayBuffer>} */ (await load(wasm)) : undefined;
  if (start.instrument && !bytes)
    throw new WasmsigError('ERR_START', `${name}: no ${wasm} beside it to instrument (a single-file build cannot be)`);
  return runScript({
    name,
    url: pathToFileURL(script).href,
    host,
    bytes,
    args,
    env,
    folders: Object.keys(dirs),
    mount: (files, place, folder) => {
      const nodefs = files.filesystems?.NODEFS;
      if (!nodefs)
        throw new WasmsigError(
          'ERR_START',
          `${name}: it cannot see folders of the host: link it with -lnodefs.js -sEXPORTED_RUNTIME_METHODS=FS`,
        );
      if (!isFolder(dirs[folder]))
        throw new WasmsigError('ERR_START', `${name}: ${dirs[folder]}, its folder ${folder}, is no folder`);
      files.mount(nodefs, { root: dirs[folder] }, place);
    },
  });
}
