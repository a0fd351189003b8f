// @ts-check
/**
 * Descriptors of processes, pidfd_open(2), for a guest whose other descriptors are WASI's. Their numbers start far
 * above those of a WASI host, which gives out the lowest free number; so neither has to know of the other.
 *
 * Why: docs/rationale.md#why-are-descriptors-of-processes-the-hosts
 */

import * as LINUX from '../abi/errno.js';
import * as ERRNO from '../abi/wasi_errno.js';
import { outside } from './address.js';

const FIRST = 2 ** 20;
const MAX_PIDFDS = 1024;

const FDFLAGS_NONBLOCK = 4;
const FDSTAT_BYTES = 24;
const FILESTAT_BYTES = 64;

/** @typedef {{pid: number, flags: number}} Pidfd `flags`: WASI's fdflags; only NONBLOCK has an effect */
/** @typedef {Record<string, (...args: any[]) => any>} Functions */

export class Pidfds {
  /** @type {Map<number, Pidfd>} */ #open = new Map();

  /**
   * @param {import('./program_host.js').ProgramHost} host
   * @returns {import('../abi/imports.js').PidfdImports}
   */
  imports(host) {
    return {
      pidfd_open: (pid, flags) =>
        host.hasEnded(pid) ? -LINUX.ESRCH : (this.open(pid, (flags & 1) !== 0) ?? -LINUX.EMFILE),
      pidfd_pid: (fd) => this.get(fd)?.pid ?? -LINUX.EBADF,
    };
  }

  /**
   * @param {number} pid
   * @param {boolean} nonBlocking
   * @returns {number | undefined} the lowest free number; undefined: too many are open
   */
  open(pid, nonBlocking) {
    for (let fd = FIRST; fd < FIRST + MAX_PIDFDS; fd++) {
      if (this.#open.has(fd)) continue;
      this.#open.set(fd, { pid, flags: nonBlocking ? FDFLAGS_NONBLOCK : 0 });
      return fd;
    }
    return undefined;
  }

  /** @param {number} fd */
  get(fd) {
    return this.#open.get(fd);
  }

  /** Whether a number is in the range of pidfds but not open. @param {number} fd */
  isClosed(fd) {
    return fd >= FIRST && fd < FIRST + MAX_PIDFDS && !this.#open.has(fd);
  }

  /** @param {number} fd */
  close(fd) {
    this.#open.delete(fd);
  }

  /**
   * Moves one pidfd over another, which is thereby closed.
   * @param {number} from
   * @param {number} to
   * @returns {boolean} false: the other is not a pidfd
   */
  renumber(from, to) {
    const moved = this.#open.get(from);
    if (!moved || !this.#open.has(to)) return false;
    this.#open.delete(from);
    this.#open.set(to, moved);
    return true;
  }
}

/**
 * The calls of wasi_snapshot_preview1, extended by these descriptors. A pidfd cannot be read, written or seeked.
 * @param {Functions} original
 * @param {Pidfds} pidfds
 * @param {() => DataView} view the guest's memory
 * @returns {Functions}
 */
export function withPidfds(original, pidfds, view) {
  /**
   * Stores a structure of zeros, with a pidfd's flags if it has a field for them.
   * @param {number} at
   * @param {number} size
   * @param {number} [flags]
   */
  const store = (at, size, flags) => {
    const words = view();
    if (outside(words, at, size)) return ERRNO.FAULT;
    new Uint8Array(words.buffer, at >>> 0, size).fill(0);
    if (flags) words.setUint16((at >>> 0) + 2, flags, true);
    return ERRNO.SUCCESS;
  };
  /** @type {Record<string, (pidfd: Pidfd, fd: number, ...args: number[]) => number>} */
  const own = {
    fd_close: (_, fd) => (pidfds.close(fd), ERRNO.SUCCESS),
    // Of unknown type and without rights.
    fd_fdstat_get: ({ flags }, _, at) => store(at, FDSTAT_BYTES, flags),
    fd_fdstat_set_flags: (pidfd, _, flags) => ((pidfd.flags = flags), ERRNO.SUCCESS),
    fd_filestat_get: (_, _fd, at) => store(at, FILESTAT_BYTES),
    fd_renumber: (_, from, to) => (pidfds.renumber(from, to) ? ERRNO.SUCCESS : ERRNO.NOTSUP),
    fd_seek: () => ERRNO.SPIPE,
    fd_tell: () => ERRNO.SPIPE,
    // The C library uses this call to find its preopened folders.
    fd_prestat_get: () => ERRNO.BADF,
  };
  const calls = { ...original };
  for (const [name, call] of Object.entries(original)) {
    if (!name.startsWith('fd_')) continue;
    calls[name] = (fd, ...args) => {
      const pidfd = pidfds.get(fd);
      return pidfd ? (own[name]?.(pidfd, fd, ...args) ?? ERRNO.INVAL) : call(fd, ...args);
    };
  }
  return calls;
}
