// @ts-check
/** Runs an Emscripten program in a browser, in the guest's agent. */

import { runScript } from '../guest/emscripten_program.js';
import { besideScript } from '../guest/module_kind.js';
import { WasmsigError } from '../engine/errors.js';
import { HOW_TO_ISOLATE, hasSharedMemory } from '../engine/features.js';
import { importedMemory } from '../guest/wasm_header.js';

/**
 * @param {import('./agent.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, program, host, load }) {
  const url = /** @type {string} */ (program.url);
  const { name, args, env, dirs } = start;
  const wasm = besideScript(url);
  const bytes = await load(wasm, true);
  if (!bytes && (start.instrument || start.yields))
    throw new WasmsigError(
      'ERR_START',
      `${name}: no ${wasm}, which ${start.instrument ? 'instrument: true' : 'a page without shared memory'} needs (a single-file build has none)`,
    );
  const threads = bytes && importedMemory(bytes)?.shared;
  if (threads && !hasSharedMemory()) {
    throw new WasmsigError('ERR_START', `${name}: a program with threads needs SharedArrayBuffer: ${HOW_TO_ISOLATE}`);
  }
  const running = runScript({
    name,
    url,
    host,
    bytes,
    args,
    env,
    folders: Object.keys(dirs),
    mount: (files, place, folder) => write(files, place, dirs[folder]),
  });
  return threads ? Promise.race([running, crashOfThread()]) : running;
}

/**
 * Rejects when one of the program's threads crashes: the program's script then throws the event that reports it, where
 * no caller can catch it.
 * @returns {Promise<never>}
 */
function crashOfThread() {
  return new Promise((_, reject) =>
    addEventListener('error', (event) => {
      if (!(event.error instanceof ErrorEvent)) return;
      event.preventDefault();
      const [, trap] = /RuntimeError: (.*)/.exec(event.error.message) ?? [];
      reject(trap ? new WebAssembly.RuntimeError(trap) : new Error(event.error.message));
    }),
  );
}

/**
 * @param {any} files Emscripten's FS
 * @param {string} place
 * @param {import('./agent.js').Tree} tree
 */
function write(files, place, tree) {
  for (const [name, node] of Object.entries(tree)) {
    const path = `${place}/${name}`;
    if (typeof node === 'string' || node instanceof Uint8Array) {
      files.writeFile(path, node);
    } else {
      files.mkdirTree(path);
      write(files, path, node);
    }
  }
}
