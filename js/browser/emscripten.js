// @ts-check
/** Runs an Emscripten program in a browser. In the guest's agent. */

import { runScript } from '../emscripten.js';

/**
 * @param {import('./agent.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, program, guest, load }) {
  const url = /** @type {string} */ (program.url);
  const { name, args, env, dirs } = start;
  const bytes = await load(url.replace(/\.m?js(?=$|[?#])/, '.wasm'));
  return runScript({
    name, url, guest, bytes, args, env, folders: Object.keys(dirs),
    mount: (files, place, folder) => write(files, place, dirs[folder]),
  });
}

/**
 * @param {any} files  Emscripten's FS
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
