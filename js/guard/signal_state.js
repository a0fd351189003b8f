// @ts-check
/** The signals of a guard: what was sent to it and is pending, what is blocked, the actions, and whether it is stopped. */

import * as BELL from '../abi/bell.js';
import { LAST_STANDARD } from '../abi/index.js';
import * as STATE from '../abi/process_state.js';
import * as WAITED from '../abi/waited.js';
import { MAX_TIMER_MS } from '../engine/clock.js';
import { hasSharedMemory, mayBlock, privateWord } from '../engine/features.js';
import { drained } from '../link/drained.js';
import { Inbox } from '../link/inbox.js';
import { rung } from '../link/rung.js';
import { defaultAction, signalName } from '../signals/signal_names.js';
import { SIGCONT, SIGKILL, SIGSTOP } from '../signals/table.js';
import { Pending } from './pending.js';

/** @typedef {import('../link/inbox.js').Sent} Sent */
/** @typedef {import('../signals/signal_names.js').Action} DefaultAction */

/**
 * What a handler is told.
 * @typedef {object} SignalInfo
 * @property {string} signal 'SIGINT'
 * @property {number} number 2
 * @property {number} pid the sender's: 1 the host, 0 a limit of a call
 * @property {number} value what was sent with it, 32 bits
 */

/** @typedef {{run: (info: SignalInfo) => unknown, mask: readonly number[]}} Handler */

/** The signals that are neither caught nor blocked. */
const ABSOLUTE = [SIGKILL, SIGSTOP];

/** How many guards this agent has had: the pid of the latest. */
let guards = 0;

export class SignalState {
  #pending = new Pending();
  /** @type {Map<number, Handler | 'ignore'>} */ #actions = new Map();
  /** @type {Set<number>} */ #blocked = new Set();
  #stoppedBy = 0;
  pid = ++guards;
  /** What other agents send to; undefined until somebody wants to. @type {Inbox | undefined} */ inbox;
  /** Counts the rings while there is no inbox, downwards, so that none is a ring count of an inbox. */ #rings = -1;
  /** @type {Set<() => void>} */ #asleep = new Set();

  /**
   * Other agents may send from now on.
   * @returns {Inbox | undefined} undefined: there is no shared memory
   */
  open() {
    if (!this.inbox && hasSharedMemory()) {
      this.inbox = Inbox.create({ pid: this.pid, state: STATE.running });
      this.inbox.addWaiters(1); // for good
      if (this.#stoppedBy) this.inbox.setStopped(this.#stoppedBy);
      this.ring(); // who sleeps here goes on to sleep there
    }
    return this.inbox;
  }

  /** Whether other agents have sent nothing since the last drain(). */
  get quiet() {
    return !this.inbox || this.inbox.doorbell === 0;
  }

  /** The stop signal that was accepted and not undone by SIGCONT; 0: none. */
  get stoppedBy() {
    return this.#stoppedBy;
  }

  set stoppedBy(signo) {
    if (signo === this.#stoppedBy) return;
    this.#stoppedBy = signo;
    this.inbox?.setStopped(signo);
  }

  /**
   * Generates a signal that this agent sends, behind what others have sent before.
   * @param {Sent} sent
   * @returns {boolean} false: the real-time queue is full
   */
  send(sent) {
    this.drain();
    if (sent.signo > LAST_STANDARD && this.#pending.room <= 0) return false;
    this.#generate(sent);
    return true;
  }

  /** Generates what other agents have sent. */
  drain() {
    if (this.inbox && !this.quiet)
      for (const sent of drained(this.inbox, this.#pending.room).sent) this.#generate(sent);
  }

  /** @param {Sent} sent */
  #generate(sent) {
    if (sent.signo === SIGCONT) this.stoppedBy = 0;
    if (this.#blocked.has(sent.signo) || !this.#isIgnored(sent.signo)) this.#pending.add(sent);
    else if (sent.signo === SIGCONT) this.#pending.discard((signo) => defaultAction(signo) === 'stop');
  }

  /** Removes the next signal that may be accepted now. @returns {Sent | undefined} */
  accept() {
    return this.#pending.take(this.#acceptable);
  }

  /** Whether accept() has a signal. */
  get ready() {
    return this.#pending.has(this.#acceptable);
  }

  /** A stopped process accepts nothing but SIGKILL. */
  #acceptable = (/** @type {number} */ signo) => (this.#stoppedBy ? signo === SIGKILL : !this.#blocked.has(signo));

  /** @param {number} signo @returns {Handler | 'ignore' | DefaultAction} */
  action(signo) {
    return this.#actions.get(signo) ?? defaultAction(signo);
  }

  /**
   * @param {number} signo
   * @param {Handler | 'ignore' | 'default'} action
   * @throws {TypeError} SIGKILL and SIGSTOP have the default action
   */
  setAction(signo, action) {
    if (ABSOLUTE.includes(signo)) throw new TypeError(`${signalName(signo)} can be neither handled nor ignored`);
    if (action === 'default') this.#actions.delete(signo);
    else this.#actions.set(signo, action);
    if (this.#isIgnored(signo)) this.#pending.discard((other) => other === signo);
  }

  /** @param {number} signo */
  #isIgnored(signo) {
    const action = this.action(signo);
    return action === 'ignore' || action === 'continue';
  }

  /** The numbers of the blocked signals, in order. */
  get blocked() {
    return [...this.#blocked].sort((a, b) => a - b);
  }

  /** Blocks these and no others; SIGKILL and SIGSTOP are left out without an error. */
  set blocked(signals) {
    this.#blocked = new Set(signals.filter((signo) => !ABSOLUTE.includes(signo)));
  }

  /** @param {number} signo */
  blocks(signo) {
    return this.#blocked.has(signo);
  }

  /** Makes waiters check. */
  ring() {
    this.#rings--;
    this.inbox?.ring(BELL.event);
    for (const wake of this.#asleep) wake();
  }

  /** A waiter reads it, checks what it waits for, then waits with it. */
  get ringCount() {
    return this.inbox?.ringCount ?? this.#rings;
  }

  /**
   * Blocks the agent until something is rung after the count was `count`.
   * @param {number} count
   * @param {number} timeoutNs negative: no limit
   * @returns {number} WAITED
   */
  wait(count, timeoutNs) {
    if (this.inbox) return this.inbox.wait(count, timeoutNs);
    // No other agent can ring, so only the time ends the sleep.
    if (!mayBlock() || timeoutNs < 0) return WAITED.mayNotBlock;
    Atomics.wait(privateWord(), 0, 0, timeoutNs / 1e6);
    return WAITED.timedOut;
  }

  /**
   * As wait(), but without blocking; it may end earlier.
   * @param {number} count
   * @param {number} timeoutNs negative: no limit
   * @returns {Promise<unknown>}
   */
  rung(count, timeoutNs) {
    if (this.inbox) return rung(this.inbox, count, timeoutNs);
    return new Promise((resolve) => {
      if (this.ringCount !== count) return resolve(undefined);
      const wake = () => {
        clearTimeout(timer);
        this.#asleep.delete(wake);
        resolve(undefined);
      };
      const timer = timeoutNs >= 0 ? setTimeout(wake, Math.min(timeoutNs / 1e6, MAX_TIMER_MS)) : undefined;
      this.#asleep.add(wake);
    });
  }

  /** Says to those who have a handle that the guard has ended. */
  close() {
    if (this.inbox) this.inbox.state = STATE.ended;
    this.ring();
  }
}
