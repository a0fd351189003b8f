// @ts-check
// The page of performance says what its report says, and nothing else; what the benchmark does with its arguments. The measuring itself is not for a test.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fill, keptReports, vendorOf, writeDocs } from '../../bench/docs.mjs';
import { plots } from '../../bench/plots.mjs';
import { roundTrip } from '../../bench/round_trip.mjs';
import { Runs, medianOf, summary, tail } from '../../bench/stats.mjs';
import { ROOT } from '../support/program.js';

const LIMIT = { timeout: 60_000 };
const DOCS = join(ROOT, 'docs');
const page = () => readFileSync(join(DOCS, 'performance.md'), 'utf8');
const reports = () => [...keptReports(DOCS).values()];
/** Every row of the specification's table. */
const IDS = [
  'latency.busy',
  'latency.poll',
  'latency.wait',
  'throughput',
  'loss',
  'raise',
  'mask',
  'overhead.kernels',
  'overhead.programs',
  'timer.busy',
  'timer.idle',
  'timer.first',
  'size.signal',
  'size.full',
  'size.js',
  'instrument',
  'start',
];

/** @param {...string} args */
const bench = (...args) =>
  spawnSync(process.execPath, [join(ROOT, 'bench/run.mjs'), ...args], { encoding: 'utf8', timeout: 50_000 });

describe('docs/performance.md', () => {
  test('says what the reports in docs/bench say', () =>
    assert.equal(
      fill(page(), keptReports(DOCS)),
      page(),
      'npm run bench -- --write-docs --from docs/bench/VENDOR/bench.json',
    ));

  test('has the plots of those reports, and no others', () => {
    for (const [vendor, { rows }] of keptReports(DOCS)) {
      const wanted = plots(rows);
      assert.ok(wanted.length >= 6);
      for (const { name, svg } of wanted)
        assert.equal(readFileSync(join(DOCS, 'bench', vendor, name), 'utf8'), svg, name);
      assert.deepEqual(
        readdirSync(join(DOCS, 'bench', vendor))
          .filter((name) => name !== 'bench.json')
          .sort(),
        wanted.map(({ name }) => name).sort(),
      );
      for (const { name } of wanted) assert.ok(page().includes(`(bench/${vendor}/${name})`), `${name} is on the page`);
    }
  });

  test('has a row for every bar, with figures, and a reason where it is not met', () => {
    const newest = reports().reduce((one, other) => (one.date > other.date ? one : other));
    assert.deepEqual(
      newest.rows
        .filter(({ bar }) => bar !== 'none')
        .map(({ id }) => id)
        .sort(),
      [...IDS].sort(),
    );
    for (const { id, ours, bar, met, why } of reports().flatMap(({ rows }) => rows)) {
      assert.ok(Number.isFinite(ours.p50) && Number.isFinite(ours.p99), id);
      assert.ok(bar.length > 3 && typeof met === 'boolean', id);
      assert.ok(met || (why ?? '').length > 10, `${id} is not met, and nothing says why`);
    }
  });

  test('changes with a figure, and has a place for each vendor', () => {
    const [changed] = reports();
    changed.rows[0].ours.p50 = 123_456;
    const of = (/** @type {string} */ model) => ({ ...changed, machine: { ...changed.machine, model } });
    assert.deepEqual(
      ['Intel(R) Xeon(R) Processor', 'AMD EPYC', 'Apple M9', 'RISC'].map((model) => vendorOf(of(model))),
      ['intel', 'amd', 'apple', 'other'],
    );
    const text = fill(
      page(),
      new Map([
        ['amd', of('AMD EPYC')],
        ['apple', of('Apple M9')],
      ]),
    );
    assert.equal(text.match(/123,456/g)?.length, 2);
    assert.ok(text.includes('**Apple M9**') && !text.includes('Xeon'));
  });

  test('without a place for a table is an error, and nothing is written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wasmsig-bench-'));
    try {
      writeFileSync(join(folder, 'performance.md'), page().replace('<!-- /kernels -->', ''));
      assert.throws(() => writeDocs(reports()[0], folder), /"kernels"/);
      assert.equal(existsSync(join(folder, 'bench')), false);
      writeFileSync(join(folder, 'performance.md'), page());
      for (const report of reports()) assert.ok(writeDocs(report, folder).length >= 8);
      assert.equal(readFileSync(join(folder, 'performance.md'), 'utf8'), page());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('npm run bench', () => {
  test('--from prints a report as a table or as JSON, and measures nothing', LIMIT, () => {
    const [[vendor, report]] = keptReports(DOCS);
    const file = join(DOCS, 'bench', vendor, 'bench.json');
    const { status, stdout } = bench('--from', file);
    assert.equal(status, 0);
    for (const { id } of report.rows) assert.ok(stdout.includes(id), id);
    assert.deepEqual(JSON.parse(bench('--from', file, '--json').stdout), report);
  });

  test('refuses what it does not know', LIMIT, () => {
    for (const [args, text] of /** @type {[string[], RegExp][]} */ ([
      [['--only', 'nothing'], /no row begins with nothing; there are latency\.busy/],
      [['--fast'], /--fast/],
      [['--write-docs', '--only', 'raise'], /--only/],
      [['--from', '/no/such/file'], /no such file/],
    ])) {
      const { status, stderr } = bench(...args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, text);
    }
  });
});

describe('statistics', () => {
  test('are order statistics', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => 999 - i);
    assert.deepEqual(summary(numbers), { p50: 500, p99: 990, least: 0, most: 999, samples: 1000 });
    assert.throws(() => summary([]), /nothing was measured/);
    assert.deepEqual(
      medianOf([
        { p50: 3, p99: 30 },
        { p50: 1, p99: 10 },
        { p50: 2, p99: 20 },
      ]),
      { p50: 2, p99: 20, least: 1, most: 3, samples: 3 },
    );
  });

  test('a tail has the whole distribution, to its last sample', () => {
    const points = tail(Array.from({ length: 10_000 }, (_, i) => i + 1));
    assert.deepEqual(
      [points[0], points[points.length - 1]],
      [
        [1, 1],
        [0.0001, 10_000],
      ],
    );
    assert.ok(points.every(([share, value], i) => i === 0 || (share <= points[i - 1][0] && value >= points[i - 1][1])));
  });

  test('runs are told apart by their names', () => {
    const runs = new Runs();
    for (const ours of [1, 3, 2]) {
      runs.add('ours', [ours]);
      runs.add('limit', [0.5]);
      runs.add('native', [10]);
    }
    const { ours, limit, others } = runs.result();
    assert.deepEqual([ours.p50, limit.p50, others.native.p50, Object.keys(others)], [2, 0.5, 10, ['native']]);
  });

  test(
    'a round trip that is never answered is an error; of a peer that loses some, those are no samples',
    LIMIT,
    async () => {
      const words = new Int32Array(new SharedArrayBuffer(8));
      let sends = 0;
      const losing = { words, index: 0, send: () => void (++sends % 3 === 0 || Atomics.add(words, 0, 1)) };
      assert.equal((await roundTrip({ ...losing, times: 4, lossy: true })).length, 4);
      assert.ok(sends > 8, `${sends} sends for 4 samples and 4 to warm`);
      await assert.rejects(roundTrip({ words, index: 1, send() {}, times: 1, lossy: true }), /never acknowledged/);
    },
  );
});
