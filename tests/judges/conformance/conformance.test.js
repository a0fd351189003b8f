// @ts-check
// Some programs of the Open POSIX Test Suite (npm run conformance for all), and whether their judge sees what is wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KINDS, kindOf, outcomeOf } from './programs.mjs';
import { judge, page, paragraph, summary } from './table.mjs';

const LIMIT = { timeout: 20_000 };
const file = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const run = (/** @type {string[]} */ ...args) =>
  spawnSync(process.execPath, [file('run.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 580_000,
    maxBuffer: 1 << 28,
  });

test('programs about signals do in WebAssembly what they do on Linux', {
  timeout: 600_000,
}, () => {
  const report = file('../../../build/reports/conformance-short.json');
  const { status, signal, stdout, stderr } = run(
    '--short',
    '--target',
    'native,wasm32-wasip1',
    '--json',
    '--report',
    report,
  );
  assert.equal(signal ?? status, 0, stderr);
  const { programs, totals, unexplained } = JSON.parse(stdout);
  assert.deepEqual(unexplained, []);
  assert.ok(totals.native.pass >= 40 && totals['wasm32-wasip1'].pass >= 35, stderr);
  assert.deepEqual(programs['sigprocmask/5-1'], { native: 'pass', 'wasm32-wasip1': 'pass' });
  assert.equal(totals['wasm32-wasip1'].hung ?? 0, 0);
});

test('the command names what it knows, and refuses what it does not', LIMIT, () => {
  const help = run('--help');
  assert.equal(help.status, 0);
  for (const option of ['--target', '--only', '--json', '--report', '--write-docs', '--short', '--merge', '--limit'])
    assert.ok(help.stdout.includes(option), option);
  for (const [args, text] of /** @type {[string[], RegExp][]} */ ([
    [['--target', 'pdp11'], /unknown target 'pdp11'/],
    [['--only', 'fork', '--target', 'native'], /no interface is named 'fork'/],
    [['--jobs', '0'], /positive/],
    [['--fast'], /--fast/],
  ])) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, text);
  }
});

test('an exit status is an outcome of the suite, and any other end is a failure', LIMIT, () => {
  const of = (/** @type {number} */ code, late = false) => outcomeOf({ code, late });
  assert.deepEqual(
    [0, 1, 2, 4, 5].map((code) => of(code)),
    ['pass', 'fail', 'unresolved', 'unsupported', 'untested'],
  );
  assert.deepEqual(
    [3, 134, 139].map((code) => of(code)),
    ['fail', 'fail', 'fail'],
  );
  assert.equal(of(0, true), 'hung');
});

test('what a program calls says why it cannot pass', LIMIT, () => {
  const of = (/** @type {string[]} */ calls, target = 'wasm32-wasip1') => kindOf(calls, target)?.reason;
  assert.equal(of(['kill', 'fork', 'pthread_create']), KINDS[0].reason);
  assert.equal(of(['execvp']), KINDS[0].reason);
  assert.equal(of(['pthread_create']), KINDS[1].reason);
  assert.equal(of(['pthread_create'], 'wasm32-emscripten-pthread'), undefined);
  assert.equal(of(['setuid', 'kill']), KINDS[2].reason);
  assert.equal(of(['kill', 'wait', 'exit', 'pthread_kill', 'getuid']), undefined);
});

const PASS = { outcome: /** @type {const} */ ('pass') };
/** @type {() => import('./table.mjs').Results} */
const results = () => ({
  'kill/1-1': { native: { ...PASS, calls: ['kill'] }, 'wasm32-wasip1': { ...PASS } },
  'kill/2-1': { native: { ...PASS, calls: ['fork'] }, 'wasm32-wasip1': { outcome: 'unresolved' } },
  'kill/2-2': { native: { ...PASS, calls: ['fork'] }, 'wasm32-wasip1': { ...PASS } },
  'kill/3-1': { native: { outcome: 'fail', calls: ['kill'] }, 'wasm32-wasip1': { outcome: 'fail' } },
});
const about = { version: '1.5.2', node: 'v20.0.0' };

test('the judge has no complaint where all that can pass passes', LIMIT, () => {
  const { programs, totals, bars, left, unexplained } = judge(results(), about);
  assert.deepEqual(unexplained, []);
  assert.deepEqual(
    left.map(({ program, reason }) => [program, reason]),
    [['kill/2-1', KINDS[0].reason]],
  );
  assert.equal(programs['kill/2-1']['wasm32-wasip1'], 'unsupported');
  assert.deepEqual(totals['wasm32-wasip1'], { pass: 2, unsupported: 1, fail: 1 });
  assert.deepEqual([bars[0].programs, bars[0].pass, bars[0].met], [1, 1, false]);
});

/** @type {[string, import('./table.mjs').Result, RegExp | null][]} */
const LEFT = [
  ['one that fails', { outcome: 'fail', detail: 'Test FAILED' }, null],
  ['one that hangs', { outcome: 'hung' }, null],
  ['one that does not build, and nobody knows why', { outcome: 'does not build', detail: 'error: oh' }, null],
  [
    'a function that is missing',
    { outcome: 'does not build', detail: 'wasm-ld: error: a.o: undefined symbol: timer_create' },
    /names timer_create/,
  ],
  [
    'a clock that is no integer',
    { outcome: 'does not build', detail: "a.c:1: error: integer to pointer conversion passing 'int' to 'clockid_t'" },
    /takes clocks for integers/,
  ],
  [
    'a header that is missing',
    { outcome: 'does not build', detail: "fatal error: 'mqueue.h' file not found" },
    /includes <mqueue\.h>/,
  ],
];

for (const [what, result, reason] of LEFT) {
  test(`the judge sees ${what}`, LIMIT, () => {
    const changed = results();
    changed['kill/1-1']['wasm32-wasip1'] = result;
    const report = judge(changed, about);
    const [one] = report.left;
    assert.equal(one.program, 'kill/1-1');
    if (reason) assert.match(one.reason, reason);
    assert.equal(report.unexplained.length, reason ? 0 : 1);
    assert.equal(/UNEXPLAINED wasm32-wasip1 kill\/1-1/.test(summary(report)), !reason);
  });
}

test('docs/conformance.md is what the table makes of a report', LIMIT, () => {
  const text = page(judge(results(), about));
  assert.match(text, /\| wasm32-wasip1, wasmsig \| 2 \| 1 \| 0 \| 1 \| 0 \| 0 \| 0 \| 0 \| 4 \|/);
  assert.match(text, /\| `kill` \| 3 \| 2 \|/);
  assert.match(text, /### wasm32-wasip1\n\n\* 1: calls fork\(\) or the like\n\n {2}kill\/2-1\n/);
  assert.ok(text.split('\n').every((line) => line.length <= 120 || line.startsWith('|')));
  const long = paragraph(Array.from({ length: 60 }, (_, at) => `sigaction/${at}-1`));
  assert.ok(long.split('\n').length > 3 && long.split('\n').every((line) => line.length <= 120));
  const written = readFileSync(file('../../../docs/conformance.md'), 'utf8');
  const head = (/** @type {string} */ one) => one.slice(0, one.indexOf('timers and'));
  assert.equal(head(written), head(text), 'npm run conformance -- --write-docs');
});
