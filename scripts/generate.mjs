#!/usr/bin/env node
// @ts-check
/**
 * Reads src/signals.def and writes what is generated from it: js/signals/table.js, docs/signals.md, docs/availability.md,
 * and in files that are otherwise written by hand what stands between two marks (signal_regions.mjs). With --check
 * nothing is written; the exit status is 1 if a file is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { regions, withRegion } from './signal_regions.mjs';

const ROOT = new URL('../', import.meta.url);

/**
 * @typedef {{name: string, linux: number, windows: number, darwin: number, action: string, description: string}} Signal
 * @typedef {{name: string, kind: string, documented: string, editions: string[]}} Name
 * @typedef {{reserved: number, first: number, last: number}} RealTime
 * @typedef {ReturnType<typeof parse>} Table
 */

/** @param {string} text of signals.def */
export function parse(text) {
  /** @type {Signal[]} */ const signals = [];
  /** @type {{name: string, signal: string}[]} */ const aliases = [];
  /** @type {Name[]} */ const names = [];
  /** @type {RealTime | undefined} */ let realTime;
  /** @type {string[]} */ const notOnMacos = [];
  text.split('\n').forEach((line, index) => {
    const entry = /^WSIG_(SIGNAL|ALIAS|REAL_TIME|NAME|NOT_ON_MACOS)\((.*)\)\s*$/.exec(line);
    if (!entry) {
      if (/^\s*WSIG_/.test(line)) throw new Error(`src/signals.def:${index + 1}: not one whole entry a line`);
      return;
    }
    const fields = (entry[2].match(/"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? []).map((field) =>
      field.trim().replace(/^"(.*)"$/, '$1'),
    );
    const wanted = { SIGNAL: 6, ALIAS: 2, REAL_TIME: 3, NAME: 8, NOT_ON_MACOS: 1 }[entry[1]];
    if (fields.length !== wanted)
      throw new Error(`src/signals.def:${index + 1}: ${fields.length} fields instead of ${wanted}`);
    if (entry[1] === 'SIGNAL') {
      const [name, linux, windows, darwin, action, description] = fields;
      signals.push({
        name,
        linux: Number(linux),
        windows: Number(windows),
        darwin: Number(darwin),
        action,
        description,
      });
    } else if (entry[1] === 'ALIAS') {
      aliases.push({ name: fields[0], signal: fields[1] });
    } else if (entry[1] === 'REAL_TIME') {
      const [reserved, first, last] = fields.map(Number);
      realTime = { reserved, first, last };
    } else if (entry[1] === 'NOT_ON_MACOS') {
      notOnMacos.push(fields[0]);
    } else {
      names.push({ name: fields[0], kind: fields[1], documented: fields[2], editions: fields.slice(3) });
    }
  });
  if (!realTime) throw new Error('src/signals.def: no WSIG_REAL_TIME');
  const linux = signals.filter((signal) => signal.linux);
  if (linux.length !== realTime.reserved - 1 || linux.some((signal, index) => signal.linux !== index + 1))
    throw new Error('src/signals.def: the signals are not in the order of their numbers on Linux, or not all of them');
  return { signals, linux, aliases, realTime, names, notOnMacos };
}

/** @param {Table} table */
function script({ linux, aliases, realTime }) {
  const quote = (/** @type {string} */ text) => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const numbers = (/** @type {string} */ action) =>
    linux
      .filter((signal) => signal.action === action)
      .map((signal) => signal.linux)
      .join(', ');
  return `// @ts-check
// Generated from src/signals.def by scripts/generate.mjs. Change that table, then run the generator.
/** The signals of a wasm program: Linux's names, numbers and default actions. One constant for each use, so that a bundler leaves out what is not used. */

// Numbers come first: esbuild replaces constants by their values only before the first statement that is another thing.

/** Each number by its name. */
${linux.map(({ name, linux }) => `export const ${name} = ${linux};`).join('\n')}

/** The first and the last real-time signal; ${realTime.reserved} to ${realTime.first - 1} belong to the C library. */
export const SIGRTMIN = ${realTime.first};
export const SIGRTMAX = ${realTime.last};

/** The standard signals, from number 1 on. */
export const NAMES = [
${linux.map((signal) => `  '${signal.name}',`).join('\n')}
];

/** Second names. @type {Readonly<Record<string, string>>} */
export const ALIASES = { ${aliases.map((alias) => `${alias.name}: '${alias.signal}'`).join(', ')} };

/** Numbers by default action; all others terminate. */
export const ACTIONS = {
${['CORE', 'IGNORE', 'STOP', 'CONTINUE'].map((action) => `  ${action.toLowerCase()}: [${numbers(action)}],`).join('\n')}
};

/** What strsignal(3) says, from number 1 on. */
export const DESCRIPTIONS = [
${linux.map((signal) => `  ${quote(signal.description)},`).join('\n')}
];
`;
}

/** @param {Table} table */
function page({ signals, aliases, realTime }) {
  const number = (/** @type {number} */ n) => (n ? String(n) : '-');
  const action = {
    TERMINATE: 'terminate',
    CORE: 'terminate, core',
    IGNORE: 'ignore',
    STOP: 'stop',
    CONTINUE: 'continue',
  };
  return `<!-- Generated from src/signals.def by scripts/generate.mjs. Change that table, then run the generator. -->
# Signals

Wasm programs have Linux's numbers on every host. A dash: the platform does not have it. Two more rules: SIGRTMIN is ${realTime.first} and SIGRTMAX ${realTime.last} on
Linux and wasm (default action: terminate); the numbers ${realTime.reserved} to ${realTime.first - 1} are reserved for the C library.

| signal | wasm, Linux | Windows | macOS | default action | description |
|---|---|---|---|---|---|
${signals.map((s) => `| ${s.name} | ${number(s.linux)} | ${number(s.windows)} | ${number(s.darwin)} | ${/** @type {any} */ (action)[s.action]} | ${s.description} |`).join('\n')}

Second names: ${aliases.map((alias) => `${alias.name} is ${alias.signal}`).join(', ')}.

The names of the \`signal\` module, and what of it exists where: [availability.md](availability.md).
`;
}

/** The columns of WSIG_NAME behind the documentation's line. */
const COLUMNS = ['Linux', 'Windows', 'Emscripten, documented', 'WASI, documented', 'wasm, extended'];

/** Its page. @param {Table} table */
function availability({ names, notOnMacos }) {
  const kinds = [...new Set(names.map((name) => name.kind))];
  const cell = (/** @type {string} */ state) => (state === 'ABSENT' ? '-' : state.toLowerCase());
  const absent = (/** @type {number} */ column) =>
    names.filter((name) => name.editions[column] === 'ABSENT').map((name) => name.name);
  const section = (
    /** @type {string} */ kind,
  ) => `## ${{ alias: 'Aliases', type: 'Types', exception: 'Exceptions' }[kind] ?? `${kind[0].toUpperCase()}${kind.slice(1)}s`}

| name | Python's documentation | ${COLUMNS.join(' | ')} |
|---|---|${'---|'.repeat(COLUMNS.length)}
${names
  .filter((name) => name.kind === kind)
  .map((name) => `| \`${name.name}\` | ${name.documented} | ${name.editions.map(cell).join(' | ')} |`)
  .join('\n')}
