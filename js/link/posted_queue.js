// @ts-check
/**
 * The owner's side of a queue whose block it cannot share. A signal is posted to the guest's agent as a message, which
 * puts it into its own block on its next turn of the event loop. Until the guest has drained a signal it counts as
 * pending here, so no more signals are in flight than a block holds.
 */

import { BLOCK_BYTES, CELLS, LAST_STANDARD } from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as CODE from '../abi/code.js';
import * as ERRNO from '../abi/errno.js';
import { Queue } from './queue.js';
import { defaultAction } from '../signals/signal_names.js';
import { SIGCONT } from '../signals/table.js';

/** @typedef {import('./queue.js').Sent} Sent */

export class PostedQueue extends Queue {
  #posted = 0;
  /** @type {Map<number, Sent & {number: number}>} standard signals, which coalesce */ #standard = new Map();
  /** @type {(Sent & {number: number})[]} */ #realTime = [];
  /** @type {(message: object) => void} posts to the agent */ post = () => {};

  /**
   * @override
   * @template {typeof import('./inbox.js').Inbox} This
   * @this {This}
   * @param {import('./queue.js').Header} header
   * @returns {InstanceType<This>}
   */
  static create(header) {
    return /** @type {InstanceType<This>} */ (super.create(header, new ArrayBuffer(BLOCK_BYTES)));
  }

  /**
   * @override
   * @param {number} signo
   * @param {{code?: number, pid?: number, value?: number}} [info]
   */
  send(signo, { code = CODE.user, pid = 0, value = 0 } = {}) {
    if (signo > LAST_STANDARD && this.#realTime.length >= CELLS) return ERRNO.EAGAIN;
    const sent = { signo, code, pid, value, number: ++this.#posted };
    if (signo === SIGCONT)
      for (const stop of this.#standard.keys()) if (defaultAction(stop) === 'stop') this.#standard.delete(stop);
    if (signo > LAST_STANDARD) this.#realTime.push(sent);
    else this.#standard.set(signo, sent);
    this.post({ type: 'signal', signo, info: { code, pid, value } });
    return 0;
  }

  /** @override @param {number} bits */
  ring(bits) {
    this.post({ type: 'ring', bits });
  }

  /** @override @param {number} signo */
  hold(signo) {
    this.setStopped(signo);
    this.post({ type: 'hold', signo });
  }

  /** @param {number} count how many of the posted signals the guest has drained */
  drained(count) {
    for (const [signo, { number }] of this.#standard) if (number <= count) this.#standard.delete(signo);
    while (this.#realTime.length && this.#realTime[0].number <= count) this.#realTime.shift();
  }

  /** @override */
  get position() {
    return this.#posted;
  }

  /** @override @param {number} signo @param {number} [position] */
  pending(signo, position = this.#posted) {
    return this.#standard.has(signo) || this.#realTime.some((sent) => sent.signo === signo && sent.number <= position);
  }

  /** @override */
  unseen() {
    return [...this.#standard.keys(), ...this.#realTime.map(({ signo }) => signo)];
  }

  /**
   * Drains what is pending, for a guest that will never drain it.
   * @override
   */
  drain() {
    const sent = [...this.#standard.values(), ...this.#realTime];
    this.drained(Infinity);
    return { bits: sent.length ? BELL.signals : 0, sent };
  }
}
