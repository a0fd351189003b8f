// @ts-check
/**
 * The host of a process that lives in the agent of its own program: the imports of docs/host-abi.md, and the four WASI
 * functions that the C library below the core calls. It needs no other agent: timers are the event loop's, and while
 * the agent blocks, the core reads the clock itself.
 */

import * as BELL from '../abi/bell.js';
import * as ERRNO from '../abi/errno.js';
import * as EXIT from '../abi/exit.js';
import * as STATE from '../abi/process_state.js';
import * as WAITED from '../abi/waited.js';
import { MAX_TIMER_MS, now } from '../engine/clock.js';
import { Queue } from '../link/queue.js';
import { WASI, wasiErrno } from './host_errno.js';

/**
 * The operations in which platforms differ.
 * @typedef {object} Platform
 * @property {() => {pid: number, uid: number}} identity
 * @property {() => number} [processorTime] of this program, in nanoseconds
 * @property {(fd: number) => {nonBlocking: boolean}} [checkFd] throws an error with a `code` if the descriptor is not
 *   open
 * @property {(fd: number, byte: Uint8Array) => void} [write] throws an error with a `code`
 * @property {() => boolean} [stop] stops the program until it is continued; false: this agent cannot
 * @property {(killed: import('./python_errors.js').Killed) => void} [die] called when a default action ended the
 *   process
 */

/**
 * The first descriptor of another process. The core sends to such a process by its descriptor's number instead of its
 * pid, since two processes of the package may have the same pid. So these numbers are beyond Linux's pids, and still
 * fit into the 24 bits that a pid has here.
 */
const FIRST_PIDFD = 2 ** 23;
const MAX_PIDFDS = 1024;

/** @typedef {{send(signo: number, info: {code: number, pid: number, value: number}): number}} Peer */

const CLOCK = Object.freeze({ realtime: 0, monotonic: 1, processor: 2, thread: 3 });
const FDFLAGS_NONBLOCK = 4;

export class InProcessHost {
  #platform;
  #queue;
  /** @type {Queue | undefined} the block in the core's own memory */ #own;
  #memory;
  /** When the core asked to be rung, in the time of now(). */ #due = Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #keepsAlive = false;
  /** Whether the program was stopped and has continued, which ends a wait. */ #continued = false;
  /** @type {Map<number, Peer>} by descriptor */ #peers = new Map();
  #ring;
  #exit;

  /**
   * @param {object} options
   * @param {Queue} options.queue
   * @param {Platform} options.platform
   * @param {() => WebAssembly.Memory} options.memory of the core
   * @param {() => void} options.ring called when a timer rings
   * @param {(signo: number, core: boolean) => void} options.exit
   */
  constructor({ queue, platform, memory, ring, exit }) {
    this.#queue = queue;
    queue.addWaiters(1); // for good: the core registers as a waiter only in its own block
    this.#platform = platform;
    this.#memory = memory;
    this.#ring = ring;
    this.#exit = exit;
  }

  /** Whether a check of the queue and the clock would find nothing. */
  get quiet() {
    return this.#queue.doorbell === 0 && (this.#due === Infinity || now() < this.#due);
  }

