// @ts-check
/**
 * WASI preview 1 of a guest: somebody's implementation (node:wasi, browser_wasi_shim) with the calls that can block, or that a signal has to do with,
 * replaced. Runs in the guest's agent.
 */

import * as LINUX from './abi/errno.js';
import { outside } from './address.js';
import { now } from './clock.js';
import { WasmsigError } from './errors.js';
import { withPidfds } from './pidfds.js';
import { settle } from './settle.js';
import { defaultAction, signalName } from './signal_names.js';

const ERRNO = Object.freeze({ SUCCESS: 0, AGAIN: 6, BADF: 8, DEADLK: 16, FAULT: 21, INTR: 27, INVAL: 28, IO: 29, PIPE: 64 });
const CHARACTER_DEVICE = 2;
const SOCKET_STREAM = 6;
const RIGHTS_SEEK_TELL = (1n << 2n) | (1n << 5n);
const EVENT = Object.freeze({ clock: 0, read: 1, write: 2 });
const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const SIGPIPE = 13;
const RETRY_NS = 1e6;
/** Linux's IOV_MAX: a list of vectors or subscriptions is copied before it is used, and must not fill the host's memory. */
const MOST_ENTRIES = 1024;

/** @typedef {Record<string, (...args: any[]) => any>} Functions */

/** How proc_exit leaves the program. */
export class ProgramExit extends Error {
  /** @param {number} code */
  constructor(code) {
    super(`the program exited with ${code}`);
    this.code = code;
  }
}

/**
 * @typedef {object} Options
 * @property {import('./guest.js').Guest} guest
 * @property {import('./pidfds.js').Pidfds} pidfds
 * @property {Functions} original         wasi_snapshot_preview1 of the implementation
 * @property {() => WebAssembly.Memory} memory
 * @property {boolean[]} piped            which of fds 0, 1, 2 are streams of the owner
 * @property {boolean} [input]            false: the implementation reads fd 0
 */

/**
 * The import object wasi_snapshot_preview1.
 * @param {Options} options
 * @returns {Functions}
 */
