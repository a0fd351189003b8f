// @ts-check
/**
 * The descriptors of a WASI program that its implementation serves. None of their calls keeps the guest's agent blocked
 * in the system: a thread that is blocked there neither takes signals nor can be terminated, and keeps its owner from
 * exiting. Descriptors that can block (FIFOs, terminals, devices, sockets) are polled without blocking, and between
 * polls the guest sleeps where signals wake it.
 */

import * as ERRNO from '../abi/wasi_errno.js';
import { outside } from './address.js';
import { now } from '../engine/clock.js';
import { SIGPIPE } from '../signals/table.js';

export const FDFLAGS = Object.freeze({ append: 1, nonblock: 4 });
export const EVENT = Object.freeze({ clock: 0, read: 1, write: 2 });
export const SUBSCRIPTION_BYTES = 48;
export const EVENT_BYTES = 32;
const FILETYPE = Object.freeze({ unknown: 0, character_device: 2, socket_stream: 6 });
const WAITING = new Set(/** @type {number[]} */ (Object.values(FILETYPE)));
/** The rights with which an implementation opens for reading, and for writing. */
const RIGHTS = Object.freeze({
  read: (1n << 1n) | (1n << 14n),
  write: (1n << 0n) | (1n << 6n) | (1n << 8n) | (1n << 22n),
});
const FDSTAT_BYTES = 24;
const FIRST_PAUSE_NS = 5e4;
const LAST_PAUSE_NS = 1e7;
const PROBE_NS = 1_000_000n;

/** @typedef {Record<string, (...args: any[]) => any>} Functions */
/** @typedef {{address: number, length: number}} Vector */

/**
 * @typedef {object} Descriptor
 * @property {number} flags WASI's flags, as the guest set them. The implementation's descriptor is always non-blocking,
 *   unless it was given
 * @property {number} [stream] the standard stream of the host that it is; undefined: it is the implementation's
 * @property {boolean} [given] it existed before the program: others share its flags, so it is non-blocking only during
 *   calls
 * @property {boolean} [waits] whether it is of a type that can block; undefined until that was asked
 * @property {number} [first] a byte that was read ahead
 */

/** Waits between polls of a descriptor for which no ring comes, in steps that grow. A signal ends each step at once. */
export class Patience {
  #host;
  #pause = FIRST_PAUSE_NS;

  /** @param {import('./program_host.js').ProgramHost} host */
  constructor(host) {
    this.#host = host;
  }

  /**
   * @param {number} [most] nanoseconds
   * @returns {import('./host_imports.js').MaybePromise<import('./blocking_calls.js').Outcome>}
   */
  wait(most = Infinity) {
    const pause = Math.min(most, this.#pause);
    this.#pause = Math.min(2 * this.#pause, LAST_PAUSE_NS);
    return this.#host.block(() => false, pause);
  }

  /** Starts with short steps again, after progress. */
  renew() {
    this.#pause = FIRST_PAUSE_NS;
  }
}

export class Files {
  #host;
  #original;
  #view;
  /** @type {Map<number, Descriptor>} */ #open = new Map();

  /**
   * @param {import('./program_host.js').ProgramHost} host
   * @param {Functions} original the implementation's functions
   * @param {() => DataView} view the guest's memory
   * @param {boolean} hosted whether the standard streams are the host's
   */
  constructor(host, original, view, hosted) {
    this.#host = host;
    this.#original = original;
    this.#view = view;
    for (const fd of [0, 1, 2]) this.#open.set(fd, hosted ? { stream: fd, flags: 0 } : { given: true, flags: 0 });
  }

  /** The standard stream of the host that a descriptor is, or undefined. @param {number} fd */
  stream(fd) {
    return this.#open.get(fd)?.stream;
  }

