// @ts-check
/**
 * The functions behind a guest's imports (docs/host-abi.md), in the agent that runs the guest. One object of this class
 * is one process. What not every program needs is in files of its own, whose classes build on this one:
 * switching_host.js, obeying_host.js, blocking_calls.js and program_host.js.
 *
 * Why: docs/rationale.md#why-is-the-host-split-by-what-each-program-needs
 */

import { BLOCK_BYTES, VERSION, isSignal } from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as CODE from '../abi/code.js';
import * as DELIVERED from '../abi/delivered.js';
import * as ERRNO from '../abi/errno.js';
import * as EXIT from '../abi/exit.js';
import * as STATE from '../abi/process_state.js';
import { MAX_TIMER_MS, now } from '../engine/clock.js';
import { WasmsigError } from '../engine/errors.js';
import { mayBlock } from '../engine/features.js';
import { damaged } from '../link/damaged.js';
import { SendingQueue } from '../link/sending_queue.js';
import { canKill, defaultAction } from '../signals/signal_names.js';
import { ASKED, KNOWN } from '../link/kept.js';

/**
 * The messages of a guest's agent to its owner.
 * @typedef {{type: 'plain', reach: import('../owner/capabilities.js').Reach}
 *   | {type: 'attached', buffer?: SharedArrayBuffer, block: number, safePoints: boolean}
 *   | {type: 'arm'}
 *   | {type: 'defaults', words: [number, number]}
 *   | {type: 'input'}
 *   | {type: 'drained'}
 *   | {type: 'output', fd: number, bytes: Uint8Array}
 *   | {type: 'stopped', signo: number}
 *   | {type: 'send', pid: number, signo: number, code: number, value: number}
 *   | {type: 'exited', code: number}
 *   | {type: 'killed', signo: number, core: boolean, crash?: {message: string, stack?: string}}
 *   | {type: 'failed', code: string, message: string}} Message
 */

/**
 * The services of the agent in which a guest runs.
 * @typedef {object} Surroundings
 * @property {SendingQueue} queue the host block
 * @property {(message: Message) => void} post to the owner
 * @property {SharedArrayBuffer} [timekeeperWord] the word that wakes the timekeeper; without it the guest reads the
 *   clock itself
 * @property {SharedArrayBuffer} [kept] one word: whether a timekeeper has registered this guest (KNOWN) or was asked to
 *   (ASKED)
 * @property {boolean} [apart] the owner is another agent that shares memory with this one: it can continue a program that
 *   blocks here
 * @property {(queue: SendingQueue) => void} [keepTime] starts a timekeeper without the owner; present where an agent can start
 *   others while it blocks
 * @property {() => Promise<unknown>} [yields] yields to the event loop; present where the guest runs on a stack that
 *   can be switched
 * @property {(pid: number) => Peer | undefined} [peer] a process to which this guest may send
 */

/** Its `send` returns an errno number. @typedef {{send(signo: number, info: SentInfo): MaybePromise<number>}} Peer */

/** @typedef {{code: number, pid: number, value: number}} SentInfo */

/** @typedef {{wasmsig_deliver?: Function, _wasmsig_deliver?: Function, wasmsig_fault?: Function}} GuestExports */

/** @template T @typedef {T | Promise<T>} MaybePromise a promise only with stack switching */

/** 31 years: the latest requested deadline. */
const MAX_DELAY_NS = 1e18;

/**
 * Milliseconds that a program waits for the timekeeper that it needs. On a busy machine a worker takes half a second to
 * start.
 */
const TIMEKEEPER_MS = 2000;
/**
 * Milliseconds that it waits for the owner to start one. The owner may be computing; after this time the program starts
 * its own.
 */
const OWNER_MS = 250;

