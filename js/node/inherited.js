// @ts-check
/**
 * The standard outputs of this process for guests that inherit them, written without blocking a thread in the system.
 */

import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import * as ERRNO from '../abi/errno.js';
import { Patience } from '../guest/files.js';
import { SIGPIPE } from '../signals/table.js';
import { nodeWasi } from './node_wasi.js';

/**
 * @typedef {{fd: number, kind: 'file' | 'own' | 'shared'}} Output own: non-blocking, and used by no other process;
 *   shared: it has to be made non-blocking for each write
 */

/** @type {Map<number, Output>} */
const opened = new Map();

/**
 * Opens an output. Called in the owner, once for each: an agent that writes there may be terminated at any moment, so
 * the descriptor stays open for the life of the process.
 * @param {number} fd 1 or 2
 * @returns {Output}
 */
export function inheritedOutput(fd) {
  const known = opened.get(fd);
  if (known) return known;
  const output = open(fd);
  opened.set(fd, output);
  return output;
}

/**
 * A terminal or pipe is opened a second time, because O_NONBLOCK belongs to the open file description, which other
 * processes share. A socket cannot be opened again.
 * @param {number} fd
 * @returns {Output}
 */
function open(fd) {
  try {
    const stat = fstatSync(fd);
    if (!stat.isFIFO() && !stat.isCharacterDevice() && !stat.isSocket()) return { fd, kind: 'file' };
    if (stat.isSocket()) return { fd, kind: 'shared' };
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const { ino, dev } = fstatSync(own);
    if (ino === stat.ino && dev === stat.dev) return { fd: own, kind: 'own' };
    closeSync(own);
  } catch {
    // not open; or no /proc, or no right to open it
  }
  return { fd, kind: 'shared' };
}

/**
 * Creates the function that writes to an output, in a guest's agent.
 * @param {Output} output
 * @returns {Promise<(bytes: Uint8Array) => number>} throws EAGAIN if it would block
 */
export async function unblockedWriter({ fd, kind }) {
  const write = (/** @type {Uint8Array} */ bytes) => writeSync(fd, bytes);
  if (kind !== 'shared') return write;
  const setFlags = await flagsOf(fd).catch(() => undefined);
  if (!setFlags) return write; // a host without node:wasi: the write may block
  return (bytes) => {
    const changed = setFlags(true);
    try {
      return write(bytes);
    } finally {
      if (changed) setFlags(false);
    }
  };
}

/**
 * A setter of O_NONBLOCK for a descriptor. Node has no fcntl, but its WASI has one for its descriptors.
 * @param {number} fd
 * @returns {Promise<(on: boolean) => boolean>} whether the flag changed
 */
async function flagsOf(fd) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const wasi = await nodeWasi({ stdout: fd });
  wasi.initialize({ exports: { memory } });
  const { fd_fdstat_get: get, fd_fdstat_set_flags: set } = wasi.wasiImport;
  return (on) => {
    if (get(1, 0) !== 0) return false;
    const flags = new DataView(memory.buffer).getUint16(2, true);
    const wanted = on ? flags | 4 : flags & ~4;
    return wanted !== flags && set(1, wanted) === 0;
  };
}

/**
 * A blocking write.
 * @param {import('../guest/program_host.js').ProgramHost} host
 * @param {(bytes: Uint8Array) => number} write
 * @param {Uint8Array} bytes of the guest's memory
 * @param {boolean} nonBlocking
 * @returns {Generator<unknown, number, any>} how many bytes were written, or a negative errno number
 */
export function* writeAll(host, write, bytes, nonBlocking) {
  const patience = new Patience(host);
  let rest = bytes;
  for (let done = 0; ; ) {
    try {
      const written = write(rest);
      done += written;
      if (written > 0) patience.renew();
      if (done >= bytes.length || written === 0) return done;
      rest = rest.subarray(written);
    } catch (error) {
      const { code, errno = -ERRNO.EIO } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== 'EAGAIN') {
        if (code === 'EPIPE' && host.attached) yield host.raise(SIGPIPE);
        return done || errno;
      }
      if (nonBlocking) return done || -ERRNO.EAGAIN;
      // copied: the guest's memory may move, and change, while handlers run
      if (rest.buffer === bytes.buffer) rest = Uint8Array.from(rest);
      const outcome = yield patience.wait();
      if (outcome === 'interrupted' || (outcome === 'restart' && done > 0)) return done || -ERRNO.EINTR;
    }
  }
}
