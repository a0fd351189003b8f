// @ts-check
// Runs a program in the original and in the instrumented module of its interpreter, taking turns in one process, and prints the median ratio of processor times.
// Its argument, JSON: {wasm, args, env, preopens, first, rounds}; `first`: 0 or 1, the form that begins.
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';
import { hinted } from '../../js/engine/branch_hints.js';
import { instrument } from '../../js/instrument/index.js';
import { ProgramHost } from '../../js/guest/program_host.js';
import { Queue } from '../../js/link/queue.js';
import { throughJavaScript } from '../../js/guest/wasi_imports.js';
import { median } from '../stats.mjs';

const { wasm, args, env, preopens, first, rounds } = JSON.parse(process.argv[2]);
const original = readFileSync(wasm);
const modules = [original, (await instrument(original, { memory: 'shared' })).bytes].map((bytes) =>
  hinted(() => new WebAssembly.Module(/** @type {Uint8Array<ArrayBuffer>} */ (bytes))),
);
let pid = 1;

/** @param {0 | 1} which */
function time(which) {
  const wasi = new WASI({ version: 'preview1', args, env, preopens, returnOnExit: true });
  const guest = new ProgramHost({ queue: Queue.create({ pid: ++pid, ppid: 1 }), post() {} });
  /** @type {WebAssembly.Instance} */
  const instance = new WebAssembly.Instance(modules[which], {
    wasi_snapshot_preview1: throughJavaScript(wasi.wasiImport),
    wasmsig: guest.imports(() => instance),
  });
  const before = process.cpuUsage();
  const code = wasi.start(instance);
  const { user, system } = process.cpuUsage(before);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return user + system;
}

/** One form, twice the other, and the first again, so that what changes slowly (heat, other programs) weighs on both. */
function round() {
  const [a, b] = first ? /** @type {const} */ ([1, 0]) : /** @type {const} */ ([0, 1]);
  const outer = time(a);
  const inner = time(b) + time(b);
  const both = outer + time(a);
  return first ? both / inner : inner / both;
}

round(); // warms the engine
console.log(JSON.stringify({ ratio: median(Array.from({ length: rounds }, round)) }));
