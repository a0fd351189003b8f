// @ts-check
// Why: docs/rationale.md#why-does-the-package-carry-its-wasm-as-text
import { Module } from './own_wasm.js';

/** The characters of such a text: those of ASCII that stand for themselves in every kind of string, and in HTML. */
const ALPHABET = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (character) => !'"\'`\\$<&'.includes(character),
);
/** So many byte values, the most frequent ones, are one character; the others are two. */
const SINGLE = ALPHABET.length - 2;
const ORDER_DIGITS = 512;

/**
 * The text of a module: all byte values, the most frequent first, as two hexadecimal digits each, and then its bytes.
 * @param {Uint8Array} bytes
 */
export function inline(bytes) {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  const order = Array.from(counts.keys()).sort((one, other) => counts[other] - counts[one] || one - other);
  const codes = /** @type {string[]} */ ([]);
  order.forEach((byte, i) => {
    const rare = i - SINGLE;
    codes[byte] =
      rare < 0 ? ALPHABET[i] : ALPHABET[SINGLE + Math.floor(rare / ALPHABET.length)] + ALPHABET[rare % ALPHABET.length];
  });
  const head = order.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return head + Array.from(bytes, (byte) => codes[byte]).join('');
}

/** The bytes of which inline() made a text. @param {string} text */
export function inlined(text) {
  const order = Array.from({ length: 256 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
  /** @type {number[]} */
  const places = [];
  ALPHABET.forEach((character, i) => {
    places[character.charCodeAt(0)] = i;
  });
  const bytes = new Uint8Array(text.length - ORDER_DIGITS);
  let length = 0;
  for (let at = ORDER_DIGITS; at < text.length; at++) {
    const place = places[text.charCodeAt(at)];
    bytes[length++] =
      order[place < SINGLE ? place : SINGLE + (place - SINGLE) * ALPHABET.length + places[text.charCodeAt(++at)]];
  }
  return bytes.slice(0, length);
}

/**
 * Compiles a module that a JavaScript file carries as text (scripts/inline_wasm.mjs): synchronously, which engines allow
 * on a page's main thread up to 8 MB.
 *
 * @param {string} text
 * @throws {WebAssembly.CompileError} a page's Content-Security-Policy forbids wasm
 */
export function compileInlined(text) {
  return new Module(inlined(text));
}
