// @ts-check
// What the programs did, for scripts (the report), and for people: a summary, and the page docs/conformance.md.
import { INTERFACES, KINDS, kindOf, OUTCOMES, TARGETS } from './programs.mjs';

/** @typedef {import('./programs.mjs').Outcome} Outcome */
/** @typedef {{outcome: Outcome, detail?: string, seconds?: number, calls?: string[]}} Result  `calls` of the native program */
/** @typedef {Record<string, Record<string, Result>>} Results  by program and target */
/** @typedef {{program: string, target: string, outcome: Outcome, reason: string, detail: string}} Left */
/** @typedef {{target: string, of: string, programs: number, pass: number, wanted: string, met: boolean}} Bar */
/**
 * @typedef {object} Report
 * @property {string} version  of the suite
 * @property {string} node
 * @property {Record<string, Record<string, Outcome>>} programs
 * @property {Record<string, Partial<Record<Outcome, number>>>} totals
 * @property {Bar[]} bars
 * @property {Left[]} left  that pass on Linux and not here
 * @property {Left[]} unexplained  of these, without a known reason
 * @property {Results} results
 */

const OURS = TARGETS.filter((target) => target !== 'native' && !target.startsWith('stock-'));
/** How many programs of the whole suite pass at the least, all that could are counted: of those that pass on Linux. */
const WANTED = { threads: { pass: 575, programs: 577 }, single: { pass: 527, programs: 529 } };
const UNKNOWN = 'no known reason';

/** Why a program that passes on Linux does not pass. @param {Result} native @param {string} target @param {Result} result */
function reasonOf(native, target, result) {
  const kind = kindOf(native.calls ?? [], target);
  if (kind) return kind.reason;
  if (result.outcome !== 'does not build') return UNKNOWN;
  if (/integer to pointer conversion .*'clockid_t'/.test(result.detail ?? ''))
    return 'takes clocks for integers, which are pointers in this C library';
  const [, missing, file] =
    /(?:undefined symbol: |undeclared (?:library )?function '|undeclared identifier ')(\w+)|fatal error: '([\w./]+)' file not found/.exec(
      result.detail ?? '',
    ) ?? [];
  return missing ? `names ${missing}, which is not there` : file ? `includes <${file}>, which is not there` : UNKNOWN;
}

/** Whether a program needs what a target cannot have, and fails for want of it. @param {Result | undefined} native @param {string} target @param {Result} result */
const cannot = (native, target, { outcome }) =>
  target !== 'native' &&
  !['pass', 'only built'].includes(outcome) &&
  kindOf(native?.calls ?? [], target)?.impossible === true;

/**
 * @param {Results} results
 * @param {{version: string, node: string}} about
 * @returns {Report}
 */
export function judge(results, about) {
  /** @type {Report['programs']} */
  const programs = {};
  /** @type {Report['totals']} */
  const totals = {};
  /** @type {Left[]} */
  const left = [];
  for (const name of Object.keys(results).sort(byInterface)) {
    programs[name] = {};
    const { native } = results[name];
    for (const target of TARGETS.filter((one) => results[name][one])) {
      const result = results[name][target];
      const outcome = cannot(native, target, result) ? 'unsupported' : result.outcome;
      programs[name][target] = outcome;
      totals[target] ??= {};
      totals[target][outcome] = (totals[target][outcome] ?? 0) + 1;
      if (!OURS.includes(target) || native?.outcome !== 'pass' || outcome === 'pass') continue;
      const reason = reasonOf(native, target, result);
      left.push({ program: name, target, outcome, reason, detail: result.detail ?? '' });
    }
  }
  const unexplained = left.filter(({ reason }) => reason === UNKNOWN);
  return { ...about, programs, totals, bars: barsOf(results), left, unexplained, results };
}

/** @param {string} a @param {string} b */
function byInterface(a, b) {
  const at = (/** @type {string} */ name) => INTERFACES.indexOf(name.split('/')[0]);
  return at(a) - at(b) || a.localeCompare(b, 'en', { numeric: true });
}

/** @param {Results} results @returns {Bar[]} */
function barsOf(results) {
  const fork = KINDS[0].reason;
  const all = Object.values(results);
  return TARGETS.filter((target) => target !== 'native' && all.some((one) => one[target])).map((target) => {
    const threads = target.endsWith('-pthread');
    const able = all.filter((one) => {
      if (one.native?.outcome !== 'pass' || !one[target]) return false;
      const kind = kindOf(one.native.calls ?? [], target)?.reason;
      return kind !== fork && kind !== KINDS[1].reason;
    });
    const pass = able.filter((one) => one[target].outcome === 'pass').length;
    const wanted = WANTED[threads ? 'threads' : 'single'];
    return {
      target,
      of: threads ? 'that call no fork()' : 'that call no fork() and make no threads',
      programs: able.length,
      pass,
      wanted: `${wanted.pass} of ${wanted.programs}`,
      met: pass >= wanted.pass,
    };
  });
}

