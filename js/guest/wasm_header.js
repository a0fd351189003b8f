// @ts-check
/**
 * The little that the host reads of a wasm file before an engine compiles it: whether it is one, and the limits of the
 * memory that it imports, which an engine does not tell.
 */

import { WasmsigError } from '../engine/errors.js';

/**
 * @typedef {{module: string, name: string, initial: number, maximum: number | undefined, shared: boolean}} MemoryImport
 */

/** @param {Uint8Array} bytes */
export function isWasm(bytes) {
  return (
    bytes.length >= 8 &&
    bytes[0] === 0 &&
    bytes[1] === 0x61 &&
    bytes[2] === 0x73 &&
    bytes[3] === 0x6d &&
    bytes[4] === 1 &&
    bytes[5] === 0
  );
}

const PRINTABLE = /^[\t\n\r\x20-\x7e]+$/;

/**
 * What bytes are that are no wasm file.
 * @param {Uint8Array} bytes
 * @returns {string} the end of a sentence that begins with the file's name
 */
export function describeNoWasm(bytes) {
  const head = String.fromCharCode(...bytes.subarray(0, 8));
  if (head.startsWith('\0asm') && bytes[6] === 1)
    return 'a component, not a module: give the core module that it is made of';
  if (PRINTABLE.test(head))
    return 'not a wasm file, but text (a script of Emscripten has a name with .mjs, .js or .cjs)';
  return 'not a wasm file';
}

/**
 * The memory that a module imports, if any. The module was validated before, so its sections are well-formed.
 * @param {Uint8Array} bytes
 * @returns {MemoryImport | undefined}
 */
export function importedMemory(bytes) {
  let at = 8;
  const text = new TextDecoder();
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw new WasmsigError('ERR_START', 'the wasm file ends in the middle');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const name = () => {
    const length = number();
    at += length;
    return text.decode(bytes.subarray(at - length, at));
  };
  const limits = () => {
    const flags = number();
    const initial = number();
    return { initial, maximum: flags & 1 ? number() : undefined, shared: (flags & 2) !== 0 };
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section !== 2) {
      at = end;
      continue;
    }
    for (let count = number(); count > 0; count--) {
      const from = { module: name(), name: name() };
      switch (bytes[at++]) {
        case 0:
          number();
          break;
        case 1:
          at++;
          limits();
          break;
        case 2:
          return { ...from, ...limits() };
        case 3:
          at += 2;
          break;
        case 4:
          at++;
          number();
          break;
        default:
          return undefined; // a kind of import that is newer than this reader
      }
    }
    return undefined;
  }
  return undefined;
}
