// @ts-check
// The programs of programs/: each uses one package by its own interface, as it does without wasmsig.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Access to the packages in the cache folder
 * @property {(name: string) => Promise<any>} use imports
 * @property {(name: string) => any} load requires
 * @property {(path: string) => string} path of a file below node_modules
 * @property {(path: string) => Uint8Array<ArrayBuffer>} bytes of that file
 */

/**
 * @typedef {object} App
 * @property {() => unknown} smoke a small use of the package: what it returns is compared as JSON
 * @property {() => unknown} long computes without end, or for much longer than the limits here
 * @property {{how: string, renews?: boolean, call: () => unknown}} [recover] what the package asks for after an end, to be
 *   used again; `renews`: it is a new instance
 * @property {(guard: import('../../../js/guard/guard.js').Guard) => void} [handle] sets a handler of SIGINT, by which the
 *   program ends `long` in its own way
 */

/**
 * @typedef {object} Program
 * @property {string[]} packages the package, and others that hold its wasm
 * @property {(access: Access) => Promise<App>} open loads it
 * @property {string} does what `long` is, for people
 * @property {boolean} [oneGuard] all its instances have one guard: it makes some in its calls, or not each has
 *   the export that is a handler
 * @property {{ended?: string, usable?: string, paused?: string, handled?: string}} [known] what is not as it should be, with the reason
 */

/** @param {string} name @returns {Promise<Program>} */
export const programOf = (name) => import(`./programs/${name}.mjs`);

/** @param {string} folder @returns {Promise<Access>} */
export async function accessTo(folder) {
  const { use } = await import(pathToFileURL(join(folder, 'use.mjs')).href);
  const path = (/** @type {string} */ file) => join(folder, 'node_modules', file);
  const bytes = (/** @type {string} */ file) => Uint8Array.from(readFileSync(path(file)));
  return { use, path, bytes, load: createRequire(join(folder, 'package.json')) };
}

/** @param {string} name @param {string} folder */
export async function openProgram(name, folder) {
  const { open } = await programOf(name);
  return open(await accessTo(folder));
}

/** @param {App} app @returns {Promise<string>} */
export async function smokeOf(app) {
  const text = JSON.stringify(await app.smoke(), (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  if (text === undefined || text.length < 3) throw new Error(`the smoke program said ${text}`);
  return text;
}
