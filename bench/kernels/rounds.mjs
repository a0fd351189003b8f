// @ts-check
// One process of measure.mjs: node rounds.mjs FOLDER MEMORY ROUNDS. Prints the median ratio of each kernel as JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentSync } from '../../js/instrument/index.js';
import { KERNELS } from './build.mjs';

/** How long one call shall take at least, in microseconds. */
const CALL = 3000;
const WARM = 6;

const [folder, memory, rounds] = process.argv.slice(2);

/** @param {Uint8Array} bytes */
function load(bytes) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (bytes)));
  return /** @type {(n: number) => number} */ (exports.run);
}

/** Processor time in microseconds: what else runs on the machine does not count. @param {(n: number) => number} run @param {number} n */
function time(run, n) {
  const before = process.cpuUsage();
  run(n);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** @param {string} name */
function measure(name) {
  const bytes = readFileSync(join(folder, `${name}.wasm`));
  const original = load(bytes);
  const instrumented = load(instrumentSync(bytes, { memory: /** @type {'shared' | 'keep'} */ (memory) }).bytes);
  let n = 1;
  while (time(original, n) < CALL) n *= 2;
  for (let i = 0; i < WARM; ++i) {
    if (original(n) !== instrumented(n)) throw new Error(`${name}: the results differ`);
  }
  const ratios = Array.from({ length: Number(rounds) }, () => {
    const before = time(original, n);
    const between = time(instrumented, n) + time(instrumented, n);
    return between / (before + time(original, n));
  });
  return ratios.sort((a, b) => a - b)[ratios.length >> 1];
}

console.log(JSON.stringify(Object.fromEntries(KERNELS.map((name) => [name, measure(name)]))));
