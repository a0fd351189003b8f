#!/usr/bin/env node
// @ts-check
// npm run bench: every row of the table of bars, ours, peers' and the raw limit in one run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../toolchains/setup.mjs';
import { Browser } from './browser.mjs';
import { writeDocs } from './docs.mjs';
import { startPeers } from './peers.mjs';
import { ROOT } from './programs.mjs';
import { table } from './report.mjs';

/** @typedef {import('./report.mjs').Row} Row */
/** @typedef {import('./report.mjs').Report} Report */

/** A run with these is for seeing that it works, and for changes by more than a few percent. */
const QUICK = { runs: 3, times: 2000 };
const FULL = { runs: 5, times: 20_000 };

/**
 * @typedef {object} Context
 * @property {boolean} quick
 * @property {number} runs
 * @property {number} times    samples of a run
 * @property {string} clang    that compiles to wasm32
 * @property {import('./peers.mjs').Peer[]} peers
 * @property {{version: string, executable: string}[]} nodes  other than this one
 * @property {Browser} [browser]
 * @property {(line: string) => void} say
 */

/** @type {{ids: string[], peers?: boolean, browser?: boolean, run: (context: Context) => Promise<Row | Row[]>}[]} */
const ROWS = [
  {
    ids: ['latency.busy'],
    peers: true,
    browser: true,
    run: async (context) => (await import('./rows/latency.mjs')).busy(context),
  },
  { ids: ['latency.poll'], run: async (context) => (await import('./rows/poll.mjs')).poll(context) },
  { ids: ['latency.wait'], browser: true, run: async (context) => (await import('./rows/latency.mjs')).wait(context) },
  {
    ids: ['throughput'],
    peers: true,
    run: async (context) => (await import('./rows/latency.mjs')).throughput(context),
  },
  { ids: ['loss'], peers: true, run: async (context) => (await import('./rows/loss.mjs')).loss(context) },
  {
    ids: ['raise', 'mask'],
    peers: true,
    run: async (context) => (await import('./rows/primitives.mjs')).primitives(context),
  },
  {
    ids: ['overhead.kernels'],
    browser: true,
    run: async (context) => (await import('./rows/overhead.mjs')).kernels(context),
  },
  { ids: ['overhead.programs'], run: async (context) => (await import('./rows/overhead.mjs')).programs(context) },
  { ids: ['overhead.injected'], run: async (context) => (await import('./rows/injected.mjs')).injected(context) },
  {
    ids: ['timer.busy'],
    browser: true,
    run: async (context) => (await import('./rows/timers.mjs')).timerBusy(context),
  },
  {
    ids: ['timer.idle'],
    browser: true,
    run: async (context) => (await import('./rows/timers.mjs')).timerIdle(context),
  },
  { ids: ['timer.first'], run: async (context) => (await import('./rows/timers.mjs')).timerFirst(context) },
  { ids: ['size.signal', 'size.full'], run: async () => (await import('./rows/sizes.mjs')).sizes() },
  { ids: ['size.js', 'size.js.attach', 'size.js.spawn'], run: async () => (await import('./rows/sizes.mjs')).sizeJs() },
  { ids: ['size.instrument', 'size.guard'], run: async () => (await import('./rows/sizes.mjs')).sizesOfGuard() },
  { ids: ['instrument'], run: async (context) => (await import('./rows/instrument.mjs')).instrument(context) },
  { ids: ['instrument.large'], run: async (context) => (await import('./rows/instrument.mjs')).large(context) },
  { ids: ['start'], browser: true, run: async (context) => (await import('./rows/start.mjs')).start(context) },
];

const HELP = `Usage: npm run bench [-- options]

Measures what docs/performance.md says, beside other programs and the limits of the machine, in one run. Use a machine that does nothing else.

  --quick          fewer samples: within two minutes; for seeing that it works, and for changes by more than a few percent
  --only ID[,ID]   only rows whose names begin so: ${ROWS.flatMap(({ ids }) => ids).join(', ')}
  --browser        in Chromium too, what runs there: ${ROWS.filter(({ browser }) => browser)
    .flatMap(({ ids }) => ids)
    .join(', ')}
  --node FILE      the kernels in this Node too; default: the Node 24 of the set-up, or NODE24. none: only in this one
  --no-peers       without Pyodide and QuickJS, which are installed from npm into the cache folder otherwise
  --write-docs     write the tables and plots of docs/performance.md and docs/bench/ from the report, if all rows could be measured
  --from FILE      measure nothing: this report (for --write-docs, or the table)
  --json           the report on standard output
  --help

WASMSIG_CPYTHON names a folder with CPython for WASI (python.wasm, Lib); without it only Lua's programs are measured.
The report is build/reports/bench.json, and build/reports/size.json for the rows of sizes. Exit status 1 where a row could not be measured.`;

const OPTIONS = /** @type {const} */ ({
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  browser: { type: 'boolean', default: false },
  node: { type: 'string' },
  'no-peers': { type: 'boolean', default: false },
  'write-docs': { type: 'boolean', default: false },
  from: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
});

const say = (/** @type {string} */ line) => void process.stderr.write(`${line}\n`);

