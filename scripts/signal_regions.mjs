// @ts-check
/**
 * The parts of files that are generated from src/signals.def while the rest of the file is written by hand: public
 * headers, which have to be whole by themselves, and numbers of the ABI.
 */

/** @typedef {import('./generate.mjs').Table} Table */

const BEGIN = 'Generated from src/signals.def by scripts/generate.mjs';
const END = 'End of what is generated';

/** What stands between the marks of a file. @type {Record<string, (table: Table) => string[]>} */
export const regions = {
  'src/include/posix/signal.h': ({ linux, aliases, realTime }) => [
    ...linux.map(({ name, linux }) => `#define ${name} ${linux}`),
    ...aliases.map(({ name, signal }) => `#define ${name} ${signal}`),
    `#define _NSIG ${realTime.last + 1}`,
  ],

  'src/include/wasmsig/wasmsig.h': ({ signals, linux, realTime }) => [
    '#if defined(__wasm__) || defined(WASMSIG_LINUX_NUMBERS)',
    ...linux.map(({ name, linux }) => `#define WSIG_${name} ${linux}`),
    `#define WSIG_SIGRTMIN ${realTime.first}`,
    `#define WSIG_SIGRTMAX ${realTime.last}`,
    '#else',
    '#include <signal.h>',
    ...everywhereFirst(signals).flatMap((signal) =>
      where(signal, signal.name, [`#define WSIG_${signal.name} ${signal.name}`]),
    ),
    '#ifdef SIGRTMIN',
    '#define WSIG_SIGRTMIN SIGRTMIN /* on Linux and others a function call: what the C library leaves free */',
    '#define WSIG_SIGRTMAX SIGRTMAX',
    '#endif',
    '#endif',
  ],

  'src/include/wasmsig/wasmsig.hpp': ({ signals }) =>
    everywhereFirst(signals).flatMap((signal) =>
      where(signal, `WSIG_${signal.name}`, [
        `  k${signal.name[3]}${signal.name.slice(4).toLowerCase()} = WSIG_${signal.name},`,
      ]),
    ),

  'src/queue/block.hpp': (table) => {
    const { first, count } = jobControl(table);
    return [`inline constexpr int kFirstJob = ${first};`, `inline constexpr int kJobs = ${count};`];
  },

  'js/abi/index.js': (table) => {
    const { first, count } = jobControl(table);
    return [
      `/** SIGCONT and the stop signals: ${first} to ${first + count - 1}. */`,
      `export const FIRST_JOB = ${first};`,
      `export const JOBS = ${count};`,
      '',
      `export const LAST_STANDARD = ${table.realTime.reserved - 1};`,
      `export const FIRST_REAL_TIME = ${table.realTime.first};`,
      `export const LAST_SIGNAL = ${table.realTime.last};`,
    ];
  },

  'js/signal_module/public_types.js': ({ names }) => {
    const [DOCUMENTED, EXTENDED] = [3, 4]; // columns: of WASI, and of both wasm targets
    const signals = names.filter(
      ({ kind, editions }) => /^(signal|alias)$/.test(kind) && editions[EXTENDED] !== 'ABSENT',
    );
    const documented = signals.filter(({ editions }) => editions[DOCUMENTED] !== 'ABSENT');
    const others = signals.filter((name) => !documented.includes(name));
    return [
      '/**',
      ' * The signals of both editions.',
      ...wrapped(`@typedef {${union(documented)}} DocumentedSignal`),
      ' */',
      `/** All names of signals. @typedef {DocumentedSignal | ${union(others)}} SignalName */`,
    ];
  },
};

/** First those that C has, so every platform. @param {Table['signals']} signals */
function everywhereFirst(signals) {
  return [...signals.filter(isEverywhere), ...signals.filter((signal) => !isEverywhere(signal))];
}

/** @param {Table['signals'][0]} signal */
function isEverywhere({ linux, windows, darwin }) {
  return linux && windows && darwin;
}

/** Lines that hold where a signal's macro exists. @param {Table['signals'][0]} signal @param {string} macro @param {string[]} lines */
function where(signal, macro, lines) {
  return isEverywhere(signal) ? lines : [`#ifdef ${macro}`, ...lines, '#endif'];
}

/** SIGCONT and the signals that stop, whose numbers have to follow it. @param {Table} table */
function jobControl({ linux }) {
  const jobs = linux.filter(({ action }) => action === 'CONTINUE' || action === 'STOP');
  if (jobs[0].action !== 'CONTINUE' || jobs.some(({ linux }, index) => linux !== jobs[0].linux + index))
    throw new Error('src/signals.def: the block wants SIGCONT and then the stop signals, with no number between them');
  return { first: jobs[0].linux, count: jobs.length };
}

/** A type of these names. @param {{name: string}[]} names */
function union(names) {
  return names.map(({ name }) => `'${name}'`).join(' | ');
}

/** A paragraph of a comment, in lines of at most 120 columns. @param {string} text */
function wrapped(text) {
  const lines = [' *'];
  for (const word of text.split(' ')) {
    if (`${lines.at(-1)} ${word}`.length > 120) lines.push(' *  ');
    lines.push(`${lines.pop()} ${word}`);
  }
  return lines;
}

/** @param {string} path @param {string} text of the file @param {string[]} lines */
export function withRegion(path, text, lines) {
  const marks = new RegExp(`^([^\\n]*${BEGIN}[^\\n]*\\n)[^]*?^(?=[^\\n]*${END})`, 'm');
  if (!marks.test(text)) throw new Error(`${path} has no "${BEGIN}" and "${END}"`);
  return text.replace(marks, (_, begin) => `${begin}${lines.join('\n')}\n`);
}
