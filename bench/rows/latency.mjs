// @ts-check
/** latency.busy, latency.wait, throughput: send, and spin until the handler's first act is seen. All that is compared takes turns. */
import { Sender } from '../../js/node/index.js';
import { ACKNOWLEDGED } from '../peers.mjs';
import { native, numbers, start } from '../programs.mjs';
import { rawRoundTrips } from '../raw.mjs';
import { GAP_MS, beganAt, rate, roundTrip } from '../round_trip.mjs';
import { Runs, summary } from '../stats.mjs';

/** @typedef {import('../run.mjs').Context} Context */
/** @typedef {import('../round_trip.mjs').Target} Target */

/**
 * @param {'busy' | 'wait'} mode
 * @param {(guest: Target) => Promise<T>} measure
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

/** Not a bar: what a message costs that is taken once, so that nobody takes it twice. */
const EXCHANGE = 'a bare exchange';

/** @param {import('../peers.mjs').Peer} peer @returns {Target} */
const target = (peer) => ({ send: () => peer.send(), words: peer.words, index: ACKNOWLEDGED });

/** @param {ArrayLike<number>} nanoseconds @param {number} [less] */
const microseconds = (nanoseconds, less = 0) => Float64Array.from(nanoseconds, (one) => Math.max(0, one - less) / 1000);

/**
 * One way, from round trips: the way back is a store that a spinning reader sees, half of a raw round trip.
 * @param {Context} context
 */
export async function busy({ quick, runs, times, peers, browser }) {
  const found = new Runs();
  for (let run = 0; run < runs; run++) {
    const raw = await rawRoundTrips('spin', times);
    const back = summary(raw).p50 / 2;
    found.add('limit', microseconds(raw, back));
    found.add(EXCHANGE, microseconds(await rawRoundTrips('take', times), back));
    found.add('ours', microseconds(await withGuest('busy', (guest) => roundTrip({ ...guest, times })), back));
    found.add('native', microseconds(numbers(await native('latency', 'busy', times)), back));
    for (const peer of peers) {
      const trips = await peer.computing(() =>
        roundTrip({ ...target(peer), times: quick ? 300 : 2000, mostMs: quick ? 2000 : 60_000, lossy: true }),
      );
      found.add(peer.name, microseconds(trips, back));
    }
  }
  const { ours, limit, others, distributions } = found.result();
  const met =
    ours.p50 <= 2.5 * limit.p50 &&
    ours.p99 <= 5 &&
    others.native.p50 >= 40 * ours.p50 &&
    (!others.pyodide || others.pyodide.p50 >= 8 * ours.p50);
  return {
    id: 'latency.busy',
    unit: 'us',
    ours,
    limit,
    peers: others,
    bar: 'p50 <= 2.5 x limit, p99 <= 5 us, 8 x faster than Pyodide, 40 x than native',
    met,
    ...(met
      ? {}
      : {
          why: `ours is ${(ours.p50 / limit.p50).toFixed(1)} x the limit at p50 and ${(ours.p50 / others[EXCHANGE].p50).toFixed(1)} x a message that is taken by a bare exchange (${others[EXCHANGE].p50.toFixed(2)} us)`,
        }),
    distributions,
    browser: browser && (await inBrowser(browser, 'busy', quick, (page) => page.p50 <= 3 * page.limit.p50)),
  };
}

/**
 * One way, by the clock of both sides. Not half of a round trip: Linux lets whoever was woken run on the waker's processor, so the answer is not seen before the other side sleeps again.
 * @param {Context} context
 */
export async function wait({ quick, runs, times, browser }) {
  const few = Math.min(times, 2000);
  await withGuest('wait', (guest) => roundTrip({ ...guest, times: few, gapMs: GAP_MS })); // so that the engine has optimised the sender
  const found = new Runs();
  for (let run = 0; run < runs; run++) {
    found.add(
      'ours',
      microseconds(
        await withGuest('wait', (guest) =>
          roundTrip({ ...guest, times: few, gapMs: GAP_MS, began: beganAt(guest.words, guest.index) }),
        ),
      ),
    );
    found.add('limit', microseconds(await rawRoundTrips('sleep', few)));
    found.add('native', microseconds(numbers(await native('latency', 'wait', few))));
  }
  const { ours, limit, others, distributions } = found.result();
  const met = ours.p50 <= 1.15 * limit.p50;
  return {
    id: 'latency.wait',
    unit: 'us',
    ours,
    limit,
    peers: others,
    bar: 'p50 <= 1.15 x a bare wake-up',
    met,
    distributions,
    ...(met
      ? {}
      : {
          why: `${(ours.p50 / limit.p50).toFixed(2)} x a bare wake-up: ${(ours.p50 - limit.p50).toFixed(1)} us for sending, taking and the handler; no limit is shown for that`,
        }),
    browser: browser && (await inBrowser(browser, 'wait', quick, (page) => page.p50 <= 1.15 * page.limit.p50)),
  };
}

/**
 * @param {import('../browser.mjs').Browser} browser
 * @param {'busy' | 'wait'} mode
 * @param {boolean} quick
 * @param {(found: import('../stats.mjs').Summary & {limit: import('../stats.mjs').Summary}) => boolean} met
 */
async function inBrowser(browser, mode, quick, met) {
  const { ours, limit } = await browser.run('latency', {
    mode,
    runs: quick ? 2 : 5,
    times: quick ? 300 : 2000,
    gapMs: GAP_MS,
  });
  return { name: browser.name, ours, limit, met: met({ ...ours, limit }) };
}

/** @param {Context} context */
export async function throughput({ quick, runs, times, peers }) {
  const found = new Runs();
  for (let run = 0; run < runs; run++) {
    found.add('limit', [1000 / summary(await rawRoundTrips('spin', times)).p50]);
    found.add('ours', [
      await withGuest('busy', async (guest) => {
        rate(guest, 2000);
        return rate(guest, times * 10) / 1e6;
      }),
    ]);
    found.add('native', [Number(/rate (\d+)/.exec(await native('latency', 'busy', times))?.[1]) / 1e6]);
    for (const peer of peers)
      found.add(peer.name, [(await peer.computing(async () => rate(target(peer), quick ? 300 : 2000, true))) / 1e6]);
  }
  const { ours, limit, others } = found.result();
  const met = ours.p50 >= 2;
  return {
    id: 'throughput',
    unit: 'M/s',
    ours,
    limit,
    peers: others,
    bar: '>= 2 M/s',
    met,
    ...(met ? {} : { why: `a bare store and its answer alternate at ${limit.p50.toFixed(2)} M/s in the same run` }),
  };
}
