// @ts-check
// Arbitrary bytes for the rewriter in C++: builds rewriter_fuzz.cpp with libFuzzer and the sanitizers, and gives it programs of the tests to change.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup } from '../../../toolchains/setup.mjs';
import { run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { FUNCTION, I32, VOID, assemble, randomProgram } from '../../support/wasm_modules.js';
import { endlessProgram } from '../rewriter/endless.mjs';

const PRESET = 'native-fuzz';
const REPORTS = join(ROOT, 'build/reports');

/** Seconds. */
const LIMIT = { configure: 180, build: 1800, more: 120 };
/** What one input may take: seconds, bytes, MB of memory, MB in one piece. */
const INPUT = { timeout: 5, max_len: 65536, rss_limit_mb: 2048, malloc_limit_mb: 512 };
const PROGRAMS = 120;

/**
 * @typedef {object} Outcome
 * @property {number} seconds
 * @property {number} inputs
 * @property {number} kept how many of them did something new
 * @property {number} slowest seconds for one
 * @property {number} mb the most memory
 */

/**
 * @param {{seconds: number, seed: number, tell?: (line: string) => void}} how
 * @returns {Promise<Outcome>}
 */
export async function fuzzRewriter({ seconds, seed, tell = () => {} }) {
  const program = await build(tell);
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-fuzz-'));
  try {
    const [corpus, seeds] = ['corpus', 'seeds'].map((name) => join(folder, name));
    mkdirSync(corpus);
    writeSeeds(seeds, seed);
    mkdirSync(REPORTS, { recursive: true });
    const options = {
      ...INPUT,
      max_total_time: seconds,
      seed: (seed % 0x7fffffff) + 1,
      artifact_prefix: `${REPORTS}/fuzz-rewriter-`,
      print_final_stats: 1,
      verbosity: 1,
    };
    const flags = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
    const { code, stderr } = await run([program, ...flags, corpus, seeds], { limit: seconds + LIMIT.more });
    if (code !== 0) throw new Error(`the rewriter failed (exit status ${code}):\n${failureOf(stderr)}`);
    const outcome = readOutcome(stderr, seconds);
    tell(`the rewriter: ${JSON.stringify(outcome)}`);
    return outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {(line: string) => void} tell @returns {Promise<string>} the program */
async function build(tell) {
  const { native } = await setup({ only: ['native', 'catch2', 'clang', 'fuzzer'], quiet: true });
  const env = { ...process.env, ...(native?.generator ? { CMAKE_GENERATOR: native.generator } : {}) };
  tell('the rewriter: builds the program');
  for (const [command, limit] of /** @type {const} */ ([
    [['cmake', '--preset', PRESET], LIMIT.configure],
    [['cmake', '--build', '--preset', PRESET, '--target', 'rewriter_fuzz'], LIMIT.build],
  ])) {
    const { code, stdout, stderr } = await run([...command], { limit, cwd: ROOT, env, background: true });
    if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
  }
  return join(ROOT, 'build', PRESET, 'tests/rewriter_fuzz');
}

/** The programs that are changed, each behind its options. @param {string} folder @param {number} seed */
function writeSeeds(folder, seed) {
  mkdirSync(folder);
  /** @type {Uint8Array[]} */
  const programs = [...landingPrograms()];
  for (let i = 0; i < PROGRAMS; ++i)
    programs.push((i % 2 ? randomProgram : endlessProgram)((seed + i) & 0x3fffffff).bytes);
  programs.forEach((bytes, i) => {
    // Few options are errors, and pages are mostly the usual ones.
    const options = [((i * 37) & 0xec) | (i % 3), i % 5 ? 0 : 100, i % 7 ? 0 : 1, i * 11];
    writeFileSync(join(folder, String(i)), Uint8Array.from([...options, ...bytes]));
  });
}

/** Functions with setjmp, in both encodings of exceptions: in a block with an operand below it, and in both parts of an if. */
function* landingPrograms() {
  const reads = [0x21, 0, 0x20, 0, 0x28, 2, 0, 0x20, 0, 0x28, 2, 4, 0x6a, 0x1a];
  const call = [0x10, FUNCTION.ring];
  const older = [0x06, VOID, ...call, 0x07, 0, ...reads, 0x0b];
  const newer = [0x02, I32, 0x1f, VOID, 1, 0, 0, 0, ...call, 0x0b, 0x41, 0, 0x0b, ...reads];
  const loop = [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b];
  for (const code of [older, newer]) {
    const inBlock = [0x41, 3, 0x02, VOID, ...code, ...loop, 0x0b];
    const inIf = [0x41, 3, 0x20, 1, 0x04, VOID, ...loop, ...code, 0x05, ...loop, ...code, 0x0b];
    for (const within of [inBlock, inIf])
      yield assemble({
        types: [[0x60, 1, I32, 0]],
        tags: [3],
        functions: [
          { type: 3, code: [0x20, 0, 0x41, 8, 0x6a, 0x08, 0] },
          { type: 0, locals: [I32, I32], code: [...within, ...loop] },
        ],
      });
  }
}

/** @param {string} text @param {number} seconds @returns {Outcome} */
function readOutcome(text, seconds) {
  const stat = (/** @type {string} */ name) => Number(text.match(new RegExp(`stat::${name}: +(\\d+)`))?.[1]);
  return {
    seconds,
    inputs: stat('number_of_executed_units'),
    kept: stat('new_units_added'),
    slowest: stat('slowest_unit_time_sec'),
    mb: stat('peak_rss_mb'),
  };
}

/** What libFuzzer says of a failure, from its first line on. @param {string} text */
function failureOf(text) {
  const lines = text.split('\n').filter((line) => !/^#\d+\s+(NEW|REDUCE|pulse|RELOAD|INITED)|^\s*NEW_FUNC/.test(line));
  const first = lines.findIndex((line) => /ERROR|runtime error|rewriter_fuzz:/.test(line));
  return lines.slice(Math.max(first, 0)).join('\n').slice(0, 8000);
}
