// @ts-check
/** timer.busy, timer.idle, timer.first: how late setitimer() is. The same program natively. */
import { bareSleeps } from '../bare_sleep.mjs';
import { native, numbers, start, wasm } from '../programs.mjs';
import { Runs } from '../stats.mjs';

/** @param {'busy' | 'idle'} mode @returns {(context: import('../run.mjs').Context) => Promise<import('../report.mjs').Row>} */
function timer(mode) {
  return async ({ runs, quick, browser }) => {
    const times = quick ? 150 : 2000;
    const found = new Runs();
    for (let run = 0; run < runs; run++) {
      const late = numbers(await wasm('timer', [mode, times], { instrument: true }));
      if (late.length !== times) throw new Error(`${late.length} of ${times} timers`);
      found.add('ours', late);
      found.add('native', numbers(await native('timer', mode, times)));
      if (browser) found.add('browser', await browser.run('timer', { mode, times: Math.min(times, 500) }));
    }
    const {
      ours,
      others: { native: theirs, browser: page },
      distributions,
    } = found.result();
    const met = ours.p50 <= 1.2 * theirs.p50;
    return {
      id: `timer.${mode}`,
      unit: 'us',
      ours,
      peers: { native: theirs },
      bar: 'p50 <= 1.2 x native',
      met,
      distributions,
      ...(met ? {} : { limit: theirs, why: `ours is ${(ours.p50 / theirs.p50).toFixed(2)} x native in the same run` }),
      browser: page && browser && { name: browser.name, ours: page, met: page.p50 <= 1.2 * theirs.p50 },
    };
  };
}

export const timerBusy = timer('busy');
export const timerIdle = timer('idle');

/** How long the owner computes, while its guest sets the first timer that it has: far longer than the bar. */
const OWNER_COMPUTES_MS = 250;

/** @param {import('../run.mjs').Context} context @returns {Promise<import('../report.mjs').Row>} */
export async function timerFirst({ runs, quick }) {
  const found = new Runs();
  for (let run = 0; run < runs; run++) {
    const late = [];
    const theirs = [];
    const times = quick ? 5 : 40;
    for (let time = 0; time < times; time++) {
      const { process, ready } = start('timer', ['first', 1], { instrument: true });
      let output = '';
      process.stdout?.on('data', (chunk) => (output += chunk));
      await ready;
      process.kill('SIGUSR1');
      const end = performance.now() + OWNER_COMPUTES_MS;
      while (performance.now() < end);
      await process.exited;
      late.push(...numbers(output.replace(/^ready 0\n/, '')));
      theirs.push(...numbers(await native('timer', 'busy', 1)));
    }
    found.add('ours', late);
    found.add('native', theirs);
    found.add('limit', await bareSleeps(times, OWNER_COMPUTES_MS));
  }
  const {
    ours,
    limit,
    others: { native: peer },
    distributions,
  } = found.result();
  const met = ours.p99 <= 2000;
  return {
    id: 'timer.first',
    unit: 'us',
    ours,
    limit,
    peers: { native: peer },
    bar: 'p99 <= 2 ms, while the owner computes',
    met,
    distributions,
    ...(met
      ? {}
      : {
          why: `p99 is ${ours.p99.toFixed(0)} us; a worker that only sleeps wakes that late at p99 beside the same two computations: ${limit?.p99.toFixed(0)} us`,
        }),
  };
}
