// @ts-check
/** overhead.injected: modules that were not linked with the library, guarded, divided by the same as they are. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setup } from '../../toolchains/setup.mjs';
import { instrumentedKernels, measureKernels, nodeEngine } from '../kernels/measure.mjs';
import { PACKAGES } from '../packages/programs.mjs';
import { exactly, geomean, median } from '../stats.mjs';

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('../packages/time.mjs', import.meta.url));

/** @param {import('../run.mjs').Context} context @returns {Promise<import('../report.mjs').Row>} */
export async function injected({ quick, clang, nodes, say }) {
  const { packages } = await setup({ only: ['packages'], quiet: true });
  const kernels = instrumentedKernels(clang, 'keep');
  const counts = quick ? { processes: 1, rounds: 8 } : { processes: 5, rounds: 20 };
  /** @type {Record<string, Record<string, Record<string, number>>>} */
  const parts = {};
  for (const { version, executable } of [{ version: process.versions.node, executable: process.execPath }, ...nodes]) {
    const measured = await measureKernels(kernels, nodeEngine(executable), counts);
    const all = Object.entries(measured.kernels).map(([name, { ratio }]) => [name, ratio]);
    parts[`Node ${version}`] = { kernels: Object.fromEntries(all) };
    for (const name of Object.keys(PACKAGES)) {
      say(`${name} in Node ${version}`);
      parts[`Node ${version}`][name] = await programsOf(name, packages?.folder ?? '', executable, quick);
    }
  }
  const ratios = Object.values(parts).flatMap((one) => Object.values(one).flatMap((each) => Object.values(each)));
  const all = geomean(ratios);
  const worst = Math.max(...ratios);
  const met = all <= 1.03 && worst <= 1.12;
  const means = Object.entries(parts).map(
    ([engine, one]) =>
      `${engine}: ${Object.entries(one)
        .map(([name, each]) => `${name} ${geomean(Object.values(each)).toFixed(3)}`)
        .join(', ')}`,
  );
  return {
    id: 'overhead.injected',
    unit: 'ratio',
    ours: { p50: all, p99: worst },
    bar: 'geomean <= 1.03, worst <= 1.12, Node 20 and Node 24',
    met,
    parts,
    ...(met ? {} : { limit: exactly(1), why: means.join('; ') }),
  };
}

/** @param {string} name @param {string} folder @param {string} executable @param {boolean} quick @returns {Promise<Record<string, number>>} */
async function programsOf(name, folder, executable, quick) {
  /** @type {Record<string, number>[]} */
  const found = [];
  for (let i = 0; i < (quick ? 1 : 5); i++) {
    const order = JSON.stringify({ name, folder, first: i % 2, rounds: quick ? 3 : 7 });
    found.push(JSON.parse((await run(executable, ['--no-warnings', CHILD, order])).stdout));
  }
  return Object.fromEntries(
    Object.keys(found[0]).map((program) => [program, median(found.map((one) => one[program]))]),
  );
}
