// @ts-check
/** The libraries and headers for C programs that come with the package, in dist/TARGET. Node only. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The targets of the libraries, which are also the names of their folders. */
export const TARGETS = ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread'];

/**
 * The folder with a target's `include` and `lib`: CMAKE_PREFIX_PATH.
 * @param {string} target
 * @returns {string}
 * @throws {Error} the target is not in the package, or has not been built in a checkout
 */
export function prefix(target) {
  if (!TARGETS.includes(target)) throw new Error(`unknown target "${target}": the targets are ${TARGETS.join(', ')}`);
  const folder = fileURLToPath(new URL(`../../dist/${target}`, import.meta.url));
  if (!existsSync(folder))
    throw new Error(`there is no ${folder}: in a checkout, "npm run prebuild -- --only ${target}" makes it`);
  return folder;
}

/** @param {string} target */
export function pkgconfig(target) {
  return `${prefix(target)}/lib/pkgconfig`;
}

/**
 * The flags that a compiler needs, from the target's pkg-config file.
 * @param {string} target
 * @param {string} [library] `wasmsig` or, for WASI hosts without the host ABI, `wasmsig-alone`
 * @returns {{cflags: string[], libs: string[]}}
 */
export function flags(target, library = 'wasmsig') {
  const folder = pkgconfig(target);
  const file = `${folder}/${library}.pc`;
  if (!existsSync(file)) throw new Error(`there is no ${library} for ${target}`);
  const { variables, fields } = readPkgConfig(readFileSync(file, 'utf8'), folder);
  const read = (/** @type {string} */ field) =>
    (fields.get(field) ?? '')
      .split(' ')
      .filter(Boolean)
      .map((flag) => tidy(expand(flag, variables)));
  return { cflags: read('Cflags'), libs: read('Libs') };
}

/**
 * Reads only what our own files contain of the file format: no comments, quotes or escapes.
 * @param {string} text
 * @param {string} folder of the file
 */
function readPkgConfig(text, folder) {
  const variables = new Map([['pcfiledir', folder]]);
  /** @type {Map<string, string>} */
  const fields = new Map();
  for (const line of text.split('\n')) {
    const [, name, mark, value] = /^(\w+)(=|: ?)(.*)$/.exec(line) ?? [];
    if (mark === '=') variables.set(name, expand(value, variables));
    else if (name) fields.set(name, value);
  }
  return { variables, fields };
}

/** @param {string} text @param {Map<string, string>} variables */
function expand(text, variables) {
  return text.replace(/\$\{(\w+)\}/g, (_, name) => variables.get(name) ?? '');
}

/** Resolves the `..` in the path of a flag. @param {string} flag */
function tidy(flag) {
  return flag.replace(/^(-I|-L|-isystem|--js-library=)(.*)$/, (_, option, path) => option + resolve(path));
}
