#!/usr/bin/env node
// @ts-check
// npm run third-party: packages of npm that nobody built for wasmsig, guarded.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../../../toolchains/setup.mjs';
import { endAll } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { judgePackage, programNames } from './judge.mjs';
import { line, page, summary, totals } from './table.mjs';

const REPORT = join(ROOT, 'build/reports/third-party.json');
const PAGE = join(ROOT, 'docs/third-party.md');
/** What the short form tries: a few of each kind (C, C++, Rust, Go; an interpreter, a database, a codec). */
const SHORT = ['sql_js', 'wasmoon', 'quickjs', 'resvg', 'hash_wasm', 'tree_sitter', 'micropython', 'zstd'];

const HELP = `Usage: npm run third-party [-- options]

Packages of npm as they are, at the versions of tests/judges/third_party/package-lock.json, in the cache folder. Of each, every wasm file is
instrumented and must be valid in this Node and in Node 24 where the original is. Its program (tests/judges/third_party/programs) must say the
same with wasmsig/register as without, before and after a long computation was ended by a limit; and is stopped, continued and ended by
signals of another thread. Exit status 1 if anything is otherwise and no reason is known.

  --only NAME[,NAME]   only these programs
  --merge              what the report has of other programs stays there
  --short              ${SHORT.length} of them, and not their files
  --list               the programs; nothing is run
  --write-docs         writes docs/third-party.md from the report; nothing is run
  --report FILE        default build/reports/third-party.json
  --json               the report on standard output, everything else on standard error
  --help`;

/** @param {string[]} args */
async function main(args) {
  const flag = /** @type {const} */ ({ type: 'boolean' });
  const text = /** @type {const} */ ({ type: 'string' });
  const { values } = parseArgs({
    args,
    options: {
      only: text,
      report: text,
      merge: flag,
      short: flag,
      list: flag,
      'write-docs': flag,
      json: flag,
      help: flag,
    },
  });
  if (values.help) return (console.log(HELP), 0);
  const all = programNames();
  if (values.list) return (console.log(all.join('\n')), 0);
  const file = values.report ?? REPORT;
  if (values['write-docs']) {
    writeFileSync(PAGE, page(JSON.parse(readFileSync(file, 'utf8'))));
    return 0;
  }
  const names = values.only?.split(',') ?? (values.short ? SHORT : all);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown) throw new Error(`there is no program '${unknown}': see --list`);
  const say = values.json ? console.error : console.log;
  const { packages, node24 } = await setup({ only: ['packages', 'node24'], quiet: values.json });
  const verdicts = [];
  for (const name of names) {
    const options = { folder: packages?.folder ?? '', node24: node24?.executable, short: values.short === true };
    const verdict = await judgePackage(name, options);
    verdicts.push(verdict);
    say(line(verdict));
  }
  if (values.merge) {
    const before = /** @type {import('./table.mjs').Report} */ (JSON.parse(readFileSync(file, 'utf8')));
    verdicts.push(...before.packages.filter(({ program }) => !names.includes(program)));
  }
  verdicts.sort((a, b) => (a.package < b.package ? -1 : 1));
  const passed = verdicts.every(({ faults }) => faults.length === 0);
  const report = { passed, node: process.version, totals: totals(verdicts), packages: verdicts };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  say(summary(report));
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return passed ? 0 : 1;
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.once(signal, () => {
    endAll('SIGKILL');
    process.kill(process.pid, signal);
  });

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`third-party: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
