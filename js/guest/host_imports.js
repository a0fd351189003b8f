// @ts-check
/**
 * What a guest's imports do (docs/host-abi.md), and the waits of calls that signals end, in the agent that runs the guest. One of these is one process.
 *
 * The blocking calls use the guest's export wasmsig_deliver while they wait, so handlers run inside them. A handler may leave through them by a
 * jump or an exception: nothing here would be lost by that.
 *
 * With stack switching (the surroundings say `yields`) those that wait return promises: the imports `sync`, `wait` and `send` and whatever calls the blocking
 * ones have to be WebAssembly.Suspending then (suspending()), and the guest's exports are called by enter(). `sync` is where a busy guest gives way
 * to the event loop, because every safe point of a countdown look comes through it. EDEADLK is the answer where nobody could ever end the wait.
 */

import { BLOCK_BYTES, VERSION, isSignal } from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as CODE from '../abi/code.js';
import * as DELIVERED from '../abi/delivered.js';
import * as ERRNO from '../abi/errno.js';
import * as EXIT from '../abi/exit.js';
import * as STATE from '../abi/state.js';
import * as WAITED from '../abi/waited.js';
import { now } from '../engine/clock.js';
import { WasmsigError } from '../engine/errors.js';
import { mayBlock } from '../engine/features.js';
import { Queue, damaged } from '../link/queue.js';
import { canKill, defaultAction } from '../signals/names.js';
import { runSteps } from '../engine/maybe_async.js';
import { ASKED, KNOWN } from '../link/kept.js';

/**
 * What a guest's agent tells its owner.
 * @typedef {{type: 'plain'}
 *   | {type: 'attached', buffer?: SharedArrayBuffer, block: number, looks: boolean}
 *   | {type: 'arm'}
 *   | {type: 'defaults', words: [number, number]}
 *   | {type: 'input'}
 *   | {type: 'taken'}
 *   | {type: 'output', fd: number, bytes: Uint8Array}
 *   | {type: 'stopped', signo: number}
 *   | {type: 'send', pid: number, signo: number, code: number, value: number}
 *   | {type: 'exited', code: number}
 *   | {type: 'killed', signo: number, core: boolean, crash?: {message: string, stack?: string}}
 *   | {type: 'failed', code: string, message: string}} Message
 */

/**
 * What a guest needs of the agent that it runs in.
 * @typedef {object} Surroundings
 * @property {Queue} queue                               the host block
 * @property {(message: Message) => void} post           to the owner
 * @property {SharedArrayBuffer} [timekeeperWord]                 the word that wakes the timekeeper; without one the guest looks at the clock itself
 * @property {SharedArrayBuffer} [kept]                  of one word: whether a timekeeper knows this guest (KNOWN), or was asked to (ASKED)
 * @property {(queue: Queue) => void} [keepTime]         starts a timekeeper that needs no owner, where agents can start others while they block
 * @property {() => Promise<unknown>} [yields]           gives way to the event loop, where the guest runs on a stack that can be switched
 * @property {(pid: number) => {send(signo: number, info: SentInfo): MaybePromise<number>} | undefined} [peer]  whom this guest may send to; an errno number
 */

/** @typedef {{code: number, pid: number, value: number}} SentInfo */

/** @typedef {{wasmsig_deliver?: Function, _wasmsig_deliver?: Function}} GuestExports */

/** @typedef {'ready' | 'timeout' | 'restart' | 'interrupted' | 'deadlock'} Outcome */

/** @template T @typedef {T | Promise<T>} MaybePromise a promise only with stack switching */

/**
 * How long a guest with stack switching computes before it gives way to the event loop. A turn takes about 7 us on a page of Chromium (measured by
 * tests/browser/yield.test.js), so this costs 0.2 %, and ^C is seen within 4 ms.
 */
export const YIELD_AFTER_NS = 4e6;

/** 31 years: no wish is for a later time. */
const MAX_DELAY_NS = 1e18;

/** How long a program waits, in milliseconds, for the timekeeper that it needs. On a busy machine a worker takes half a second to start. */
const TIMEKEEPER_MS = 2000;
/** How long for that of an owner, who may compute, before it starts one of its own. */
const OWNER_MS = 250;

