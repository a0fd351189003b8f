// @ts-check
/**
 * Instrumented modules in Cache Storage, so that a site pays for it once: by the content of the module, the options, and
 * the rewriter. Where there is no Cache Storage (a page that is not secure), or its quota is used up, modules are made
 * each time.
 */
import rewriter from '../instrument/rewriter_wasm.js';

const NAME = 'wasmsig-instrumented';
/** How many are kept. */
const MOST = 32;

/** @param {BufferSource} bytes */
async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @type {Promise<string> | undefined} */
let rewriterHash;

/**
 * The bytes that `make` gives for this module, from the store if they are there.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {{memory?: string, runtime?: string}} options those that `make` uses
 * @param {() => Promise<Uint8Array<ArrayBuffer>>} make
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function stored(bytes, { memory, runtime }, make) {
  /** @type {Cache} */
  let store;
  let address;
  try {
    rewriterHash ??= hash(new TextEncoder().encode(rewriter));
    // No server is asked: .invalid is reserved for names that exist nowhere (RFC 2606).
    address = `https://wasmsig.invalid/${await rewriterHash}/${memory ?? ''}/${runtime ?? ''}/${await hash(bytes)}`;
    store = await caches.open(NAME);
    const found = await store.match(address);
    if (found) return new Uint8Array(await found.arrayBuffer());
  } catch {
    return make();
  }
  const made = await make();
  try {
    await store.put(address, new Response(made));
    const keys = await store.keys();
    for (const key of keys.slice(0, Math.max(0, keys.length - MOST))) await store.delete(key);
  } catch {
    // no room
  }
  return made;
}
