// @ts-check
/** Send and spin until the other side has acknowledged: what all latency rows do, in the same loop. */

/**
 * @param {object} options
 * @param {(number: number) => void} options.send    the number-th send, counted from 1
 * @param {Int32Array} options.words                 of the other side
 * @param {number} options.index                     of the word that it counts up, or sets to the number
 * @param {number} options.times
 * @param {number} options.gapMs                     before each: for the other side to fall asleep
 * @returns {Promise<Float64Array>} nanoseconds
 */
export async function roundTrip({ send, words, index, times, gapMs }) {
  const samples = new Float64Array(times);
  const never = new Int32Array(new SharedArrayBuffer(4));
  const warm = Math.min(times, 500);
  for (let i = 1; i <= warm + times; i++) {
    if (gapMs) Atomics.wait(never, 0, 0, gapMs);
    const before = performance.now();
    send(i);
    if (!spinUntil(words, index, i)) throw new Error(`send ${i} was never acknowledged`);
    if (i > warm) samples[i - 1 - warm] = (performance.now() - before) * 1e6;
    // The first messages of a worker need the event loop.
    if (i <= 2) await new Promise((resolve) => setImmediate(resolve));
  }
  return samples;
}

/** @param {Int32Array} words @param {number} index @param {number} value */
function spinUntil(words, index, value) {
  for (let i = 0; i < 2e9; i++) if (Atomics.load(words, index) === value) return true;
  return false;
}

/**
 * How many a second, one after the other.
 * @param {(number: number) => void} send
 * @param {Int32Array} words
 * @param {number} index
 * @param {number} times
 */
export function rate(send, words, index, times) {
  const first = Atomics.load(words, index);
  const before = performance.now();
  for (let i = 1; i <= times; i++) {
    send(first + i);
    if (!spinUntil(words, index, first + i)) throw new Error('a send was never acknowledged');
  }
  return (times * 1000) / (performance.now() - before);
}
