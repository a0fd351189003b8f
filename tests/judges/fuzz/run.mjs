#!/usr/bin/env node
// @ts-check
// Guests that import what nobody gave, and random writes into the control blocks of running guests: the host must not throw, hang, or harm another guest.
// And arbitrary bytes for the rewriter in C++.

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../support/program.js';
import { fuzz } from './hostile.mjs';
import { fuzzImports } from './imports.mjs';
import { fuzzRewriter } from './rewriter.mjs';

const PARTS = ['imports', 'writes', 'rewriter'];
const REPORT = join(ROOT, 'build/reports/fuzz.json');

const HELP = `Usage: npm run fuzz [-- options]

First, modules with a start function import every name that is reachable from what objects of JavaScript inherit, as every kind of import. Each must be refused by
name before anything of it runs.

Then threads write nonsense into the control blocks of running guests while the host sends to them and keeps time. A good guest beside them must get all of its
signals in order, a timer must go on, and no call of the host may throw what is not documented or take longer than ten seconds.

Then the rewriter in C++ is given arbitrary bytes, most of them changed programs, under libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer. An
input that fails is build/reports/fuzz-rewriter-*; build/native-fuzz/tests/rewriter_fuzz FILE repeats it.

  --only PART[,PART]   of imports, writes, rewriter; default: all
  --writes N   how many writes; default 10000000
  --spawns N   how many of the imports also through a worker; default 1000
  --seconds N  how long the rewriter is given inputs; default 300
  --seed S     default: a new one
  --help

The report is build/reports/fuzz.json.`;

/** @param {string[]} args */
async function main(args) {
  let writes, spawns, seconds, seed;
  let parts = PARTS;
  try {
    const { values } = parseArgs({
      args,
      options: {
        writes: { type: 'string' },
        spawns: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return (console.log(HELP), 0);
    writes = number('writes', values.writes, 10_000_000);
    spawns = number('spawns', values.spawns, 1000);
    seconds = number('seconds', values.seconds, 300);
    if (values.only !== undefined) parts = values.only.split(',');
    const unknown = parts.find((part) => !PARTS.includes(part));
    if (unknown !== undefined) throw new Error(`--only ${unknown}: the parts are ${PARTS.join(', ')}`);
    seed = number('seed', values.seed, Math.floor(Math.random() * 1e9));
  } catch (error) {
    console.error(`fuzz: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
    return 2;
  }
  console.log(`--only ${parts.join()} --writes ${writes} --spawns ${spawns} --seconds ${seconds} --seed ${seed}`);
  const began = performance.now();
  const tell = console.log;
  const imports = parts.includes('imports') ? await fuzzImports({ spawns, seed, tell }) : undefined;
  const outcome = parts.includes('writes') ? await fuzz({ writes, seed, tell }) : undefined;
  const rewriter = parts.includes('rewriter') ? await fuzzRewriter({ seconds, seed, tell }) : undefined;
  const report = {
    ...outcome,
    imports,
    rewriter,
    seconds: Math.round((performance.now() - began) / 1000),
    node: process.version,
    cpus: cpus().length,
    load: loadavg()[0],
  };
  mkdirSync(dirname(REPORT), { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`);
  console.log(report);
  console.log('passed; build/reports/fuzz.json');
  return 0;
}

/** @param {string} name @param {string | undefined} text @param {number} otherwise */
function number(name, text, otherwise) {
  if (text === undefined) return otherwise;
  if (!/^\d{1,12}$/.test(text) || Number(text) === 0)
    throw new Error(`--${name} ${text}: a number from 1 on is wanted`);
  return Number(text);
}

process.exitCode = await main(process.argv.slice(2));
