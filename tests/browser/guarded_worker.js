// @ts-check
// A worker whose WebAssembly is wrapped: it compiles what it is given by itself, as a package does, and calls an export of it under limits.

import { guards, run } from '../../js/register/index.js';

/** @type {WebAssembly.Exports} */ let exported;

/** What another thread needs to send, or why there is nothing. */
function handle() {
  try {
    return { handle: guards().at(-1)?.handle() };
  } catch (error) {
    return { refused: /** @type {any} */ (error).code };
  }
}

addEventListener('message', async ({ data: { bytes, call, args = [], limits } }) => {
  if (bytes) {
    exported = (await WebAssembly.instantiate(bytes)).instance.exports;
    return postMessage(handle());
  }
  postMessage({ calls: call });
  try {
    postMessage({ result: run(() => /** @type {Function} */ (exported[call])(...args), limits) });
  } catch (error) {
    const { code, signal } = /** @type {any} */ (error);
    postMessage({ code, signal });
  }
});
