// @ts-check
// What exists where: the given table (availability.tsv), the table in the code (src/signals.def), and what a program on each target finds out by
// trying (availability.c) are equal, in both editions. The numbers go to build/reports/availability.json.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from '../../scripts/generate.mjs';
import { run } from '../support/command.mjs';
import { ROOT } from '../support/program.js';

const LIMIT = { timeout: 120_000 };
const PRESETS = ['native', 'windows', 'wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread'];
const EDITIONS = ['documented', 'extended'];

/** @typedef {{name: string, kind: string, documented: string, columns: Record<string, string>}} Row */
/** @typedef {{name: string, text: string}} Mismatch */

const COLUMNS = ['linux', 'windows', 'emscripten_documented', 'wasi_documented', 'wasm_extended'];

/** @returns {Row[]} */
function given() {
  const [heading, ...rows] = readFileSync(join(ROOT, 'tests/availability/availability.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  assert.deepEqual(heading, ['name', 'kind', 'documented_availability', ...COLUMNS]);
  return rows.map(([name, kind, documented, ...states]) => ({
    name,
    kind,
    documented,
    columns: Object.fromEntries(COLUMNS.map((column, at) => [column, states[at]])),
  }));
}

/** @returns {Row[]} */
function coded() {
  const { names } = parse(readFileSync(join(ROOT, 'src/signals.def'), 'utf8'));
  return names.map(({ name, kind, documented, editions }) => ({
    name,
    documented,
    kind: kind === 'alias' ? 'signal alias' : kind,
    columns: Object.fromEntries(COLUMNS.map((column, at) => [column, editions[at].toLowerCase()])),
  }));
}

const table = given();

/** @type {{rows: number, targets: Record<string, {found: string[], mismatches: Mismatch[]}>}} */
const report = { rows: table.length, targets: {} };

after(() => {
  const folder = join(ROOT, 'build/reports');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'availability.json'), `${JSON.stringify(report, null, 2)}\n`);
});

/** macOS is Linux without these (the documentation; it has no column of its own). */
const NOT_DARWIN = [
  'SIGSTKFLT',
  'SIGPWR',
  'SIGPOLL',
  'SIGCLD',
  'SIGRTMIN',
  'SIGRTMAX',
  'sigwaitinfo',
  'sigtimedwait',
  'struct_siginfo',
  'pidfd_send_signal',
];

/** Whether the table says that a name exists. @param {Row} row @param {string} platform @param {string} edition */
function promised(row, platform, edition) {
  if (platform === 'darwin') return row.columns.linux !== 'absent' && !NOT_DARWIN.includes(row.name);
  if (platform === 'linux' || platform === 'windows') return row.columns[platform] !== 'absent';
  return row.columns[edition === 'extended' ? 'wasm_extended' : `${platform}_documented`] !== 'absent';
}

/** A program as the preset's tests are started. @param {string} preset */
function command(preset) {
  const list = join(ROOT, 'build', preset, 'tests.json');
  assert.ok(existsSync(list), `${preset} is not built: run npm test, or cmake --workflow --preset ${preset}`);
  /** @type {{suite: string, command: string[]}[]} */
  const programs = JSON.parse(readFileSync(list, 'utf8'));
  const words = programs.find(({ suite }) => suite === 'module_tests')?.command ?? [];
  return words.map((word, at) =>
    at === words.length - 1 ? word.replace(/module_tests(\.\w+)?$/, 'availability$1') : word,
  );
}

/** @typedef {{found: string[], absent: Record<string, string | undefined>, wrong: Record<string, string>, listed: number}} Found */

/**
 * Where a program's findings differ from the table.
 * @param {string} platform
 * @param {string} edition
 * @param {Found} found
 */
function compare(platform, edition, found) {
  /** @type {Mismatch[]} */
  const mismatches = [];
  for (const row of table) {
    const { name } = row;
    const there = promised(row, platform, edition);
    if (name in found.wrong) {
      mismatches.push({ name, text: found.wrong[name] });
    } else if (!found.found.includes(name) && !(name in found.absent)) {
      mismatches.push({ name, text: 'the program did not try it' });
    } else if (there !== found.found.includes(name)) {
      mismatches.push({
        name,
        text: there
          ? 'the table has it, the program does not find it'
          : 'the table does not have it, the program finds it',
      });
    }
    // What a function that is not there says about itself.
    if (row.kind === 'function' && found.absent[name] !== undefined) {
      const detail = row.documented && `Availability: ${row.documented}`;
      if (found.absent[name] !== detail)
        mismatches.push({ name, text: `its detail is "${found.absent[name]}", not "${detail}"` });
    }
  }
  const known = new Set(table.map((row) => row.name));
  for (const name of [...found.found, ...Object.keys(found.absent), ...Object.keys(found.wrong)]) {
    if (!known.has(name)) mismatches.push({ name, text: 'the table does not know it' });
  }
  if (found.listed !== found.found.length)
    mismatches.push({ name: 'wsig_name_count()', text: `${found.listed}, but ${found.found.length} were found` });
  return mismatches;
}

