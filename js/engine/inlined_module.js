// @ts-check
import { Module } from './own_wasm.js';

/**
 * Compiles a module that a JavaScript file carries as text (scripts/inline_wasm.mjs): synchronously, which engines allow
 * on a page's main thread up to 8 MB.
 *
 * @param {string} text two hexadecimal digits for each byte
 * @throws {WebAssembly.CompileError} a page's Content-Security-Policy forbids wasm
 */
export function compileInlined(text) {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digit(text, 2 * i) << 4) | digit(text, 2 * i + 1);
  return new Module(bytes);
}

/** @param {string} text @param {number} at */
function digit(text, at) {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
