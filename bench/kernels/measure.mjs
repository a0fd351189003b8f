// @ts-check
// What instrumenting costs, kernel by kernel: time of the instrumented module divided by that of the original one.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { instrumentSync } from '../../js/instrument/index.js';
import { geomean } from '../stats.mjs';
import { KERNELS, buildKernels } from './build.mjs';

/**
 * @typedef {object} Ratios
 * @property {Record<string, {ratio: number, low: number, high: number}>} kernels medians, with the lowest and highest median of a process
 * @property {number} geomean
 * @property {number} worst
 */

/** @typedef {Map<string, {original: Uint8Array, instrumented: Uint8Array}>} Forms by name of the kernel */

/** One process (or page) that measures all kernels in turn. @typedef {(forms: Forms, rounds: number) => Promise<Record<string, number>>} Engine */

/** @param {string} clang one that knows the target wasm32 @param {'shared' | 'keep'} memory the form of the look: an atomic load, or the countdown @returns {Forms} */
export function instrumentedKernels(clang, memory) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-kernels-'));
  try {
    return new Map(
      [...buildKernels(clang, folder)].map(([name, original]) => [
        name,
        { original, instrumented: instrumentSync(original, { memory }).bytes },
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} executable @param {string[]} [flags] for example `--no-liftoff`, to leave the baseline compiler out @param {string[]} [rest] `unhinted`: compiled without branch hints, as others compile @returns {Engine} */
export function nodeEngine(executable, flags = [], rest = []) {
  const child = fileURLToPath(new URL('rounds.mjs', import.meta.url));
  return async (forms, rounds) => {
    const folder = mkdtempSync(join(tmpdir(), 'wasmsig-kernels-'));
    try {
      for (const [name, both] of forms)
        for (const [form, bytes] of Object.entries(both)) writeFileSync(join(folder, `${name}.${form}.wasm`), bytes);
      const { stdout } = await promisify(execFile)(executable, [...flags, child, folder, String(rounds), ...rest]);
      return JSON.parse(stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

/**
 * Measures in several processes one after the other, because one process's layout of code moves a kernel by several per cent and is the same for all its
 * rounds. Each alternates the two forms in short rounds, after both were warmed, and gives the median of the rounds' ratios; the result is the median of those.
 *
 * @param {Forms} forms
 * @param {Engine} engine
 * @param {{processes?: number, rounds?: number}} [options] rounds of each process, each of some ten milliseconds
 * @returns {Promise<Ratios>}
 */
export async function measureKernels(forms, engine, { processes = 5, rounds = 20 } = {}) {
  /** @type {Record<string, number>[]} */
  const runs = [];
  for (let i = 0; i < processes; ++i) runs.push(await engine(forms, rounds));
  const kernels = Object.fromEntries(
    KERNELS.map((name) => {
      const sorted = runs.map((run) => run[name]).sort((a, b) => a - b);
      return [name, { ratio: sorted[sorted.length >> 1], low: sorted[0], high: sorted[sorted.length - 1] }];
    }),
  );
  const ratios = Object.values(kernels).map(({ ratio }) => ratio);
  return { kernels, geomean: geomean(ratios), worst: Math.max(...ratios) };
}