  /** @param {number} fd */
  nonBlocking(fd) {
    return ((this.#open.get(fd)?.flags ?? 0) & FDFLAGS.nonblock) !== 0;
  }

  // --- calls ---------------------------------------------------------------------------------------------------------

  /**
   * @param {number} folder @param {number} lookup @param {number} path @param {number} length @param {number} oflags
   *   @param {bigint} rights
   * @param {bigint} inherited @param {number} flags @param {number} fdAt
   * @returns {Generator<unknown, number, any>}
   */
  *path_open(folder, lookup, path, length, oflags, rights, inherited, flags, fdAt) {
    const blocking = (flags & FDFLAGS.nonblock) === 0;
    const writes = (rights & RIGHTS.write) !== 0n;
    const patience = new Patience(this.#host);
    for (;;) {
      const errno = this.#original.path_open(
        folder,
        lookup,
        path,
        length,
        oflags,
        rights,
        inherited,
        flags | FDFLAGS.nonblock,
        fdAt,
      );
      if (errno === ERRNO.SUCCESS) break;
      // AGAIN: a FIFO that no process has open for reading.
      if (errno !== ERRNO.AGAIN) return errno;
      if (!blocking) return ERRNO.NXIO;
      const failed = over(yield patience.wait());
      if (failed) return failed;
    }
    const fd = this.#view().getUint32(fdAt >>> 0, true);
    /** @type {Descriptor} */
    const descriptor = { flags };
    if (blocking && !writes && this.#type(fd) === FILETYPE.socket_stream) {
      /** @type {number} */
      let errno = ERRNO.INTR; // stays if a handler leaves by a jump
      try {
        errno = yield* this.#awaitWriter(fd, descriptor);
      } finally {
        if (errno !== ERRNO.SUCCESS) this.#original.fd_close(fd);
      }
      if (errno !== ERRNO.SUCCESS) return errno;
    }
    this.#open.set(fd, descriptor);
    return ERRNO.SUCCESS;
  }

  /**
   * Waits until a process has opened a FIFO for writing; that process may have closed it again.
   * @param {number} fd @param {Descriptor} descriptor
   * @returns {Generator<unknown, number, any>}
   */
  *#awaitWriter(fd, descriptor) {
    const patience = new Patience(this.#host);
    for (;;) {
      // Only a read tells a FIFO with a writer that has written nothing from one without a writer. The read comes
      // second, since it may consume a byte.
      if (this.#ready(fd, EVENT.read)) return ERRNO.SUCCESS;
      const { errno, byte } = this.#readByte(fd);
      if (errno === ERRNO.AGAIN || byte !== undefined) {
        descriptor.first = byte;
        return ERRNO.SUCCESS;
      }
      if (errno !== ERRNO.SUCCESS) return errno;
      const failed = over(yield patience.wait());
      if (failed) return failed;
    }
  }

  /**
   * @param {number} fd @param {number} iovs @param {number} count @param {number} readAt
   * @returns {Generator<unknown, number, any>}
   */
  *fd_read(fd, iovs, count, readAt) {
    const descriptor = this.#open.get(fd);
    if (descriptor?.first !== undefined) return this.#readFirst(descriptor, iovs, count, readAt);
    const patience = new Patience(this.#host);
    for (;;) {
      const errno = this.#unblocked(fd, descriptor, () => this.#original.fd_read(fd, iovs, count, readAt));
      if (errno !== ERRNO.AGAIN || this.nonBlocking(fd)) return errno;
      const failed = over(yield patience.wait());
      if (failed) return failed;
    }
  }

  /** @param {Descriptor} descriptor @param {number} iovs @param {number} count @param {number} readAt */
  #readFirst(descriptor, iovs, count, readAt) {
    const words = this.#view();
    if (outside(words, iovs, 8 * count) || outside(words, readAt, 4)) return ERRNO.FAULT;
    const into = vectors(words, iovs, count)?.find(({ length }) => length > 0);
    if (into) {
      words.setUint8(into.address, /** @type {number} */ (descriptor.first));
      descriptor.first = undefined;
    }
    words.setUint32(readAt >>> 0, into ? 1 : 0, true);
    return ERRNO.SUCCESS;
  }

  /**
   * @param {number} fd @param {number} iovs @param {number} count @param {number} writtenAt
   * @returns {Generator<unknown, number, any>}
   */
  *fd_write(fd, iovs, count, writtenAt) {
    const descriptor = this.#open.get(fd);
    const write = () => this.#unblocked(fd, descriptor, () => this.#original.fd_write(fd, iovs, count, writtenAt));
    const words = this.#view();
    if (outside(words, iovs, 8 * count) || outside(words, writtenAt, 4)) return ERRNO.FAULT;
    const from = vectors(words, iovs, count);
    let errno = write();
    if (!descriptor || !from) return errno;
    const length = total(from);
    const patience = new Patience(this.#host);
    for (let done = 0; ; ) {
      if (errno === ERRNO.SUCCESS) {
        const written = this.#view().getUint32(writtenAt >>> 0, true);
        if (written > 0) patience.renew();
        done += written;
      }
      const outcome =
        done >= length || this.nonBlocking(fd) || (errno !== ERRNO.AGAIN && (errno !== ERRNO.SUCCESS || done === 0))
          ? 'done'
          : yield patience.wait();
      const failed = outcome === 'done' ? errno : over(outcome);
      if (outcome === 'done' || failed || (outcome === 'restart' && done > 0)) {
        // As on Linux, the writer is sent SIGPIPE, and sees EPIPE only if it survives that. A guest without the library
        // sees EPIPE.
        if (errno === ERRNO.PIPE && this.#host.attached) yield this.#host.raise(SIGPIPE);
        if (done === 0) return failed;
        this.#view().setUint32(writtenAt >>> 0, done, true);
        return ERRNO.SUCCESS;
      }
      errno = this.#borrow(iovs, 8 * count, (at, borrowed) => {
        for (const [index, vector] of behind(from, done).entries()) {
          borrowed.setUint32(at + 8 * index, vector.address, true);
          borrowed.setUint32(at + 8 * index + 4, vector.length, true);
        }
        return write();
      });
    }
  }

  /**
   * As with F_SETFL, only APPEND and NONBLOCK can change.
   * @param {number} fd @param {number} flags
   */
  fd_fdstat_set_flags(fd, flags) {
    const descriptor = this.#open.get(fd);
    if (!descriptor) return this.#original.fd_fdstat_set_flags(fd, flags);
    const can = FDFLAGS.append | FDFLAGS.nonblock;
    const wanted = (descriptor.flags & ~can) | (flags & can);
    if ((wanted ^ descriptor.flags) & FDFLAGS.append) {
      const errno = this.#original.fd_fdstat_set_flags(
        fd,
        descriptor.given || descriptor.stream !== undefined ? wanted & ~FDFLAGS.nonblock : wanted | FDFLAGS.nonblock,
      );
      if (errno !== ERRNO.SUCCESS) return errno;
    }
    descriptor.flags = wanted;
    return ERRNO.SUCCESS;
  }

  /** @param {number} fd @param {number} at */
  fd_fdstat_get(fd, at) {
    const errno = this.#original.fd_fdstat_get(fd, at);
    const descriptor = this.#open.get(fd);
    if (errno !== ERRNO.SUCCESS || !descriptor) return errno;
    const words = this.#view();
    if (outside(words, at, FDSTAT_BYTES)) return ERRNO.FAULT;
    const kept =
      descriptor.given || descriptor.stream !== undefined
        ? words.getUint16((at >>> 0) + 2, true) & ~FDFLAGS.nonblock
        : 0;
    words.setUint16((at >>> 0) + 2, kept | descriptor.flags, true);
    return ERRNO.SUCCESS;
  }

  /** @param {number} fd */
  fd_close(fd) {
    const errno = this.#original.fd_close(fd);
    if (errno !== ERRNO.BADF) this.#open.delete(fd);
    return errno;
  }

  /** @param {number} from @param {number} to */
  fd_renumber(from, to) {
    const errno = this.#original.fd_renumber(from, to);
    if (errno !== ERRNO.SUCCESS || from === to) return errno;
    const moved = this.#open.get(from);
    this.#open.delete(from);
    this.#open.delete(to);
    if (moved) this.#open.set(to, moved);
    return errno;
  }

  // --- readiness -----------------------------------------------------------------------------------------------------

  /**
   * A predicate that is true if a read or write would not block; undefined for a descriptor that never blocks.
   * @param {number} fd
   * @param {number} type of EVENT
   * @returns {(() => boolean) | undefined}
   */
  source(fd, type) {
    const descriptor = this.#open.get(fd);
    if (!descriptor || descriptor.stream !== undefined || !this.#waits(fd, descriptor)) return undefined;
    return () => (type === EVENT.read && descriptor.first !== undefined) || this.#ready(fd, type);
  }

  /**
   * Polls the implementation. An answer that it is not ready takes a millisecond.
   * @param {number} fd
   * @param {number} type of EVENT
   */
  #ready(fd, type) {
    const events = 2 * SUBSCRIPTION_BYTES;
    const counted = events + 2 * EVENT_BYTES;
    return this.#borrow(undefined, counted + 4, (at, words) => {
      words.setUint8(at + 8, type);
      words.setUint32(at + 16, fd, true);
      const clock = at + SUBSCRIPTION_BYTES;
      words.setUint32(clock + 16, 1, true);
      words.setBigUint64(clock + 24, PROBE_NS, true);
      const errno = this.#unblocked(fd, this.#open.get(fd), () =>
        this.#original.poll_oneoff(at, at + events, 2, at + counted),
      );
      if (errno !== ERRNO.SUCCESS) return true; // a type that cannot be polled
      return Array.from({ length: Math.min(2, words.getUint32(at + counted, true)) }, (_, i) =>
        words.getUint8(at + events + EVENT_BYTES * i + 10),
      ).includes(type);
    });
  }

