// @ts-check
// What the judge found, for people: a line for each package, the totals, and the page docs/third-party.md.

/** @typedef {import('./judge.mjs').Verdict} Verdict */
/** @typedef {{passed: boolean, node: string, totals: ReturnType<typeof totals>, packages: Verdict[]}} Report */

/** @param {Verdict} verdict */
const endedInTime = ({ ended, handled }) => Boolean(ended?.in_time || handled?.in_time);
/** @param {Verdict} verdict */
const usableAfterEnd = ({ ended }) => Boolean(ended?.in_time && ended.usable === ended.late.length);
/** @param {Verdict} verdict */
const usable = (verdict) =>
  usableAfterEnd(verdict) || Boolean(verdict.handled && verdict.handled.usable === verdict.handled.late.length);

/** @param {Verdict[]} verdicts */
export function totals(verdicts) {
  const count = (/** @type {(verdict: Verdict) => unknown} */ condition) => verdicts.filter(condition).length;
  const sum = (/** @type {(verdict: Verdict) => number} */ number) =>
    verdicts.reduce((all, one) => all + number(one), 0);
  return {
    packages: verdicts.length,
    modules: sum(({ modules }) => modules.all),
    valid: sum(({ modules }) => modules.valid),
    wrong: sum(({ modules }) => modules.wrong.length),
    same: count(({ same }) => same),
    ended: count(endedInTime),
    paused: count(({ paused }) => paused?.stopped),
    usable_after_end: count(usableAfterEnd),
    usable: count(usable),
    faults: sum(({ faults }) => faults.length),
    seconds: Math.round(sum(({ seconds }) => seconds)),
  };
}

/** @param {number} ms */
const rounded = (ms) => (ms < 10 ? Math.max(0, ms).toFixed(1) : String(Math.round(ms)));

/** @param {Verdict} verdict */
export function line({ package: name, version, modules, same, ended, handled, paused, faults, seconds }) {
  const parts = [
    `${name}@${version}`.padEnd(50),
    `${modules.valid} valid`,
    same ? 'same' : 'OTHER',
    ended &&
      `end ${ended.outcome.slice(0, 40)} ${rounded(ended.median)} ms, usable ${ended.usable}/${ended.late.length}`,
    handled && `handler ${rounded(handled.median)} ms, usable ${handled.usable}/${handled.late.length}`,
    paused?.stopped
      ? `paused, ended in ${rounded(paused.late)} ms${paused.usable ? '' : ', not usable'}`
      : 'not paused',
    `${seconds} s`,
  ];
  return [parts.filter(Boolean).join('  '), ...faults.map((fault) => `  FAULT ${fault}`)].join('\n');
}

/** @param {Report} report */
export function summary({ passed, totals: all }) {
  const numbers = Object.entries(all).map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`);
  return `${passed ? 'passed' : 'FAILED'}: ${numbers.join(', ')}`;
}

/** @param {Report} report */
export function page(report) {
  return JSON.stringify(report.totals);
}
