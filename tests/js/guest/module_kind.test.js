// @ts-check
// What spawn() says of a wasm file that is no WASI command. Those that emcc makes: tests/e2e/libraries.test.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import binaryen from 'binaryen';
import { spawn } from '../../../js/node/index.js';
import { guest } from '../../guests/wat_guests.js';
import { LIMIT } from '../../support/watched_guest.js';

/** @param {string} fields */
function wat(fields) {
  const module = binaryen.parseText(`(module ${fields})`);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** A module and a custom section. @param {string} name */
function withSection(name) {
  const text = new TextEncoder().encode(name);
  return Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 0, text.length + 1, text.length, ...text);
}

const MEMORY = '(memory (export "memory") 1)';
const WORK = '(func (export "work"))';

/** @type {Record<string, [bytes: Uint8Array, message: RegExp]>} */
const KINDS = {
  'a reactor': [
    guest('', { entry: '_initialize', linked: false }),
    /a WASI reactor, .*_initialize and no _start.* wasmsig\/guard/,
  ],
  'a reactor with the library': [guest('', { entry: '_initialize' }), /a WASI reactor, .* attach\(\) gives it signals/],
  'a library': [wat(MEMORY + WORK), /a library, .*no _start.* wasmsig\/guard/],
  'a library with its memory under another name': [wat(`(memory (export "mem") 1) ${WORK}`), /a library, /],
  'a command with its memory under another name': [
    wat('(memory (export "mem") 1) (func (export "_start"))'),
    /without a memory of the name "memory"/,
  ],
  'a wasm file of Emscripten': [
    wat(`${MEMORY} (func (export "__wasm_call_ctors")) (func (export "main"))`),
    /the wasm file of an Emscripten module: give the \.mjs, \.js or \.cjs/,
  ],
  'one with short names': [
    wat('(import "a" "a" (func)) (memory (export "b") 1) (func (export "c")) (table (export "d") 1 funcref)'),
    /the wasm file of an Emscripten module/,
  ],
  'a program of Go for JavaScript': [
    wat(`(import "gojs" "runtime.wasmExit" (func)) (memory (export "mem") 1) (func (export "run"))`),
    /a Go program for JavaScript: build it with GOOS=wasip1, or import wasmsig\/register/,
  ],
  'a library of wasm-bindgen': [
    wat(`(import "wbg" "__wbindgen_throw" (func)) ${MEMORY} ${WORK}`),
    /a library of wasm-bindgen: import wasmsig\/register/,
  ],
  'a side module': [withSection('dylink.0'), /a side module/],
  'an object file': [withSection('linking'), /an object file: link it first/],
  'an empty module': [wat(''), /a module without memory/],
  'a component': [Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0), /a component, not a module/],
  'a script': [new TextEncoder().encode('export default function () {}\n'), /not a wasm file, but text/],
  'other bytes': [Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0), /: not a wasm file$/],
};

for (const [what, [bytes, message]] of Object.entries(KINDS))
  test(`${what} is named, and what serves it`, LIMIT, async () => {
    for (const options of [{}, { instrument: true }]) {
      const child = spawn(bytes, { stdin: 'ignore', name: 'given.wasm', ...options });
      await assert.rejects(child.exited, (/** @type {any} */ error) => {
        assert.equal(error.code, 'ERR_START', error.message);
        assert.match(error.message, /^given\.wasm: [^\n]+$/);
        // what cannot be instrumented is refused there
        if (!('instrument' in options) || !/object file|side module/.test(what)) assert.match(error.message, message);
        return true;
      });
    }
  });
