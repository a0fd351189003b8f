// @ts-check
/**
 * What independent trials of an earlier version found (faults.json, by their numbers), what became of each, and the test that shows it. The report is build/reports/faults.json.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const LIMIT = { timeout: 10_000 };
const ROOT = new URL('../../', import.meta.url);
/** @typedef {{id: string, kind: string, state: 'mended' | 'later' | 'not', issue?: string, why?: string, linux: string, tests: {file: string, name: string}[]}} Fault */
/** @type {Fault[]} */
const faults = JSON.parse(readFileSync(new URL('faults.json', import.meta.url), 'utf8'));

/** How many findings each trial numbered. */
const NUMBERED = {
  review: span('', 16),
  programs: span('D', 9),
  public: span('A', 12),
  cpython: [...span('H', 11), 'H13'],
  npm: span('D', 9),
  hosts: span('D', 5),
  conformance: [...span('D', 6), ...span('N', 4)],
  style: span('8.', 5),
};

/** @param {string} letter @param {number} last */
function span(letter, last) {
  return Array.from({ length: last }, (_, index) => letter + (index + 1));
}

test('each numbered finding is told of once', LIMIT, () => {
  const all = Object.entries(NUMBERED).flatMap(([trial, numbers]) => numbers.map((number) => `${trial}-${number}`));
  assert.deepEqual(faults.map(({ id }) => id).sort(), all.sort());
});

test('what is mended has a test that exists, what is not has a reason, and the report says so', LIMIT, () => {
  /** @type {string[]} */
  const missing = [];
  for (const { id, state, issue, why, kind, linux, tests } of faults) {
    assert.ok(kind && linux, id);
    assert.ok(['mended', 'later', 'not'].includes(state), id);
    if (state === 'mended') assert.ok(tests.length > 0 || why, `${id}: no test`);
    else assert.ok(state === 'later' ? /^[F-J]$/.test(issue ?? '') : why, `${id}: no reason`);
    for (const { file, name } of tests) if (!hasTest(file, name)) missing.push(`${id}: ${file} has no test "${name}"`);
  }
  assert.deepEqual(missing, []);
  mkdirSync(new URL('build/reports/', ROOT), { recursive: true });
  writeFileSync(new URL('build/reports/faults.json', ROOT), `${JSON.stringify(faults, null, 2)}\n`);
});

/** @type {Map<string, RegExp[]>} */
const read = new Map();

/**
 * Whether a file has a test of this title. What stands in ${} of a title may be anything.
 * @param {string} file
 * @param {string} name
 */
function hasTest(file, name) {
  let titles = read.get(file);
  if (!titles) {
    const hole = /\$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\}/;
    const title = new RegExp(
      String.raw`(?:\b(?:test|it|describe)|TEST_CASE|SECTION|LIBC_TEST)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|${'`'}((?:${hole.source}|[^${'`'}\\]|\\.)*)${'`'})`,
      'g',
    );
    titles = [...readFileSync(new URL(file, ROOT), 'utf8').matchAll(title)].map(([, single, double, template]) => {
      const parts = (single ?? double ?? template)
        .split(hole)
        .map((part) => part.replace(/\\(.)/g, '$1').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return new RegExp(`^${parts.join('.*')}$`, 's');
    });
    read.set(file, titles);
  }
  return titles.some((one) => one.test(name));
}
