#!/usr/bin/env node
// @ts-check
// npm run conformance: the Open POSIX Test Suite on Linux and in WebAssembly.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../../toolchains/setup.mjs';
import { endAll, run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { build, undefinedSymbols } from './builders.mjs';
import { findPrograms, outcomeOf, TARGETS } from './programs.mjs';
import { judge, page, summary } from './table.mjs';

const REPORT = join(ROOT, 'build/reports/conformance.json');
const PAGE = join(ROOT, 'docs/conformance.md');
/** What runs where nothing else is asked for. */
const OURS = TARGETS.filter((target) => !target.startsWith('stock-'));
/** The short form: programs of each kind, quick ones. */
const SHORT = ['sigset', 'sigprocmask', 'raise', 'killpg', 'sigaltstack', 'sigismember', 'pthread_kill', 'sigqueue'];

const HELP = `Usage: npm run conformance [-- options]

The programs of the Open POSIX Test Suite 1.5.2 about signals, their timers and sleeps, as Debian's source package has them. Each is built
without changes: with gcc, and for WebAssembly against the library as it is installed (npm run prebuild). It is run natively and by
\`wasmsig run --instrument\`. Exit status 1 if one that passes on Linux does not pass and no reason is known.

  --target NAME[,NAME]   ${OURS.join(', ')};
                         and without the library: ${TARGETS.filter((one) => !OURS.includes(one)).join(', ')}
  --only NAME[,NAME]     only these interfaces or programs: sigaction, sigaction/1-1
  --short                ${SHORT.join(', ')}
  --merge                what the report has of other programs and targets stays there
  --jobs N               how many run at a time, by default 2
  --limit S              seconds that a program may take, by default 40
  --no-build             the library as it is in dist/; otherwise it is brought up to date first
  --list                 the programs; nothing is run
  --write-docs           writes docs/conformance.md from the report; nothing is run
  --report FILE          default build/reports/conformance.json
  --json                 the report on standard output, everything else on standard error
  --help

POSIXTESTSUITE may name a folder of another copy of the suite (toolchains/README.md).`;

/** @param {number} jobs @param {string} target @returns {import('./builders.mjs').Each} */
function eachOf(jobs, target) {
  return async (doing, items, work) => {
    const left = [...items];
    let told = performance.now();
    const worker = async () => {
      for (let item = left.shift(); item; item = left.shift()) {
        await work(item);
        if (performance.now() - told < 10_000) continue;
        told = performance.now();
        console.error(`${target}: ${items.length - left.length} of ${items.length} programs ${doing}`);
      }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
  };
}

/** The library of these targets. @param {string[]} targets */
async function prebuild(targets) {
  if (targets.length === 0) return;
  const command = [process.execPath, join(ROOT, 'scripts/prebuild.mjs'), '--only', targets.join()];
  const { code, late, stderr } = await run(command, { limit: 1200 });
  if (code !== 0) throw new Error(late ? 'npm run prebuild has not finished after 20 minutes' : stderr);
}

/**
 * A job of a shell, as a user would run it: in a session where a stopped program is continued by somebody. What it leaves running ends
 * with its group.
 * @param {string[]} command
 * @param {number} limit
 */
async function start(command, limit) {
  const script = 'timeout -s KILL "$0" "$@"; exit $?'; // timeout leads a group, whose parent is another one of the session
  const end = await run(['sh', '-c', script, String(limit), ...command], { limit: limit + 10, cwd: '/' });
  return { ...end, late: end.late || end.seconds >= limit };
}

/** The end of what a program said. @param {string} text */
const lastOf = (text) => text.replaceAll(ROOT, '.').trim().split('\n').slice(-3).join(' | ').slice(-300);

/**
 * @param {import('./builders.mjs').Context} context
 * @param {import('./programs.mjs').Target} target
 * @param {import('./programs.mjs').Program[]} programs
 * @param {{limit: number, say: (text: string) => void, each: import('./builders.mjs').Each}} how
 */
async function runTarget(context, target, programs, { limit, say, each }) {
  const built = await build(context, target, programs);
  /** @type {Record<string, import('./table.mjs').Result>} */
  const results = {};
  await each('run', programs, async ({ name, only_built }) => {
    const one = built.get(name);
    if (!one || 'error' in one) {
      results[name] = {
        outcome: 'does not build',
        detail: lastOf(one?.error.match(/.*error:.*/)?.[0] ?? one?.error ?? ''),
      };
      return;
    }
    if (target === 'native')
      results[name] = { calls: [...(await undefinedSymbols('nm', [one.file], ['-D']))].sort(), outcome: 'only built' };
    if (only_built) return void (results[name] ??= { outcome: 'only built' });
    const end = await start(one.command, limit);
    const outcome = outcomeOf(end);
    results[name] = { ...results[name], outcome, seconds: Math.round(end.seconds * 10) / 10 };
    if (outcome !== 'pass') results[name].detail = `exit status ${end.code}: ${lastOf(end.stdout + end.stderr)}`;
  });
  say(`${target}: ${programs.length} programs`);
  return results;
}

/** @param {string[]} args */
async function main(args) {
  const flag = /** @type {const} */ ({ type: 'boolean' });
  const text = /** @type {const} */ ({ type: 'string' });
  const { values } = parseArgs({
    args,
    options: {
      target: text,
      only: text,
      report: text,
      jobs: text,
      limit: text,
      short: flag,
      merge: flag,
      list: flag,
      'no-build': flag,
      'write-docs': flag,
      json: flag,
      help: flag,
    },
  });
  if (values.help) return (console.log(HELP), 0);
  const file = values.report ?? REPORT;
  if (values['write-docs']) {
    writeFileSync(PAGE, page(JSON.parse(readFileSync(file, 'utf8'))));
    return 0;
  }
  const targets = /** @type {import('./programs.mjs').Target[]} */ (values.target?.split(',') ?? OURS);
  const unknown = targets.find((target) => !TARGETS.includes(target));
  if (unknown) throw new Error(`unknown target '${unknown}': the targets are ${TARGETS.join(', ')}`);
  const jobs = Number(values.jobs ?? 2);
  const limit = Number(values.limit ?? 40);
  if (!(jobs > 0 && limit > 0)) throw new Error('--jobs and --limit are positive numbers');
  const only = ['posixtestsuite'];
  if (targets.some((target) => target.endsWith('wasip1'))) only.push('wasi');
  if (targets.some((target) => target.includes('emscripten'))) only.push('emscripten', 'clang');
  const sdks = await setup({ only, quiet: values.json });
  const suite = sdks.posixtestsuite?.folder ?? '';
  const programs = findPrograms(suite, values.only?.split(',') ?? (values.short ? SHORT : undefined));
  if (values.list) return (console.log(programs.map(({ name }) => name).join('\n')), 0);

  if (!values['no-build'])
    await prebuild(targets.filter((target) => target.startsWith('wasm') && OURS.includes(target)));

  const say = values.json ? console.error : console.log;
  const before = values.merge ? JSON.parse(readFileSync(file, 'utf8')).results : {};
  /** @type {import('./table.mjs').Results} */
  const results = before;
  for (const target of targets) {
    const each = eachOf(jobs, target);
    const found = await runTarget({ sdks, suite, each }, target, programs, { limit, say, each });
    for (const [name, result] of Object.entries(found)) (results[name] ??= {})[target] = result;
    const report = judge(results, { version: sdks.posixtestsuite?.version ?? '', node: process.version });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  say(summary(report));
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.unexplained.length === 0 ? 0 : 1;
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.once(signal, () => {
    endAll('SIGKILL');
    process.kill(process.pid, signal);
  });

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`conformance: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
