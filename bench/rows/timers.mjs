// @ts-check
/** timer.busy, timer.idle: how late setitimer() is. The same program natively. */
import { native, numbers, wasm } from '../programs.mjs';
import { medianOf, summary } from '../stats.mjs';

/** @param {'busy' | 'idle'} mode @returns {(context: import('../run.mjs').Context) => Promise<import('../run.mjs').Row>} */
function timer(mode) {
  return async ({ runs, quick }) => {
    const times = quick ? 200 : 600;
    const ours = [];
    const theirs = [];
    /** @type {number[]} */
    const distribution = [];
    for (let run = 0; run < runs; run++) {
      const late = numbers(await wasm('timer', [mode, times], { instrument: true }));
      if (late.length !== times) throw new Error(`${late.length} of ${times} timers`);
      ours.push(summary(late));
      distribution.push(...late);
      theirs.push(summary(numbers(await native('timer', mode, times))));
    }
    const [mine, limit] = [medianOf(ours), medianOf(theirs)];
    return { id: `timer.${mode}`, unit: 'us', ours: mine, peers: { native: limit }, bar: 'p50 <= 1.2 x native', met: mine.p50 <= 1.2 * limit.p50, distribution };
  };
}

export const timerBusy = timer('busy');
export const timerIdle = timer('idle');
