// @ts-check
/** start: what attaching to the host and starting the library adds to a fresh instance of a program that does nothing. */
import { readFileSync } from 'node:fs';
import { Guest } from '../../js/guest.js';
import { Queue } from '../../js/queue.js';
import { program } from '../programs.mjs';
import { median, summary } from '../stats.mjs';

/** What a program that prints a number needs of WASI, as little as there can be: the library's part is to be seen. */
function wasi(/** @type {() => WebAssembly.Instance} */ instance) {
  const write = (/** @type {number} */ _fd, /** @type {number} */ vectors, /** @type {number} */ count, /** @type {number} */ written) => {
    const view = new DataView(/** @type {WebAssembly.Memory} */ (instance().exports.memory).buffer);
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += view.getUint32(vectors + 8 * i + 4, true);
    view.setUint32(written, bytes, true);
    return 0;
  };
  return new Proxy({ fd_write: write }, { get: (target, name) => (name === 'fd_write' ? target.fd_write : () => 0) });
}

/** @param {WebAssembly.Module} module @param {number} pid */
function runOnce(module, pid) {
  const before = performance.now();
  const guest = new Guest({ queue: Queue.create({ pid, ppid: 1 }), post() {} });
  /** @type {WebAssembly.Instance} */
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi(() => instance), wasmsig: guest.imports(() => instance) });
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