`;
  return `<!-- Generated from src/signals.def by scripts/generate.mjs. Change that table, then run the generator. -->
# Availability

The ${names.length} names of the \`signal\` module and where they exist. *native*: the platform's own. *emulated*: ours. *alias*: another name of the same number.
A dash: the name does not exist there. A module object has no such property, and a function in C answers \`WSIG_E_UNAVAILABLE\` with the text
\`module 'signal' has no attribute 'NAME'\` and the documentation's availability line as the detail.

On wasm an *edition* is chosen when the module is started, by the program or, where it leaves that open, by its host. *Documented*, the default, has the names that Python documents and ships on that target.
*Extended* has everything that Unix has, on both targets. On other platforms there is no difference. macOS follows the documentation: it is as Linux, without
${notOnMacos.slice(0, -1).join(', ')} and ${notOnMacos.at(-1)}. The C library layer
(\`<signal.h>\` of wasm programs) has no editions: it is always complete.

A test (tests/availability) runs a program on every target that finds out by trying what exists, and compares.

| | ${COLUMNS.join(' | ')} |
|---|${'---|'.repeat(COLUMNS.length)}
| names | ${COLUMNS.map((_, column) => names.filter((name) => name.editions[column] !== 'ABSENT').length).join(' | ')} |

${kinds.map(section).join('\n')}
## What is missing

${COLUMNS.map((title, column) => `- ${title}: ${absent(column).join(', ') || 'nothing'}`).join('\n')}
`;
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(new URL(path, ROOT), 'utf8');
  } catch {
    return undefined;
  }
}

function main() {
  const check = process.argv.includes('--check');
  const table = parse(read('src/signals.def') ?? '');
  for (const [path, text] of [
    ['js/signals/table.js', script(table)],
    ['docs/signals.md', page(table)],
    ['docs/availability.md', availability(table)],
    ...Object.entries(regions).map(([path, region]) => [path, withRegion(path, read(path) ?? '', region(table))]),
  ]) {
    if (read(path) === text) continue;
    if (check) {
      console.error(`${path} is not what src/signals.def says: run node scripts/generate.mjs`);
      process.exitCode = 1;
    } else {
      writeFileSync(new URL(path, ROOT), text);
      console.log(`wrote ${path}`);
    }
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) main();