export class HostImports {
  /** @protected @type {SendingQueue} the block that senders use: the host block until a shared guest block replaces it */ live;
  /** @protected @type {SendingQueue} */ host;
  /** @type {SendingQueue | undefined} the guest block */ #own;
  /** @protected @type {Surroundings} */ around;
  /** @protected @type {GuestExports | undefined} */ exports;
  /** @type {Int32Array | undefined} */ #timekeeperWord;
  /** @type {Int32Array | undefined} */ #kept;
  #armed = false;
  #timekeeperAsked = false;
  #timekeeperAwaited = false;
  #wasArmed = false;
  #abandoned = false;
  /** The number of the guest's stacks that can be suspended: 0 while an Emscripten program's constructors run. @protected */
  entered = 0;
  /** When the guest's timer is due, in the time of now(); Infinity if a timekeeper rings for it. @protected */ due =
    Infinity;
  /** @type {'shared' | 'countdown' | undefined} the kind of safe points in the program's loops; its loader sets this */
  safePoints;
  /** What attend() has begun to deliver. @type {MaybePromise<number> | undefined} */ delivering;
  /** Why the program may not attach; its loader sets this. @type {string | undefined} */ unfit;
  /** The stop signal that was reported last; 0 if there was none or the guest has continued. */ #stopped = 0;
  /** @type {WasmsigError | undefined} why this guest cannot continue */ failure;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.around = surroundings;
    this.host = surroundings.queue;
    this.live = this.host;
    this.#timekeeperWord = surroundings.timekeeperWord && new Int32Array(surroundings.timekeeperWord);
    this.#kept = surroundings.kept && new Int32Array(surroundings.kept);
  }

  get pid() {
    return this.host.pid;
  }

  get attached() {
    return this.#own !== undefined;
  }

  /**
   * An address where the host may borrow some hundred bytes of the guest's memory during a call: no sender writes
   * there.
   */
  get spareAddress() {
    const start = this.#own?.offset ?? Infinity;
    return start >= 512 ? 64 : start + BLOCK_BYTES;
  }

  /** Whether the program runs on a stack that can be switched. */
  get yields() {
    return this.around.yields !== undefined;
  }

  // --- the imports ---------------------------------------------------------------------------------------------------

  /**
   * The instance is known only later.
   * @param {() => WebAssembly.Instance} instance
   * @returns {import('../abi/imports.js').SignalImports} the others are Pidfds.imports()
   */
  imports(instance) {
    return {
      attach: (version, block) => {
        const exports = instance()?.exports;
        if (!exports) throw this.#fail('the program attached before it started');
        return this.attach(
          version,
          block,
          /** @type {WebAssembly.Memory} */ (exports.memory),
          /** @type {GuestExports} */ (exports),
        );
      },
      sync: this.suspending(() => this.sync()),
      wait: this.suspending((ring, timeoutNs) => this.wait(ring, timeoutNs)),
      arm: (delayNs) => this.arm(delayNs),
      exit: (signo, core) => this.exit(signo, core),
      stop: (signo) => this.stop(signo),
      send: this.suspending((pid, signo, code, value) => this.send(pid, signo, code, value)),
    };
  }

  /**
   * @param {number} version
   * @param {number} block
   * @param {WebAssembly.Memory} memory
   * @param {GuestExports} exports
   * @returns {0 | 1}
   */
  attach(version, block, memory, exports) {
    if (version !== VERSION)
      throw this.#fail(
        `the program speaks version ${version} of the host ABI, this host version ${VERSION}: build it with the wasmsig library of this package`,
      );
    if (this.#own) throw this.#fail('the program attached twice');
    if (this.unfit) throw this.#endBy(new WasmsigError('ERR_START', this.unfit));
    let own;
    try {
      own = new SendingQueue(memory, block >>> 0);
    } catch (error) {
      throw this.#fail(/** @type {Error} */ (error).message);
    }
    const shared = own.shared && this.host.shared;
    own.init({ ...this.host.header, sleeps: shared && !this.yields && mayBlock(), state: STATE.running });
    this.#own = own;
    this.exports = exports;
    this.host.state = STATE.running;
    if (!shared) {
      this.host.addWaiters(1); // for good: the guest registers as a waiter only in its own block
      this.syncNow();
      this.around.post({ type: 'attached', block, safePoints: this.safePoints === 'countdown' });
      return 0;
    }
    this.host.moveTo(own);
    this.live = own;
    // The owner moves what was sent since, and sends to the guest block from then on.
    this.around.post({
      type: 'attached',
      buffer: /** @type {SharedArrayBuffer} */ (own.buffer),
      block,
      safePoints: this.safePoints !== undefined,
    });
    if (this.#timekeeperAsked) this.#awaitTimekeeper(); // before a timer can be late
    return 1;
  }

  /** @returns {MaybePromise<number>} the doorbell bits that were moved */
  sync() {
    return this.syncNow();
  }

  /** @protected */
  syncNow() {
    if (!this.#own || this.#own === this.live) return 0;
    if (this.#abandoned) throw new WasmsigError('ERR_KILLED', 'the program was killed');
    this.#tellDefaults(this.#own);
    this.ringDue();
    let bits;
    try {
      bits = this.host.syncTo(this.#own);
    } catch {
      throw this.#damaged();
    }
    // Not while signals are left for which the guest block had no room: senders that use messages take this message as
    // a report of free room.
    if (bits & BELL.signals && this.host.doorbell === 0) this.around.post({ type: 'drained' });
    return bits;
  }

  /**
   * Reports which default actions the owner has to carry out. An owner that cannot see the host block is sent only
   * those that it no longer has to carry out: the number of such messages is bounded, whatever the program does.
   * @param {SendingQueue} own
   */
  #tellDefaults(own) {
    if (this.host.shared) return void this.host.copyDefaults(own);
    const words = this.host.copyDefaults(own, true);
    if (words) this.around.post({ type: 'defaults', words });
  }

  /**
   * @param {number} ring
   * @param {number} timeoutNs
   * @returns {MaybePromise<number>}
   */
  wait(ring, timeoutNs) {
    return this.live.wait(ring, timeoutNs);
  }

  get abandoned() {
    return this.#abandoned;
  }

  /** Ends a guest whose thread is not terminated: no code of the program runs after its next wait or check. */
  abandon() {
    this.#abandoned = true;
    this.live.ring(BELL.event); // attend() ends
  }

  /** Asks for a timekeeper early for a program that may have timers, so that it runs before the first of them. */
  expectTimers() {
    if (!this.#timekeeperWord || this.#timekeeperAsked) return;
    this.#timekeeperAsked = true;
    this.around.post({ type: 'arm' });
  }

  /**
   * Waits for the timekeeper to register this guest. Until then nothing makes a program that computes check. (In synced
   * mode its checks read the time.)
   * @returns {boolean} whether the guest is registered
   */
  #awaitTimekeeper() {
    const kept = this.#kept;
    if (!kept) return false;
    if (!this.#timekeeperAwaited && this.#own && this.#own === this.live && !this.yields && mayBlock()) {
      const { keepTime } = this.around;
      if (keepTime && Atomics.wait(kept, 0, 0, OWNER_MS) === 'timed-out') keepTime(this.#own);
      Atomics.wait(kept, 0, 0, TIMEKEEPER_MS);
      Atomics.wait(kept, 0, ASKED, TIMEKEEPER_MS);
    }
    this.#timekeeperAwaited = true;
    return Atomics.load(kept, 0) === KNOWN;
  }

  /** @param {number} delayNs */
  arm(delayNs) {
    const wanted = delayNs >= 0;
    if (!wanted && !this.#armed) return;
    const time = now() + Math.min(delayNs, MAX_DELAY_NS);
    this.#armed = wanted;
    this.due = wanted ? time : Infinity;
    if (!this.#timekeeperWord) return;
    // In the host block even if memory is shared: the timekeeper serves other guests too, and trusts no guest's memory.
    this.host.arm(wanted ? time : 0, this.#own?.timerSignal);
    if (!wanted) return; // a timekeeper that wakes for the earlier deadline finds this
    Atomics.add(this.#timekeeperWord, 0, 1);
    Atomics.notify(this.#timekeeperWord, 0);
    this.expectTimers();
    const kept = this.#awaitTimekeeper();
    if (kept) this.due = Infinity;
    // An engine compiles a function at its first call. The code that a check of a timer runs takes it a millisecond to
    // compile, so the first check is made now and not when the timer is due.
    const first = !this.#wasArmed;
    this.#wasArmed = true;
    // Without a timekeeper the timer is exact all the same, because a check that finds this ring arms and rings again.
    // But loops do nothing else meanwhile.
    if (first || (!kept && this.#own === this.live)) this.live.ring(BELL.timer);
  }

  /**
   * @param {number} signo
   * @param {number} core
   */
  exit(signo, core) {
    if (this.killed) return; // reported already
    if (!canKill(signo)) throw this.#fail(`the program was killed by signal ${signo}: there is no such signal`);
    this.#setExit(core ? EXIT.core : EXIT.killed, signo);
    this.around.post({ type: 'killed', signo, core: core !== 0 });
  }

  /** @param {number} signo */
  stop(signo) {
    if (signo === this.#stopped || (signo !== 0 && !(isSignal(signo) && defaultAction(signo) === 'stop'))) return;
    this.#stopped = signo;
    this.live.setStopped(signo);
    if (this.live !== this.host) this.host.setStopped(signo);
    this.around.post({ type: 'stopped', signo });
  }

  /**
   * @param {number} pid
   * @param {number} signo
   * @param {number} code
   * @param {number} value
   * @returns {MaybePromise<number>} an errno number
   */
  send(pid, signo, code, value) {
    if (signo !== 0 && !isSignal(signo)) return ERRNO.EINVAL;
    // A guest cannot impersonate the kernel, a timer or another sender.
    const info = { code: code === CODE.queue || code === CODE.tkill ? code : CODE.user, pid: this.pid, value };
    if (pid === this.pid) return signo === 0 ? 0 : this.sendHere(signo, info);
    if (pid === this.host.header.ppid) return ERRNO.EPERM;
    const peer = this.around.peer?.(pid);
    if (!peer) return ERRNO.ESRCH;
    return this.sendTo(peer, signo, info);
  }

  /**
   * @protected
   * @param {Peer} peer
   * @param {number} signo
   * @param {SentInfo} info
   * @returns {MaybePromise<number>} an errno number
   */
  sendTo(peer, signo, info) {
    return peer.send(signo, info);
  }

  /**
   * @protected
   * @param {number} signo
   * @param {{code: number, pid: number, value?: number}} info
   * @returns {number} an errno number
   */
  sendHere(signo, info) {
    const errno = this.live.send(signo, info);
    if (errno === ERRNO.EIO) throw this.#damaged();
    return errno;
  }

  // --- the guest's exports --------------------------------------------------------------------------------------------

  /**
   * Lets the guest deliver the signals that were sent to it.
   * @returns {MaybePromise<number>} of DELIVERED
   */
  deliver() {
    const deliver = this.exports?.wasmsig_deliver ?? this.exports?._wasmsig_deliver;
    return deliver ? this.enter(deliver)() : DELIVERED.nothing;
  }

  /**
   * An export of the guest, for calls by the host.
   * @param {Function} exported
   * @returns {(...args: any[]) => any} with stack switching its result is a promise
   */
  enter(exported) {
    return /** @type {any} */ (exported);
  }

  /**
   * An import that may wait, for calls by the guest.
   * @template {Function} F
   * @param {F} imported
   * @returns {F}
   */
  suspending(imported) {
    return imported;
  }

  /** Rings if the timer is due, as a timekeeper does. @protected */
  ringDue() {
    if (this.due === Infinity || this.due > now()) return;
    this.due = Infinity;
    this.live.ring(BELL.timer);
  }

  /**
   * Runs handlers whenever a signal is sent while the program is idle, that is, after it returned to the event loop.
   * The agent lives until the program ends, because a signal may come.
   */
  async attend() {
    const alive = setInterval(() => {}, MAX_TIMER_MS); // Atomics.waitAsync alone does not keep the agent alive
    this.live.addWaiters(1);
    while (this.host.state !== STATE.ended && !this.#abandoned) {
      const count = this.live.ringCount;
      this.ringDue();
      // With stack switching not while a call is suspended: both would use the one stack in the program's memory.
      if (this.live.doorbell !== 0 && this.entered === 0) {
        this.delivering = this.deliver();
        await this.delivering;
        this.delivering = undefined;
      }
      await this.live.waitAsync(count, this.due === Infinity ? -1 : Math.max(0, this.due - now()));
    }
    clearInterval(alive);
  }

  /** @param {number} code */
  exited(code) {
    this.#setExit(EXIT.exited, code);
    this.around.post({ type: 'exited', code });
  }

  get killed() {
    return this.host.exit?.signo !== undefined;
  }

  /**
   * @param {number} kind
   * @param {number} number
   */
  #setExit(kind, number) {
    this.host.setExit(kind, number);
    if (this.live !== this.host) this.live.setExit(kind, number);
  }

  /** @param {string} message */
  #fail(message) {
    return this.#endBy(new WasmsigError('ERR_ABI', message));
  }

  #damaged() {
    return this.#endBy(damaged(this.pid));
  }

  /**
   * Asks the owner to end this guest.
   * @param {WasmsigError} failure
   * @returns {WasmsigError} to throw
   */
  #endBy(failure) {
    // Reported once: a program can catch the error and continue until the owner acts.
    if (!this.failure) {
      this.failure = failure;
      this.around.post({ type: 'failed', code: failure.code, message: failure.message });
    }
    return this.failure;
  }
}
