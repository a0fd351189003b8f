// @ts-check
/**
 * A module object: Python's `signal` module for one process. Python's names are its own enumerable properties, created
 * from the names that the core lists for the edition. What only JavaScript needs is on the prototype.
 *
 * This file holds no policy: numbers, masks, order, timers and errors are the core's. It converts JavaScript's values
 * to numbers and back, keeps the functions that are handlers, and makes the event loop a safe point.
 */

import { EDITIONS } from '../abi/edition.js';
import * as ERRNO from '../abi/errno.js';
import { features } from '../engine/features.js';
import { createQueue } from '../link/local_queue.js';
import { Sender } from '../link/sender.js';
import { sentInfo } from '../link/sent_info.js';
import { signalNumber } from '../signals/signal_names.js';
import { SIGINT } from '../signals/table.js';
import { SIG_DFL, SIG_IGN, Signal, sigmaskMember, signalMember } from './enums.js';
import { errnoName, linuxErrno } from './host_errno.js';
import {
  ItimerError,
  Killed,
  KeyboardInterrupt,
  OSError,
  OverflowError,
  RuntimeError,
  errorOf,
} from './python_errors.js';
import { InProcessHost } from './in_process_host.js';
import { Native } from './native.js';

/** @typedef {import('./public_types.js').SignalHandler} SignalHandler */
/** @typedef {import('./enums.js').SignalNumber} SignalNumber */
/** @typedef {import('./enums.js').Handler} Handler */
/** @typedef {import('./enums.js').Sigmask} Sigmask */

/** WSIG_ of wasmsig.h */
const KEEP = Object.freeze({ SIGPIPE: 1, SIGXFSZ: 2, SIGINT: 4 });
const ACTION = Object.freeze({ default: 0, ignore: 1, callable: 2, none: 3, invalid: -1 });
const NAME = Object.freeze({ enumeration: 1, sigmask: 5, itimer: 6, constant: 7, signal: 8, alias: 9 });

/** The most nested calls: a handler that raises its own signal gets an error here instead of a stack overflow. */
const MAX_NESTED = 200;

/** Milliseconds between two polls of the queue, where the engine cannot notify of what another agent sends. */
const POLL_EVERY_MS = 20;

/** Runs a callback in a later turn of the event loop. @type {(callback: () => void) => void} */
const soon = typeof setImmediate === 'function' ? setImmediate : (callback) => void setTimeout(callback, 0);

/** Information about a signal that sigwaitinfo() or sigtimedwait() accepted. */
export class struct_siginfo {
  /**
   * @param {{signo: SignalNumber, code: number, errno: number, pid: number, uid: number, status: number, band: number}}
   *   info
   */
  constructor({ signo, code, errno, pid, uid, status, band }) {
    this.si_signo = signo;
    /**
     * How the signal was sent, in Linux's numbers: 0 SI_USER, -1 SI_QUEUE, -6 SI_TKILL, 128 SI_KERNEL (the terminal, a
     * timer)
     */
    this.si_code = code;
    this.si_errno = errno;
    this.si_pid = pid;
    this.si_uid = uid;
    this.si_status = status;
    this.si_band = band;
    Object.freeze(this);
  }
}

export class Module {
  /** @type {InProcessHost} */ #host;
  /** @type {Native} */ #native;
  /** @type {import('../link/queue.js').Queue} */ #queue;
  /** @type {(SignalHandler | undefined)[]} by signal number */ #handlers = [];
  /** @type {unknown[]} the frames of the checkSignals() calls that are running */ #frames = [];
  /** @type {Map<number, Signal>} */ #members = new Map();
  /** The exception of the call that is failing. @type {unknown} */ #raised;
  /** Why no more calls are possible. @type {Error | undefined} */ #over;
  #depth = 0;
  #scheduled = false;
  #attending = false;
  #settleExited = () => {};
  /** @type {Promise<void>} */ #exited = new Promise((resolve) => (this.#settleExited = resolve));

