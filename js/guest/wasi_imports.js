// @ts-check
/**
 * WASI preview 1 for a guest, in the guest's agent: an implementation (node:wasi, browser_wasi_shim) with those calls
 * replaced that can block or that signals affect.
 */

import * as LINUX from '../abi/errno.js';
import * as ERRNO from '../abi/wasi_errno.js';
import { outside } from './address.js';
import { now } from '../engine/clock.js';
import { EVENT, EVENT_BYTES, Files, SUBSCRIPTION_BYTES, pollUntil, total, vectors } from './files.js';
import { withPidfds } from './pidfds.js';
import { ProgramExit } from './program_exit.js';
import { runSteps } from '../engine/maybe_async.js';
import { SIGSTKFLT, SIGSYS } from '../signals/table.js';

const CHARACTER_DEVICE = 2;
const SOCKET_STREAM = 6;
const RIGHTS_SEEK_TELL = (1n << 2n) | (1n << 5n);
/**
 * Linux's IOV_MAX: a list of vectors or subscriptions is copied before it is used, and must not fill the host's memory.
 */
const MAX_ENTRIES = 1024;
/** The errors with which a write to a stream of the host can fail. */
const ERRNO_OF = new Map([
  [LINUX.EINTR, ERRNO.INTR],
  [LINUX.EAGAIN, ERRNO.AGAIN],
  [LINUX.EPIPE, ERRNO.PIPE],
  [LINUX.EBADF, ERRNO.BADF],
  [LINUX.ENOSPC, ERRNO.NOSPC],
]);

/** @typedef {Record<string, (...args: any[]) => any>} Functions */

/**
 * Something that a program polls.
 * @typedef {object} Source
 * @property {() => boolean} ready
 * @property {boolean} [polled] no ring comes when it is ready
 * @property {boolean} [input] it is standard input
 */

/**
 * @typedef {object} Options
 * @property {import('./program_host.js').ProgramHost} host
 * @property {import('./pidfds.js').Pidfds} pidfds
 * @property {Functions} original wasi_snapshot_preview1 of the implementation
 * @property {() => WebAssembly.Memory} memory
 * @property {boolean[]} piped which of fds 0, 1, 2 are streams of the owner
 * @property {boolean} [input] false: the implementation has the standard streams
 */

/**
 * The import object wasi_snapshot_preview1.
 * @param {Options} options
 * @returns {Functions}
 */
