// @ts-check
/** node:wasi with its faults mended. */

import { constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** Linux's and macOS's flags of open files, and WASI's. */
const FLAGS = [
  [constants.O_APPEND, 1],
  [constants.O_DSYNC, 2],
  [constants.O_NONBLOCK, 4],
  [constants.O_SYNC, 16],
].filter(([host]) => host);

/** @typedef {{wasiImport: Record<string, (...args: any[]) => any>, initialize: (instance: any) => unknown}} Wasi */

const AGAIN = 6;
const NXIO = 60;
const FIRST_FOLDER = 3;

/**
 * @param {{stdout?: number, args?: string[], env?: Record<string, string>, preopens?: Record<string, string>}} options
 *   of its constructor
 * @returns {Promise<Wasi>}
 */
export async function nodeWasi(options) {
  const WASI = await quietly();
  return mendedWasi(
    /** @type {any} */ (new WASI({ version: 'preview1', ...options })),
    Object.values(options.preopens ?? {}),
  );
}

/**
 * Mends two faults. node:wasi returns the system's own flags where WASI's are asked for. And it has one error for two
 * cases: a FIFO without a reader, for which an open has to wait, and the name of a socket, which cannot be opened; the
 * first gets its own error.
 * @param {Wasi} wasi
 * @param {string[]} [folders] its preopened folders, in their order
 * @returns {Wasi}
 */
export function mendedWasi(wasi, folders = []) {
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  const { fd_fdstat_get, path_open } = wasi.wasiImport;
  /**
   * Only the error depends on this, so a file that is replaced meanwhile does no harm.
   * @param {number} folder
   * @param {number} at
   * @param {number} length
   */
  const isSocket = (folder, at, length) => {
    const path = folders[folder - FIRST_FOLDER];
    if (path === undefined || !memory) return false;
    const name = new TextDecoder().decode(new Uint8Array(memory.buffer, at >>> 0, length >>> 0).slice());
    return statSync(join(path, name), { throwIfNoEntry: false })?.isSocket() ?? false;
  };
  return {
    wasiImport: {
      ...wasi.wasiImport,
      fd_fdstat_get(fd, at) {
        const errno = fd_fdstat_get(fd, at);
        if (errno !== 0 || !memory) return errno;
        const words = new DataView(memory.buffer);
        const flags = words.getUint16((at >>> 0) + 2, true);
        words.setUint16(
          (at >>> 0) + 2,
          FLAGS.reduce((sum, [host, own]) => ((flags & host) === host ? sum | own : sum), 0),
          true,
        );
        return errno;
      },
      path_open(folder, lookup, at, length, ...rest) {
        const errno = path_open(folder, lookup, at, length, ...rest);
        return errno === NXIO && !isSocket(folder, at, length) ? AGAIN : errno;
      },
    },
    initialize(instance) {
      memory = instance.exports.memory;
      // Bun's class, which differs
      return wasi.initialize ? wasi.initialize(instance) : /** @type {any} */ (wasi).setMemory(memory);
    },
  };
}

/** Imports node:wasi without its warning, which is about the module's age and not about the program. */
async function quietly() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (await import('node:wasi')).WASI;
  } finally {
    process.emitWarning = emitWarning;
  }
}
