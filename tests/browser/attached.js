// @ts-check
// A program that is instantiated by hand, as a page or a worker of somebody's own would do it. In a worker: attached_worker.js.

import { ConsoleStdout, File, OpenFile, WASI } from '@bjorn3/browser_wasi_shim';
import { attach, instrument } from '../../js/browser/index.js';

/**
 * @typedef {object} Job
 * @property {string} url              of a .wasm or an Emscripten .mjs
 * @property {string[]} [args]
 * @property {import('../../js/attach.js').AttachOptions} [options]
 * @property {string} [before]         a signal that is sent before it starts
 */

/**
 * @param {Job} job
 * @param {(text: string) => void} print
 * @param {(process: import('../../js/owner/process.js').Process) => void} ready  it has attached
 * @returns {Promise<import('../../js/owner/process.js').Exit>}
 */
export async function run({ url, args = [], options = {}, before }, print, ready) {
  const emscripten = url.endsWith('.mjs');
  const file = new Uint8Array(await (await fetch(url.replace(/\.mjs$/, '.wasm'))).arrayBuffer());
  const { bytes } = await instrument(file, { memory: 'keep' });
  const text = new TextDecoder();
  const output = () => new ConsoleStdout((part) => print(text.decode(part, { stream: true })));
  const wasi = emscripten
    ? undefined
    : new WASI(['program', ...args], [], [new OpenFile(new File([])), output(), output()]);
  const { process, imports, start } = attach({ ...options, wasi });
  process.addEventListener('ready', () => ready(process));
  if (before) process.kill(before);
  if (!emscripten) return start(await WebAssembly.instantiate(bytes, imports));
  const { default: factory } = await import(url);
  const line = (/** @type {string} */ words) => print(`${words}\n`);
  return start(factory, { wasmBinary: bytes, arguments: args, print: line, printErr: line });
}