export function wasiImports({ guest, pidfds, original: implementation, memory, piped, input: readsInput = true }) {
  const view = () => new DataView(memory().buffer);
  const original = withPidfds(throughJavaScript(implementation), pidfds, view);

  /**
   * @param {number} fd @param {number} iovs @param {number} count @param {number} readAt
   * @returns {Generator<unknown, number, any>}
   */
  function* fd_read(fd, iovs, count, readAt) {
    if (tooMany(count)) return ERRNO.INVAL;
    if (fd !== 0 || !readsInput) return original.fd_read(fd, iovs, count, readAt);
    if (outside(view(), iovs, 8 * count) || outside(view(), readAt, 4)) return ERRNO.FAULT;
    // As a kernel does, the vectors are read on entry: handlers that run meanwhile may use their memory. It may also grow.
    const into = vectors(view(), iovs, count);
    if (!into) return ERRNO.FAULT;
    const bytes = yield guest.readInput(into.reduce((sum, vector) => sum + vector.length, 0));
    if (typeof bytes === 'string') return bytes === 'EINTR' ? ERRNO.INTR : ERRNO.DEADLK;
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
    if ((fd !== 1 && fd !== 2) || !piped[fd]) {
      let errno = original.fd_write(fd, iovs, count, writtenAt);
      // Another process may have made a shared terminal or pipe non-blocking. Node has no way to wait for it here, so it is tried again.
      while (errno === ERRNO.AGAIN && (fd === 1 || fd === 2)) {
        if ((yield guest.block(() => false, RETRY_NS)) === 'interrupted') return ERRNO.INTR;
        errno = original.fd_write(fd, iovs, count, writtenAt);
      }
      // As natively: the writer is sent SIGPIPE, and sees EPIPE only if it survives that. A guest without the library sees EPIPE.
      if (errno === ERRNO.PIPE && guest.attached) yield guest.raise(SIGPIPE);
      return errno;
    }
    if (outside(view(), iovs, 8 * count) || outside(view(), writtenAt, 4)) return ERRNO.FAULT;
    const from = vectors(view(), iovs, count);
    if (!from) return ERRNO.FAULT;
    let written = 0;
    for (const { address, length } of from) {
      if (length === 0) continue;
      const result = yield guest.writeOutput(fd, new Uint8Array(memory().buffer, address, length));
      if (result < 0) {
        if (written > 0) break;
        return result === -LINUX.EINTR ? ERRNO.INTR : ERRNO.IO;
      }
      written += result;
    }
    view().setUint32(writtenAt >>> 0, written, true);
    return ERRNO.SUCCESS;
  }

  /**
   * @param {number} fd @param {number} statAt
   */
  function fd_fdstat_get(fd, statAt) {
    const errno = original.fd_fdstat_get(fd, statAt);
    if (errno !== 0 || fd > 2) return errno;
    const terminal = fd === 0 ? guest.inputIsTerminal : guest.outputIsTerminal(fd);
    if (!terminal && !piped[fd]) return errno;
    const words = view();
    if (outside(words, statAt, 24)) return ERRNO.FAULT;
    statAt >>>= 0;
    words.setUint8(statAt, terminal ? CHARACTER_DEVICE : SOCKET_STREAM);
    words.setBigUint64(statAt + 8, words.getBigUint64(statAt + 8, true) & ~RIGHTS_SEEK_TELL, true);
    return errno;
  }

  /**
   * What a subscription waits for, if it is something that can wait. A process is readable when it has ended.
   * @param {{type: number, fd: number}} subscription
   * @returns {(() => boolean) | undefined}
   */
  function source({ type, fd }) {
    if (type !== EVENT.read) return undefined;
    if (fd === 0 && readsInput) return () => guest.inputReady();
    const pidfd = pidfds.get(fd);
    return pidfd && (() => guest.hasEnded(pidfd.pid));
  }

  /**
   * @param {number} subscriptionsAt @param {number} eventsAt @param {number} count @param {number} countAt
   * @returns {Generator<unknown, number, any>}
   */
  function* poll_oneoff(subscriptionsAt, eventsAt, count, countAt) {
    if (count === 0 || tooMany(count)) return ERRNO.INVAL;
    if (outside(view(), subscriptionsAt, SUBSCRIPTION_BYTES * count) || outside(view(), eventsAt, EVENT_BYTES * count) || outside(view(), countAt, 4)) return ERRNO.FAULT;
    const wanted = subscriptions(view(), subscriptionsAt >>> 0, count);
    const started = now();
    const sources = wanted.map(source);
    // Everything but standard input, processes and clocks is a file, an output or unknown: never a reason to wait.
    const immediate = wanted.some((one, index) => one.type !== EVENT.clock && !sources[index]);
    const timeout = immediate ? 0 : wanted.reduce((least, one) => (one.type === EVENT.clock ? Math.min(least, one.timeout) : least), Infinity);
    let ready = false;
    if (sources.some((ready) => ready)) {
      const outcome = yield guest.poll(() => sources.some((ready) => ready?.()), timeout === Infinity ? -1 : timeout);
      if (typeof outcome === 'string') return outcome === 'EINTR' ? ERRNO.INTR : ERRNO.DEADLK;
      ready = outcome;
    } else if (!immediate) {
      const errno = yield guest.sleep(timeout === Infinity ? -1 : timeout);
      if (errno !== 0) return errno === LINUX.EINTR ? ERRNO.INTR : ERRNO.DEADLK;
    }
    const elapsed = now() - started;
    let events = 0;
    const words = view();
    for (const [index, one] of wanted.entries()) {
      const happened = one.type === EVENT.clock ? (ready || immediate ? elapsed >= one.timeout : one.timeout <= timeout) : sources[index]?.() ?? true;
      if (!happened) continue;
      const at = (eventsAt >>> 0) + EVENT_BYTES * events++;
      for (let i = 0; i < EVENT_BYTES; i += 4) words.setUint32(at + i, 0, true);
      words.setBigUint64(at, one.userdata, true);
      words.setUint16(at + 8, one.type > EVENT.write ? ERRNO.INVAL : one.type !== EVENT.clock && pidfds.isClosed(one.fd) ? ERRNO.BADF : 0, true);
      words.setUint8(at + 10, one.type);
      if (one.type !== EVENT.clock) words.setBigUint64(at + 16, 1n, true);
    }
    words.setUint32(countAt >>> 0, events, true);
    return ERRNO.SUCCESS;
  }

  /** @param {number} signal WASI's number @returns {Generator<unknown, number, any>} */
  function* proc_raise(signal) {
    const signo = linuxNumber(signal);
    if (signo === 0) return signal === 0 ? ERRNO.SUCCESS : ERRNO.INVAL;
    if (guest.attached) {
      yield guest.raise(signo);
      return ERRNO.SUCCESS;
    }
    const action = defaultAction(signo);
    if (action !== 'terminate' && action !== 'core') return ERRNO.SUCCESS;
    guest.exit(signo, action === 'core' ? 1 : 0);
    throw new WasmsigError('ERR_KILLED', `the program was killed by ${signalName(signo)}`);
  }

  /** @param {number} code */
  function proc_exit(code) {
    throw new ProgramExit(code);
  }

  /** Calls that may wait. @type {Record<string, (...args: any[]) => Generator<unknown, number, any>>} */
  const waiting = { fd_read, fd_write, poll_oneoff, proc_raise };
  /** @type {Functions} */
  const imports = { ...original, fd_fdstat_get };
  for (const [name, call] of Object.entries(imports)) {
    imports[name] = guest.suspending((...args) => {
      const result = call(...args);
      const looked = guest.deliverSent();
      return looked instanceof Promise ? looked.then(() => result) : result;
    });
  }
  for (const [name, steps] of Object.entries(waiting)) {
    imports[name] = guest.suspending((...args) => settle(andLook(steps(...args))));
  }
  return { ...imports, proc_exit };

  /** @param {Generator<unknown, number, any>} steps @returns {Generator<unknown, number, any>} */
  function* andLook(steps) {
    const result = yield* steps;
    yield guest.deliverSent();
    return result;
  }
}

