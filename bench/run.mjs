#!/usr/bin/env node
// @ts-check
// npm run bench: every row of the table of bars, ours, peers' and the raw limit in one run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../toolchains/setup.mjs';
import { plots } from './plots.mjs';
import { ROOT } from './programs.mjs';

const HELP = `Usage: npm run bench [-- options]

Measures what docs/performance.md says, beside other programs and the limits of the machine, in one run. Use a machine that does nothing else.

  --quick          fewer runs: about two minutes; for seeing that it works, and for changes by more than a few percent
  --only ID[,ID]   only rows whose names begin so (latency, throughput, loss, raise, mask, overhead, timer, size, instrument, start)
  --plots          also write the plots of docs/bench/
  --json           the report on standard output
  --help

The report is build/reports/bench.json, and build/reports/size.json for the rows of sizes.`;

/**
 * @typedef {object} Context
 * @property {boolean} quick
 * @property {number} runs
 * @property {number} times    samples of a run
 * @property {string} clang    that compiles to wasm32
 * @property {(line: string) => void} say
 */

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {string} unit
 * @property {import('./stats.mjs').Summary} ours
 * @property {Record<string, import('./stats.mjs').Summary>} [peers]
 * @property {import('./stats.mjs').Summary} [limit]
 * @property {string} bar
 * @property {boolean} met
 * @property {object} [parts]
 * @property {number[]} [distribution]  for plots; not in the report
 */

/** @type {{ids: string[], run: (context: Context) => Promise<Row | Row[]>}[]} */
const ROWS = [
  { ids: ['latency.busy'], run: async (context) => withPeers(await (await import('./rows/latency.mjs')).busy(context), context) },
  { ids: ['latency.poll'], run: async (context) => (await import('./rows/poll.mjs')).poll(context) },
  { ids: ['latency.wait'], run: async (context) => (await import('./rows/latency.mjs')).wait(context) },
  { ids: ['throughput'], run: async (context) => (await import('./rows/latency.mjs')).throughput(context) },
  { ids: ['loss'], run: async (context) => (await import('./rows/loss.mjs')).loss(context) },
  { ids: ['raise', 'mask'], run: async (context) => (await import('./rows/primitives.mjs')).primitives(context) },
  { ids: ['timer.busy'], run: async (context) => (await import('./rows/timers.mjs')).timerBusy(context) },
  { ids: ['timer.idle'], run: async (context) => (await import('./rows/timers.mjs')).timerIdle(context) },
  { ids: ['size.signal', 'size.full'], run: async () => (await import('./rows/sizes.mjs')).sizes() },
  { ids: ['size.js'], run: async () => (await import('./rows/sizes.mjs')).sizeJs() },
  { ids: ['overhead.kernels'], run: async (context) => (await import('./rows/overhead.mjs')).kernels(context) },
  { ids: ['overhead.programs'], run: async (context) => (await import('./rows/overhead.mjs')).programs(context) },
  { ids: ['instrument'], run: async (context) => (await import('./rows/overhead.mjs')).instrument(context) },
  { ids: ['start'], run: async (context) => (await import('./rows/start.mjs')).start(context) },
];

/** @param {Row} row @param {Context} context */
async function withPeers(row, context) {
  const { latencyOfPeers } = await import('./rows/peers.mjs');
  return { ...row, peers: { ...row.peers, ...(await latencyOfPeers(context)) } };
}

async function main() {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, only: { type: 'string' }, plots: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return void console.log(HELP);
  const say = (/** @type {string} */ line) => void process.stderr.write(`${line}\n`);
  const prefixes = values.only?.split(',');
  const wanted = ROWS.filter(({ ids }) => !prefixes || ids.some((id) => prefixes.some((prefix) => id.startsWith(prefix))));
  if (!wanted.length) throw new Error(`no row begins with ${values.only}; there are ${ROWS.flatMap(({ ids }) => ids).join(', ')}`);
  const clang = await build(say);

  const quick = values.quick ?? false;
  /** @type {Context} */
  const context = { quick, runs: quick ? 3 : 5, times: quick ? 2000 : 20000, clang, say };
  /** @type {Row[]} */
  const rows = [];
  for (const { ids, run } of wanted) {
    say(`${ids.join(', ')} ...`);
    rows.push(...[await run(context)].flat());
  }
  if (values.plots) for (const file of plots(rows, join(ROOT, 'docs/bench'))) say(`wrote ${file}`);
  const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version, load: loadavg()[0] };
  const report = { machine, quick, rows: rows.map(({ distribution, ...row }) => row) };
  const folder = join(ROOT, 'build/reports');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(report, null, 1)}\n`);
  const sizes = report.rows.filter(({ id }) => id.startsWith('size.'));
  if (sizes.length) writeFileSync(join(folder, 'size.json'), `${JSON.stringify({ rows: sizes }, null, 1)}\n`);
  console.log(values.json ? JSON.stringify(report) : table(rows));
  if (machine.load > 1) say(`\nOther programs were running (load ${machine.load.toFixed(1)}): latencies are too high, above all p99.`);
}

/** @param {(line: string) => void} say */
async function build(say) {
  const { wasi } = await setup({ only: ['native', 'npm', 'catch2', 'clang', 'wasi', 'lua'], quiet: true });
  for (const preset of ['native', 'wasm32-wasip1']) {
    say(`building ${preset}`);
    const cmake = (/** @type {string[]} */ ...args) => execFileSync('cmake', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    cmake('--preset', preset);
    const help = execFileSync('cmake', ['--build', `build/${preset}`, '--target', 'help'], { cwd: ROOT, encoding: 'utf8' });
    const programs = [...new Set(help.match(/\bbench_\w+|\bguest_flood\b|\blua$/gm))];
    cmake('--build', `build/${preset}`, '--parallel', '2', '--target', ...programs);
  }
  return /** @type {{clang: string}} */ (wasi).clang;
}

/** @param {Row[]} rows */
function table(rows) {
  const figure = (/** @type {number} */ value) => (Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2));
  const both = (/** @type {import('./stats.mjs').Summary | undefined} */ one) => (one ? (one.p50 === one.p99 ? figure(one.p50) : `${figure(one.p50)} / ${figure(one.p99)}`) : '');
  const lines = [['', 'unit', 'ours p50 / p99', 'limit', 'others', 'bar', '']];
  for (const { id, unit, ours, limit, peers = {}, bar, met } of rows) {
    lines.push([id, unit, both(ours), both(limit), Object.entries(peers).map(([name, one]) => `${name} ${both(one)}`).join(', '), bar, met ? 'met' : 'NOT MET']);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
