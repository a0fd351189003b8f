#!/usr/bin/env node
// @ts-check
// The rewriter in C++ gives byte for byte what the one in JavaScript gives: the same module, the same report, the same error.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { instrumentSync } from '../../../js/instrument/index.js';
import { readModule, readSections } from '../../../js/instrument/module_sections.js';
import { random, randomProgram } from '../../support/wasm_modules.js';
import { endlessProgram } from './endless.mjs';
import { linked } from './link.mjs';
import { Native } from './native.mjs';

const HELP = `Usage: node tests/judges/rewriter/same.mjs --native PROGRAM [options] [FILE or FOLDER ...]

Gives the same modules to the rewriter in C++ and to the one in JavaScript, with all combinations of options, and compares the modules, reports and
errors: random programs, those of the tests, the .wasm files that are named or lie in named folders (foreign ones are given the exports of libwasmsig),
and all of these shortened and with bits changed. Exit status 1 if something differs.

  --native PROGRAM   the program that tests/judges/rewriter/serve.cpp becomes
  --seed S           default: 1
  --programs N       random programs (default 300)
  --mutants N        shortened and changed modules (default 3000)
  --times            processor time of both for each file
  --save FOLDER      puts the modules that differ there
  --json             the counts as JSON
  --help`;

/** @typedef {import('../../../js/instrument/index.js').InstrumentOptions} InstrumentOptions */

/** @type {InstrumentOptions[]} */
const OPTIONS = [
  {},
  { memory: 'keep' },
  { memory: 'shared', maximumPages: 40000 },
  { memory: 'shared', maximumPages: 1 },
  { importMemory: { module: 'env', name: 'memory' } },
  { memory: 'keep', validate: false },
  { validate: false, skip: ['f0', 'main', 'no such function'] },
];

const counts = { modules: 0, instrumented: 0, errors: 0, landings: 0, mutants: 0, internal: 0, differences: 0 };

/** @type {string | undefined} */
let saved;

/** @param {string} what @param {Uint8Array} bytes */
function differs(what, bytes) {
  if (++counts.differences > 20) return;
  console.error(`same: ${what}`);
  if (saved !== undefined) writeFileSync(join(saved, `${counts.differences}.wasm`), bytes);
}

/** @param {() => any} make @returns {Promise<{value?: any, error?: {code: string, message: string}}>} */
async function outcome(make) {
  try {
    return { value: await make() };
  } catch (error) {
    const { code, message } = /** @type {any} */ (error);
    if (code === undefined) throw error;
    return { error: { code, message } };
  }
}

/** Where two modules differ first, in words. @param {Uint8Array} ours @param {Uint8Array} theirs */
function firstDifference(ours, theirs) {
  let at = 0;
  while (at < ours.length && ours[at] === theirs[at]) at++;
  const sections = readSections(theirs);
  const section = sections.find(({ start, end }) => at >= start && at < end);
  let where = `section ${section?.id ?? '?'}${section?.name ? ` (${section.name})` : ''}`;
  try {
    const view = readModule(theirs, sections);
    const i = view.bodies.findIndex(({ start, end }) => at >= start - 5 && at < end);
    if (i >= 0) where = `function ${view.importedFunctions + i}, offset ${at - view.bodies[i].start} of its body`;
  } catch {
    // the section is enough
  }
  return `byte ${at} of ${theirs.length} (it has ${ours.length}), ${where}`;
}