  /** @param {number} fd @returns {{errno: number, byte?: number}} */
  #readByte(fd) {
    return this.#borrow(undefined, 16, (at, words) => {
      words.setUint32(at, at + 12, true);
      words.setUint32(at + 4, 1, true);
      const errno = this.#original.fd_read(fd, at, 1, at + 8);
      return {
        errno,
        byte: errno === ERRNO.SUCCESS && words.getUint32(at + 8, true) === 1 ? words.getUint8(at + 12) : undefined,
      };
    });
  }

  /** @param {number} fd @param {Descriptor} descriptor */
  #waits(fd, descriptor) {
    return (descriptor.waits ??= WAITING.has(this.#type(fd)));
  }

  /** @param {number} fd */
  #type(fd) {
    return this.#stat(fd)?.type ?? -1;
  }

  /** @param {number} fd */
  #stat(fd) {
    return this.#borrow(undefined, FDSTAT_BYTES, (at, words) => {
      if (this.#original.fd_fdstat_get(fd, at) !== ERRNO.SUCCESS) return undefined;
      return { type: words.getUint8(at), flags: words.getUint16(at + 2, true) };
    });
  }

  /**
   * Makes a call on a descriptor, which must not block. A given descriptor is non-blocking only during the call.
   * @template T
   * @param {number} fd
   * @param {Descriptor | undefined} descriptor
   * @param {() => T} call
   * @returns {T}
   */
  #unblocked(fd, descriptor, call) {
    if (!descriptor?.given || !this.#waits(fd, descriptor)) return call();
    const flags = this.#stat(fd)?.flags ?? 0;
    if (flags & FDFLAGS.nonblock || this.#original.fd_fdstat_set_flags(fd, flags | FDFLAGS.nonblock) !== ERRNO.SUCCESS)
      return call();
    try {
      return call();
    } finally {
      this.#original.fd_fdstat_set_flags(fd, flags);
    }
  }

  /**
   * Lends bytes of the guest's memory to a call: the implementation reads its arguments from there and writes its
   * results there. No code of the guest runs meanwhile, and the bytes are restored afterwards.
   * @template T
   * @param {number | undefined} where undefined: anywhere
   * @param {number} bytes
   * @param {(at: number, words: DataView) => T} use
   * @returns {T}
   */
  #borrow(where, bytes, use) {
    const at = (where ?? this.#host.spareAddress) >>> 0;
    const words = this.#view();
    const borrowed = new Uint8Array(words.buffer, at, bytes);
    const kept = borrowed.slice();
    if (where === undefined) borrowed.fill(0);
    try {
      return use(at, words);
    } finally {
      borrowed.set(kept);
    }
  }
}

