// @ts-check
// What instrumenting costs, kernel by kernel: processor time of the instrumented module divided by that of the original one.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KERNELS, buildKernels } from './build.mjs';

/**
 * @typedef {object} Ratios
 * @property {Record<string, {ratio: number, low: number, high: number}>} kernels medians, with the lowest and highest median of a process
 * @property {number} geomean
 * @property {number} worst
 */

/**
 * Measures in several processes one after the other, because one process's layout of code moves a kernel by several per cent and is the same for all its
 * rounds. Each alternates the two forms in short rounds, after both were warmed, and gives the median of the rounds' ratios; the result is the median of those.
 *
 * @param {object} options
 * @param {string} options.clang one that knows the target wasm32
 * @param {'shared' | 'keep'} [options.memory] the form of the look: an atomic load, or the countdown. Default shared
 * @param {string[]} [options.nodeArguments] for example `--no-liftoff`, to leave the baseline compiler out
 * @param {string} [options.node] the engine; default this one
 * @param {number} [options.processes] default 5
 * @param {number} [options.rounds] of each process, each of some ten milliseconds; default 20
 * @returns {Promise<Ratios>}
 */
export async function measureKernels({ clang, memory = 'shared', nodeArguments = [], node = process.execPath, processes = 5, rounds = 20 }) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-kernels-'));
  try {
    buildKernels(clang, folder);
    const child = fileURLToPath(new URL('rounds.mjs', import.meta.url));
    /** @type {Record<string, number>[]} */
    const runs = [];
    for (let i = 0; i < processes; ++i) {
      const { stdout } = await promisify(execFile)(node, [...nodeArguments, child, folder, memory, String(rounds)]);
      runs.push(JSON.parse(stdout));
    }
    return summary(runs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Record<string, number>[]} runs @returns {Ratios} */
function summary(runs) {
  const kernels = Object.fromEntries(KERNELS.map((name) => {
    const sorted = runs.map((run) => run[name]).sort((a, b) => a - b);
    return [name, { ratio: sorted[sorted.length >> 1], low: sorted[0], high: sorted[sorted.length - 1] }];
  }));
  const ratios = Object.values(kernels).map(({ ratio }) => ratio);
  return { kernels, geomean: Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length), worst: Math.max(...ratios) };
}