/** @param {Native} native @param {string} what @param {Uint8Array} bytes @param {InstrumentOptions} options */
async function compare(native, what, bytes, options) {
  const label = `${what} ${JSON.stringify(options)}`;
  const theirs = await outcome(() => instrumentSync(bytes, options));
  const ours = await outcome(() => native.instrument(bytes, options));
  if (theirs.error || ours.error) {
    counts.errors++;
    // A module that no engine would take: JavaScript stumbles, C++ says something.
    if (theirs.error?.code === 'internal' && ours.error) return void counts.internal++;
    if (JSON.stringify(theirs.error) !== JSON.stringify(ours.error))
      differs(`${label}: ${JSON.stringify(ours.error)} is not ${JSON.stringify(theirs.error)}`, bytes);
    return;
  }
  counts.instrumented++;
  counts.landings += native.landings;
  if (Buffer.compare(ours.value.bytes, theirs.value.bytes) !== 0)
    differs(`${label}: ${firstDifference(ours.value.bytes, theirs.value.bytes)}`, bytes);
  theirs.value.report.milliseconds = ours.value.report.milliseconds = 0;
  const [a, b] = [JSON.stringify(ours.value.report), JSON.stringify(theirs.value.report)];
  if (a === b) return;
  let at = 0;
  while (a[at] === b[at]) at++;
  differs(
    `${label}: the reports differ at ${at}: ${a.slice(at - 60, at + 60)} is not ${b.slice(at - 60, at + 60)}`,
    bytes,
  );
}

/** @param {Native} native @param {string} what @param {Uint8Array} bytes */
async function compareAll(native, what, bytes) {
  counts.modules++;
  for (const options of OPTIONS) await compare(native, what, bytes, options);
}

/** @param {Native} native @param {string} what @param {Uint8Array} bytes @param {number} many @param {(below: number) => number} below */
async function compareMutants(native, what, bytes, many, below) {
  for (let i = 0; i < many; ++i) {
    let changed = bytes.slice();
    if (below(8) === 0) changed = changed.subarray(0, below(bytes.length));
    else
      for (let flips = 1 + below(3); flips > 0; --flips)
        changed[below(bytes.length)] = below(2) ? below(256) : changed[below(bytes.length)] ^ (1 << below(8));
    counts.mutants++;
    await compare(native, `${what}, mutant ${i}`, changed, {
      validate: below(4) === 0,
      memory: below(2) ? 'keep' : undefined,
    });
  }
}

/** @param {string} path @returns {string[]} */
function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.wasm'))
    .map((file) => join(path, file));
}

/** Processor time of a call, in milliseconds. @param {() => void} call */
function cpu(call) {
  const before = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}

/** @param {string[]} args */
async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      native: { type: 'string' },
      seed: { type: 'string', default: '1' },
      programs: { type: 'string', default: '300' },
      mutants: { type: 'string', default: '3000' },
      times: { type: 'boolean' },
      save: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return void console.log(HELP);
  if (!values.native) throw new Error('same: no --native PROGRAM given');
  saved = values.save;
  const native = new Native(values.native);
  const seed = Number(values.seed);
  const below = random(seed);
  /** @type {{what: string, bytes: Uint8Array}[]} */
  const small = [];
  for (let i = 0; i < Number(values.programs); ++i) {
    small.push({ what: `random program ${seed + i}`, bytes: randomProgram(seed + i).bytes });
    if (i % 4 === 0) small.push({ what: `endless program ${seed + i}`, bytes: endlessProgram(seed + i).bytes });
  }
  for (const { what, bytes } of small) await compareAll(native, what, bytes);
  const files = positionals.flatMap(filesOf);
  for (const file of files) {
    const read = new Uint8Array(readFileSync(file));
    await compareAll(native, file, read);
    const made = (await outcome(() => linked(read))).value;
    if (!made) continue;
    if (values.times)
      console.log(
        `${file}: ${made.length} bytes, JavaScript ${cpu(() => instrumentSync(made, { memory: 'keep', validate: false }))} ms`,
      );
    await compareAll(native, `${file} (linked)`, made);
    if (made.length < 2e6) small.push({ what: file, bytes: made });
  }
  const each = Math.ceil(Number(values.mutants) / small.length);
  for (const { what, bytes } of small) await compareMutants(native, what, bytes, each, below);
  native.end();
  if (values.json) console.log(JSON.stringify(counts));
  else
    console.log(
      Object.entries(counts)
        .map(([key, value]) => `${value} ${key}`)
        .join(', '),
    );
  if (counts.differences > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
