// @ts-check
/**
 * A process: the owner's side of one guest. It holds the host block from before the guest's agent starts, so no signal
 * that is sent is ever lost. It learns from the agent's messages what became of the guest.
 *
 * The guest is not trusted. Its identity and its rights are known from the host block and from this object, never from
 * the guest block. A message that makes no sense (an Emscripten program's own JavaScript could post one) has no effect.
 *
 * Why: docs/rationale.md#why-does-the-host-believe-only-its-own-copies
 */

import { isSignal } from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as CODE from '../abi/code.js';
import * as ERRNO from '../abi/errno.js';
import * as EXIT from '../abi/exit.js';
import * as STATE from '../abi/process_state.js';
import { capabilitiesOf } from './capabilities.js';
import { DefaultActions } from './default_actions.js';
import { DeliveryWatcher } from './delivery_watcher.js';
import { WasmsigError } from '../engine/errors.js';
import { damaged } from '../link/damaged.js';
import { Queue } from '../link/queue.js';
import { sentInfo } from '../link/sent_info.js';
import { canKill, deathName, defaultAction, signalName, signalNumber } from '../signals/signal_names.js';
import { SIGKILL } from '../signals/table.js';

/**
 * How a guest ended: either `code` or `signal` is null.
 * @typedef {object} Exit
 * @property {number | null} code the exit code
 * @property {string | null} signal the name of the signal that killed it; 'SIG32' to 'SIG34' for the three that the C
 *   library reserves
 * @property {boolean} core whether it was killed by a default action that natively dumps core
 * @property {Error} [error] ERR_CRASH if the program crashed: the trap or exception, with its stack in the guest.
 *   ERR_BLOCK if it was killed because it had damaged its control block
 */

/**
 * The agent that runs the guest, as the platform provides it (a worker).
 * @typedef {object} Agent
 * @property {() => void} terminate ends the agent; then the platform calls ended()
 * @property {(peer: Peer) => void} give
 */

/**
 * Tells a guest that it may send to another one, or no longer may (`gone`). With `errno` it is the answer to a signal
 * that it sent through the owner.
 * @typedef {{pid: number, gone?: boolean, errno?: number, handle?: import('../link/sender.js').Handle}} Peer
 */

/**
 * @typedef {object} Streams
 * @property {(wake: () => void) => void} [wantInput] the guest asked for input
 * @property {(fd: number, bytes: Uint8Array, wake: () => void) => void} [output]
 * @property {(failure?: Error) => void} [close] the process has ended; with an error: the program could not be started
 */

/** The events 'send', 'delivery', 'stopped' and 'continued' of a Process. */
export class SignalEvent extends Event {
  /**
   * @param {string} type
   * @param {number} signo
   * @param {{sentAt?: number, seenAt?: number}} [times]
   */
  constructor(type, signo, { sentAt, seenAt } = {}) {
    super(type);
    /** The signal's number. */
    this.signo = signo;
    /** Its name. */
    this.signal = signo ? signalName(signo) : '';
    /** Of 'delivery': when this thread sent the signal, in milliseconds of its performance.now(). */
    this.sentAt = sentAt;
    /**
     * Of 'delivery': when this thread saw that the guest had drained the signal, by the same clock. The guest drained it
     * before that: this thread polls once per turn of its event loop at first, later less often.
     */
    this.seenAt = seenAt;
  }

  /** Of 'delivery': milliseconds from `sentAt` to `seenAt`, an upper bound of the delivery's latency. */
  get latency() {
    return this.sentAt === undefined || this.seenAt === undefined ? undefined : this.seenAt - this.sentAt;
  }
}

/** The codes with which a guest may send a signal. */
const CODES = new Set(/** @type {number[]} */ ([CODE.user, CODE.queue, CODE.tkill]));

