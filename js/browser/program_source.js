// @ts-check
/** What a page can give spawn() as a program. */

import { wrong } from '../owner/spawn_options.js';

/**
 * @param {Parameters<typeof import('./spawn.js').spawn>[0]} source
 * @param {URL | undefined} url
 * @returns {Promise<import('./agent.js').Program>}
 */
export async function programOf(source, url) {
  if (url) return { url: url.href };
  const given = await source;
  if (given instanceof WebAssembly.Module) return { module: given };
  if (given instanceof ArrayBuffer) return { bytes: new Uint8Array(given) };
  if (given instanceof Uint8Array) return { bytes: given };
  if (!(given instanceof Response))
    throw new TypeError('a program is a URL, a Response, the bytes of a wasm file or a WebAssembly.Module');
  if (!given.ok) throw new Error(`${given.url} cannot be fetched: ${given.status} ${given.statusText}`);
  return { bytes: new Uint8Array(await given.arrayBuffer()) };
}

/** @param {any} source @throws {TypeError} the result of a promise is checked when it arrives */
export function checkSource(source) {
  const kinds = [URL, Response, Uint8Array, ArrayBuffer, WebAssembly.Module];
  if (typeof source !== 'string' && typeof source?.then !== 'function' && !kinds.some((kind) => source instanceof kind))
    throw wrong('a program', 'a URL, a Response, the bytes of a wasm file or a WebAssembly.Module', source);
}
