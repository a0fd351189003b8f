// @ts-check
/** timer.busy, timer.idle: how late setitimer() is. The same program natively. */
import { native, numbers, wasm } from '../programs.mjs';
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
    const { ours, others: { native: theirs, browser: page }, distributions } = found.result();
    const met = ours.p50 <= 1.2 * theirs.p50;
    return {
      id: `timer.${mode}`, unit: 'us', ours, peers: { native: theirs }, bar: 'p50 <= 1.2 x native', met, distributions,
      ...(met ? {} : { limit: theirs, why: `ours is ${(ours.p50 / theirs.p50).toFixed(2)} x native in the same run` }),
      browser: page && browser && { name: browser.name, ours: page, met: page.p50 <= 1.2 * theirs.p50 },
    };
  };
}

export const timerBusy = timer('busy');
export const timerIdle = timer('idle');
