#!/usr/bin/env node
// @ts-check
// npm run parity: the same random programs of signal operations on the real kernel and on the emulated process, native and wasm.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT } from '../../support/program.js';
import { hostParity } from './host.mjs';

const REPORTS = join(ROOT, 'build', 'reports');
const REGRESSIONS = join(ROOT, 'tests', 'judges', 'parity', 'regressions');
const WASM = ['wasm32-emscripten', 'wasm32-emscripten-pthread', 'wasm32-wasip1'];

const HELP = `Usage: npm run parity [-- options]

Runs first the programs that once differed (tests/judges/parity/regressions), then random ones. A program that differs is shrunk and printed with both
traces. Exit status 1 if one differed.

  --seed S               default: 1; the same seed gives the same programs
  --mode MODE            inside (default): most signals are the program's own; outside: another process sends, several at once too; host: the owner
                         and other agents send, through the real host, to programs that compute, sleep, wait, read, are stopped or have not started
  --ops N                operations of the native build (default 200000)
  --wasm-ops N           operations of each wasm build, at least (default 100000; mode host: 50000)
  --target T[,T]         of native, ${WASM.join(', ')} (default: all)
  --no-build             use what is built
  --report FILE          default build/reports/parity.json
  --json                 the report on standard output, everything else on standard error
  --help`;

/**
 * @typedef {object} Numbers
 * @property {number} programs
 * @property {number} operations
 * @property {number} divergences
 * @property {number} seconds
 * @property {number} [regressions]  programs of tests/judges/parity/regressions that were run too
 * @property {string} [first]        the first program that differed
 */

/** Where what people read goes: standard output, or standard error with --json. */
let output = 1;
/** @param {string} line */
const say = (line) => writeSync(output, `${line}\n`);

/** @param {string} preset @param {string} target */
function build(preset, target) {
  // Everything that a build prints goes to standard error.
  const options = { cwd: ROOT, stdio: /** @type {import('node:child_process').StdioOptions} */ (['ignore', 2, 2]) };
  execFileSync('cmake', ['--preset', preset], options);
  execFileSync('cmake', ['--build', '--preset', preset, '--target', target], options);
}

/** @param {string} preset @param {string} name */
const program = (preset, name) => join(ROOT, 'build', preset, 'tests', 'judges', 'parity', name);

/** @template T @param {(folder: string) => T} work */
function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-parity-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string[]} args @returns {Numbers} */
function runNative(args) {
  return inFolder((folder) => {
    const json = join(folder, 'numbers');
    const { status, signal } = spawnSync(program('native', 'parity'), [...args, '--json', json], {
      stdio: ['ignore', output, 'inherit'],
    });
    if (status !== 0 && status !== 1) throw new Error(`parity ended with ${signal ?? status}`);
    return JSON.parse(readFileSync(json, 'utf8')).targets.native;
  });
}

/** @param {string} mode @param {string} seed @param {string} ops @returns {Numbers} */
function native(mode, seed, ops) {
  const old = runNative(['--regressions', REGRESSIONS]);
  const random = runNative(['--mode', mode, '--seed', seed, '--ops', ops]);
  return {
    programs: old.programs + random.programs,
    operations: old.operations + random.operations,
    divergences: old.divergences + random.divergences,
    seconds: old.seconds + random.seconds,
    regressions: old.programs,
    first: old.first ?? random.first,
  };
}

/**
 * Node's arguments. The program is on the fake host and needs none of ours, and a plain Emscripten program has no standard input in our worker.
 * @param {string} preset
 */
function starter(preset) {
  if (!preset.includes('emscripten'))
    return [join(ROOT, 'tests', 'run_guest.mjs'), program(preset, 'parity_replay.wasm')];
  const url = pathToFileURL(program(preset, 'parity_replay.mjs'));
  return ['--eval', `import(${JSON.stringify(url)}).then((module) => module.default())`];
}

/**
 * What the programs did, one text each. Through files, because Node's pipes neither wait nor are emptied before the program exits.
 * @param {string} preset
 * @param {{program: string}[]} programs
 */
