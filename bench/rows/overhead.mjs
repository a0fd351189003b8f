// @ts-check
/** overhead.kernels, overhead.programs: processor time of the instrumented form divided by that of the original. instrument: how long the tool takes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { instrument as rewrite } from '../../js/instrument/index.js';
import { measureKernels } from '../kernels/measure.mjs';
import { ROOT } from '../programs.mjs';
import { geomean, median } from '../stats.mjs';

const run = promisify(execFile);
const LUA = join(ROOT, 'build/wasm32-wasip1/examples/lua/lua.wasm');

/** @param {number} value */
const exactly = (value) => ({ p50: value, p99: value });

/** @param {import('../run.mjs').Context} context */
export async function kernels({ quick, clang }) {
  const options = { clang, processes: quick ? 3 : 7, rounds: quick ? 10 : 20 };
  const shared = await measureKernels(options);
  const countdown = await measureKernels({ ...options, memory: 'keep' });
  const optimised = await measureKernels({ ...options, nodeArguments: ['--no-liftoff'] });
  return {
    id: 'overhead.kernels', unit: 'ratio', ours: { p50: shared.geomean, p99: shared.worst }, bar: 'geomean <= 1.02, worst <= 1.10',
    met: shared.geomean <= 1.02 && shared.worst <= 1.1, parts: { shared, countdown, 'shared, --no-liftoff': optimised },
  };
}

/** Lua's programs: the interpreter in wasm, in processes of their own that take turns. @param {import('../run.mjs').Context} context */
export async function programs({ quick }) {
  const names = ['fib', 'sieve', 'strings', 'tables', 'closures'];
  /** @type {Record<string, number>} */
  const ratios = {};
  const child = fileURLToPath(new URL('../programs/time_lua.mjs', import.meta.url));
  for (const name of names) {
    const found = [];
    for (let i = 0; i < (quick ? 3 : 9); i++) {
      const { stdout } = await run(process.execPath, ['--no-warnings', child, LUA, join(ROOT, 'bench/programs', `${name}.lua`), String(i % 2)]);
      found.push(JSON.parse(stdout).ratio);
    }
    ratios[name] = median(found);
  }
  const all = geomean(Object.values(ratios));
  return { id: 'overhead.programs', unit: 'ratio', ours: { p50: all, p99: Math.max(...Object.values(ratios)) }, bar: 'geomean <= 1.02', met: all <= 1.02, parts: { 'Lua 5.4': ratios } };
}

/** The largest module that there is here; CPython for WASI where WASMSIG_CPYTHON names one. @param {import('../run.mjs').Context} context */
export async function instrument({ say }) {
  const cpython = process.env.WASMSIG_CPYTHON;
  if (!cpython) say('no CPython for WASI (WASMSIG_CPYTHON names one): Lua instead, and the time for 6.3 MB by its rate');
  const bytes = readFileSync(cpython ?? LUA);
  const seconds = [];
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    await rewrite(bytes, { memory: 'shared' });
    seconds.push(((performance.now() - before) / 1000) * (cpython ? 1 : 6.3e6 / bytes.length));
  }
  const ours = exactly(median(seconds));
  return { id: 'instrument', unit: 's', ours, bar: 'CPython (6.3 MB) <= 5 s', met: ours.p50 <= 5, parts: { module: cpython ? 'CPython' : 'Lua, scaled', bytes: bytes.length } };
}