/** @typedef {ReturnType<typeof parseArgs<{options: typeof OPTIONS}>>['values']} Values */

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void console.log(HELP);
  if (values['write-docs'] && values.only) throw new Error('--write-docs needs all rows: leave --only out');
  const report = values.from
    ? /** @type {Report} */ (JSON.parse(readFileSync(values.from, 'utf8')))
    : await measure(values);
  if (!values.from) keep(report);
  console.log(values.json ? JSON.stringify(report) : table(report.rows));
  for (const { id, error } of report.failed) say(`${id} could not be measured: ${error}`);
  if (values['write-docs'] && !report.failed.length)
    for (const file of writeDocs(report, join(ROOT, 'docs'))) say(`wrote ${file}`);
  if (report.machine.load > 2)
    say(
      `\nOther programs were running (load ${report.machine.load.toFixed(1)}): latencies are too high, above all p99.`,
    );
  if (report.failed.length) process.exitCode = 1;
}

/** @param {Values} values @returns {Promise<Report>} */
async function measure(values) {
  const began = Date.now();
  const prefixes = values.only?.split(',');
  const wanted = ROWS.filter(
    ({ ids }) => !prefixes || ids.some((id) => prefixes.some((prefix) => id.startsWith(prefix))),
  );
  if (!wanted.length)
    throw new Error(`no row begins with ${values.only}; there are ${ROWS.flatMap(({ ids }) => ids).join(', ')}`);
  const { clang, chromium } = await build(values.browser);
  const peers = values['no-peers'] || !wanted.some((row) => row.peers) ? [] : await startPeers(say);
  const browser = values.browser && wanted.some((row) => row.browser) ? await Browser.open(chromium) : undefined;
  /** @type {Context} */
  const context = {
    quick: values.quick,
    ...(values.quick ? QUICK : FULL),
    clang,
    peers,
    browser,
    nodes: await otherNodes(values.node),
    say,
  };
  /** @type {Report} */
  const report = {
    machine: {
      processors: cpus().length,
      model: cpus()[0]?.model ?? '',
      node: process.version,
      system: `${type()} ${release()}`,
      load: 0,
    },
    date: new Date(began).toISOString(),
    quick: values.quick,
    seconds: 0,
    rows: [],
    failed: [],
  };
  try {
    for (const { ids, run } of wanted) {
      const start = performance.now();
      try {
        report.rows.push(...[await measured(run, context)].flat());
      } catch (error) {
        for (const id of ids) report.failed.push({ id, error: /** @type {Error} */ (error).message });
      }
      say(`${ids.join(', ')}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
  } finally {
    for (const peer of peers) await peer.close();
    await browser?.close();
  }
  report.machine.load = loadavg()[0];
  report.seconds = (Date.now() - began) / 1000;
  return report;
}

/**
 * A row, without the peers that crash.
 * @param {(context: Context) => Promise<Row | Row[]>} run
 * @param {Context} context
 */
async function measured(run, context) {
  try {
    return await run(context);
  } catch (error) {
    const crashed = context.peers.filter(({ failure }) => failure);
    if (!crashed.length) throw error;
    for (const { name, version, failure } of crashed)
      say(`${name} ${version} crashed, and is left out from here on: ${failure?.message}`);
    context.peers = context.peers.filter(({ failure }) => !failure);
    return run(context);
  }
}

/** @param {Report} report */
function keep(report) {
  const folder = join(ROOT, 'build/reports');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(report, null, 1)}\n`);
  const rows = report.rows.filter(({ id }) => id.startsWith('size.'));
  if (rows.length) writeFileSync(join(folder, 'size.json'), `${JSON.stringify({ rows }, null, 1)}\n`);
}

/** @param {string | undefined} wanted @returns {Promise<Context['nodes']>} */
async function otherNodes(wanted) {
  if (wanted === 'none') return [];
  const executable = wanted ?? (await setup({ only: ['node24'], quiet: true })).node24?.executable;
  if (!executable || executable === process.execPath) return [];
  return [
    { executable, version: execFileSync(executable, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim() },
  ];
}

/** @param {boolean} withBrowser */
async function build(withBrowser) {
  const { wasi, chromium } = await setup({
    only: ['native', 'npm', 'catch2', 'clang', 'wasi', 'lua', ...(withBrowser ? ['chromium'] : [])],
    quiet: true,
  });
  if (withBrowser && !chromium?.executable)
    throw new Error(
      'no Chromium for --browser: install it (Debian: apt-get install chromium), or set CHROMIUM to its path',
    );
  for (const preset of ['native', 'wasm32-wasip1']) {
    say(`building ${preset}`);
    const cmake = (/** @type {string[]} */ ...args) =>
      execFileSync('cmake', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    cmake('--preset', preset);
    const help = execFileSync('cmake', ['--build', `build/${preset}`, '--target', 'help'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const programs = [...new Set(help.match(/\bbench_\w+|\bguest_flood\b|\blua$/gm))];
    cmake('--build', `build/${preset}`, '--parallel', '2', '--target', ...programs);
  }
  return {
    clang: /** @type {import('../toolchains/sdk/wasi.mjs').Wasi} */ (wasi).clang,
    chromium: chromium?.executable ?? '',
  };
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