export class HostImports {
  /** @type {Queue} the block that senders use: the host's until a shared guest block took over */ #live;
  /** @type {Queue} */ #host;
  /** @type {Queue | undefined} the guest's own block */ #own;
  /** @type {Surroundings} */ #around;
  /** @type {GuestExports | undefined} */ #exports;
  /** @type {Int32Array | undefined} */ #timekeeperWord;
  /** @type {Int32Array | undefined} */ #kept;
  #armed = false;
  #timekeeperAsked = false;
  #timekeeperAwaited = false;
  #wasArmed = false;
  #abandoned = false;
  /** How many stacks of the guest there are that can be suspended: none while an Emscripten program's constructors run. */ #entered = 0;
  /** When the guest's timer is due, where no timekeeper rings. */ #due = Infinity;
  /** Until when a guest with stack switching need not give way. */ #yieldAt = 0;
  /** @type {'shared' | 'countdown' | undefined} the safe points in the program's loops; who loads it says so */ look;
  /** The stop signal that was reported last; 0: none, or it continued. */ #stopped = 0;
  /** @type {WasmsigError | undefined} why this guest cannot go on */ failure;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.#around = surroundings;
    this.#host = surroundings.queue;
    this.#live = this.#host;
    this.#timekeeperWord = surroundings.timekeeperWord && new Int32Array(surroundings.timekeeperWord);
    this.#kept = surroundings.kept && new Int32Array(surroundings.kept);
  }

  get pid() {
    return this.#host.pid;
  }

  get attached() {
    return this.#own !== undefined;
  }

  /** Where the host may borrow some hundred bytes of the guest's memory for the time of a call: no sender writes there. */
  get spareAddress() {
    const start = this.#own?.offset ?? Infinity;
    return start >= 512 ? 64 : start + BLOCK_BYTES;
  }

  /** Whether the program runs on a stack that can be switched. */
  get yields() {
    return this.#around.yields !== undefined;
  }

  // --- the imports ---------------------------------------------------------------------------------------------------------

  /**
   * The import object `wasmsig` of an instance that is known only later, but for descriptors of processes (Pidfds.imports).
   * @param {() => WebAssembly.Instance} instance
   */
  imports(instance) {
    return {
      attach: (/** @type {number} */ version, /** @type {number} */ block) => {
        const exports = instance()?.exports;
        if (!exports) throw this.#fail('the program attached before it started');
        return this.attach(version, block, /** @type {WebAssembly.Memory} */ (exports.memory), /** @type {GuestExports} */ (exports));
      },
      sync: this.suspending(() => this.sync()),
      wait: this.suspending((/** @type {number} */ ring, /** @type {number} */ timeoutNs) => this.wait(ring, timeoutNs)),
      arm: (/** @type {number} */ delayNs) => this.arm(delayNs),
      exit: (/** @type {number} */ signo, /** @type {number} */ core) => this.exit(signo, core),
      stop: (/** @type {number} */ signo) => this.stop(signo),
      send: this.suspending((/** @type {number} */ pid, /** @type {number} */ signo, /** @type {number} */ code, /** @type {number} */ value) => this.send(pid, signo, code, value)),
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
    if (version !== VERSION) throw this.#fail(`the program speaks version ${version} of the host ABI, this host version ${VERSION}: build it with the wasmsig library of this package`);
    if (this.#own) throw this.#fail('the program attached twice');
    let own;
    try {
      own = new Queue(memory, block >>> 0);
    } catch (error) {
      throw this.#fail(/** @type {Error} */ (error).message);
    }
    const shared = own.shared && this.#host.shared;
    own.init({ ...this.#host.header, sleeps: shared && !this.yields && mayBlock(), state: STATE.running });
    this.#own = own;
    this.#exports = exports;
    this.#host.state = STATE.running;
    if (!shared) {
      this.#host.addWaiters(1); // for good: the guest counts when it sleeps, but only in its own block
      this.#syncNow();
      this.#around.post({ type: 'attached', block, looks: this.look === 'countdown' });
      return 0;
    }
    this.#host.moveTo(own);
    this.#live = own;
    // The owner moves what came since, and sends to the guest's block from then on.
    this.#around.post({ type: 'attached', buffer: /** @type {SharedArrayBuffer} */ (own.buffer), block, looks: this.look !== undefined });
    if (this.#timekeeperAsked) this.#awaitTimekeeper(); // before anything can be late
    return 1;
  }

  /** @returns {MaybePromise<number>} the doorbell bits moved */
  sync() {
    return this.#giveWay()?.then(() => this.#syncNow()) ?? this.#syncNow();
  }

  /** Lets the event loop run, where the guest's stack can be switched and has computed long enough. @returns {Promise<void> | undefined} */
  #giveWay() {
    if (!this.#around.yields || this.#entered === 0 || now() < this.#yieldAt) return undefined;
    return this.#resumed(this.#around.yields()).then(() => {
      this.#yieldAt = now() + YIELD_AFTER_NS;
    });
  }

  #syncNow() {
    if (!this.#own || this.#own === this.#live) return 0;
    if (this.#abandoned) throw new WasmsigError('ERR_KILLED', 'the program was killed');
    this.#tellDefaults(this.#own);
    this.#ringDue();
    let bits;
    try {
      bits = this.#host.syncTo(this.#own);
    } catch {
      throw this.#damaged();
    }
    // Not while something is left, for which there was no room: whoever sends by messages counts on the room that this tells of.
    if (bits & BELL.signals && this.#host.doorbell === 0) this.#around.post({ type: 'taken' });
    return bits;
  }

  /**
   * Which default actions the owner is to carry out. Where it cannot see the host block a message says what it no longer has to, which ends, whatever the
   * program does.
   * @param {Queue} own
   */
  #tellDefaults(own) {
    if (this.#host.shared) return void this.#host.copyDefaults(own);
    const words = this.#host.copyDefaults(own, true);
    if (words) this.#around.post({ type: 'defaults', words });
  }

  /**
   * @param {number} ring
   * @param {number} timeoutNs
   * @returns {MaybePromise<number>}
   */
  wait(ring, timeoutNs) {
    if (!this.#around.yields) return this.#live.wait(ring, timeoutNs);
    if (this.#entered === 0) return WAITED.mayNotBlock;
    return this.#resumed(this.#live.waitAsync(ring, timeoutNs));
  }

  /**
   * What a suspended program goes on with. One that was abandoned never does.
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  #resumed(promise) {
    return promise.then((value) => (this.#abandoned ? new Promise(() => {}) : value));
  }

  get abandoned() {
    return this.#abandoned;
  }

  /** Nothing of the program runs after its next wait or look: the end of a guest whose thread is not terminated. */
  abandon() {
    this.#abandoned = true;
  }

  /** The program may have timers: a timekeeper that is asked for now is there before the first of them. */
  expectTimers() {
    if (!this.#timekeeperWord || this.#timekeeperAsked) return;
    this.#timekeeperAsked = true;
    this.#around.post({ type: 'arm' });
  }

  /**
   * Until the timekeeper knows this guest nobody makes a program look that computes. (In synced mode its looks ask for the time.)
   * @returns {boolean} whether it does
   */
  #awaitTimekeeper() {
    const kept = this.#kept;
    if (!kept) return false;
    if (!this.#timekeeperAwaited && this.#own && this.#own === this.#live && !this.yields && mayBlock()) {
      const { keepTime } = this.#around;
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
    this.#due = wanted ? time : Infinity;
    if (!this.#timekeeperWord) return;
    // In the host block also where memory is shared: the timekeeper serves others too, and believes no guest's memory.
    this.#host.arm(wanted ? time : 0, this.#own?.timerSignal);
    if (!wanted) return; // a timekeeper that wakes for what was wanted before finds this
    Atomics.add(this.#timekeeperWord, 0, 1);
    Atomics.notify(this.#timekeeperWord, 0);
    this.expectTimers();
    const kept = this.#awaitTimekeeper();
    if (kept) this.#due = Infinity;
    // An engine compiles a function when it is first called. What a look at a timer runs takes it a millisecond: the first look is now, not when the timer is due.
    const first = !this.#wasArmed;
    this.#wasArmed = true;
    // Not kept: the timer is exact all the same, since a look that finds this ring arms again, and rings; but loops do nothing else meanwhile.
    if (first || (!kept && this.#own === this.#live)) this.#live.ring(BELL.timer);
  }

  /**
   * @param {number} signo
   * @param {number} core
   */
  exit(signo, core) {
    if (this.killed) return; // said already
    if (!canKill(signo)) throw this.#fail(`the program was killed by signal ${signo}: there is no such signal`);
    this.#setExit(core ? EXIT.core : EXIT.killed, signo);
    this.#around.post({ type: 'killed', signo, core: core !== 0 });
  }

  /** @param {number} signo */
  stop(signo) {
    if (signo === this.#stopped || (signo !== 0 && !(isSignal(signo) && defaultAction(signo) === 'stop'))) return;
    this.#stopped = signo;
    this.#live.setStopped(signo);
    if (this.#live !== this.#host) this.#host.setStopped(signo);
    this.#around.post({ type: 'stopped', signo });
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
    // A guest cannot pass for the kernel or a timer, nor for another sender.
    const info = { code: code === CODE.queue || code === CODE.tkill ? code : CODE.user, pid: this.pid, value };
    if (pid === this.pid) return signo === 0 ? 0 : this.#sendHere(signo, info);
    if (pid === this.#host.header.ppid) return ERRNO.EPERM;
    const peer = this.#around.peer?.(pid);
    if (!peer) return ERRNO.ESRCH;
    if (signo !== 0 && this.#around.yields && this.#entered === 0) return ERRNO.EAGAIN; // this stack cannot wait for the answer
    const errno = peer.send(signo, info);
    return errno instanceof Promise ? this.#resumed(errno) : errno;
  }

  /**
   * @param {number} pid
   * @returns {boolean}
   */
  hasEnded(pid) {
    return this.send(pid, 0, CODE.user, 0) === ERRNO.ESRCH;
  }

  /**
   * @param {number} signo
   * @param {{code: number, pid: number, value?: number}} info
   * @returns {number} an errno number
   */
  #sendHere(signo, info) {
    const errno = this.#live.send(signo, info);
    if (errno === ERRNO.EIO) throw this.#damaged();
    return errno;
  }

  // --- blocking calls ------------------------------------------------------------------------------------------------------

  /**
   * Lets the guest deliver what it was sent.
   * @returns {MaybePromise<number>}
   */
  deliver() {
    const deliver = this.#exports?.wasmsig_deliver ?? this.#exports?._wasmsig_deliver;
    return deliver ? this.enter(deliver)() : DELIVERED.nothing;
  }

  /**
   * On the way back from a call into the host, as a kernel does: delivers what was sent. A call that did not wait succeeds also where a handler ran. With stack switching a
   * program without safe points gives way to the event loop here.
   * @returns {MaybePromise<unknown>}
   */
  deliverSent() {
    if (!this.attached) return undefined;
    const given = this.#giveWay();
    if (given) return given.then(() => this.deliverSent());
    this.#ringDue();
    // A stack that cannot be switched cannot wait in a handler: a later call looks.
    if (this.#live.doorbell === 0 || (this.#around.yields && this.#entered === 0)) return undefined;
    return this.deliver();
  }

  /**
   * An export of the guest as the host calls it.
   * @param {Function} exported
   * @returns {(...args: any[]) => any} with stack switching its result is a promise
   */
  enter(exported) {
    if (!this.#around.yields) return /** @type {any} */ (exported);
    const promising = /** @type {any} */ (WebAssembly).promising(exported);
    return async (...args) => {
      this.#entered++;
      try {
        return await promising(...args);
      } finally {
        this.#entered--;
      }
    };
  }

  /**
   * An import that may wait, as the guest calls it.
   * @template {Function} F
   * @param {F} imported
   * @returns {F}
   */
  suspending(imported) {
    return this.#around.yields ? new /** @type {any} */ (WebAssembly).Suspending(imported) : imported;
  }

  /**
   * Sleeps until `ready`, or the time is over, or handlers ran.
   * @param {() => boolean} ready
   * @param {number} timeoutNs  negative: no limit
   * @returns {MaybePromise<Outcome>}
   */
  block(ready, timeoutNs) {
    return runSteps(this.#block(ready, timeoutNs));
  }

  /**
   * @param {() => boolean} ready
   * @param {number} timeoutNs
   * @returns {Generator<unknown, Outcome, any>}
   */
  *#block(ready, timeoutNs) {
    const end = timeoutNs >= 0 ? now() + timeoutNs : Infinity;
    const queue = this.#live;
    queue.addWaiters(1);
    try {
      for (;;) {
        const count = queue.ringCount;
        this.#ringDue();
        const done = ready(); // before the look: what was sent before it became ready is handled before that is seen
        if (queue.doorbell !== 0) {
          const delivered = yield this.deliver();
          if (delivered !== DELIVERED.nothing) return delivered === DELIVERED.interrupted ? 'interrupted' : 'restart';
        }
        if (done) return 'ready';
        const time = now();
        if (end <= time) return 'timeout';
        const until = Math.min(end, this.#due);
        if ((yield this.wait(count, until === Infinity ? -1 : Math.max(0, until - time))) === WAITED.mayNotBlock) return 'deadlock';
      }
    } finally {
      queue.addWaiters(-1);
    }
  }

  /** What a timekeeper would do. */
  #ringDue() {
    if (this.#due === Infinity || this.#due > now()) return;
    this.#due = Infinity;
    this.#live.ring(BELL.timer);
  }

  /**
   * @param {number} timeoutNs
   * @returns {MaybePromise<number>} 0, or a Linux errno number: EINTR (a sleep is never restarted) or EDEADLK
   */
  sleep(timeoutNs) {
    return runSteps(this.#sleep(timeoutNs));
  }

  /** @param {number} timeoutNs @returns {Generator<unknown, number, any>} */
  *#sleep(timeoutNs) {
    const outcome = yield this.block(never, timeoutNs);
    return outcome === 'timeout' ? 0 : outcome === 'deadlock' ? ERRNO.EDEADLK : ERRNO.EINTR;
  }

  /**
   * @param {() => boolean} ready
   * @param {number} timeoutNs
   * @returns {MaybePromise<boolean | 'EINTR' | 'EDEADLK'>} as poll(2), it is never restarted
   */
  poll(ready, timeoutNs) {
    return runSteps(this.#poll(ready, timeoutNs));
  }

  /** @param {() => boolean} ready @param {number} timeoutNs @returns {Generator<unknown, boolean | 'EINTR' | 'EDEADLK', any>} */
  *#poll(ready, timeoutNs) {
    const outcome = yield this.block(ready, timeoutNs);
    return outcome === 'ready' ? true : outcome === 'timeout' ? false : outcome === 'deadlock' ? 'EDEADLK' : 'EINTR';
  }

  /**
   * Sends to this process itself, which has attached, as the host: a broken pipe, raise() by a WASI call.
   * @param {number} signo
   * @param {number} [code]
   * @returns {MaybePromise<number>} what the delivery said
   */
  raise(signo, code = CODE.tkill) {
    this.#sendHere(signo, { code, pid: this.pid });
    return this.deliver();
  }

  /** Runs handlers whenever something is sent, while the program is idle (it returned to the event loop). Until it ends its agent lives: a signal may come. */
  async attend() {
    const alive = setInterval(() => {}, 0x7fffffff); // waiting for an agent keeps nothing alive
    this.#live.addWaiters(1);
    while (this.#host.state !== STATE.ended) {
      const count = this.#live.ringCount;
      this.#ringDue();
      if (this.#live.doorbell !== 0) await this.deliver();
      await this.#live.waitAsync(count, this.#due === Infinity ? -1 : Math.max(0, this.#due - now()));
    }
    clearInterval(alive);
  }

  /** The program runs and will never attach: the owner does default actions. */
  plain() {
    this.#around.post({ type: 'plain' });
  }

  /** @param {number} code */
  exited(code) {
    this.#setExit(EXIT.exited, code);
    this.#around.post({ type: 'exited', code });
  }

  get killed() {
    return this.#host.exit?.signo !== undefined;
  }

  /**
   * @param {number} kind
   * @param {number} number
   */
  #setExit(kind, number) {
    this.#host.setExit(kind, number);
    if (this.#live !== this.#host) this.#live.setExit(kind, number);
  }

  /** @param {string} message */
  #fail(message) {
    return this.#endBy(new WasmsigError('ERR_ABI', message));
  }

  #damaged() {
    return this.#endBy(damaged(this.pid));
  }

  /**
   * Has the owner end this guest.
   * @param {WasmsigError} failure
   * @returns {WasmsigError} to throw
   */
  #endBy(failure) {
    // Once: a program can catch the error and go on until the owner's answer.
    if (!this.failure) {
      this.failure = failure;
      this.#around.post({ type: 'failed', code: failure.code, message: failure.message });
    }
    return this.failure;
  }
}

function never() {
  return false;
}
