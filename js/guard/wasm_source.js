// @ts-check
/** The bytes of a module: from where they come, and what they say without being compiled. */

/** @typedef {ArrayBuffer | ArrayBufferView | Response} Source */

/** The section of tags, which exceptions of wasm need. */
const TAG_SECTION = 13;
const HEADER_BYTES = 8;

/**
 * @param {Source | PromiseLike<Source>} source
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {TypeError} it is something else, or a response that is not ok
 */
export async function bytesOf(source) {
  const given = await source;
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (ArrayBuffer.isView(given))
    return Uint8Array.from(new Uint8Array(given.buffer, given.byteOffset, given.byteLength));
  if (typeof Response === 'function' && given instanceof Response) {
    if (!given.ok) throw new TypeError(`${given.url}: HTTP status ${given.status}`);
    return new Uint8Array(await given.arrayBuffer());
  }
  throw new TypeError('a module is given as its bytes, or as a Response');
}

/**
 * Whether a module has exceptions of its own, so that it may catch an error that is thrown at a safe point.
 * @param {Uint8Array} bytes of a valid module
 */
export function mayCatch(bytes) {
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    if (bytes[at++] === TAG_SECTION) return true;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size += (byte & 0x7f) * 2 ** shift;
      if (!(byte & 0x80)) break;
    }
    at += size;
  }
  return false;
}