function replay(preset, programs) {
  return inFolder((folder) => {
    const [input, traces] = ['programs', 'traces'].map((name) => join(folder, name));
    writeFileSync(input, programs.map((one) => `${one.program}---\n`).join(''));
    const { status, signal, error } = spawnSync(process.execPath, ['--no-warnings', ...starter(preset)], {
      stdio: [openSync(input, 'r'), openSync(traces, 'w'), 'inherit'],
    });
    if (error || status !== 0) throw error ?? new Error(`${preset}: parity_replay ended with ${signal ?? status}`);
    return readFileSync(traces, 'utf8').split('---\n');
  });
}

/**
 * @param {string} preset
 * @param {{program: string, trace: string, operations: number, threads: number}[]} all
 * @returns {Numbers}
 */
function wasm(preset, all) {
  const programs = preset.endsWith('pthread') ? all : all.filter(({ threads }) => threads === 1);
  const started = performance.now();
  const traces = replay(preset, programs);
  const different = programs.filter((one, i) => one.trace !== traces[i]);
  for (const one of different.slice(0, 1)) {
    const i = programs.indexOf(one);
    say(`--- ${preset}: program ${i} differs\n\n${one.program}\nLinux:\n${one.trace}\n${preset}:\n${traces[i]}`);
  }
  return {
    programs: programs.length,
    operations: programs.reduce((sum, one) => sum + one.operations, 0),
    divergences: different.length,
    seconds: (performance.now() - started) / 1000,
    first: different[0]?.program,
  };
}

/** More than that: programs with threads, 7 % of the operations, are left out where there are none. */
const SPARE = 1.1;

/** @param {string} mode @param {string} seed @param {string} ops  that remain for every target */
function exported(mode, seed, ops) {
  return inFolder((folder) => {
    const file = join(folder, 'exported');
    execFileSync(
      program('native', 'parity'),
      [
        '--mode',
        mode,
        '--seed',
        seed,
        '--ops',
        String(Math.ceil(Number(ops) * SPARE)),
        '--regressions',
        REGRESSIONS,
        '--export',
        file,
      ],
      { stdio: ['ignore', output, 'inherit'] },
    );
    return JSON.parse(readFileSync(file, 'utf8')).programs;
  });
}

async function main() {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', default: 'inside' },
      seed: { type: 'string', default: '1' },
      ops: { type: 'string', default: '200000' },
      'wasm-ops': { type: 'string' },
      target: { type: 'string', default: ['native', ...WASM].join() },
      report: { type: 'string', default: join(REPORTS, 'parity.json') },
      json: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.json) output = 2;
  const { mode } = values;
  if (mode !== 'inside' && mode !== 'outside' && mode !== 'host') throw new Error(`no such mode: ${mode}`);
  const wanted = values.target.split(',').filter((target) => mode !== 'host' || target !== 'native'); // which is the judge there
  const unknown = wanted.find((target) => target !== 'native' && !WASM.includes(target));
  if (unknown) throw new Error(`no such target: ${unknown}`);
  if (process.platform !== 'linux') throw new Error('the judge is Linux: this runs only there');
  mkdirSync(REPORTS, { recursive: true });
  if (!values['no-build']) {
    for (const target of mode === 'host' ? ['parity_driver', 'parity_driven'] : ['parity']) build('native', target);
    for (const target of wanted)
      if (target !== 'native') build(target, mode === 'host' ? 'guest_driven' : 'parity_replay');
  }
  /** @type {Record<string, Numbers>} */
  const targets = {};
  if (wanted.includes('native')) targets.native = native(mode, values.seed, values.ops);
  const wasmOps = values['wasm-ops'] ?? (mode === 'host' ? '50000' : '100000');
  if (mode === 'host')
    for (const target of wanted) targets[target] = await hostParity(target, Number(values.seed), Number(wasmOps), say);
  const replayed = mode === 'host' ? [] : wanted.filter((target) => target !== 'native');
  const programs = replayed.length ? exported(mode, values.seed, wasmOps) : [];
  for (const target of replayed) targets[target] = wasm(target, programs);
  const report = `${JSON.stringify({ mode, seed: Number(values.seed), targets }, null, 2)}\n`;
  writeFileSync(values.report, report);
  if (values.json) process.stdout.write(report);
  for (const [target, { programs: count, operations, divergences, seconds }] of Object.entries(targets)) {
    say(
      `${target.padEnd(26)} seed ${values.seed}: ${count} programs, ${operations} operations, ${divergences} divergences, ${seconds.toFixed(1)} s`,
    );
    if (divergences) process.exitCode = 1;
  }
}

main().catch((error) => {
  console.error(`parity: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
});
