// @ts-check
/** latency.busy, latency.wait, throughput: send, and spin until the handler's first act is seen. */
import { Sender } from '../../js/node/index.js';
import { native, numbers, start } from '../programs.mjs';
import { rawRoundTrips } from '../raw.mjs';
import { rate, roundTrip } from '../round_trip.mjs';
import { medianOf, summary } from '../stats.mjs';

/** What a wait costs natively depends on how deep the processor sleeps; the gap lets the other side fall asleep. */
const GAP_MS = 0.1;

/**
 * @param {'busy' | 'wait'} mode
 * @param {(guest: {send: () => void, words: Int32Array, index: number}) => Promise<T>} measure
 * @template T
 */
async function withGuest(mode, measure) {
  const child = start('latency', [mode], { instrument: true });
  try {
    const index = (await child.ready) / 4;
    if (!(await child.process.ready)) throw new Error('the guest did not attach');
    const handle = child.process.handle();
    const sender = Sender.from(handle);
    return await measure({ send: () => void sender.kill('SIGUSR1'), words: new Int32Array(handle.buffer), index });
  } finally {
    await child.process.close();
  }
}

/**
 * One way, from round trips: the way back is a store that a spinning reader sees, half of a raw round trip.
 * @param {ArrayLike<number>} trips  nanoseconds
 * @param {number} back              nanoseconds
 */
function oneWay(trips, back) {
  return summary(Float64Array.from(trips, (trip) => Math.max(0, trip - back) / 1000));
}

/** @param {import('../run.mjs').Context} context */
export async function busy({ runs, times }) {
  const ours = [];
  const limit = [];
  const nativeRuns = [];
  /** @type {number[]} */
  const trips = [];
  for (let run = 0; run < runs; run++) {
    const raw = await rawRoundTrips('spin', times);
    const back = summary(raw).p50 / 2;
    limit.push(oneWay(raw, back));
    const samples = await withGuest('busy', ({ send, words, index }) => roundTrip({ send, words, index, times, gapMs: 0 }));
    ours.push(oneWay(samples, back));
    trips.push(...samples);
    nativeRuns.push(oneWay(numbers(await native('latency', 'busy', times)), back));
  }
  const [mine, least, theirs] = [medianOf(ours), medianOf(limit), medianOf(nativeRuns)];
  return {
    id: 'latency.busy', unit: 'us', ours: mine, limit: least, peers: { native: theirs },
    bar: 'p50 <= 3 x limit, p99 <= 5 us, 20 x faster than native', met: mine.p50 <= 3 * least.p50 && mine.p99 <= 5 && theirs.p50 >= 20 * mine.p50,
    distribution: trips.map((trip) => trip / 1000),
  };
}

/** @param {import('../run.mjs').Context} context */
export async function wait({ runs, times }) {
  const few = Math.min(times, 2000);
  const ours = [];
  const limit = [];
  const nativeRuns = [];
  /** @type {number[]} */
  const trips = [];
  for (let run = 0; run < runs; run++) {
    const samples = await withGuest('wait', ({ send, words, index }) => roundTrip({ send, words, index, times: few, gapMs: GAP_MS }));
    ours.push(summary(samples.map((/** @type {number} */ trip) => trip / 1000)));
    trips.push(...samples);
    limit.push(summary((await rawRoundTrips('sleep', few)).map((trip) => trip / 1000)));
    nativeRuns.push(summary(numbers(await native('latency', 'wait', few)).map((trip) => trip / 1000)));
  }
  const [mine, least] = [medianOf(ours), medianOf(limit)];
  return {
    id: 'latency.wait', unit: 'us', ours: mine, limit: least, peers: { native: medianOf(nativeRuns) },
    bar: 'p50 <= 1.15 x a bare wake-up', met: mine.p50 <= 1.15 * least.p50, distribution: trips.map((trip) => trip / 1000),
  };
}

/** @param {import('../run.mjs').Context} context */
export async function throughput({ runs, times }) {
  const ours = [];
  const theirs = [];
  for (let run = 0; run < runs; run++) {
    ours.push(await withGuest('busy', async ({ send, words, index }) => {
      rate(send, words, index, 2000);
      return rate(send, words, index, times * 10) / 1e6;
    }));
    theirs.push(Number(/rate (\d+)/.exec(await native('latency', 'busy', times))?.[1]) / 1e6);
  }
  const mine = summary(ours);
  return { id: 'throughput', unit: 'M/s', ours: mine, peers: { native: summary(theirs) }, bar: '>= 1 M/s', met: mine.p50 >= 1 };
}
