// @ts-check
/**
 * The functions behind a guest's imports (docs/host-abi.md), and the blocking calls that signals interrupt, in the
 * agent that runs the guest. One object of this class is one process.
 *
 * The blocking calls use the guest's export wasmsig_deliver while they wait, so handlers run inside them. A handler may
 * leave through them by a jump or an exception; they hold nothing that this would lose.
 *
 * With stack switching (the surroundings have `yields`) the functions that wait return promises. Then the imports
 * `sync`, `wait` and `send`, and all callers of the blocking calls, have to be WebAssembly.Suspending (suspending()),
 * and the guest's exports are called through enter(). A busy guest yields to the event loop in `sync`, because every
 * check of a countdown safe point calls it. A wait that nothing could ever end fails with EDEADLK.
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
import * as WAITED from '../abi/waited.js';
import { MAX_TIMER_MS, now } from '../engine/clock.js';
import { WasmsigError } from '../engine/errors.js';
import { mayBlock } from '../engine/features.js';
import { damaged } from '../link/damaged.js';
import { Queue } from '../link/queue.js';
import { canKill, defaultAction, signalName } from '../signals/signal_names.js';
import { runSteps } from '../engine/maybe_async.js';
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
 * @property {Queue} queue the host block
 * @property {(message: Message) => void} post to the owner
 * @property {SharedArrayBuffer} [timekeeperWord] the word that wakes the timekeeper; without it the guest reads the
 *   clock itself
 * @property {SharedArrayBuffer} [kept] one word: whether a timekeeper has registered this guest (KNOWN) or was asked to
 *   (ASKED)
 * @property {boolean} [apart] the owner is another agent that shares memory with this one: it can continue a program that
 *   blocks here
 * @property {(queue: Queue) => void} [keepTime] starts a timekeeper without the owner; present where an agent can start
 *   others while it blocks
 * @property {() => Promise<unknown>} [yields] yields to the event loop; present where the guest runs on a stack that
 *   can be switched
 * @property {(pid: number) => {send(signo: number, info: SentInfo): MaybePromise<number>} | undefined} [peer] a process
 *   to which this guest may send; `send` returns an errno number
 */

/** @typedef {{code: number, pid: number, value: number}} SentInfo */

/** @typedef {{wasmsig_deliver?: Function, _wasmsig_deliver?: Function}} GuestExports */

/** @typedef {'ready' | 'timeout' | 'restart' | 'interrupted' | 'deadlock'} Outcome */

/** @template T @typedef {T | Promise<T>} MaybePromise a promise only with stack switching */

/**
 * How long a guest with stack switching computes before it yields to the event loop. One turn takes about 7 us on a
 * page in Chromium (measured by tests/browser/yield.test.js), so this costs 0.2 %, and ^C is noticed within 4 ms.
 */