/** @template T @param {T[]} all @param {(one: T) => string} key @returns {[string, T[]][]} */
function grouped(all, key) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}

/** @param {Report} report */
export function summary({ totals, bars, left, unexplained }) {
  return [
    ...Object.entries(totals).map(
      ([target, counts]) =>
        `${target.padEnd(32)} ${Object.entries(counts)
          .map(([outcome, count]) => `${count} ${outcome}`)
          .join(', ')}`,
    ),
    ...bars.map(
      ({ target, pass, programs, of, wanted }) =>
        `${target}: ${pass} of the ${programs} ${of} (of the whole suite ${wanted} are wanted)`,
    ),
    ...grouped(left, ({ target, reason }) => `${target}: ${reason}`).map(([what, all]) => `${what}: ${all.length}`),
    ...unexplained.map(
      ({ program, target, outcome, detail }) => `UNEXPLAINED ${target} ${program}: ${outcome}: ${detail}`,
    ),
  ].join('\n');
}

const NAMES = /** @type {Record<string, string>} */ ({ native: 'Linux' });
/** @param {string} target */
const heading = (target) =>
  NAMES[target] ??
  (target.startsWith('stock-')
    ? `${target.replace('stock-', '')}, ${target.endsWith('wasip1') ? 'wasi-libc' : 'Emscripten'} alone`
    : `${target}, wasmsig`);

/** Names of programs as a paragraph of at most 120 columns. @param {string[]} names */
export function paragraph(names) {
  const lines = [''];
  for (const word of names.map((name, at) => `${name}${at + 1 < names.length ? ',' : ''}`)) {
    const line = lines[lines.length - 1];
    if (line.length + 1 + word.length > 118) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.map((line) => `  ${line}`).join('\n');
}

/** docs/conformance.md. @param {Report} report */
export function page({ version, node, programs, totals, bars, left }) {
  const targets = TARGETS.filter((target) => totals[target]);
  const row = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  const table = (/** @type {string[]} */ head, /** @type {(string | number)[][]} */ rows) =>
    [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
  const names = Object.keys(programs);
  const passes = (/** @type {string} */ target, /** @type {string[]} */ of) =>
    of.filter((name) => programs[name][target] === 'pass' && programs[name].native === 'pass').length;
  const ours = targets.filter((target) => OURS.includes(target));
  const reasons = ours.flatMap((target) => {
    const here = left.filter((one) => one.target === target);
    return [
      `### ${target}`,
      '',
      ...grouped(here, ({ reason }) => reason).flatMap(([reason, all]) => [
        `* ${all.length}: ${reason}`,
        '',
        paragraph(all.map(({ program }) => program)),
        '',
      ]),
    ];
  });
  return `# The Open POSIX Test Suite

\`npm run conformance\` builds and runs the programs of the Open POSIX Test Suite ${version} that are about signals, their
timers and the sleeps that they end: ${names.length} programs, unchanged. It wrote this page. Linux is the yardstick: what counts is
what a program does there. In WebAssembly programs are compiled with \`-O0\` and run by \`wasmsig run --instrument\` in Node
${node.slice(1)}. "Alone" is the C library of the SDK without wasmsig, with the emulations that wasi-libc has.

## What they did

${table(
  ['', ...OUTCOMES, 'all'],
  targets.map((target) => [
    heading(target),
    ...OUTCOMES.map((outcome) => totals[target][outcome] ?? 0),
    Object.values(totals[target]).reduce((all, one) => all + one, 0),
  ]),
)}

A program that needs what there cannot be counts as unsupported: other processes, threads where there are none, a second
user. "Only built" are those that scripts of the suite give arguments.

## Of those that pass on Linux

${table(
  ['', 'programs', 'pass'],
  bars.map(({ target, of, programs: count, pass }) => [`${heading(target)}, ${of}`, count, pass]),
)}

${table(
  ['interface', 'pass on Linux', ...targets.filter((target) => target !== 'native').map(heading)],
  INTERFACES.map((name) => {
    const of = names.filter((one) => one.split('/')[0] === name);
    return [
      `\`${name}\``,
      passes('native', of),
      ...targets.filter((one) => one !== 'native').map((one) => passes(one, of)),
    ];
  }),
)}

## Which do not pass, and why

Those that pass on Linux. The reason is found from what a program calls.

${reasons.join('\n').trimEnd()}
`;
}
