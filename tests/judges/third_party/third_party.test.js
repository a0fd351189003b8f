// @ts-check
// Some packages of npm, guarded (npm run third-party for all); and whether their judge sees what is wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { faultsOf } from './judge.mjs';
import { page, totals } from './table.mjs';

const file = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

test('packages of npm are ended, paused and used again', { timeout: 300_000 }, () => {
  const args = [
    file('run.mjs'),
    '--short',
    '--json',
    '--report',
    file('../../../build/reports/third-party-short.json'),
  ];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 290_000,
    maxBuffer: 1 << 28,
  });
  assert.equal(signal ?? status, 0, stderr);
  const { totals: all, packages } = JSON.parse(stdout);
  assert.ok(all.packages >= 8 && all.faults === 0, stderr);
  for (const key of ['same', 'ended', 'paused', 'usable']) assert.equal(all[key], all.packages, `${key}: ${stderr}`);
  for (const { ended } of packages) assert.equal(ended.late.length, 5);
});

const SMOKE = '"as ever"';
/** A package with which all is well. @returns {any} */
const good = () => ({
  package: 'p',
  version: '1.0.0',
  does: 'a loop',
  files: [{ sha256: 'one', growth: 1.2, small_growth: 1.05 }],
  modules: { all: 1, valid: 1, instrumented: 1, result_valid: {}, wrong: [] },
  same: true,
  ended: { outcome: 'ERR_TIMEOUT', late: [1, 2], best: 1, median: 2, in_time: true, usable: 2 },
  handled: null,
  paused: { idle: 0, late: 1, stopped: true, usable: true },
  recover: null,
  renews: false,
  known: {},
  faults: [],
  seconds: 1,
});
const PLAIN = { smoke: [SMOKE, SMOKE] };

/** What could be wrong, and what is said of it. @type {[string, (verdict: any) => void, RegExp][]} */
const FAULTS = [
  ['a result that is not valid', ({ modules }) => modules.wrong.push('a.wasm: invalid'), /a\.wasm/],
  ['another result', (verdict) => (verdict.same = false), /another result/],
  ['a limit that does not hold', ({ ended }) => (ended.in_time = false), /not ended in time/],
  ['a package that is not usable', ({ ended }) => (ended.usable = 1), /not usable after 2 ends/],
  ['a stop that does not stop', ({ paused }) => (paused.stopped = false), /not paused/],
  ['a handler without effect', (verdict) => (verdict.handled = { ...verdict.ended, in_time: false }), /handler/],
];

test('the judge has no complaint where all is well', () => assert.deepEqual(faultsOf(good(), PLAIN), []));

for (const [what, spoil, said] of FAULTS) {
  test(`the judge sees ${what}`, () => {
    const verdict = good();
    spoil(verdict);
    assert.match(faultsOf(verdict, PLAIN).join('\n'), said);
  });
}

test('docs/third-party.md is what the table makes of a report', () => {
  const verdicts = [good(), { ...good(), package: 'q', known: { ended: 'threads' }, ended: null, paused: null }];
  const text = page({ passed: true, node: 'v20.0.0', totals: totals(verdicts), packages: verdicts });
  assert.match(text, /\| p 1\.0\.0 \| 1 of 1 \| yes \| a loop \| 1\.0 \/ 2\.0 \/ 2\.0 \| yes \| yes \|/);
  assert.match(text, /grows\s+by\s+20\.0\s+%\s+\(at\s+most\s+20\s+%\)[^]*by\s+5\.0\s+%/);
  assert.match(text, /## Which were not ended[^]*\* q: threads\./);
  const written = readFileSync(file('../../../docs/third-party.md'), 'utf8');
  const head = (/** @type {string} */ one) => one.slice(0, one.indexOf('Of '));
  assert.equal(head(written), head(text), 'npm run third-party -- --write-docs');
});
