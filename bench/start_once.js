// @ts-check
/** How long a program of guests/size.c takes from its module to its end, in Node and in pages. */
import { ProgramHost } from '../js/guest/program_host.js';
import { Queue } from '../js/link/queue.js';

/** What a program that prints a number needs of WASI, as little as there can be: the library's part is to be seen. */
function wasi(/** @type {() => WebAssembly.Instance} */ instance) {
  const write = (
    /** @type {number} */ _fd,
    /** @type {number} */ vectors,
    /** @type {number} */ count,
    /** @type {number} */ written,
  ) => {
    const view = new DataView(/** @type {WebAssembly.Memory} */ (instance().exports.memory).buffer);
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += view.getUint32(vectors + 8 * i + 4, true);
    view.setUint32(written, bytes, true);
    return 0;
  };
  return new Proxy({ fd_write: write }, { get: (target, name) => (name === 'fd_write' ? target.fd_write : () => 0) });
}

/** @param {WebAssembly.Module} module @param {number} pid @returns {number} microseconds */
function once(module, pid) {
  const before = performance.now();
  const guest = new ProgramHost({ queue: Queue.create({ pid, ppid: 1 }), post() {} });
  /** @type {WebAssembly.Instance} */
  const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: wasi(() => instance),
    wasmsig: guest.imports(() => instance),
  });
  /** @type {() => void} */ (instance.exports._start)();
  return (performance.now() - before) * 1000;
}

const WARM = 10;

/**
 * What the library adds to that: pairs of a program without and one with it, taking turns.
 * @param {WebAssembly.Module} without
 * @param {WebAssembly.Module} linked
 * @param {number} times
 * @returns {number[]} microseconds
 */
export function addedByLibrary(without, linked, times) {
  const added = [];
  for (let i = 0; i < times + WARM; i++) {
    const plain = once(without, 2 * i + 2);
    const difference = once(linked, 2 * i + 3) - plain;
    if (i >= WARM) added.push(difference);
  }
  return added;
}