  /**
   * @param {import('./in_process_host.js').Platform} platform
   * @param {import('./public_types.js').CreateOptions} [options]
   */
  constructor(
    platform,
    { edition = 'documented', keep = [], queue, audit, unraisable = report, die = platform.die } = {},
  ) {
    if (!Object.hasOwn(EDITIONS, edition))
      throw new TypeError(`an edition is 'documented' or 'extended', not ${String(edition)}`);
    const options = [...keep].reduce((bits, name) => bits | optionOf(name), 0);
    if (queue && queue.state !== 0) throw new TypeError("this queue is another process's already");
    this.#queue = queue ?? createQueue(platform.identity());
    this.#host = new InProcessHost({
      queue: this.#queue,
      platform,
      memory: () => this.#native.exports.memory,
      ring: () => this.checkSignals(),
      exit: (signo, core) => {
        const killed = new Killed(this.#member(signo), signo, core);
        this.#end(killed);
        die?.(killed);
      },
    });
    this.#native = new Native({
      wasmsig: this.#host.imports(),
      wasi_snapshot_preview1: this.#host.wasi(),
      signal: this.#hooks(audit, unraisable),
    });
    this.#native.exports._initialize();
    this.#call('start', EDITIONS[edition], options);
    this.#define();
    if (queue) this.#attend();
  }

  // --- beyond Python's names -----------------------------------------------------------------------------------------

  /**
   * A safe point: takes what was sent and runs the handlers of all signals that have tripped, lowest number first. The
   * event loop does this by itself; a long computation calls it now and then. It costs next to nothing if nothing was
   * sent.
   * @param {unknown} [frame] the second argument of the handlers
   * @throws what a handler throws; the remaining signals are handled by the next call
   */
  checkSignals(frame = null) {
    if (this.#host.quiet && this.#native.exports.tripped() === 0) return;
    this.#frames.push(frame);
    try {
      this.#call('check_signals', this.#frames.length);
    } finally {
      this.#frames.pop();
    }
  }

  /**
   * Simulates the arrival of a signal: its handler, if it has one, runs at the next safe point. It never kills.
   * @param {SignalNumber} signum
   * @returns {boolean} false: there is no such signal
   */
  setInterrupt(signum) {
    const number = integer(signum);
    this.#alive();
    const known = this.#native.exports.set_interrupt(number) === 0;
    this.#settle();
    return known;
  }

  /**
   * Sends a signal to this process, as its host or a terminal does. It is queued, and taken in the next turn of the
   * event loop or at the next safe point. `forward(signal)` of the package binds the real signals of a Node process to
   * this.
   * @param {SignalNumber | string} signal
   * @param {{value?: number, terminal?: boolean}} [options] value: si_value, 32 bits; terminal: the terminal sent it
   *   (SI_KERNEL)
   * @returns {boolean} false: the module was closed, or was killed
   * @throws {OSError} EAGAIN: the queue of real-time signals is full
   */
  kill(signal, { value, terminal = false } = {}) {
    const signo = signalNumber(signal instanceof Signal ? signal.value : signal);
    if (this.#over) return false;
    if (this.#queue.send(signo, sentInfo(this.#queue.pid, { value, terminal })) !== 0)
      throw new OSError(11, 'EAGAIN', 'Resource temporarily unavailable');
    this.#schedule();
    return true;
  }

  /**
   * What another agent needs to send signals to this one: post it there, and call Sender.from(handle).kill('SIGINT').
   * @returns {import('../link/sender.js').Handle}
   * @throws {OSError} ENOTSUP: there is no shared memory, as on a page that is not cross-origin isolated
   */
  handle() {
    this.#alive();
    if (!this.#queue.shared)
      throw new OSError(
        95,
        'ENOTSUP',
        'other agents cannot send without shared memory: serve the page cross-origin isolated',
      );
    this.#attend();
    const { offset, pid } = this.#queue;
    const buffer = /** @type {SharedArrayBuffer} */ (this.#queue.buffer);
    return { kind: 'wasmsig', pid, buffer, offset, host: buffer };
  }

  /** Resolves when the module is closed or killed by a signal. */
  get exited() {
    return this.#exited;
  }

  /** The identity of the only thread, for pthread_kill(). */
  getIdent() {
    this.#alive();
    return this.#native.exports.thread_ident();
  }

  /**
   * Opens a descriptor of another process, for pidfd_send_signal(). The process is a program that this agent has
   * started (spawn), or one that a handle is for.
   * @param {import('../owner/process.js').Process | import('../link/sender.js').Handle} target
   * @returns {number}
   * @throws {OSError} EMFILE: 1,024 are open
   */
  openPidfd(target) {
    this.#alive();
    const fd = this.#host.openPidfd('kill' in target ? peerOf(target) : Sender.from(target, { pid: this.#queue.pid }));
    if (fd === undefined) throw new OSError(24, 'EMFILE', 'No file descriptors available');
    return fd;
  }

  /**
   * @param {number} fd
   * @throws {OSError} EBADF: it is not open
   */
  closePidfd(fd) {
    if (!this.#host.closePidfd(fd)) throw new OSError(9, 'EBADF', 'Bad file descriptor');
  }

  /** Ends the process: handlers and timers are removed, senders see that it has ended, and every later call throws. */
  close() {
    if (this.#over) return;
    this.#call('finish');
    this.#end(new RuntimeError('the signal module was closed'));
  }

  [Symbol.dispose]() {
    this.close();
  }

  // --- calls and their errors ----------------------------------------------------------------------------------------

  #alive() {
    if (this.#over) throw this.#over;
  }

  /**
   * @param {Exclude<keyof import('./native.js').Exports, 'memory'>} name
   * @param {(number | bigint)[]} args
   * @returns {number}
   */
  #call(name, ...args) {
    this.#alive();
    if (this.#depth >= MAX_NESTED)
      throw new RangeError(
        `${MAX_NESTED} calls of the signal module inside each other: does a handler raise its own signal?`,
      );
    this.#depth++;
    let result;
    try {
      result = /** @type {(...args: (number | bigint)[]) => number} */ (this.#native.exports[name])(...args);
    } catch (error) {
      // Either the trap after the import `exit`; or the engine ran out of stack inside the core, whose state is then
      // unknown.
      if (!this.#over) this.#end(new RuntimeError('the signal module broke down', { cause: error }));
      throw this.#over;
    } finally {
      this.#depth--;
      this.#settle();
    }
    if (this.#over instanceof Killed) throw this.#over; // thrown in a handler that caught it
    if (!(result < 0)) return result;
    const error = this.#raised;
    this.#raised = undefined;
    throw error;
  }

  /** After a call that is not nested in another one: leaves the rest to the event loop. */
  #settle() {
    if (this.#depth > 0 || this.#over) return;
    if (this.#native.exports.tripped()) this.#schedule();
    this.#host.keepAlive(this.#native.exports.alarm_is_set() !== 0);
  }

  /** @param {Error} why */
  #end(why) {
    this.#over = why;
    this.#host.close();
    this.#settleExited();
  }

  /**
   * The functions that the core calls.
   * @param {import('./public_types.js').CreateOptions['audit']} audit
   * @param {NonNullable<import('./public_types.js').CreateOptions['unraisable']>} unraisable
   */
  #hooks(audit, unraisable) {
    const guard = (/** @type {() => void} */ run) => {
      try {
        run();
        return 0;
      } catch (error) {
        this.#raised = error;
        return 1;
      }
    };
    return {
      handle: (/** @type {number} */ signum, /** @type {number} */ frame) =>
        guard(() => this.#handlers[signum]?.(this.#member(signum), frame === 0 ? null : this.#frames[frame - 1])),
      keyboard_interrupt: () => guard(default_int_handler),
      raise_error: (/** @type {number} */ kind, /** @type {number} */ number, /** @type {number} */ text) => {
        this.#raised = errorOf(kind, number, this.#native.textAt(text));
      },
      unraisable: (/** @type {number} */ number, /** @type {number} */ text, /** @type {number} */ detail) => {
        const error = new OSError(linuxErrno(number), errnoName(number), this.#native.textAt(text));
        try {
          unraisable(error, this.#native.textAt(detail));
        } catch (second) {
          report(second, 'Exception ignored in the hook "unraisable"');
        }
      },
      audit: (/** @type {number} */ event, /** @type {number} */ thread, /** @type {number} */ signum) =>
        guard(() => audit?.(this.#native.textAt(event), thread, signum)),
    };
  }

  // --- the event loop as a safe point --------------------------------------------------------------------------------

  /**
   * Schedules a check. An exception of a handler there has no caller: it is an uncaught exception, as in a timer of the
   * program's own.
   */
  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      if (!this.#over) this.checkSignals();
    });
  }

  /** Checks whenever another agent sends, from now on. This does not keep the program alive. */
  async #attend() {
    if (this.#attending) return;
    this.#attending = true;
    while (!this.#over) {
      const count = this.#queue.ringCount;
      if (this.#queue.doorbell !== 0) this.#schedule();
      if (features().waitAsync) await this.#queue.waitAsync(count);
      else
        await new Promise((resolve) =>
          /** @type {{unref?(): void}} */ (/** @type {unknown} */ (setTimeout(resolve, POLL_EVERY_MS))).unref?.(),
        );
    }
  }

  // --- Python's names ------------------------------------------------------------------------------------------------

  /** Defines the names that the core has in this edition as properties of this object. */
  #define() {
    const { name_count, name_at } = this.#native.exports;
    /** @type {Record<string, Record<string, unknown>>} */
    const enumerations = { Signals: {}, Handlers: { SIG_DFL, SIG_IGN }, Sigmasks: {} };
    /** @type {Record<string, unknown>} */
    const others = { ...this.#functions(), default_int_handler, ItimerError, struct_siginfo, SIG_DFL, SIG_IGN };
    /** @type {Record<string, unknown>} */
    const found = {};
    for (let index = 0, count = name_count(); index < count; index++) {
      const kind = name_at(index);
      const { value } = this.#native;
      const name = /** @type {string} */ (this.#native.text);
      switch (kind) {
        case NAME.signal:
          this.#members.set(value, signalMember(/** @type {Signal['name']} */ (name), value));
          enumerations.Signals[name] = found[name] = this.#member(value);
          break;
        // listed after its signal
        case NAME.alias:
          enumerations.Signals[name] = found[name] = this.#member(value);
          break;
        case NAME.sigmask:
          enumerations.Sigmasks[name] = found[name] = sigmaskMember(/** @type {Sigmask['name']} */ (name), value);
          break;
        case NAME.enumeration:
          found[name] = enumerations[name];
          break;
        case NAME.itimer:
        case NAME.constant:
          found[name] = value;
          break;
        default:
          found[name] = others[name];
      }
    }
    for (const members of Object.values(enumerations)) Object.freeze(members);
    Object.assign(this, found);
    if (this.#native.exports.getsignal(SIGINT) === ACTION.callable) this.#handlers[SIGINT] = default_int_handler;
  }

  /** All functions of all editions. types.js has their documentation. */
  #functions() {
    const native = this.#native;
    const call = this.#call.bind(this);
    return {
      signal: (/** @type {SignalNumber} */ signalnum, /** @type {unknown} */ handler) => {
        const number = integer(signalnum);
        const previous = call('signal', number, kindOf(handler));
        const result = this.#action(previous, number);
        this.#handlers[number] = typeof handler === 'function' ? /** @type {SignalHandler} */ (handler) : undefined;
        return result;
      },
      getsignal: (/** @type {SignalNumber} */ signalnum) => {
        const number = integer(signalnum);
        return this.#action(call('getsignal', number), number);
      },
      siginterrupt: (/** @type {SignalNumber} */ signalnum, /** @type {unknown} */ flag) =>
        void call('siginterrupt', integer(signalnum), flag ? 1 : 0),
      set_wakeup_fd: (/** @type {number} */ fd, { warn_on_full_buffer = true } = {}) => {
        call('set_wakeup_fd', integer(fd), warn_on_full_buffer ? 1 : 0);
        return native.value;
      },

      strsignal: (/** @type {SignalNumber} */ signalnum) => {
        call('strsignal', integer(signalnum));
        return native.text;
      },
      valid_signals: () => {
        call('valid_signals');
        return this.#set(native.set);
      },

      raise_signal: (/** @type {SignalNumber} */ signum) => void call('raise_signal', integer(signum)),
      pthread_kill: (/** @type {number} */ thread_id, /** @type {SignalNumber} */ signalnum) =>
        void call('pthread_kill', integer(thread_id), integer(signalnum)),

      pidfd_send_signal: (
        /** @type {number} */ pidfd,
        /** @type {SignalNumber} */ sig,
        /** @type {unknown} */ siginfo = null,
        flags = 0,
      ) => void call('pidfd_send_signal', integer(pidfd), integer(sig), siginfo === null ? 0 : 1, integer(flags)),

      alarm: (/** @type {number} */ seconds) => {
        call('alarm', integer(seconds));
        return native.first;
      },
      setitimer: (/** @type {number} */ which, /** @type {number} */ seconds, interval = 0) => {
        call('setitimer', integer(which), real(seconds), real(interval));
        return [native.first, native.second];
      },
      getitimer: (/** @type {number} */ which) => {
        call('getitimer', integer(which));
        return [native.first, native.second];
      },

      pthread_sigmask: (/** @type {Sigmask | number} */ how, /** @type {Iterable<SignalNumber>} */ mask) => {
        call('pthread_sigmask', integer(how), this.#bits(mask));
        return this.#set(native.set);
      },
      sigpending: () => {
        call('sigpending');
        return this.#set(native.set);
      },
      pause: () => void call('pause'),
      sigwait: (/** @type {Iterable<SignalNumber>} */ sigset) => this.#member(call('sigwait', this.#bits(sigset))),
      sigwaitinfo: (/** @type {Iterable<SignalNumber>} */ sigset) => {
        call('sigwaitinfo', this.#bits(sigset));
        return this.#info();
      },
      sigtimedwait: (/** @type {Iterable<SignalNumber>} */ sigset, /** @type {number} */ timeout) =>
        call('sigtimedwait', this.#bits(sigset), real(timeout)) === 0 ? null : this.#info(),
    };
  }

  /**
   * @param {number} kind
   * @param {number} number of the signal
   * @returns {SignalHandler | Handler | null}
   */
  #action(kind, number) {
    switch (kind) {
      case ACTION.default:
        return SIG_DFL;
      case ACTION.ignore:
        return SIG_IGN;
      case ACTION.callable:
        return this.#handlers[number] ?? null;
      default:
        return null;
    }
  }

  /** @param {number} number @returns {SignalNumber} */
  #member(number) {
    return this.#members.get(number) ?? number;
  }

  /** @param {bigint} bits */
  #set(bits) {
    /** @type {Set<SignalNumber>} */
    const set = new Set();
    for (let number = 1; number <= 64; number++) if ((bits >> BigInt(number - 1)) & 1n) set.add(this.#member(number));
    return set;
  }

  /** @param {Iterable<SignalNumber>} signals */
  #bits(signals) {
    if (typeof signals?.[Symbol.iterator] !== 'function' || typeof signals === 'string')
      throw new TypeError(`a set of signals is needed, not ${nameOf(signals)}`);
    let bits = 0n;
    for (const signal of signals) {
      const number = integer(signal);
      if (this.#call('set_add', number) === 0) bits |= 1n << BigInt(number - 1);
      else console.warn(`RuntimeWarning: invalid signal number ${number}, please use valid_signals()`);
    }
    return bits;
  }

  #info() {
    const { signo, error, ...others } = this.#native.info;
    return new struct_siginfo({ ...others, signo: this.#member(signo), errno: linuxErrno(error) });
  }
}

/**
 * The handler of SIGINT when the module starts.
 * @returns {never}
 */
export function default_int_handler() {
  throw new KeyboardInterrupt();
}

/**
 * @param {import('../owner/process.js').Process} process
 * @returns {import('./in_process_host.js').Peer}
 */
function peerOf(process) {
  return {
    send: (signo) => {
      if (signo === 0) return process.phase === 'ended' ? ERRNO.ESRCH : 0;
      return process.kill(signo) ? 0 : ERRNO.ESRCH;
    },
  };
}

/** @param {unknown} handler */
function kindOf(handler) {
  if (typeof handler === 'function') return ACTION.callable;
  return handler === SIG_DFL ? ACTION.default : handler === SIG_IGN ? ACTION.ignore : ACTION.invalid;
}

/** @param {string} name */
function optionOf(name) {
  if (!Object.hasOwn(KEEP, name))
    throw new TypeError(`what can be kept is ${Object.keys(KEEP).join(', ')}, not ${String(name)}`);
  return KEEP[/** @type {keyof typeof KEEP} */ (name)];
}

/**
 * A C int.
 * @param {unknown} value a number or a member of an enumeration
 */
function integer(value) {
  const number = typeof value === 'object' && value !== null ? value.valueOf() : value;
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw new TypeError(`an integer or a member of an enumeration is needed, not ${nameOf(value)}`);
  if (number > 0x7fffffff) throw new OverflowError('signed integer is greater than maximum');
  if (number < -0x80000000) throw new OverflowError('signed integer is less than minimum');
  return number;
}

/** @param {unknown} value */
function real(value) {
  if (typeof value !== 'number') throw new TypeError(`a number is needed, not ${nameOf(value)}`);
  return value;
}

/** @param {unknown} value */
function nameOf(value) {
  return typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value;
}

/**
 * @param {unknown} error
 * @param {string} detail
 */
function report(error, detail) {
  console.error(`${detail || 'Exception ignored'}:`, error);
}
