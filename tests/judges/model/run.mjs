#!/usr/bin/env node
// @ts-check
// Proves the protocol of docs/host-abi.md by exhaustive search of its models, and proves the models: each planted defect must be found.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setup } from '../../../toolchains/setup.mjs';
import { endAll, run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { models } from './models.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

/** Seconds. */
const LIMIT = { translate: 60, compile: 300, search: 3600 };
const MEMORY_MB = 3500;
const DEPTH = 1_000_000;

const HELP = `Usage: npm run model [-- options]

Searches all states of the models of the protocol (tests/judges/model/README.md) with Spin. Each property must hold, and each planted defect must be found.
Exit status 1 if not.

  --only NAME[,NAME]   only these models: ${models.map(({ name }) => name).join(', ')}
  --short              without the runs that take minutes each
  --list               what there is; nothing is run
  --json               the report on standard output, everything else on standard error
  --help

The report is build/reports/model.json.`;

/**
 * What one search found.
 * @typedef {object} Found
 * @property {string} model
 * @property {string[]} set       the macros
 * @property {string} [defect]    what was planted
 * @property {string} says        what holds, or what is wrong
 * @property {boolean} ok         the property holds; or the defect was found
 * @property {number} states
 * @property {number} depth
 * @property {number} memoryMb
 * @property {number} seconds
 * @property {string} problem     '' if ok
 */

/**
 * @param {string} spin
 * @param {string} cc
 * @param {{model: string, set: string[], says: string, defect?: string, folder: string}} job
 * @returns {Promise<Found>}
 */
async function search(spin, cc, { model, set, says, defect, folder }) {
  const began = performance.now();
  /** @type {Found} */
  const found = {
    model,
    set,
    ...(defect && { defect }),
    says,
    ok: false,
    states: 0,
    depth: 0,
    memoryMb: 0,
    seconds: 0,
    problem: '',
  };
  const macros = [...set, ...(defect ? [defect] : [])].map((macro) => `-D${macro}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await must([spin, '-a', ...macros, join(HERE, `${model}.pml`)], folder, LIMIT.translate);
    // The compiler takes longer than most searches.
    await must(
      [cc, defect ? '-O0' : '-O1', '-w', '-DSAFETY', '-DCOLLAPSE', `-DMEMLIM=${MEMORY_MB}`, '-o', 'pan', 'pan.c'],
      folder,
      LIMIT.compile,
    );
    const { stdout, stderr, code, late } = await run([join(folder, 'pan'), `-m${DEPTH}`], {
      limit: LIMIT.search,
      cwd: folder,
      background: true,
    });
    Object.assign(found, readSearch(stdout));
    if (late) found.problem = `not finished after ${LIMIT.search} s`;
    else found.problem = judge(stdout, code, defect !== undefined) || (stderr.trim() && `it printed: ${stderr.trim()}`);
    if (found.problem && !defect) {
      const trail = await run([join(folder, 'pan'), '-r', '-n'], { limit: 60, cwd: folder });
      writeFileSync(join(folder, 'trail.txt'), trail.stdout);
      found.problem += `; its trail: ${relative(ROOT, join(folder, 'trail.txt'))}`;
    }
    found.ok = !found.problem;
  } catch (error) {
    found.problem = /** @type {Error} */ (error).message;
  }
  found.seconds = Math.round((performance.now() - began) / 100) / 10;
  return found;
}

/** @param {string[]} command @param {string} cwd @param {number} limit */
async function must(command, cwd, limit) {
  const { code, stdout, stderr } = await run(command, { limit, cwd, background: true });
  // Spin ends with 0 after some of its errors.
  const error = /^.*\berror\b.*$/im.exec(stdout + stderr)?.[0];
  if (code || error)
    throw new Error(
      error ?? `${command[0]} ended with exit code ${code}: ${(stdout + stderr).trim().split('\n').pop()}`,
    );
}

/** @param {string} output of a search */
export function readSearch(output) {
  const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(output)?.[1] ?? 0);
  return {
    states: number(/^\s*([\d.e+]+) states, stored/m),
    depth: number(/depth reached (\d+)/),
    memoryMb: Math.ceil(number(/([\d.]+)\s+total actual memory usage/)),
  };
}

/**
 * What is wrong with a search: it must have seen all states, and found an error if and only if there is one.
 * @param {string} output
 * @param {number} code
 * @param {boolean} planted
 * @returns {string} '' nothing
 */
export function judge(output, code, planted) {
  const errors = /errors: (\d+)$/m.exec(output)?.[1];
  if (code || errors === undefined)
    return `the search ended with exit code ${code}: ${output.trim().split('\n').pop()}`;
  const violated = /^pan:\s*\d*:?\s*((?:assertion violated|invalid end state).*)/m.exec(output)?.[1];
  if (planted) return violated ? '' : 'the defect was not found';
  if (errors !== '0') return violated ?? `${errors} errors`;
  if (/error: max search depth too small/.test(output)) return `deeper than ${DEPTH} steps`;
  if (/Search not completed|out of memory|reached -DMEMLIM/.test(output)) return 'the search did not see all states';
  return '';
}

/** @param {string[]} args @returns {Promise<number>} */
async function main(args) {
  const flag = /** @type {const} */ ({ type: 'boolean' });
  let values;
  let chosen = models;
  try {
    ({ values } = parseArgs({
      args,
      options: { only: { type: 'string' }, short: flag, list: flag, json: flag, help: flag },
    }));
    if (values.only) {
      chosen = values.only.split(',').map((name) => {
        const model = models.find((one) => one.name === name.trim());
        if (!model)
          throw new Error(`unknown model "${name.trim()}": they are ${models.map((one) => one.name).join(', ')}`);
        return model;
      });
    }
  } catch (error) {
    console.error(`model: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
    return 2;
  }
  if (values.help) return (console.log(HELP), 0);
  const jobs = chosen.flatMap(({ name, runs, defects }) => [
    ...runs.filter(({ long }) => !(long && values.short)).map(({ set, holds }) => ({ model: name, set, says: holds })),
    ...defects.map(({ name: defect, set = [], breaks }) => ({ model: name, set, says: breaks, defect })),
  ]);
  if (values.list) {
    if (values.json) console.log(JSON.stringify(jobs, null, 2));
    else for (const job of jobs) console.log(line(job));
    return 0;
  }
  const say = values.json ? console.error : console.log;

  const began = performance.now();
  const { spin, native } = await setup({ only: ['spin', 'native'], quiet: true });
  if (!spin || !native) throw new Error('no Spin or no compiler');
  /** @type {Found[]} */
  const results = [];
  const queue = jobs.map((job, index) => ({
    ...job,
    folder: join(ROOT, 'build/model', `${process.pid}-${index}`),
    index,
  }));
  const worker = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const { index, ...rest } = job;
      const found = await search(spin.program, native.cc, rest);
      results[index] = found;
      if (found.ok || found.defect) rmSync(job.folder, { recursive: true, force: true });
      say(
        `${found.ok ? (found.defect ? 'found ' : 'holds ') : 'FAILED'}  ${line(found)}  ${found.states} states, ${found.seconds} s${found.problem && `\n        ${found.problem}`}`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));

  const properties = results.filter(({ defect }) => !defect);
  const planted = results.filter(({ defect }) => defect);
  const report = {
    ok: results.every(({ ok }) => ok),
    short: values.short ?? false,
    properties: properties.length,
    hold: properties.filter(({ ok }) => ok).length,
    planted: planted.length,
    found: planted.filter(({ ok }) => ok).length,
    states: properties.reduce((sum, { states }) => sum + states, 0),
    seconds: Math.round((performance.now() - began) / 1000),
    results,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const file = join(ROOT, 'build/reports/model.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, json);
  renameSync(`${file}.new`, file);
  if (values.json) process.stdout.write(json);
  say(
    `\n${report.hold} of ${report.properties} properties hold in all of ${report.states} states, ${report.found} of ${report.planted} defects found; ${relative(ROOT, file)} (${report.seconds} s)`,
  );
  return report.ok ? 0 : 1;
}

/** @param {{model: string, set: string[], says: string, defect?: string}} job */
function line({ model, set, says, defect }) {
  return `${model.padEnd(11)}  ${[...(defect ? [defect] : []), ...set].join(' ').padEnd(40)}  ${says}`;
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    endAll('SIGKILL');
    process.kill(process.pid, signal);
  });
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1])
  process.exitCode = await main(process.argv.slice(2));
