// @ts-check
/**
 * The event 'delivery' of a process: what was sent is looked after until the guest has taken it. The guest itself tells nobody, since that would cost it something with every
 * signal; so the owner looks, as long as somebody listens.
 */

import { LAST_STANDARD } from '../abi/index.js';
import { yielder } from '../engine/event_loop_turn.js';

/** Sends that are looked after at a time: a guest need not take any. */
const MAX_WATCHED = 2048;
/** At first it looks in each turn of the event loop (browsers hold timers back for 4 ms), then after ever longer pauses: a part of the time that the signal waits already. */
const EAGER_MS = 10;
const PART = 16;
const MAX_MS = 50;

/** @typedef {{signo: number, mark: number, sentAt: number}} Sent  mark: of the queue, after this was put into it */
/** @typedef {Pick<import('../link/queue.js').Queue, 'mark' | 'pending'>} Watched */

export class DeliveryWatcher {
  #queue;
  #tell;
  /** @type {Sent[]} */ #sends = [];
  /** @type {{listener: object, capture: boolean, wrapped: (event: Event) => void}[]} */ #listeners = [];
  #looking = false;
  /** @type {(() => Promise<unknown>) | undefined} */ #turn;

  /**
   * @param {() => Watched | undefined} queue  the one that the guest takes from; undefined while it cannot yet
   * @param {(signo: number, sentAt: number, seenAt: number) => void} tell
   */
  constructor(queue, tell) {
    this.#queue = queue;
    this.#tell = tell;
  }

  // --- who listens ---------------------------------------------------------------------------------------------------------

  /**
   * What to give to EventTarget instead of a listener, so that it is known when the last one is gone: by removal, an AbortSignal, or because it was for once.
   * @param {EventListenerOrEventListenerObject | null} listener
   * @param {boolean | AddEventListenerOptions} [options]
   * @returns {((event: Event) => void) | null} null: there is nothing to add
   */
  listen(listener, options) {
    const capture = captures(options);
    const { once = false, signal = undefined } = typeof options === 'object' ? options : {};
    if (!listener || signal?.aborted || this.#find(listener, capture)) return null;
    const gone = () => this.forget(listener, options);
    const wrapped = (/** @type {Event} */ event) => {
      if (once) gone();
      if (typeof listener === 'function') listener.call(event.currentTarget, event);
      else listener.handleEvent(event);
    };
    this.#listeners.push({ listener, capture, wrapped });
    signal?.addEventListener('abort', gone, { once: true });
    return wrapped;
  }

  /**
   * @param {object | null} listener
   * @param {boolean | EventListenerOptions} [options]
   * @returns {((event: Event) => void) | null} what it was replaced by
   */
  forget(listener, options) {
    const found = this.#find(listener, captures(options));
    if (!found) return null;
    this.#listeners.splice(this.#listeners.indexOf(found), 1);
    if (this.#listeners.length === 0) this.#sends = [];
    return found.wrapped;
  }

  /** @param {object | null} listener @param {boolean} capture */
  #find(listener, capture) {
    return this.#listeners.find((one) => one.listener === listener && one.capture === capture);
  }

  // --- what was sent -------------------------------------------------------------------------------------------------------

  /** Before a send: a standard signal of the same number that was taken already is told of first, and not for the next one. */
  before() {
    if (this.#sends.length) this.#see();
  }

  /** @param {number} signo  was put into the queue */
  sent(signo) {
    if (this.#listeners.length === 0 || this.#sends.length >= MAX_WATCHED) return;
    if (signo <= LAST_STANDARD && this.#sends.some((one) => one.signo === signo)) return; // it coalesced
    this.#sends.push({ signo, mark: this.#queue()?.mark ?? 0, sentAt: performance.now() });
    if (!this.#looking) this.#look();
  }

  /** The guest can take what was sent before, from this queue on. */
  moved() {
    const mark = this.#queue()?.mark ?? 0;
    for (const one of this.#sends) one.mark = mark;
  }

  /** The process has ended: what it has not taken it never will. */
  end() {
    this.#sends = [];
  }

  async #look() {
    this.#looking = true;
    while (this.#sends.length) {
      const age = performance.now() - this.#sends[this.#sends.length - 1].sentAt;
      await (age < EAGER_MS ? (this.#turn ??= yielder())() : pause(Math.min(age / PART, MAX_MS)));
      this.#see();
    }
    this.#looking = false;
  }

  #see() {
    const queue = this.#queue();
    if (!queue) return;
    /** @type {Sent[]} */ const taken = [];
    /** @type {Sent[]} */ const waiting = [];
    for (const one of this.#sends) (queue.pending(one.signo, one.mark) ? waiting : taken).push(one);
    this.#sends = waiting;
    const seenAt = performance.now();
    for (const { signo, sentAt } of taken) this.#tell(signo, sentAt, seenAt);
  }
}

/** @param {boolean | EventListenerOptions | undefined} options  of an EventTarget's methods */
function captures(options) {
  return Boolean(typeof options === 'object' ? options?.capture : options);
}

/** It keeps no program of Node alive. @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => /** @type {any} */ (setTimeout(resolve, ms)).unref?.());
}
