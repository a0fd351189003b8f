// @ts-check
// What the judge found, for people: a line for each package, the totals, and the page docs/third-party.md.

import { geomean } from '../../../bench/stats.mjs';

/** @typedef {import('./judge.mjs').Verdict} Verdict */
/** @typedef {{passed: boolean, node: string, totals: ReturnType<typeof totals>, packages: Verdict[]}} Report */

/** @param {Verdict} verdict */
const endedInTime = ({ ended, handled }) => Boolean(ended?.in_time || handled?.in_time);
/** @param {Verdict} verdict */
const usableAfterEnd = ({ ended }) => Boolean(ended?.in_time && ended.usable === ended.late.length);
/** @param {Verdict} verdict */
const usable = (verdict) =>
  usableAfterEnd(verdict) || Boolean(verdict.handled && verdict.handled.usable === verdict.handled.late.length);

/** Of files that several packages have, one counts. @param {Verdict[]} verdicts @param {'growth' | 'small_growth'} which */
function growth(verdicts, which) {
  const all = new Map(verdicts.flatMap(({ files }) => files).map((file) => [file.sha256, file[which]]));
  const known = [...all.values()].filter((one) => one !== undefined);
  return known.length > 0 ? { geomean: geomean(known), most: Math.max(...known) } : null;
}

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
    renewed: count((one) => one.renews && usableAfterEnd(one)),
    usable: count(usable),
    growth: growth(verdicts, 'growth'),
    small_growth: growth(verdicts, 'small_growth'),
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
      `end ${ended.outcome.slice(0, 40)} ${rounded(ended.best)} to ${rounded(Math.max(...ended.late))} ms, usable ${ended.usable}/${ended.late.length}`,
    handled &&
      `handler ${rounded(handled.best)} to ${rounded(Math.max(...handled.late))} ms, usable ${handled.usable}/${handled.late.length}`,
    paused?.stopped
      ? `paused, ended in ${rounded(paused.late)} ms${paused.usable ? '' : ', not usable'}`
      : 'not paused',
    `${seconds} s`,
  ];
  return [parts.filter(Boolean).join('  '), ...faults.map((fault) => `  FAULT ${fault}`)].join('\n');
}

/** @param {{geomean: number, most: number} | null} growth */
const percent = (growth) =>
  growth
    ? `${(growth.geomean * 100 - 100).toFixed(1)} % (at most ${Math.round(growth.most * 100 - 100)} %)`
    : 'unknown';

/** @param {Report} report */
export function summary({ passed, totals: all }) {
  const numbers = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${typeof value === 'object' ? percent(value) : value}`);
  return `${passed ? 'passed' : 'FAILED'}: ${numbers.join(', ')}`;
}

/** @typedef {import('./judge.mjs').End} End */

/** @param {boolean | undefined} is */
const yes = (is) => (is ? 'yes' : '**no**');

/** @param {End | null} end */
const milliseconds = (end) =>
  end?.in_time ? [end.best, end.median, Math.max(...end.late)].map(rounded).join(' / ') : '**no**';

/** @param {Verdict} verdict */
function row(verdict) {
  const { does, ended, handled, modules, package: name, paused, recover, renews, same, version } = verdict;
  const after = usableAfterEnd(verdict)
    ? renews
      ? 'a new instance'
      : recover
        ? 'yes, see below'
        : 'yes'
    : handled
      ? 'by a handler'
      : '**no**';
  const cells = [
    `${name} ${version}`,
    modules.valid > 0 ? `${modules.valid - modules.wrong.length} of ${modules.valid}` : 'inlined',
    yes(same),
    does.replaceAll('|', '\\|'),
    milliseconds(ended?.in_time ? ended : handled),
    yes(paused?.stopped),
    after,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @param {string} title @param {string} text @param {string[]} items */
const section = (title, text, items) =>
  items.length > 0 ? `\n## ${title}\n\n${[text, ...items].map(wrapped).join('\n').replace('\n*', '\n\n*')}\n` : '';

/** In lines of at most 120 columns. @param {string} text */
function wrapped(text) {
  const indent = text.startsWith('* ') ? '  ' : '';
  return text.replace(/(.{1,116})(?: |$)/g, (_, part, at) => `${at > 0 ? `\n${indent}` : ''}${part}`);
}

/** The page docs/third-party.md. @param {Report} report */
export function page({ totals: all, packages, node }) {
  const name = (/** @type {Verdict} */ { package: one }) => one;
  const handled = packages.filter((one) => one.handled && !usableAfterEnd(one));
  const both = packages.filter((one) => one.handled && usableAfterEnd(one));
  const recovered = packages.filter((one) => one.recover && usableAfterEnd(one));
  const unreached = packages.filter((one) => !endedInTime(one));
  const lost = packages.filter((one) => endedInTime(one) && !usable(one));
  const items = [
    `* ${all.same} gave the same results as without wasmsig. Of the ${all.valid} wasm files that Node 20 or 24 takes, ${all.valid - all.wrong} are valid when they are instrumented.`,
    `* ${all.ended} could be stopped in the middle of a long computation.`,
    `* ${all.paused} could be paused and continued by another thread.`,
    `* ${all.usable} were usable afterwards: they gave the same results as before. Of these ${all.usable_after_end - all.renewed} are usable after an end, five times in a row; ${all.renewed} in a new instance, which some make for each use; the others want a handler.`,
    `* Their code grows by ${percent(all.growth)}, geometric mean of all files; by ${percent(all.small_growth)} with \`--size\` (\`preferSize\`).`,
  ];
  const parts = [
    `# Packages of npm that were tried

\`npm run third-party\` takes packages as they are on npm, at locked versions, and guards them by \`wasmsig/register\`
([guard.md](guard.md)). It wrote this page. [recipes](recipes/README.md) has programs for the best known of them.

Of ${all.packages} packages, guarded:

${items.map(wrapped).join('\n')}

"Usable" is what a small program of each saw. An end may leave behind what such a program does not see: memory that is
lost, work that is half done ([guard.md](guard.md#what-an-end-leaves-behind)).

| package | valid | same results | long computation | ended after the limit, ms | paused | usable after an end |
|---|---|---|---|---|---|---|
${packages.map(row).join('\n')}

A limit of 200 ms was set; how much later the call had ended is the best, the median and the worst of five times. It contains what
the package does in JavaScript. Measured with Node ${node.slice(1)} on two cores that others used too.
`,
    section(
      'Which want a handler rather than an end',
      'An end is an error that their code does not expect. A handler sets their own flag, and they end themselves.',
      handled.map(
        (one) =>
          `* ${name(one)}: ${one.known.usable ?? 'not usable after an end'}. By the handler it had ended after ${milliseconds(one.handled)} ms, and was usable.`,
      ),
    ),
    section(
      'Which have a handler, too',
      'They are usable after an end. A handler gives the program a chance to clean up.',
      both.map((one) => `* ${name(one)}: ended by it after ${milliseconds(one.handled)} ms.`),
    ),
    section(
      'What to do after an end',
      'These ask for something before they are used again.',
      recovered.map((one) => `* ${name(one)}: ${one.recover}.`),
    ),
    section(
      'Which were not usable',
      'Make a new instance.',
      lost.map((one) => `* ${name(one)}: ${one.known.usable ?? 'it gave other results'}.`),
    ),
    section(
      'Which were not ended',
      'A limit does not hold for what they compute.',
      unreached.map((one) => `* ${name(one)}: ${one.known.ended ?? one.faults.join(', ')}.`),
    ),
  ];
  return parts.join('');
}
