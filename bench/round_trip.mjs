// @ts-check
/** Send and spin until the other side has acknowledged: what all latency rows do, in the same loop, in Node and in pages. */

/** A peer that has not answered for so long has lost what was sent. */
const LOST_MS = 20;
/** One that has lost so many in a row does not answer at all. */
const MOST_LOST = 250;
/**
 * Rounds that warm the engine. Before samples with gaps there are more, without gaps: a sender's code is compiled anew
 * for each guest, and a few thousand rounds pass until it is; samples of two tiers would be mixed.
 */
export const WARM = 500;
const WARM_WITHOUT_GAPS = 10_000;

/** What a wake-up costs depends on how deep the processor sleeps; the gap lets the other side fall asleep. */
export const GAP_MS = 0.1;

/**
 * @typedef {object} Target
 * @property {(number: number) => void} send  the number-th send, counted from 1
 * @property {Int32Array} words               of the other side
 * @property {number} index                   of the word that it changes
 */

/**
 * @param {Target & {times: number, began?: () => number, mostMs?: number, gapMs?: number, batch?: number, lossy?: boolean}} options
 *   `began`: when the other side began to answer, by Node's monotonic clock; the samples are the ways to it then, and no round trips. `mostMs`: there may be fewer samples if it takes longer. `gapMs`: before each, for the other side to fall asleep. `batch`: each sample is the mean of so many, for clocks that are coarse. `lossy`: what was lost is sent
 *   again and is no sample; otherwise it is an error
 * @returns {Promise<Float64Array>} nanoseconds
 */
export async function roundTrip({
  send,
  words,
  index,
  times,
  began: answeredAt,
  mostMs = Infinity,
  gapMs = 0,
  batch = 1,
  lossy = false,
}) {
  const samples = new Float64Array(times);
  const never = new Int32Array(new SharedArrayBuffer(4));
  const warm = Math.min(times, WARM) + (gapMs && WARM_WITHOUT_GAPS);
  const began = performance.now();
  let number = 0;
  let lost = 0;
  for (let i = -warm; i < times; ) {
    if (performance.now() - began > mostMs) {
      if (i > 0) return samples.slice(0, i);
      i = Math.max(i, 0); // warm enough
    }
    if (gapMs && i >= -WARM) Atomics.wait(never, 0, 0, gapMs);
    const before = answeredAt ? now() : performance.now() * 1e6;
    let answered = true;
    for (let j = 0; j < batch && answered; j++) {
      const last = Atomics.load(words, index);
      send(++number);
      answered = spinWhile(words, index, last, lossy ? LOST_MS : 20_000);
    }
    if (answered && i >= 0) samples[i] = ((answeredAt ? answeredAt() : performance.now() * 1e6) - before) / batch;
    lost = answered ? 0 : lost + 1;
    if (lost > (lossy ? MOST_LOST : 0)) throw new Error(`send ${number} was never acknowledged`);
    if (answered) i++;
    if (number <= 2) await turn();
  }
  return samples;
}

/** Nanoseconds of the clock that WASI calls the monotonic one, too. */
const now = () => Number(process.hrtime.bigint());

/**
 * Where guests leave the time at which they began to answer: eight bytes behind the answer.
 * @param {Int32Array} words @param {number} index
 */
export function beganAt({ buffer }, index) {
  const times = new BigInt64Array(buffer);
  return () => Number(times[index / 2 + 1]);
}

/** The first messages of a worker need the event loop. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** @param {Int32Array} words @param {number} index @param {number} value @param {number} limitMs */
function spinWhile(words, index, value, limitMs) {
  const began = performance.now();
  do {
    for (let i = 0; i < 10_000; i++) if (Atomics.load(words, index) !== value) return true;
  } while (performance.now() - began < limitMs);
  return false;
}

/**
 * How many a second, one after the other.
 * @param {Target} target
 * @param {number} times
 * @param {boolean} [lossy]
 */
export function rate({ send, words, index }, times, lossy = false) {
  const began = performance.now();
  for (let number = 1, lost = 0; number <= times; ) {
    const last = Atomics.load(words, index);
    send(number);
    const answered = spinWhile(words, index, last, lossy ? LOST_MS : 20_000);
    lost = answered ? 0 : lost + 1;
    if (answered) number++;
    else if (lost > (lossy ? MOST_LOST : 0)) throw new Error('a send was never acknowledged');
  }
  return (times * 1000) / (performance.now() - began);
}