  /** Whether the timer, if one is set, keeps the program alive. @param {boolean} wanted */
  keepAlive(wanted) {
    if (wanted === this.#keepsAlive) return;
    this.#keepsAlive = wanted;
    this.#reference();
  }

  close() {
    this.#due = Infinity;
    clearTimeout(this.#timer);
    this.#queue.state = STATE.ended;
    this.#queue.ring(BELL.event); // a waiter for it checks again
  }

  /**
   * @param {Peer} peer
   * @returns {number | undefined} the lowest free descriptor; undefined: too many are open
   */
  openPidfd(peer) {
    for (let fd = FIRST_PIDFD; fd < FIRST_PIDFD + MAX_PIDFDS; fd++) {
      if (this.#peers.has(fd)) continue;
      this.#peers.set(fd, peer);
      return fd;
    }
    return undefined;
  }

  /** @param {number} fd @returns {boolean} false: it was not open */
  closePidfd(fd) {
    return this.#peers.delete(fd);
  }

  // --- the imports `wasmsig` -----------------------------------------------------------------------------------------

  /** @returns {import('../abi/imports.js').SignalImports & import('../abi/imports.js').PidfdImports} */
  imports() {
    return {
      attach: (_version, block) => {
        this.#own = new Queue(this.#memory(), block);
        this.#own.init({ ...this.#queue.header, state: STATE.running });
        this.#queue.state = STATE.running;
        return 0;
      },
      sync: () => {
        if (now() >= this.#due) this.#queue.ring(BELL.timer);
        return this.#own ? this.#queue.syncTo(this.#own) : 0;
      },
      wait: (ring, timeoutNs) => {
        if (!this.#continued) return this.#queue.wait(ring, timeoutNs);
        this.#continued = false;
        return WAITED.mayNotBlock;
      },
      arm: (delayNs) => {
        this.#due = delayNs >= 0 ? now() + delayNs : Infinity;
        this.#setTimer();
      },
      exit: (signo, core) => {
        this.#queue.setExit(core ? EXIT.core : EXIT.killed, signo);
        this.#exit(signo, core !== 0);
      },
      stop: (signo) => {
        this.#queue.setStopped(signo);
        if (signo !== 0) this.#continued = this.#platform.stop?.() ?? false;
      },
      send: (pid, signo, code, value) =>
        this.#peers.get(pid)?.send(signo, { code, pid: this.#queue.pid, value }) ?? ERRNO.ESRCH,
      // only openPidfd() opens them, because JavaScript has process objects instead of pids
      pidfd_open: () => -ERRNO.ESRCH,
      pidfd_pid: (fd) => (this.#peers.has(fd) ? fd : -ERRNO.EBADF),
    };
  }

  #setTimer() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#due === Infinity) return;
    const ms = Math.ceil(Math.max(0, this.#due - now()) / 1e6);
    this.#timer = setTimeout(
      () => {
        if (now() < this.#due) return this.#setTimer();
        this.#due = Infinity;
        this.#queue.ring(BELL.timer);
        this.#ring();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
    this.#reference();
  }

  #reference() {
    const timer = /** @type {{ref?(): void, unref?(): void} | undefined} */ (/** @type {unknown} */ (this.#timer));
    if (this.#keepsAlive) timer?.ref?.();
    else timer?.unref?.();
  }

  // --- the imports `wasi_snapshot_preview1` --------------------------------------------------------------------------

  wasi() {
    const view = () => new DataView(this.#memory().buffer);
    return {
      clock_time_get: (/** @type {number} */ clock, /** @type {bigint} */ _precision, /** @type {number} */ at) => {
        const time = this.#time(clock);
        if (time === undefined) return WASI.EINVAL;
        view().setBigUint64(at, BigInt(Math.trunc(time)), true);
        return 0;
      },
      fd_fdstat_get: (/** @type {number} */ fd, /** @type {number} */ at) => {
        if (!this.#platform.checkFd) return WASI.EBADF;
        try {
          const { nonBlocking } = this.#platform.checkFd(fd);
          view().setUint16(at + 2, nonBlocking ? FDFLAGS_NONBLOCK : 0, true);
          return 0;
        } catch (error) {
          return wasiErrno(codeOf(error));
        }
      },
      fd_fdstat_set_flags: () => WASI.ENOTSUP, // part of the C library's fcntl(), never called
      fd_write: (
        /** @type {number} */ fd,
        /** @type {number} */ vectors,
        /** @type {number} */ _count,
        /** @type {number} */ writtenAt,
      ) => {
        if (!this.#platform.write) return WASI.EBADF;
        const at = view().getUint32(vectors, true);
        try {
          this.#platform.write(fd, Uint8Array.of(view().getUint8(at))); // the core writes only single bytes
          view().setUint32(writtenAt, 1, true);
          return 0;
        } catch (error) {
          return wasiErrno(codeOf(error));
        }
      },
    };
  }

  /** @param {number} clock @returns {number | undefined} nanoseconds */
  #time(clock) {
    switch (clock) {
      case CLOCK.realtime:
        return Date.now() * 1e6;
      case CLOCK.monotonic:
        return now();
      default:
        return this.#platform.processorTime?.();
    }
  }
}

/** @param {unknown} error @returns {string | undefined} */
function codeOf(error) {
  return /** @type {{code?: string}} */ (error).code;
}