/**
 * A function of JavaScript in front of each of an implementation's. Node lets wasm call its own natively, without any JavaScript in between, and a garbage collection in such a call damages
 * the heap (nodejs/node#46777, open in 2026): CPython crashed Node 20 that way.
 * @param {Functions} implementation
 * @returns {Functions}
 */
export function throughJavaScript(implementation) {
  return Object.fromEntries(Object.entries(implementation).map(([name, call]) => [name, (...args) => call(...args)]));
}

/** @param {number} count  of an i32 */
function tooMany(count) {
  return count >>> 0 > MOST_ENTRIES;
}

/**
 * @param {DataView} words @param {number} at @param {number} count
 * @returns {{address: number, length: number}[] | undefined} cut off at the end of memory; undefined: bytes are asked for, and none of them is in memory
 */
function vectors(words, at, count) {
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

/**
 * @param {DataView} words @param {number} at @param {number} count
 */
function subscriptions(words, at, count) {
  return Array.from({ length: count }, (_, i) => {
    const start = at + SUBSCRIPTION_BYTES * i;
    const type = words.getUint8(start + 8);
    const one = { userdata: words.getBigUint64(start, true), type, fd: words.getUint32(start + 16, true), timeout: 0 };
    if (type === EVENT.clock) one.timeout = clockTimeout(words, start + 16);
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

/** WASI has no SIGSTKFLT, so that its numbers are one less from there on. @param {number} signal */
function linuxNumber(signal) {
  if (!(signal >= 1 && signal <= 30)) return 0;
  return signal < 16 ? signal : signal + 1;
}
