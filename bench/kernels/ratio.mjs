// @ts-check
/** One kernel in one engine: the time of its instrumented form divided by that of the original. For Node and pages. */

import { hinted } from '../../js/engine/branch_hints.js';

/** How long one call shall take at least, in microseconds. */
const CALL = 3000;
/** Calls of each form first, and for so many milliseconds: until the optimising compiler, which works beside, has finished. */
const WARM = 6;
const WARM_MS = 150;

/** @typedef {<T>(make: () => T) => T} Compile */

/** @param {Uint8Array} bytes @param {Compile} compile */
function load(bytes, compile) {
  const { exports } = new WebAssembly.Instance(
    compile(() => new WebAssembly.Module(/** @type {BufferSource} */ (bytes))),
  );
  return /** @type {(n: number) => number} */ (exports.run);
}

/**
 * Both forms are warmed, then take turns: original, instrumented, instrumented, original.
 *
 * @param {Uint8Array} before
 * @param {Uint8Array} after
 * @param {number} rounds
 * @param {() => number} clock microseconds
 * @param {Compile} [compile] as spawn(), the guard and wasmsig/register compile
 * @returns {number} the median of the rounds
 */
export function ratio(before, after, rounds, clock, compile = hinted) {
  const [original, instrumented] = [load(before, compile), load(after, compile)];
  const time = (/** @type {(n: number) => number} */ run) => {
    const began = clock();
    run(n);
    return clock() - began;
  };
  let n = 1;
  while (time(original) < CALL) n *= 2;
  const began = performance.now();
  for (let i = 0; i < WARM || performance.now() - began < WARM_MS; ++i)
    if (original(n) !== instrumented(n)) throw new Error('the results differ');
  const ratios = Array.from({ length: rounds }, () => {
    const first = time(original);
    const both = time(instrumented) + time(instrumented);
    return both / (first + time(original));
  });
  return ratios.sort((a, b) => a - b)[rounds >> 1];
}