export class Process extends EventTarget {
  /** @type {Queue} */ #host;
  /** @type {Queue} the block to which signals are sent */ #live;
  /** @type {Queue | undefined} the guest block, until everything has moved there */ #next;
  /** @type {'starting' | 'plain' | 'attached' | 'ended'} */ #phase = 'starting';
  /** @type {Agent | undefined} */ #agent;
  /** @type {Streams} */ #streams;
  /** @type {import('./timekeeping.js').Timekeeper | undefined} */ #timekeeper;
  /** @type {Map<number, Process>} the processes to which it may send */ #peers = new Map();
  /** @type {Set<Process>} the processes that may send to it */ #givenTo = new Set();
  /** @type {Exit | WasmsigError | undefined} */ #outcome;
  /** @type {'yielding' | 'posted' | undefined} */ #mode;
  /** @type {import('./capabilities.js').Reach} */ #reach = 'none';
  /** @type {AbortController | undefined} */ #over;
  /** @type {Exit | WasmsigError | undefined} the value or reason with which `exited` settled */ #settled;
  /** Whether the guest has or may have timers. */ #timed = false;
  #deliveries = new DeliveryWatcher(
    () => (this.#phase === 'attached' && !this.#next ? this.#live : undefined),
    (signo, sentAt, seenAt) => this.dispatchEvent(new SignalEvent('delivery', signo, { sentAt, seenAt })),
  );
  /** @type {DefaultActions} */ #defaults;
  #settleReady = (/** @type {boolean} */ _attached) => {};
  #settleExited = (/** @type {Exit | WasmsigError} */ _outcome) => {};

