#!/usr/bin/env node
// @ts-check
// npm run spec: the WebAssembly specification's tests with instrumented modules, in every Node that is there.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { locate as locateNode24 } from '../../../toolchains/sdk/node24.mjs';
import { setup } from '../../../toolchains/setup.mjs';
import { run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { Converter } from './convert.mjs';
import { judgeScript } from './judge.mjs';

const REPORT = join(ROOT, 'build/reports/spec.json');
/** Seconds, for all files in one engine. */
const LIMIT = 1800;

const HELP = `Usage: npm run spec [-- options]

Every module of the WebAssembly specification's tests gets an injected runtime, and every assertion must have the outcome that it has with the original: results
bit for bit, traps and exceptions by their messages, refusals, and what memories, tables and globals hold in the end. Without a function at the safe points, and
with one that is called at every check. In this Node, and in Node 24 where that is there. Exit status 1 if anything differs.

  --only TEXT[,TEXT]   only files whose names contain one of these
  --here               in this Node only
  --list               the files; nothing is run
  --report FILE        default build/reports/spec.json
  --json               the report on standard output, everything else on standard error
  --help

SPEC_TESTS may name a folder of other files (*.wast). Without it they are those of Debian's source package of Binaryen (toolchains/README.md).`;

/** @typedef {import('./judge.mjs').FileReport} FileReport */

/**
 * @typedef {object} EngineReport
 * @property {string} node
 * @property {number} files
 * @property {number} modules
 * @property {number} instrumented
 * @property {number} refused  by the engine, and by instrument()
 * @property {number} became_valid  of these, if instrument() is told not to ask the engine
 * @property {number} text     refused as text
 * @property {number} assertions
 * @property {number} actions
 * @property {number} as_specified
 * @property {number} checks
 * @property {Record<string, number>} not_run
 * @property {string[]} otherwise
 * @property {string[]} differences
 * @property {number} seconds
 * @property {FileReport[]} per_file
 */

/**
 * @param {string} folder
 * @param {string[]} names
 * @returns {Promise<EngineReport>}
 */
async function judgeHere(folder, names) {
  const started = performance.now();
  const converter = await Converter.load();
  /** @type {FileReport[]} */
  const files = [];
  let told = performance.now();
  for (const [i, name] of names.entries()) {
    files.push(judgeScript(name, readFileSync(join(folder, name)), converter));
    if (performance.now() - told < 5000) continue;
    told = performance.now();
    console.error(`${process.version} ${i + 1} of ${names.length} files, ${name}`);
  }
  return { ...sum(files), seconds: Math.round((performance.now() - started) / 100) / 10, per_file: files };
}

/** @param {FileReport[]} files */
function sum(files) {
  const total = (/** @type {keyof FileReport} */ key) => files.reduce((all, file) => all + Number(file[key]), 0);
  /** @type {Record<string, number>} */
  const reasons = {};
  for (const { not_run } of files)
    for (const [reason, count] of Object.entries(not_run)) reasons[reason] = (reasons[reason] ?? 0) + count;
  return {
    node: process.version,
    files: files.length,
    modules: total('modules'),
    instrumented: total('instrumented'),
    refused: total('refused'),
    became_valid: total('became_valid'),
    text: total('text'),
    assertions: total('assertions'),
    actions: total('actions'),
    as_specified: total('as_specified'),
    checks: total('checks'),
    not_run: reasons,
    otherwise: files.flatMap(({ otherwise }) => otherwise),
    differences: files.flatMap(({ differences }) => differences),
  };
}

/**
 * In a process of its own, which ends with what it runs.
 *
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<EngineReport>}
 */
async function judgeIn(node, args) {
  const { code, late, stdout, stderr } = await run([node, fileURLToPath(import.meta.url), '--child', ...args], {
    limit: LIMIT,
  });
  if (late) throw new Error(`${node} has not finished after ${LIMIT} s: ${stderr.trim().split('\n').pop()}`);
  if (code !== 0) throw new Error(`${node} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** @param {EngineReport} report */
function summary({ node, per_file: _, differences, otherwise, not_run, ...numbers }) {
  const left = Object.entries(not_run).sort(([, a], [, b]) => b - a);
  return [
    `${node}: ${Object.entries(numbers)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}, differences ${differences.length}`,
    ...differences.slice(0, 20).map((text) => `  DIFFERENT ${text}`),
    `  not run: ${left.reduce((all, [, count]) => all + count, 0)}, by the reason:`,
    ...left.slice(0, 12).map(([reason, count]) => `    ${count} ${reason}`),
    `  the original is not as the script says: ${otherwise.length}`,
  ].join('\n');
}

/** Whether the judge is satisfied; also not if it saw nothing. @param {EngineReport} report */
const passes = ({ differences, checks, assertions }) => differences.length === 0 && checks > 0 && assertions > 0;

/** @param {string[]} args */
async function main(args) {
  const flag = /** @type {const} */ ({ type: 'boolean' });
  const text = /** @type {const} */ ({ type: 'string' });
  const { values } = parseArgs({
    args,
    options: { only: text, report: text, here: flag, list: flag, json: flag, help: flag, child: flag },
  });
  if (values.help) return (console.log(HELP), 0);
  const { spec, cache } = await setup({ only: ['spec'], quiet: values.child });
  const folder = spec?.folder ?? '';
  const all = readdirSync(folder)
    .filter((file) => file.endsWith('.wast'))
    .sort();
  const parts = values.only?.split(',') ?? [''];
  const unknown = parts.find((part) => !all.some((file) => file.includes(part)));
  if (unknown) throw new Error(`no file is named *${unknown}*`);
  const names = all.filter((file) => parts.some((part) => file.includes(part)));
  if (values.list) return (console.log(names.join('\n')), 0);
  if (values.child) return (process.stdout.write(JSON.stringify(await judgeHere(folder, names))), 0);
  const newer = locateNode24({ cache, env: process.env })?.executable;
  const nodes = [process.execPath, ...(newer && newer !== process.execPath && !values.here ? [newer] : [])];
  const engines = [];
  for (const node of nodes) {
    console.error(`${names.length} files in ${node === newer ? 'Node 24' : process.version}`);
    const report = await judgeIn(node, values.only ? ['--only', values.only] : []);
    engines.push(report);
    (values.json ? console.error : console.log)(summary(report));
  }
  const report = { passed: engines.every(passes), engines };
  const file = values.report ?? REPORT;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.passed ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(
    `spec: ${error instanceof Error ? (process.argv.includes('--child') ? error.stack : error.message) : error}`,
  );
  process.exitCode = 2;
}