test('the given table has 72 names, each once', LIMIT, () => {
  assert.equal(table.length, 72);
  assert.equal(new Set(table.map((row) => row.name)).size, 72);
});

test('the table in the code is the given one', LIMIT, () => {
  assert.deepEqual(coded(), table);
  assert.deepEqual(parse(readFileSync(join(ROOT, 'src/signals.def'), 'utf8')).notOnMacos, NOT_DARWIN);
});

for (const preset of PRESETS) {
  test(`${preset}: what a program finds by trying is what the table says, in both editions`, LIMIT, async () => {
    const { code, stdout, stderr, late } = await run(command(preset), { limit: 60, cwd: ROOT });
    assert.equal(code, 0, `${late ? 'not finished after 60 s\n' : ''}${stdout}${stderr}`);
    /** @type {{platform: string, editions: Record<string, Found>}} */
    const { platform, editions } = JSON.parse(stdout);
    assert.deepEqual(Object.keys(editions), EDITIONS);
    for (const edition of EDITIONS) {
      report.targets[`${preset}/${edition}`] = {
        found: editions[edition].found,
        mismatches: compare(platform, edition, editions[edition]),
      };
    }
    const unexpected = EDITIONS.flatMap((edition) =>
      report.targets[`${preset}/${edition}`].mismatches.map(({ name, text }) => `${edition}: ${name}: ${text}`),
    );
    assert.deepEqual(unexpected, []);
  });
}

/** Whether a property is what its kind says. @type {Record<string, (value: any, name: string, module: Record<string, any>) => boolean>} */
const isKind = {
  function: (value) => typeof value === 'function',
  enum: (value, _, module) =>
    Object.values(value).length > 0 && Object.values(value).every((member) => module[member.name] === member),
  exception: (value) => value.prototype instanceof Error,
  type: (value) => typeof value === 'function',
  handler: (value, name, module) => module.Handlers[name] === value,
  sigmask: (value, name, module) => module.Sigmasks[name] === value,
  itimer: (value) => Number.isInteger(value),
  constant: (value) => Number.isInteger(value),
  signal: (value, name, module) => value.name === name && module.Signals[name] === value,
  'signal alias': (value, name, module) =>
    value.name !== name && module.Signals[name] === value && module[value.name] === value,
};

for (const edition of /** @type {const} */ (['documented', 'extended'])) {
  test(`js: the module object has the properties that the table says, in the ${edition} edition`, LIMIT, async (t) => {
    const { create } = await import('../../js/signal_module/node.js');
    const module = /** @type {Record<string, any>} */ (/** @type {unknown} */ (create({ edition })));
    t.after(() => module.close());
    /** @type {Found} */
    const found = { found: [], absent: {}, wrong: {}, listed: Object.keys(module).length };
    for (const { name, kind } of table) {
      if (!(name in module))
        found.absent[name] = undefined; // a property that is not there says nothing
      else if (isKind[kind](module[name], name, module)) found.found.push(name);
      else found.wrong[name] = `not of the kind ${kind}`;
    }
    const mismatches = compare('wasi', edition, found);
    report.targets[`js/${edition}`] = { found: found.found, mismatches };
    assert.deepEqual(mismatches, []);
  });
}

test('a difference is seen', LIMIT, () => {
  const all = table.filter((row) => promised(row, 'wasi', 'documented')).map((row) => row.name);
  const absent = Object.fromEntries(
    table
      .filter((row) => !all.includes(row.name))
      .map((row) => [row.name, row.kind === 'function' && row.documented ? `Availability: ${row.documented}` : '']),
  );
  const right = { found: all, absent, wrong: {}, listed: all.length };
  assert.deepEqual(compare('wasi', 'documented', right), []);
  const names = (/** @type {Partial<Found>} */ change) =>
    compare('wasi', 'documented', { ...right, ...change }).map(({ name }) => name);
  assert.deepEqual(
    names({
      found: all.filter((name) => name !== 'alarm'),
      absent: { ...absent, alarm: 'Availability: Unix' },
      listed: all.length - 1,
    }),
    ['alarm'],
  );
  assert.deepEqual(names({ found: [...all, 'pause'], listed: all.length + 1 }), ['pause']);
  assert.deepEqual(names({ absent: { ...absent, pause: '' } }), ['pause']);
  assert.deepEqual(
    names({ found: all.filter((name) => name !== 'NSIG'), wrong: { NSIG: 'the value is 1' }, listed: all.length - 1 }),
    ['NSIG'],
  );
  assert.deepEqual(names({ found: all.filter((name) => name !== 'NSIG'), listed: all.length - 1 }), ['NSIG']);
  assert.deepEqual(names({ listed: all.length + 1 }), ['wsig_name_count()']);
});
