// @ts-check
/** overhead.kernels, overhead.programs: time of the instrumented form divided by that of the original. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { instrumentedKernels, measureKernels, nodeEngine } from '../kernels/measure.mjs';
import { ROOT } from '../programs.mjs';
import { exactly, geomean, median } from '../stats.mjs';

/** @typedef {import('../run.mjs').Context} Context */

const run = promisify(execFile);
const LUA = join(ROOT, 'build/wasm32-wasip1/examples/lua/lua.wasm');
const FLAGS = ['--no-warnings', '--no-liftoff'];
const PROGRAMS = join(ROOT, 'bench/programs');

/** Node up to 24 reads branch hints only if it is told to, as the package does when it compiles; newer engines always. */
const UNHINTED = 'compiled without branch hints';

/** @param {import('../kernels/measure.mjs').Ratios} ratios */
const within = ({ geomean: all, worst }) => all <= 1.02 && worst <= 1.1;

/** @param {Context} context */
export async function kernels({ quick, clang, nodes, browser }) {
  const shared = instrumentedKernels(clang, 'shared');
  const counts = quick ? { processes: 3, rounds: 8 } : { processes: 7, rounds: 20 };
  const few = quick ? { processes: 1, rounds: 8 } : counts;
  const own = await measureKernels(shared, nodeEngine(process.execPath), counts);
  /** @type {Record<string, import('../kernels/measure.mjs').Ratios>} */
  const parts = { [`Node ${process.versions.node}`]: own };
  const others = [{ version: process.versions.node, executable: process.execPath }, ...nodes];
  for (const { version, executable } of others) {
    parts[`Node ${version}`] ??= await measureKernels(shared, nodeEngine(executable), few);
    const plain = nodeEngine(executable, [], ['unhinted']);
    parts[`Node ${version}, ${UNHINTED}`] = await measureKernels(shared, plain, few);
  }
  const page =
    browser &&
    (await measureKernels(
      shared,
      (forms, rounds) =>
        browser.run('kernels', {
          kernels: [...forms].map(([name, { original, instrumented }]) => [name, [...original], [...instrumented]]),
          rounds,
        }),
      few,
    ));
  if (page) parts[browser.name] = page;
  parts['Node, optimising compiler only'] = await measureKernels(
    shared,
    nodeEngine(process.execPath, ['--no-liftoff']),
    few,
  );
  parts['Node, memory not shared (countdown)'] = await measureKernels(
    instrumentedKernels(clang, 'keep'),
    nodeEngine(process.execPath),
    few,
  );
  // As they are by default: the other columns show where the cost is.
  const judged = Object.entries(parts).filter(([engine]) => engine === browser?.name || /^Node [\d.]+$/.test(engine));
  const met = judged.every(([, found]) => within(found));
  const bad = judged.flatMap(([engine, found]) =>
    Object.entries(found.kernels)
      .filter(([, { ratio }]) => ratio > 1.1)
      .map(
        ([name, { ratio, low, high }]) =>
          `${name} ${ratio.toFixed(3)} in ${engine} (${low.toFixed(2)} to ${high.toFixed(2)} in single processes)`,
      ),
  );
  return {
    id: 'overhead.kernels',
    unit: 'ratio',
    ours: { p50: own.geomean, p99: own.worst },
    bar: 'geomean <= 1.02, worst <= 1.10, Node 20, Node 24 and Chromium',
    met,
    parts,
    ...(met
      ? {}
      : {
          limit: exactly(1),
          why: `geomeans ${Object.entries(parts)
            .filter(([engine]) => engine.endsWith(UNHINTED) || judged.some(([name]) => name === engine))
            .map(([engine, { geomean }]) => `${geomean.toFixed(3)} in ${engine}`)
            .join(', ')}${bad.length ? `; above 1.10: ${bad.join('; ')}` : ''}`,
        }),
    ...(page
      ? { browser: { name: browser.name, ours: { p50: page.geomean, p99: page.worst }, met: within(page) } }
      : {}),
  };
}

/**
 * The interpreters: Lua, and CPython where WASMSIG_CPYTHON names a folder with python.wasm and its Lib.
 * @returns {{name: string, wasm: string, suffix: string, flags: string[], command: (script: string) => object}[]}
 */
export function interpreters() {
  const python = process.env.WASMSIG_CPYTHON;
  const found = [
    {
      name: 'Lua 5.4',
      wasm: LUA,
      suffix: '.lua',
      flags: /** @type {string[]} */ ([]),
      command: (/** @type {string} */ script) => ({ args: ['lua', script], env: {}, preopens: { '/': '/' } }),
    },
  ];
  if (!python) return found;
  const wasm = join(python, 'python.wasm');
  if (!existsSync(wasm) || !existsSync(join(python, 'Lib/os.py')))
    throw new Error(`WASMSIG_CPYTHON is ${python}, where python.wasm and Lib/ should be`);
  return [
    ...found,
    {
      name: 'CPython',
      wasm,
      suffix: '.py',
      flags: ['--no-wasm-lazy-compilation'],
      command: (script) => ({
        args: ['python', '-S', '-c', readFileSync(script, 'utf8')],
        env: { PYTHONHOME: '/', PYTHONPATH: '/Lib' },
        preopens: { '/Lib': join(python, 'Lib') },
      }),
    },
  ];
}

/**
 * Programs of interpreters, in processes of their own which begin with the one form or the other. By the optimising compiler only: an interpreter's main function is so
 * large that whether and when the engine leaves its baseline compiler would decide the ratio.
 * @param {Context} context
 */
export async function programs({ quick }) {
  const child = fileURLToPath(new URL('../programs/time.mjs', import.meta.url));
  /** @type {Record<string, Record<string, number>>} */
  const parts = {};
  for (const { name, wasm, suffix, flags, command } of interpreters()) {
    if (quick && name === 'CPython') continue; // compiling all of it takes longer than --quick may
    parts[name] = {};
    for (const script of readdirSync(PROGRAMS)
      .filter((file) => file.endsWith(suffix))
      .sort()) {
      const found = [];
      for (let i = 0; i < (quick ? 1 : 9); i++) {
        const order = JSON.stringify({ wasm, ...command(join(PROGRAMS, script)), first: i % 2, rounds: quick ? 3 : 7 });
        found.push(JSON.parse((await run(process.execPath, [...FLAGS, ...flags, child, order])).stdout).ratio);
      }
      parts[name][script.slice(0, -suffix.length)] = median(found);
    }
  }
  const ratios = Object.values(parts).flatMap((one) => Object.values(one));
  const all = geomean(ratios);
  const means = Object.entries(parts)
    .map(([name, one]) => `${name} ${geomean(Object.values(one)).toFixed(3)}`)
    .join(', ');
  return {
    id: 'overhead.programs',
    unit: 'ratio',
    ours: { p50: all, p99: Math.max(...ratios) },
    bar: 'geomean <= 1.02',
    met: all <= 1.02,
    parts,
    ...(all <= 1.02 ? {} : { limit: exactly(1), why: means }),
  };
}
