#!/usr/bin/env node
// @ts-check
// npm run prove-instrument: instrumented programs compute the same, and those without end are stopped.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { locate } from '../../../toolchains/sdk/node24.mjs';
import { setup } from '../../../toolchains/setup.mjs';
import { ROOT } from '../../support/program.js';
import { loadJudge } from './binaryen.mjs';
import { checkFlow } from './flow.mjs';
import { checkGenerated, findWasmOpt } from './generated.mjs';
import { checkInjected } from './injected.mjs';
import { compareJumps, jumpCompilers, throwCompilers } from './jumps.mjs';
import { checkLiveness } from './liveness.mjs';
import { compareAsyncified, compareExceptions, compareKernels, compareLua, compareRust } from './programs.mjs';
import { compareThrows } from './throws.mjs';

const HELP = `Usage: npm run prove-instrument [-- options]

Differential: the kernels of bench/kernels, C++ with exceptions, a program of Asyncify, Lua's programs and modules of Binaryen's generator, original and
instrumented, give the same results. Jumps and throws: generated programs whose handlers jump out of computations, or throw, do what they do on Linux. Liveness: generated programs
with endless loops and recursion are stopped. Flow: of random modules another decoder proves that every cycle in functions and calls passes a check, or is a short
loop. Injected: modules of Binaryen's generator that were not linked do the same, without a function at the safe points and asked at each. Exit status 1 if one fails.
Lua must be built (npm test -- --only wasm32-wasip1, wasm32-emscripten).

  --seed S        default: 1; the same seed gives the same programs
  --modules N     of Binaryen's generator (default 2000)
  --jumps N       programs whose handlers jump, and as many in C++ whose handlers throw (default 5), at several levels of optimisation for each target
  --endless N     programs without end (default 2000)
  --flow N        modules whose flow is proved, each in three forms (default 8000)
  --only P[,P]    these parts: kernels, exceptions, asyncify, rust, lua_wasi, lua_emscripten, jumps, throws, liveness, flow, generated, injected
  --rust          compare a Rust program too, with the rustc of RUSTC, or Debian's, which is installed
  --report FILE   default build/reports/instrument.json
  --help`;

/** @param {string} name @param {string} value */
function count(name, value) {
  if (!/^\d{1,9}$/.test(value)) throw new Error(`prove-instrument: --${name} ${value}: a whole number is wanted`);
  return Number(value);
}

/** @param {Record<string, string | boolean | undefined>} values */
async function prove(values) {
  const number = (/** @type {string} */ name) => count(name, String(values[name]));
  const seed = number('seed');
  const { cache, wasi, emscripten, rust } = await setup({
    only: ['wasi', 'emscripten', ...(values.rust ? ['rust'] : [])],
  });
  if (!wasi || !emscripten) throw new Error('prove-instrument: no SDKs');
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-prove-'));
  const judge = await loadJudge();
  const tools = {
    clang: wasi.clang,
    clangxx: wasi.clangxx,
    wasmOpt: findWasmOpt(emscripten.root),
    validates: judge.validates,
    folder,
  };
  const withNewer = { ...tools, emcc: emscripten.emcc, newer: locate({ cache, env: process.env })?.executable };
  const lua = (/** @type {string} */ target, /** @type {string} */ file) => () =>
    compareLua(join(ROOT, 'build', target, 'examples/lua', file));
  /** @type {Record<string, () => Promise<{failures: string[]}> | {failures: string[]}>} */
  const parts = {
    kernels: () => compareKernels(tools),
    exceptions: () => compareExceptions(tools),
    asyncify: () => compareAsyncified(tools),
    ...(rust ? { rust: () => compareRust(rust, tools) } : {}),
    lua_wasi: lua('wasm32-wasip1', 'lua.wasm'),
    lua_emscripten: lua('wasm32-emscripten', 'lua.mjs'),
    jumps: () => compareJumps(jumpCompilers(withNewer), folder, seed, number('jumps')),
    throws: () => compareThrows(throwCompilers(withNewer), folder, seed, number('jumps')),
    liveness: () => checkLiveness(seed, number('endless')),
    flow: () => checkFlow(seed, number('flow')),
    generated: () => checkGenerated(tools.wasmOpt, judge, seed, number('modules')),
    injected: () => checkInjected(tools.wasmOpt, judge, seed, number('modules')),
  };
  const only = values.only === undefined ? undefined : String(values.only).split(',');
  const unknown = only?.find((name) => !(name in parts));
  if (unknown) throw new Error(`prove-instrument: --only ${unknown}: the parts are ${Object.keys(parts).join(', ')}`);
  /** @type {Record<string, unknown>} */
  const report = { seed, node: process.version };
  let failed = 0;
  try {
    for (const [name, check] of Object.entries(parts)) {
      if (only && !only.includes(name)) continue;
      const started = performance.now();
      const result = await check();
      const seconds = Math.round((performance.now() - started) / 100) / 10;
      report[name] = { ...result, seconds };
      failed += result.failures.length;
      const { failures, ...numbers } = result;
      console.log(
        `${name.padEnd(15)} ${failures.length === 0 ? 'passed' : 'FAILED'}  ${Object.entries(numbers)
          .map(([key, value]) => `${key} ${value}`)
          .join(', ')}, ${seconds} s`,
      );
      for (const failure of failures) console.log(`  ${failure}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const file = resolve(String(values.report ?? join(ROOT, 'build/reports/instrument.json')));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return failed === 0 ? 0 : 1;
}

/** @param {string[]} args */
async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      modules: { type: 'string', default: '2000' },
      jumps: { type: 'string', default: '5' },
      endless: { type: 'string', default: '2000' },
      flow: { type: 'string', default: '8000' },
      only: { type: 'string' },
      rust: { type: 'boolean', default: false },
      report: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return values.help ? (console.log(HELP), 0) : prove(values);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
