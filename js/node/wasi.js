// @ts-check
/** node:wasi without its faults. */

import { constants } from 'node:fs';

/** Linux's and macOS's flags of open files, and WASI's. */
const FLAGS = [[constants.O_APPEND, 1], [constants.O_DSYNC, 2], [constants.O_NONBLOCK, 4], [constants.O_SYNC, 16]].filter(([host]) => host);

/** @typedef {{wasiImport: Record<string, (...args: any[]) => any>, initialize: (instance: any) => unknown}} Wasi */

/**
 * @param {object} options  of its constructor
 * @returns {Promise<Wasi>}
 */
export async function nodeWasi(options) {
  const WASI = await quietly();
  return mendedWasi(/** @type {any} */ (new WASI({ version: 'preview1', ...options })));
}

/**
 * It gives out the system's own flags where WASI's are asked for.
 * @param {Wasi} wasi
 * @returns {Wasi}
 */
export function mendedWasi(wasi) {
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  const { fd_fdstat_get } = wasi.wasiImport;
  return {
    wasiImport: {
      ...wasi.wasiImport,
      fd_fdstat_get(fd, at) {
        const errno = fd_fdstat_get(fd, at);
        if (errno !== 0 || !memory) return errno;
        const words = new DataView(memory.buffer);
        const flags = words.getUint16((at >>> 0) + 2, true);
        words.setUint16((at >>> 0) + 2, FLAGS.reduce((sum, [host, own]) => ((flags & host) === host ? sum | own : sum), 0), true);
        return errno;
      },
    },
    initialize(instance) {
      memory = instance.exports.memory;
      return wasi.initialize ? wasi.initialize(instance) : /** @type {any} */ (wasi).setMemory(memory); // Bun's class, which is another one
    },
  };
}

/** Without its warning, which is about the module's age and not about the program. */
async function quietly() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (await import('node:wasi')).WASI;
  } finally {
    process.emitWarning = emitWarning;
  }
}
