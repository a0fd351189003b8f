// @ts-check
/** start: what attaching to the host and starting the library adds to a fresh instance of a program that does nothing. */
import { readFileSync } from 'node:fs';
import { Guest } from '../../js/guest.js';
import { Queue } from '../../js/queue.js';
import { program } from '../programs.mjs';
import { median, summary } from '../stats.mjs';

const IMPORTS = { wasi_snapshot_preview1: new Proxy({}, { get: () => () => 0 }) };

/** @param {WebAssembly.Module} module @param {number} pid */
function runOnce(module, pid) {
  const before = performance.now();
  const guest = new Guest({ queue: Queue.create({ pid, ppid: 1 }), post() {} });
  /** @type {WebAssembly.Instance} */
  const instance = new WebAssembly.Instance(module, { ...IMPORTS, wasmsig: guest.imports(() => instance) });
  /** @type {() => void} */ (instance.exports._start)();
  return (performance.now() - before) * 1000;
}

/** @param {import('../run.mjs').Context} context */
export async function start({ runs }) {
  const [plain, linked] = ['size_0', 'size_1'].map((name) => new WebAssembly.Module(readFileSync(program(name))));
  const added = [];
  for (let i = 0; i < runs * 100; i++) {
    const without = runOnce(plain, 2 * i + 2);
    added.push(runOnce(linked, 2 * i + 3) - without);
  }
  const ours = summary(added.slice(10));
  return { id: 'start', unit: 'us', ours, bar: '<= 1 ms', met: median(added) <= 1000 };
}
