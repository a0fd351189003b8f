// @ts-check
/** latency.poll: an embedder that calls wsig_poll() itself, in memory that is not shared. Both sides read the same monotonic clock. */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { numbers, start } from '../programs.mjs';
import { withRaw } from '../raw.mjs';
import { WARM, beganAt } from '../round_trip.mjs';
import { Runs } from '../stats.mjs';

/**
 * A store of a sender that comes from its event loop, as the row's does, until a worker that spins on it reads the
 * clock: microseconds.
 * @param {number} times
 */
const bareStores = (times) =>
  withRaw('watch', async ({ send, words, index }) => {
    const began = beganAt(words, index);
    /** @type {number[]} */
    const late = [];
    for (let i = 1; i <= times; ) {
      const sent = Number(process.hrtime.bigint());
      send(i);
      const seen = Atomics.load(words, index);
      await setTimeout(1);
      if (seen !== 0) late.push((began() - sent) / 1000); // the first ones come before it spins
      i++;
    }
    return late;
  });

/** @param {import('../run.mjs').Context} context */
export async function poll({ runs, times }) {
  const few = Math.min(times, 2000);
  const found = new Runs();
  let again = 0;
  for (let run = 0; run < runs; run++) {
    const child = start('poll', []);
    await child.ready;
    await child.process.ready;
    /** @type {number[]} */
    const sent = [];
    for (let i = 0; i < few + WARM; i++) {
      const taken = once(child.process, 'delivery');
      sent.push(Number(process.hrtime.bigint()));
      child.process.kill('SIGUSR1');
      await taken;
      await setTimeout(1); // taken, but maybe not handled: the next one would coalesce with it, as Python's do
    }
    child.process.kill('SIGTERM');
    await child.process.exited;
    const arrived = numbers(child.output);
    if (arrived.length !== few + WARM) {
      // One was sent before the one before it was handled, and coalesced with it: which, nobody knows.
      if (++again > runs) throw new Error(`${few + WARM} were sent one after the other, ${arrived.length} arrived`);
      run--;
      continue;
    }
    found.add('ours', arrived.map((time, i) => (time - sent[i]) / 1000).slice(WARM));
    found.add('limit', (await bareStores(few + WARM)).slice(WARM));
  }
  const { ours, limit, distributions } = found.result();
  const met = ours.p99 <= 100;
  return {
    id: 'latency.poll',
    unit: 'us',
    ours,
    limit,
    bar: 'p99 <= 100 us',
    met,
    distributions,
    ...(met
      ? {}
      : {
          why: `a safe point is passed each 32 us; p99 of a bare store that a spinning worker sees is ${limit.p99.toFixed(0)} us, p50 ${limit.p50.toFixed(1)} us`,
        }),
  };
}