export function wasiImports({ host, pidfds, original: implementation, memory, piped, input: hosted = true }) {
  const view = () => new DataView(memory().buffer);
  const original = withPidfds(throughJavaScript(implementation), pidfds, view);
  const files = new Files(host, original, view, hosted);

  /**
   * @param {number} fd @param {number} iovs @param {number} count @param {number} readAt
   * @returns {Generator<unknown, number, any>}
   */
  function* fd_read(fd, iovs, count, readAt) {
    if (tooMany(count)) return ERRNO.INVAL;
    if (files.stream(fd) !== 0) return yield* files.fd_read(fd, iovs, count, readAt);
    if (outside(view(), iovs, 8 * count) || outside(view(), readAt, 4)) return ERRNO.FAULT;
    // As in a kernel, the vectors are read on entry: handlers that run meanwhile may reuse their memory. Memory may
    // also grow.
    const into = vectors(view(), iovs, count);
    if (!into) return ERRNO.FAULT;
    const bytes = yield host.readInput(total(into), files.nonBlocking(fd));
    if (typeof bytes === 'string')
      return bytes === 'EINTR' ? ERRNO.INTR : bytes === 'EAGAIN' ? ERRNO.AGAIN : ERRNO.DEADLK;
    let done = 0;
    const length = bytes?.length ?? 0;
    for (const vector of into) {
      const part = (bytes ?? new Uint8Array(0)).subarray(done, done + vector.length);
      new Uint8Array(memory().buffer, vector.address, part.length).set(part);
      done += part.length;
      if (done === length) break;
    }
    view().setUint32(readAt >>> 0, done, true);
    return ERRNO.SUCCESS;
  }

  /**
   * @param {number} fd @param {number} iovs @param {number} count @param {number} writtenAt
   * @returns {Generator<unknown, number, any>}
   */
  function* fd_write(fd, iovs, count, writtenAt) {
    if (tooMany(count)) return ERRNO.INVAL;
    const stream = files.stream(fd);
    if (stream === undefined) return yield* files.fd_write(fd, iovs, count, writtenAt);
    if (stream === 0) return ERRNO.BADF;
    if (outside(view(), iovs, 8 * count) || outside(view(), writtenAt, 4)) return ERRNO.FAULT;
    const from = vectors(view(), iovs, count);
    if (!from) return ERRNO.FAULT;
    const written = yield host.writeOutput(stream, gathered(memory().buffer, from), files.nonBlocking(fd));
    if (written < 0) return ERRNO_OF.get(-written) ?? ERRNO.IO;
    view().setUint32(writtenAt >>> 0, written, true);
    return ERRNO.SUCCESS;
  }

  /**
   * @param {number} fd @param {number} statAt
   */
  function fd_fdstat_get(fd, statAt) {
    const errno = files.fd_fdstat_get(fd, statAt);
    const stream = files.stream(fd);
    if (errno !== 0 || stream === undefined) return errno;
    const terminal = stream === 0 ? host.inputIsTerminal : host.outputIsTerminal(stream);
    if (!terminal && !piped[stream]) return errno;
    const words = view();
    if (outside(words, statAt, 24)) return ERRNO.FAULT;
    statAt >>>= 0;
    words.setUint8(statAt, terminal ? CHARACTER_DEVICE : SOCKET_STREAM);
    words.setBigUint64(statAt + 8, words.getBigUint64(statAt + 8, true) & ~RIGHTS_SEEK_TELL, true);
    return errno;
  }

  /**
   * The source of a subscription's events, if it is one that can block. A process is readable when it has ended.
   * @param {{type: number, fd: number}} subscription
   * @returns {Source | undefined}
   */
  function source({ type, fd }) {
    if (type !== EVENT.read && type !== EVENT.write) return undefined;
    if (type === EVENT.read) {
      if (files.stream(fd) === 0) return { ready: () => host.inputReady(), input: true };
      const pidfd = pidfds.get(fd);
      if (pidfd) return { ready: () => host.hasEnded(pidfd.pid) };
    }
    const ready = files.source(fd, type);
    return ready && { ready, polled: true };
  }

  /**
   * @param {number} subscriptionsAt @param {number} eventsAt @param {number} count @param {number} countAt
   * @returns {Generator<unknown, number, any>}
   */
  function* poll_oneoff(subscriptionsAt, eventsAt, count, countAt) {
    if (count === 0 || tooMany(count)) return ERRNO.INVAL;
    if (
      outside(view(), subscriptionsAt, SUBSCRIPTION_BYTES * count) ||
      outside(view(), eventsAt, EVENT_BYTES * count) ||
      outside(view(), countAt, 4)
    )
      return ERRNO.FAULT;
    const wanted = subscriptions(view(), subscriptionsAt >>> 0, count);
    const started = now();
    const sources = wanted.map(source);
    const waiting = sources.filter((one) => one !== undefined);
    // Any subscription but standard input, a process, a clock or a source that can block is of a file, an output or an
    // unknown descriptor: the call never waits for it.
    const immediate = wanted.some((one, index) => one.type !== EVENT.clock && !sources[index]);
    const timeout = immediate
      ? 0
      : wanted.reduce((least, one) => (one.type === EVENT.clock ? Math.min(least, one.timeout) : least), Infinity);
    const limit = timeout === Infinity ? -1 : timeout;
    let ready = false;
    if (waiting.length > 0) {
      const outcome = yield* awaitOne(waiting, limit);
      if (typeof outcome === 'string') return outcome === 'EINTR' ? ERRNO.INTR : ERRNO.DEADLK;
      ready = outcome;
    } else if (!immediate) {
      const errno = yield* sleep(
        limit,
        wanted.every(({ interruptible }) => interruptible),
      );
      if (errno !== 0) return errno === LINUX.EINTR ? ERRNO.INTR : ERRNO.DEADLK;
    }
    const elapsed = now() - started;
    const isOver = (/** @type {number} */ time) => (ready || immediate ? elapsed >= time : time <= timeout);
    const happened = wanted.filter((one, index) =>
      one.type === EVENT.clock ? isOver(one.timeout) : (sources[index]?.ready() ?? true),
    );
    happened.forEach((one, index) => writeEvent((eventsAt >>> 0) + EVENT_BYTES * index, one));
    view().setUint32(countAt >>> 0, happened.length, true);
    return ERRNO.SUCCESS;
  }

  /**
   * Waits until one of several sources is ready.
   * @param {Source[]} sources
   * @param {number} limit nanoseconds; negative: none
   * @returns {Generator<unknown, boolean | 'EINTR' | 'EDEADLK', any>} whether one is
   */
  function* awaitOne(sources, limit) {
    if (limit === 0 && sources.some(({ input }) => input)) yield host.inputIsThere();
    return yield* pollUntil(
      host,
      () => sources.some((one) => one.ready()),
      limit,
      sources.some(({ polled }) => polled),
    );
  }

  /** @param {number} at @param {ReturnType<typeof subscriptions>[number]} subscription */
  function writeEvent(at, { userdata, type, fd }) {
    const words = view();
    for (let i = 0; i < EVENT_BYTES; i += 4) words.setUint32(at + i, 0, true);
    words.setBigUint64(at, userdata, true);
    words.setUint16(
      at + 8,
      type > EVENT.write ? ERRNO.INVAL : type !== EVENT.clock && pidfds.isClosed(fd) ? ERRNO.BADF : 0,
      true,
    );
    words.setUint8(at + 10, type);
    if (type !== EVENT.clock) words.setBigUint64(at + 16, 1n, true);
  }

  /**
   * The C library sleeps with the import `wait`. It calls this only for poll() and select() without descriptors, which
   * handlers interrupt. Other callers (Rust's standard library) know of no signals and treat an error as impossible:
   * for them handlers run, and the sleep continues for the rest of its time.
   * @param {number} timeoutNs negative: no limit
   * @param {boolean} interruptible
   * @returns {Generator<unknown, number, any>} a Linux errno number
   */
  function* sleep(timeoutNs, interruptible) {
    const end = timeoutNs < 0 ? Infinity : now() + timeoutNs;
    for (let left = timeoutNs; ; left = end === Infinity ? -1 : Math.max(0, end - now())) {
      const errno = yield host.sleep(left);
      if (errno !== LINUX.EINTR || interruptible) return errno;
    }
  }

  /** @param {number} signal WASI's number @returns {Generator<unknown, number, any>} */
  function* proc_raise(signal) {
    const signo = linuxNumber(signal);
    if (signo === 0) return signal === 0 ? ERRNO.SUCCESS : ERRNO.INVAL;
    if (host.attached) {
      yield host.raise(signo);
      return ERRNO.SUCCESS;
    }
    yield host.perform(signo);
    return ERRNO.SUCCESS;
  }

  /** @param {number} code */
  function proc_exit(code) {
    throw new ProgramExit(code);
  }

  /** Calls that may wait. @type {Record<string, (...args: any[]) => Generator<unknown, number, any>>} */
  const waiting = {
    path_open: (...args) => files.path_open(.../** @type {Parameters<Files['path_open']>} */ (args)),
    fd_read,
    fd_write,
    poll_oneoff,
    proc_raise,
  };
  /** @type {Functions} */
  const imports = { ...original, fd_fdstat_get };
  for (const name of ['fd_fdstat_set_flags', 'fd_close', 'fd_renumber'])
    imports[name] = (...args) => /** @type {any} */ (files)[name](...args);
  for (const [name, call] of Object.entries(imports)) {
    const perform = (/** @type {any[]} */ args) => {
      const result = call(...args);
      const delivered = host.deliverSent();
      return delivered instanceof Promise ? delivered.then(() => result) : result;
    };
    imports[name] = host.suspending((...args) => {
      const held = host.obey();
      return held instanceof Promise ? held.then(() => perform(args)) : perform(args);
    });
  }
  for (const [name, steps] of Object.entries(waiting)) {
    imports[name] = host.suspending((...args) => runSteps(andDeliver(steps, args)));
  }
  return { ...imports, proc_exit };

  /**
   * @param {(...args: any[]) => Generator<unknown, number, any>} call
   * @param {any[]} args
   * @returns {Generator<unknown, number, any>}
   */
  function* andDeliver(call, args) {
    yield host.obey();
    const result = yield* call(...args);
    yield host.deliverSent();
    return result;
  }
}

