// @ts-check
// Runs a Lua program in the original and in the instrumented interpreter, taking turns in one process, and prints the median ratio of processor times.
// Arguments: lua.wasm program.lua which-first
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';
import { instrument } from '../../js/instrument/index.js';
import { Guest } from '../../js/guest.js';
import { Queue } from '../../js/queue.js';
import { median } from '../stats.mjs';

const [file, script, first] = process.argv.slice(2);
const original = readFileSync(file);
const modules = [original, (await instrument(original, { memory: 'shared' })).bytes].map((bytes) => new WebAssembly.Module(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
const order = first === '1' ? [1, 0] : [0, 1];
let pid = 1;

/** @param {WebAssembly.Module} module */
function time(module) {
  const wasi = new WASI({ version: 'preview1', args: ['lua', script], preopens: { '/': '/' }, returnOnExit: true });
  const guest = new Guest({ queue: Queue.create({ pid: ++pid, ppid: 1 }), post() {} });
  /** @type {WebAssembly.Instance} */
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport, wasmsig: guest.imports(() => instance) });
  const before = process.cpuUsage();
  const code = wasi.start(instance);
  const { user, system } = process.cpuUsage(before);
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return user + system;
}

const ratios = [];
for (let round = 0; round < 9; round++) {
  const times = [0, 0];
  for (const which of order) times[which] = time(modules[which]);
  if (round > 1) ratios.push(times[1] / times[0]); // the first two warm the engine
}
console.log(JSON.stringify({ ratio: median(ratios) }));
