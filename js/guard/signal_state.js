// @ts-check
/** The signals of a guard: what was sent to it and is pending, what is blocked, the actions, and whether it is stopped. */

import * as BELL from '../abi/bell.js';
import * as STATE from '../abi/process_state.js';
import { createQueue } from '../link/local_queue.js';
import { defaultAction, signalName } from '../signals/signal_names.js';
import { SIGCONT, SIGKILL, SIGSTOP } from '../signals/table.js';
import { Pending } from './pending.js';

/** @typedef {import('../link/queue.js').Sent} Sent */
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

  constructor() {
    this.queue = createQueue({ pid: ++guards, state: STATE.running });
    if (this.queue.shared) this.queue.addWaiters(1); // for good; other queues have it already
  }

  /** Whether nothing was sent since the last drain(). */
  get quiet() {
    return this.queue.doorbell === 0;
  }

  /** The stop signal that was accepted and not undone by SIGCONT; 0: none. */
  get stoppedBy() {
    return this.#stoppedBy;
  }

  set stoppedBy(signo) {
    if (signo === this.#stoppedBy) return;
    this.#stoppedBy = signo;
    this.queue.setStopped(signo);
  }

  /** Moves what was sent from the queue to pending. */
  drain() {
    if (this.quiet) return;
    for (const sent of this.queue.drain(this.#pending.room).sent) {
      if (sent.signo === SIGCONT) this.stoppedBy = 0;
      if (this.#blocked.has(sent.signo) || !this.#isIgnored(sent.signo)) this.#pending.add(sent);
      else if (sent.signo === SIGCONT) this.#pending.discard((signo) => defaultAction(signo) === 'stop');
    }
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
    this.queue.ring(BELL.event);
  }
}