export const YIELD_AFTER_NS = 4e6;

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
  /** @type {Queue} the block that senders use: the host block until a shared guest block replaces it */ #live;
  /** @type {Queue} */ #host;
  /** @type {Queue | undefined} the guest block */ #own;
  /** @type {Surroundings} */ #around;
  /** @type {GuestExports | undefined} */ #exports;
  /** @type {Int32Array | undefined} */ #timekeeperWord;
  /** @type {Int32Array | undefined} */ #kept;
  #armed = false;
  #timekeeperAsked = false;
  #timekeeperAwaited = false;
  #wasArmed = false;
  #abandoned = false;
  /** The number of the guest's stacks that can be suspended: 0 while an Emscripten program's constructors run. */
  #entered = 0;
  /** When the guest's timer is due, in the time of now(); Infinity if a timekeeper rings for it. */ #due = Infinity;
  /** The time of now() before which a guest with stack switching need not yield. */ #yieldAt = 0;
  /** @type {'shared' | 'countdown' | undefined} the kind of safe points in the program's loops; its loader sets this */
  safePoints;
  /** What attend() has begun to deliver. @type {MaybePromise<number> | undefined} */ delivering;
  /** Why the program may not attach; its loader sets this. @type {string | undefined} */ unfit;
  /** The stop signal that was reported last; 0 if there was none or the guest has continued. */ #stopped = 0;
  /** Whether this agent carries out what the owner decides for a program without the library. */ #obeys = false;
  /** @type {WasmsigError | undefined} why this guest cannot continue */ failure;

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
    return this.#around.yields !== undefined;
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
      this.#host.addWaiters(1); // for good: the guest registers as a waiter only in its own block
      this.#syncNow();
      this.#around.post({ type: 'attached', block, safePoints: this.safePoints === 'countdown' });
      return 0;
    }
    this.#host.moveTo(own);
    this.#live = own;
    // The owner moves what was sent since, and sends to the guest block from then on.
    this.#around.post({
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
    return this.#yieldToEventLoop()?.then(() => this.#syncNow()) ?? this.#syncNow();
  }

  /**
   * Yields to the event loop if the guest's stack can be switched and it has computed for long enough.
   * @returns {Promise<void> | undefined}
   */
  #yieldToEventLoop() {
    if (!this.wantsTurn) return undefined;
    const turn = /** @type {() => Promise<unknown>} */ (this.#around.yields)();
    this.#yieldAt = now() + YIELD_AFTER_NS; // also where the engine then refuses to suspend
    return this.#resumed(turn).then(() => {
      this.#yieldAt = now() + YIELD_AFTER_NS;
    });
  }

  /** Whether the program has computed for so long that it is to yield to the event loop, and can. */
  get wantsTurn() {
    return this.#around.yields !== undefined && this.#entered > 0 && now() >= this.#yieldAt;
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
    // Not while signals are left for which the guest block had no room: senders that use messages take this message as
    // a report of free room.
    if (bits & BELL.signals && this.#host.doorbell === 0) this.#around.post({ type: 'drained' });
    return bits;
  }

  /**
   * Reports which default actions the owner has to carry out. An owner that cannot see the host block is sent only
   * those that it no longer has to carry out: the number of such messages is bounded, whatever the program does.
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
   * A promise that resumes the program. For an abandoned program it stays pending.
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

  /** Ends a guest whose thread is not terminated: no code of the program runs after its next wait or check. */
  abandon() {
    this.#abandoned = true;
    this.#live.ring(BELL.event); // attend() ends
  }

  /** Asks for a timekeeper early for a program that may have timers, so that it runs before the first of them. */
  expectTimers() {
    if (!this.#timekeeperWord || this.#timekeeperAsked) return;
    this.#timekeeperAsked = true;
    this.#around.post({ type: 'arm' });
  }

  /**
   * Waits for the timekeeper to register this guest. Until then nothing makes a program that computes check. (In synced
   * mode its checks read the time.)
   * @returns {boolean} whether the guest is registered
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
    // In the host block even if memory is shared: the timekeeper serves other guests too, and trusts no guest's memory.
    this.#host.arm(wanted ? time : 0, this.#own?.timerSignal);
    if (!wanted) return; // a timekeeper that wakes for the earlier deadline finds this
    Atomics.add(this.#timekeeperWord, 0, 1);
    Atomics.notify(this.#timekeeperWord, 0);
    this.expectTimers();
    const kept = this.#awaitTimekeeper();
    if (kept) this.#due = Infinity;
    // An engine compiles a function at its first call. The code that a check of a timer runs takes it a millisecond to
    // compile, so the first check is made now and not when the timer is due.
    const first = !this.#wasArmed;
    this.#wasArmed = true;
    // Without a timekeeper the timer is exact all the same, because a check that finds this ring arms and rings again.
    // But loops do nothing else meanwhile.
    if (first || (!kept && this.#own === this.#live)) this.#live.ring(BELL.timer);
  }

  /**
   * @param {number} signo
   * @param {number} core
   */
  exit(signo, core) {
    if (this.killed) return; // reported already
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
    // A guest cannot impersonate the kernel, a timer or another sender.
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

  // --- blocking calls ------------------------------------------------------------------------------------------------

  /**
   * Lets the guest deliver the signals that were sent to it.
   * @returns {MaybePromise<number>} of DELIVERED
   */
  deliver() {
    const deliver = this.#exports?.wasmsig_deliver ?? this.#exports?._wasmsig_deliver;
    return deliver ? this.enter(deliver)() : DELIVERED.nothing;
  }

  /**
   * Delivers what was sent, on return from a call into the host, as a kernel does. A call that did not wait succeeds
   * even if a handler ran. With stack switching a program without safe points yields to the event loop here.
   * @returns {MaybePromise<unknown>}
   */
  deliverSent() {
    if (!this.attached) return this.obey();
    const turn = this.#yieldToEventLoop();
    if (turn) return turn.then(() => this.deliverSent());
    this.#ringDue();
    // On a stack that cannot be switched a handler could not wait, so a later call delivers.
    if (this.#live.doorbell === 0 || (this.#around.yields && this.#entered === 0)) return undefined;
    return this.deliver();
  }

  /**
   * An export of the guest, for calls by the host.
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
        if (this.#entered === 0 && this.#live.doorbell !== 0) this.#live.ring(0); // for attend()
      }
    };
  }

  /**
   * An import that may wait, for calls by the guest.
   * @template {Function} F
   * @param {F} imported
   * @returns {F}
   */
  suspending(imported) {
    return this.#around.yields ? new /** @type {any} */ (WebAssembly).Suspending(imported) : imported;
  }

  /**
   * Sleeps until `ready()` is true, the time is over, or handlers ran.
   * @param {() => boolean} ready
   * @param {number} timeoutNs negative: no limit
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
        yield this.obey();
        const count = queue.ringCount;
        this.#ringDue();
        const done = ready(); // before the check: a signal that was sent before it became ready is handled first
        if (queue.doorbell !== 0) {
          const delivered = yield this.deliver();
          if (delivered !== DELIVERED.nothing) return delivered === DELIVERED.interrupted ? 'interrupted' : 'restart';
        }
        if (done) return 'ready';
        const time = now();
        if (end <= time) return 'timeout';
        const until = Math.min(end, this.#due);
        if ((yield this.wait(count, until === Infinity ? -1 : Math.max(0, until - time))) === WAITED.mayNotBlock)
          return 'deadlock';
      }
    } finally {
      queue.addWaiters(-1);
    }
  }

  /** Rings if the timer is due, as a timekeeper does. */
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
   * @param {number} timeoutNs negative: no limit
   * @returns {MaybePromise<boolean | 'EINTR' | 'EDEADLK'>} true if ready, false if the time is over; like poll(2) it is
   *   never restarted
   */
  poll(ready, timeoutNs) {
    return runSteps(this.#poll(ready, timeoutNs));
  }

  /**
   * @param {() => boolean} ready
   * @param {number} timeoutNs
   * @returns {Generator<unknown, boolean | 'EINTR' | 'EDEADLK', any>}
   */
  *#poll(ready, timeoutNs) {
    const outcome = yield this.block(ready, timeoutNs);
    return outcome === 'ready' ? true : outcome === 'timeout' ? false : outcome === 'deadlock' ? 'EDEADLK' : 'EINTR';
  }

  /**
   * Sends to this process, which has attached, on behalf of the host: for a broken pipe, or raise() by a WASI call.
   * @param {number} signo
   * @param {number} [code]
   * @returns {MaybePromise<number>} what the delivery returned
   */
  raise(signo, code = CODE.tkill) {
    this.#sendHere(signo, { code, pid: this.pid });
    return this.deliver();
  }

  /**
   * Runs handlers whenever a signal is sent while the program is idle, that is, after it returned to the event loop.
   * The agent lives until the program ends, because a signal may come.
   */
  async attend() {
    const alive = setInterval(() => {}, MAX_TIMER_MS); // Atomics.waitAsync alone does not keep the agent alive
    this.#live.addWaiters(1);
    while (this.#host.state !== STATE.ended && !this.#abandoned) {
      const count = this.#live.ringCount;
      this.#ringDue();
      // With stack switching not while a call is suspended: both would use the one stack in the program's memory.
      if (this.#live.doorbell !== 0 && this.#entered === 0) {
        this.delivering = this.deliver();
        await this.delivering;
        this.delivering = undefined;
      }
      await this.#live.waitAsync(count, this.#due === Infinity ? -1 : Math.max(0, this.#due - now()));
    }
    clearInterval(alive);
  }

  // --- a program without the library ---------------------------------------------------------------------------------

  /**
   * Reports that the program runs and will never attach: its owner carries out default actions, and this agent obeys
   * where the program calls its host, and at its safe points.
   * @param {boolean} calls whether what it imports calls obey()
   * @param {() => void} [obeyAtSafePoints] has it obey at its safe points too, if it has an injected runtime
   */
  plain(calls, obeyAtSafePoints) {
    this.#obeys = this.yields || (this.#around.apart === true && mayBlock());
    if (this.#obeys) obeyAtSafePoints?.();
    const reach = obeyAtSafePoints ? 'loops' : calls ? 'calls' : 'none';
    this.#around.post({ type: 'plain', reach: this.#obeys ? reach : 'none' });
  }

  /**
   * Sleeps while the owner holds the program stopped. With stack switching it yields to the event loop first, from time
   * to time, where the owner's orders arrive.
   * @returns {MaybePromise<unknown>}
   */
  obey() {
    if (!this.#obeys) return undefined;
    const turn = this.#yieldToEventLoop();
    if (turn) return turn.then(() => runSteps(this.#whileHeld()));
    return this.#host.state === STATE.stopped ? runSteps(this.#whileHeld()) : undefined;
  }

  /** @returns {Generator<unknown, void, any>} */
  *#whileHeld() {
    const queue = this.#host;
    queue.addWaiters(1);
    try {
      for (;;) {
        const count = queue.ringCount;
        if (queue.state !== STATE.stopped || (yield this.wait(count, -1)) === WAITED.mayNotBlock) return;
      }
    } finally {
      queue.addWaiters(-1);
    }
  }

  /**
   * Performs the default action of a signal that the program sends to itself.
   * @param {number} signo
   * @returns {MaybePromise<unknown>}
   * @throws {WasmsigError} ERR_KILLED: it ended the program
   */
  perform(signo) {
    const action = defaultAction(signo);
    if (!this.#host.acts(signo)) return undefined;
    if (action === 'stop') {
      if (!this.#obeys) return undefined;
      this.#host.setStopped(signo);
      this.#around.post({ type: 'stopped', signo });
      return this.obey();
    }
    this.exit(signo, action === 'core' ? 1 : 0);
    throw new WasmsigError('ERR_KILLED', `the program was killed by ${signalName(signo)}`);
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
   * Asks the owner to end this guest.
   * @param {WasmsigError} failure
   * @returns {WasmsigError} to throw
   */
  #endBy(failure) {
    // Reported once: a program can catch the error and continue until the owner acts.
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