  /**
   * Called by the platforms; programs call spawn().
   * @param {object} options
   * @param {Queue} options.queue
   * @param {Streams} options.streams
   * @param {import('./timekeeping.js').Timekeeper} [options.timekeeper] where memory is shared
   * @param {'yielding' | 'posted'} [options.mode] how signals reach the guest, if its memory does not tell
   */
  constructor({ queue, streams, timekeeper, mode }) {
    super();
    this.#mode = mode;
    this.#host = queue;
    this.#live = queue;
    this.#streams = streams;
    this.#timekeeper = timekeeper;
    this.#defaults = new DefaultActions({
      host: queue,
      live: () => this.#next ?? this.#live,
      end: (signo) => this.#conclude({ code: null, signal: signalName(signo), core: defaultAction(signo) === 'core' }),
      tell: (signo) => this.#tellStopped(signo),
    });
    /** For the guest's agent: whether the timekeeper has registered the guest. */
    this.kept = timekeeper && new SharedArrayBuffer(4);
    /**
     * Settles with true when the guest has attached and handle() works, or with false when it is known that it never
     * will. Never rejects. The event 'ready' comes at the same time, for an owner in whose thread the program runs.
     * @type {Promise<boolean>}
     */
    this.ready = new Promise((resolve) => (this.#settleReady = resolve));
    /**
     * How the process ended. Rejects with a WasmsigError: ERR_START if the program could not be started, ERR_ABI if it
     * was built for another version of the ABI.
     * @type {Promise<Exit>}
     */
    this.exited = new Promise((resolve, reject) => {
      this.#settleExited = (outcome) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
        this.#settled = outcome;
        this.#over?.abort(outcome);
      };
    });
  }

  get pid() {
    return this.#host.pid;
  }

  /**
   * An AbortSignal that aborts when the process has ended, for work that should not outlive it (fetch, another spawn).
   * Its reason is the value or reason with which `exited` settled.
   */
  get abortSignal() {
    if (!this.#over) {
      this.#over = new AbortController();
      if (this.#settled) this.#over.abort(this.#settled);
    }
    return this.#over.signal;
  }

  /** The phase of the process: 'starting', 'plain' (it runs without the wasmsig library), 'attached' or 'ended'. */
  get phase() {
    return this.#phase;
  }

  /**
   * How signals reach the process; undefined while that is unknown.
   * @returns {import('./capabilities.js').Mode | undefined}
   */
  get mode() {
    if (this.#phase === 'plain') return 'none';
    if (this.#phase !== 'attached') return undefined;
    return this.#mode ?? (this.#live === this.#host && !this.#next ? 'synced' : 'shared');
  }

  /** What signals, timers and waits can do in this process; undefined while that is unknown (see `ready`). */
  get capabilities() {
    return this.mode && capabilitiesOf(this.mode, this.#reach);
  }

  /**
   * Sends a signal. No signal is lost, from the moment that spawn() returned. While the program starts, signals wait
   * that are ignored by default, that stop, or that were given as `blocked`.
   *
   * Default actions take effect whatever the guest does: it ends within 10 ms of a signal that would end a Linux
   * process, if it neither handles, ignores nor blocks the signal. While it is starting it does none of these. SIGKILL
   * ends it at once. A guest that is stopped this way while it computes continues until its next check or call of the
   * host.
   * @param {string | number} signal a name ('SIGINT') or a Linux number
   * @param {object} [options]
   * @param {number} [options.value] si_value, 32 bits, as sigqueue(3) sets it
   * @param {boolean} [options.terminal] the terminal sent it: si_code is SI_KERNEL and si_pid is 0
   * @returns {boolean} false: the process has ended (ESRCH)
   * @throws {TypeError | RangeError} there is no such signal, or the value has more than 32 bits
   * @throws {WasmsigError} EAGAIN: the real-time queue is full, and the signal was not queued
   */
  kill(signal, { value, terminal = false } = {}) {
    const signo = signalNumber(signal);
    const errno = this.#send(signo, sentInfo(this.#host.header.ppid, { value, terminal }));
    if (errno === ERRNO.EAGAIN) {
      throw new WasmsigError('EAGAIN', `the queue of process ${this.pid} is full: ${signalName(signo)} was not sent`);
    }
    return errno === 0;
  }

  /**
   * What another agent needs to send directly: Sender.from(handle).
   * @returns {import('../link/sender.js').Handle}
   * @throws {WasmsigError} ESRCH: the process has ended; ERR_NOT_READY: it cannot be sent to directly, not yet or not
   *   at all
   */
  handle() {
    if (this.#phase === 'ended') throw new WasmsigError('ESRCH', `process ${this.pid} has ended`);
    if (this.#phase !== 'attached' || this.#next)
      throw new WasmsigError(
        'ERR_NOT_READY',
        `process ${this.pid} has no handle ${this.#phase === 'plain' ? 'because its program has no wasmsig library' : 'yet: wait for its promise `ready`'}`,
      );
    const { buffer, offset } = this.#live;
    void this.#defaults.attend();
    if (!this.#live.shared)
      throw new WasmsigError(
        'ERR_NOT_READY',
        `process ${this.pid} has no handle: there is no shared memory here (see its capabilities)`,
      );
    return {
      kind: 'wasmsig',
      pid: this.pid,
      buffer: /** @type {SharedArrayBuffer} */ (buffer),
      offset,
      host: /** @type {SharedArrayBuffer} */ (this.#host.buffer),
    };
  }

  /**
   * Lets this guest send signals to another one. Without this the other one does not exist for it.
   * @param {Process} other
   */
  grant(other) {
    if (other === this || this.#phase === 'ended' || other.#phase === 'ended') return;
    this.#agent?.give({ pid: other.pid });
    this.#peers.set(other.pid, other);
    other.#givenTo.add(this);
  }

  /** Kills the guest if it still runs, and waits until its agent is gone. */
  async close() {
    this.kill('SIGKILL');
    await this.exited.catch(() => {});
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  // --- for the platform ----------------------------------------------------------------------------------------------

  /** @param {Agent} agent */
  run(agent) {
    this.#agent = agent;
    for (const pid of this.#peers.keys()) agent.give({ pid });
  }

  /**
   * Handles a message of the guest's agent.
   * @param {import('../guest/host_imports.js').Message} message
   */
  receive(message) {
    if (this.#phase === 'ended') return;
    switch (message.type) {
      case 'plain':
        return this.#becomePlain(message.reach);
      case 'attached':
        return this.#becomeAttached(message);
      case 'input':
        return this.#streams.wantInput?.(this.#wake);
      case 'output':
        return this.#streams.output?.(message.fd, message.bytes, this.#wake);
      case 'arm':
        if (this.#timed) return;
        this.#timed = true;
        return this.#keepTime();
      case 'stopped':
        if (this.#phase === 'plain') {
          if (isSignal(message.signo)) this.#defaults.plainStopped(message.signo);
        } else if ((message.signo === 0 || isSignal(message.signo)) && this.#defaults.said(message.signo))
          this.#tellStopped(message.signo);
        return;
      case 'defaults':
        if (!this.#host.shared && Array.isArray(message.words))
          this.#host.setDefaults([Number(message.words[0]), Number(message.words[1])], true);
        return;
      case 'send':
        this.#forward(message);
        return;
      case 'exited':
        return this.#conclude({ code: message.code, signal: null, core: false });
      case 'killed':
        if (!canKill(message.signo)) return;
        this.#conclude({
          code: null,
          signal: deathName(message.signo),
          core: message.core,
          ...(message.crash && { error: crashed(message.crash) }),
        });
        return;
      case 'failed':
        return message.code === 'ERR_BLOCK'
          ? this.#damaged()
          : this.#conclude(new WasmsigError(message.code, message.message));
    }
  }

  /**
   * Handles the end of the guest's agent.
   * @param {Error} [error] with which it broke down
   */
  ended(error) {
    if (this.#phase === 'ended') return;
    this.#outcome ??= { code: null, signal: 'SIGABRT', core: true, ...(error && { error }) };
    this.#phase = 'ended';
    if (!this.#host.exit) {
      const { code, signal, core } =
        this.#outcome instanceof Error ? { code: null, signal: 'SIGKILL', core: false } : this.#outcome;
      if (signal === null) this.#host.setExit(EXIT.exited, code ?? 0);
      else this.#host.setExit(core ? EXIT.core : EXIT.killed, signalNumber(signal));
    }
    this.#host.state = STATE.ended;
    // Only handles keep the guest's memory alive any longer.
    this.#live = this.#host;
    this.#next = undefined;
    this.#deliveries.end();
    this.#defaults.over();
    for (const one of this.#givenTo) one.#lose(this);
    for (const peer of this.#peers.values()) peer.#givenTo.delete(this);
    this.#timekeeper?.remove(this.pid);
    this.#streams.close?.(this.#outcome instanceof Error ? this.#outcome : undefined);
    this.#settleReady(false);
    this.#settleExited(this.#outcome);
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #wake = () => {
    if (this.#phase !== 'ended') (this.#next ?? this.#live).ring(BELL.event);
  };

  /**
   * @param {number} signo
   * @param {{code: number, pid: number, value: number}} info
   * @returns {number} an errno number
   */
  #send(signo, info) {
    if (this.#phase === 'ended' || this.#outcome) return ERRNO.ESRCH;
    this.dispatchEvent(new SignalEvent('send', signo));
    if (signo === SIGKILL) {
      this.#conclude({ code: null, signal: 'SIGKILL', core: false });
      return 0;
    }
    if (this.#phase === 'plain') {
      this.#defaults.plain(signo);
      return 0;
    }
    if (this.#defaults.early(signo)) return 0;
    if (this.#next) this.#move();
    this.#deliveries.before();
    const errno = this.#live.send(signo, info);
    if (errno === ERRNO.EIO) {
      this.#damaged();
      return ERRNO.ESRCH;
    }
    if (errno === 0) {
      this.#deliveries.sent(signo);
      this.#defaults.sent(signo);
    }
    return errno;
  }

  /**
   * Forwards a signal of this guest to another one whose handle it does not have. The answer carries the handle. It is
   * not given earlier, because most guests never send.
   * @param {{pid: number, signo: number, code: number, value: number}} message
   */
  #forward({ pid, signo, code, value }) {
    const peer = this.#peers.get(pid);
    const errno = !peer
      ? ERRNO.ESRCH
      : !isSignal(signo) || !CODES.has(code)
        ? ERRNO.EINVAL
        : peer.#send(signo, { code, pid: this.pid, value });
    const ready = peer && peer.#phase === 'attached' && !peer.#next && peer.#live.shared;
    this.#agent?.give({ pid, errno, ...(ready && { handle: peer.handle() }) });
  }

  /** @param {Process} other a process that has ended */
  #lose(other) {
    this.#peers.delete(other.pid);
    this.#agent?.give({ pid: other.pid, gone: true });
    this.#wake(); // it may be waiting for this end in a poll()
  }

  /** @param {number} signo 0: it continued */
  #tellStopped(signo) {
    this.dispatchEvent(new SignalEvent(signo ? 'stopped' : 'continued', signo));
  }

  /** Kills a guest that has damaged its control block: no signal can reach it any more. */
  #damaged() {
    this.#conclude({ code: null, signal: 'SIGKILL', core: false, error: damaged(this.pid) });
  }

  /** @param {Exit | WasmsigError} outcome */
  #conclude(outcome) {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#agent?.terminate();
  }

  /** @param {import('./capabilities.js').Reach} reach */
  #becomePlain(reach) {
    if (this.#phase !== 'starting') return;
    this.#phase = 'plain';
    if (reach === 'loops' || reach === 'calls') this.#reach = reach;
    this.#settleReady(false);
    for (const { signo } of this.#host.drain().sent) this.#defaults.plain(signo);
  }

  /** @param {{buffer?: SharedArrayBuffer, block: number, safePoints: boolean}} message */
  #becomeAttached({ buffer, block, safePoints }) {
    if (this.#phase !== 'starting') return;
    this.#phase = 'attached';
    this.#reach = safePoints ? 'loops' : 'calls';
    if (!this.#host.shared) this.#host.state = STATE.running;
    try {
      if (buffer) this.#next = new Queue(buffer, block >>> 0);
    } catch {
      return this.#damaged();
    }
    this.#keepTime();
    if (this.#next) this.#move();
    else this.#becomeReady();
  }

  /**
   * Moves what was sent before to the guest block. That block takes over once nothing is left to move, so the order is
   * kept.
   */
  #move() {
    if (!this.#next || this.#outcome) return;
    let done;
    try {
      ({ done } = this.#host.moveTo(this.#next));
    } catch {
      return this.#damaged();
    }
    if (done) {
      this.#live = this.#next;
      this.#next = undefined;
      this.#becomeReady();
    } else {
      setTimeout(() => this.#move(), 1); // the ring of the guest block is full: the guest has to drain first
    }
  }

  #becomeReady() {
    this.#deliveries.moved();
    this.#settleReady(true);
    this.dispatchEvent(new Event('ready'));
  }

  #keepTime() {
    if (!this.#timed || this.#phase !== 'attached' || !this.kept) return;
    this.#timekeeper?.add(this.pid, this.#host, this.#next ?? this.#live, this.kept);
    void this.#defaults.attend();
  }

  /**
   * @overload
   * @param {'send' | 'delivery' | 'stopped' | 'continued'} type
   * @param {(event: SignalEvent) => void} listener
   * @param {boolean | AddEventListenerOptions} [options]
   * @returns {void}
   */
  /**
   * @override
   * @overload
   * @param {string} type
   * @param {EventListenerOrEventListenerObject | null} listener
   * @param {boolean | AddEventListenerOptions} [options]
   * @returns {void}
   */
  /**
   * @param {string} type
   * @param {EventListenerOrEventListenerObject | ((event: SignalEvent) => void) | null} listener
   * @param {boolean | AddEventListenerOptions} [options]
   */
  addEventListener(type, listener, options) {
    const added = /** @type {EventListenerOrEventListenerObject | null} */ (listener);
    super.addEventListener(type, type === 'delivery' ? this.#deliveries.listen(added, options) : added, options);
  }

  /**
   * @override
   * @param {string} type
   * @param {EventListenerOrEventListenerObject | ((event: SignalEvent) => void) | null} listener
   * @param {boolean | EventListenerOptions} [options]
   */
  removeEventListener(type, listener, options) {
    const removed = /** @type {EventListenerOrEventListenerObject | null} */ (listener);
    super.removeEventListener(type, type === 'delivery' ? this.#deliveries.forget(removed, options) : removed, options);
  }
}

/** @param {{message: string, stack?: string}} crash an error of another agent; messages lose its class */
function crashed({ message, stack }) {
  const error = new WasmsigError('ERR_CRASH', message);
  if (stack) error.stack = stack;
  return error;
}