/**
 * Wraps each function of an implementation in one of JavaScript. Node lets wasm call its own functions natively,
 * without JavaScript in between, and a garbage collection during such a call damages the heap (nodejs/node#46777, open
 * in 2026). CPython crashed Node 20 that way.
 * @param {Functions} implementation
 * @returns {Functions}
 */
export function throughJavaScript(implementation) {
  return Object.fromEntries(Object.entries(implementation).map(([name, call]) => [name, (...args) => call(...args)]));
}

/** @param {number} count of an i32 */
function tooMany(count) {
  return count >>> 0 > MAX_ENTRIES;
}

/**
 * The bytes of all vectors, joined for one write.
 * @param {ArrayBufferLike} memory
 * @param {import('./files.js').Vector[]} list
 */
function gathered(memory, list) {
  const parts = list
    .filter(({ length }) => length > 0)
    .map(({ address, length }) => new Uint8Array(memory, address, length));
  if (parts.length <= 1) return parts[0] ?? new Uint8Array(0);
  const bytes = new Uint8Array(total(list));
  let done = 0;
  for (const part of parts) {
    bytes.set(part, done);
    done += part.length;
  }
  return bytes;
}

/**
 * @param {DataView} words @param {number} at @param {number} count
 */
function subscriptions(words, at, count) {
  return Array.from({ length: count }, (_, i) => {
    const start = at + SUBSCRIPTION_BYTES * i;
    const type = words.getUint8(start + 8);
    const one = {
      userdata: words.getBigUint64(start, true),
      type,
      fd: words.getUint32(start + 16, true),
      timeout: 0,
      interruptible: false,
    };
    if (type === EVENT.clock) {
      one.timeout = clockTimeout(words, start + 16);
      // poll() and select() of the C library ask for a relative time on the real-time clock.
      one.interruptible = words.getUint32(start + 16, true) === 0 && (words.getUint16(start + 40, true) & 1) === 0;
    }
    return one;
  });
}

/**
 * @param {DataView} words @param {number} at
 * @returns {number} nanoseconds from now
 */
function clockTimeout(words, at) {
  const clock = words.getUint32(at, true);
  const timeout = Number(words.getBigUint64(at + 8, true));
  const absolute = (words.getUint16(at + 24, true) & 1) !== 0;
  if (!absolute) return timeout;
  return Math.max(0, timeout - (clock === 0 ? Date.now() * 1e6 : now()));
}

/** WASI has no SIGSTKFLT, so its numbers are one less from there on. @param {number} signal */
function linuxNumber(signal) {
  if (!(signal >= 1 && signal < SIGSYS)) return 0;
  return signal < SIGSTKFLT ? signal : signal + 1;
}
