// @ts-check
/** latency.poll: an embedder that calls wsig_poll() itself, in memory that is not shared. Both sides read the same monotonic clock. */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { numbers, start } from '../programs.mjs';
import { Runs } from '../stats.mjs';

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
    for (let i = 0; i < few; i++) {
      const taken = once(child.process, 'delivery');
      sent.push(Number(process.hrtime.bigint()));
      child.process.kill('SIGUSR1');
      await taken;
      await setTimeout(1); // taken, but maybe not handled: the next one would coalesce with it, as Python's do
    }
    child.process.kill('SIGTERM');
    await child.process.exited;
    const arrived = numbers(child.output);
    if (arrived.length !== few) {
      // One was sent before the one before it was handled, and coalesced with it: which, nobody knows.
      if (++again > runs) throw new Error(`${few} were sent one after the other, ${arrived.length} arrived`);
      run--;
      continue;
    }
    const late = arrived.map((time, i) => (time - sent[i]) / 1000);
    found.add('ours', late);
  }
  const { ours, distributions } = found.result();
  const met = ours.p99 <= 100;
  return {
    id: 'latency.poll',
    unit: 'us',
    ours,
    bar: 'p99 <= 100 us',
    met,
    distributions,
    ...(met
      ? {}
      : {
          why: `p50 is ${ours.p50.toFixed(0)} us, so the tail is time in which the guest or the sender had no processor`,
        }),
  };
}
