// @ts-check
/**
 * The features of this JavaScript engine, detected once. No other file in js/ asks a platform what it is.
 *
 * @typedef {object} Features
 * @property {boolean} node Node's own modules can be imported
 * @property {boolean} sharedMemory SharedArrayBuffer exists (a page needs cross-origin isolation)
 * @property {boolean} mayBlock this agent may use Atomics.wait (a page's main thread may not), at least on memory of
 *   its own
 * @property {boolean} waitAsync Atomics.waitAsync
 * @property {boolean} threads shared wasm memory
 * @property {boolean} multiMemory more than one memory in a module
 * @property {boolean} stackSwitching JavaScript promise integration
 * @property {boolean} exceptions wasm exceptions
 */

/** @type {Features | undefined} */
let found;
/** @type {Int32Array | undefined} */
let word;
/** @type {boolean | undefined} */
let blocks;

/** @returns {Features} */
export function features() {
  found ??= Object.freeze({
    node: typeof process === 'object' && typeof process?.versions?.node === 'string',
    sharedMemory: hasSharedMemory(),
    mayBlock: mayBlock(),
    waitAsync: typeof (/** @type {any} */ (Atomics).waitAsync) === 'function',
    threads: hasSharedMemory() && validates([0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1]),
    multiMemory: validates([0, 97, 115, 109, 1, 0, 0, 0, 5, 5, 2, 0, 1, 0, 1]),
    stackSwitching: hasStackSwitching(),
    exceptions: typeof (/** @type {any} */ (WebAssembly).Exception) === 'function',
  });
  return found;
}

/** What a page lacks where hasSharedMemory() is false, as the end of a sentence. */
export const HOW_TO_ISOLATE =
  'serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';

export function hasSharedMemory() {
  return typeof SharedArrayBuffer === 'function';
}

export function hasStackSwitching() {
  return typeof (/** @type {any} */ (WebAssembly).Suspending) === 'function';
}

/** The test costs nothing: it waits for a value that the word does not have. */
export function mayBlock() {
  if (blocks !== undefined) return blocks;
  try {
    Atomics.wait(privateWord(), 0, 1, 0);
    return (blocks = true);
  } catch {
    return (blocks = false);
  }
}

/**
 * A word on which this agent alone can sleep for a time. Without cross-origin isolation there is no SharedArrayBuffer
 * to post to other agents, but wasm has shared memory all the same.
 */
export function privateWord() {
  word ??= new Int32Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer, 0, 1);
  return word;
}

/** @param {number[]} bytes */
function validates(bytes) {
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(bytes));
}