/**
 * Waits until one of several sources is ready.
 * @param {import('./program_host.js').ProgramHost} host
 * @param {() => boolean} ready
 * @param {number} timeoutNs negative: no limit
 * @param {boolean} polled no ring comes when one of them is ready, so it is polled
 * @returns {Generator<unknown, boolean | 'EINTR' | 'EDEADLK', any>}
 */
export function* pollUntil(host, ready, timeoutNs, polled) {
  if (!polled) return yield host.poll(ready, timeoutNs);
  const patience = new Patience(host);
  const end = timeoutNs >= 0 ? now() + timeoutNs : Infinity;
  for (;;) {
    if (ready()) return true;
    if (now() >= end) return false;
    const outcome = yield patience.wait(end - now());
    if (outcome === 'deadlock') return 'EDEADLK';
    if (outcome !== 'timeout') return 'EINTR';
  }
}

/**
 * The errno with which the outcome of a wait ends a call; 0: the call continues.
 * @param {import('./blocking_calls.js').Outcome} outcome
 */
function over(outcome) {
  return outcome === 'interrupted' ? ERRNO.INTR : outcome === 'deadlock' ? ERRNO.DEADLK : ERRNO.SUCCESS;
}

/** @param {Vector[]} list @returns {number} */
export function total(list) {
  return list.reduce((sum, { length }) => sum + length, 0);
}

/**
 * The vectors without the first `done` bytes; the number of vectors stays.
 * @param {Vector[]} list
 * @param {number} done
 */
function behind(list, done) {
  return list.map(({ address, length }) => {
    const skipped = Math.min(done, length);
    done -= skipped;
    return { address: address + skipped, length: length - skipped };
  });
}

/**
 * @param {DataView} words @param {number} at @param {number} count
 * @returns {Vector[] | undefined} the vectors, cut off at the end of memory; undefined if they ask for bytes and none
 *   is in memory
 */
export function vectors(words, at, count) {
  let asked = 0;
  let there = 0;
  const list = Array.from({ length: count }, (_, i) => {
    const address = words.getUint32((at >>> 0) + 8 * i, true);
    const wanted = words.getUint32((at >>> 0) + 8 * i + 4, true);
    const length = Math.min(wanted, Math.max(0, words.byteLength - address));
    asked += wanted;
    there += length;
    return { address: length === 0 ? 0 : address, length };
  });
  return asked > 0 && there === 0 ? undefined : list;
}
