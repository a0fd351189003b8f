// @ts-check
/**
 * The event 'delivery' of a process: every send is watched until the guest has drained the signal. The guest does not
 * report it, since that would cost time with every signal; so the owner polls while the event has listeners.
 *
 * Why: docs/rationale.md#why-are-deliveries-watched-not-reported
 */

import { LAST_STANDARD } from '../abi/index.js';
import { yielder } from '../engine/event_loop_turn.js';

/** How many sends are watched at a time: a guest need not drain any. */
const MAX_WATCHED = 2048;
/**
 * For this long the watcher polls in each turn of the event loop (browsers clamp timers to 4 ms), then after growing
 * pauses: a fraction of the time for which the signal has waited.
 */
const EAGER_MS = 10;
const PART = 16;
const MAX_MS = 50;

/**
 * @typedef {{signo: number, position: number, sentAt: number}} Sent position: of the queue, after this signal was put into it
 */
/** @typedef {Pick<import('../link/queue.js').Queue, 'position' | 'pending'>} Watched */

export class DeliveryWatcher {
  #queue;
  #tell;
  /** @type {Sent[]} */ #sends = [];
  /** @type {{listener: object, capture: boolean, wrapped: (event: Event) => void}[]} */ #listeners = [];
  #polling = false;
  /** @type {(() => Promise<unknown>) | undefined} */ #turn;

  /**
   * @param {() => Watched | undefined} queue the queue from which the guest drains; undefined while it cannot yet
   * @param {(signo: number, sentAt: number, seenAt: number) => void} tell
   */
  constructor(queue, tell) {
    this.#queue = queue;
    this.#tell = tell;
  }

  // --- listeners -----------------------------------------------------------------------------------------------------

  /**
   * Wraps a listener for EventTarget, so that the watcher knows when the last one is gone: by removal, by an
   * AbortSignal, or because it was added with `once`.
   * @param {EventListenerOrEventListenerObject | null} listener
   * @param {boolean | AddEventListenerOptions} [options]
   * @returns {((event: Event) => void) | null} the wrapper to add; null: there is nothing to add
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
   * @returns {((event: Event) => void) | null} its wrapper
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

  // --- sends ---------------------------------------------------------------------------------------------------------

  /**
   * Called before a send. If a standard signal of the same number was drained already, its delivery is reported first, so
   * that the new send is not mistaken for it.
   */
  before() {
    if (this.#sends.length) this.#see();
  }

  /** @param {number} signo the signal that was put into the queue */
  sent(signo) {
    if (this.#listeners.length === 0 || this.#sends.length >= MAX_WATCHED) return;
    if (signo <= LAST_STANDARD && this.#sends.some((one) => one.signo === signo)) return; // the signal coalesced
    this.#sends.push({ signo, position: this.#queue()?.position ?? 0, sentAt: performance.now() });
    if (!this.#polling) this.#poll();
  }

  /** From now on the guest can drain what was sent before, from the queue that `queue()` now returns. */
  moved() {
    const position = this.#queue()?.position ?? 0;
    for (const one of this.#sends) one.position = position;
  }

  /** The process has ended: what it has not drained it never will. */
  end() {
    this.#sends = [];
  }

  async #poll() {
    this.#polling = true;
    while (this.#sends.length) {
      const age = performance.now() - this.#sends[this.#sends.length - 1].sentAt;
      await (age < EAGER_MS ? (this.#turn ??= yielder())() : pause(Math.min(age / PART, MAX_MS)));
      this.#see();
    }
    this.#polling = false;
  }

  #see() {
    const queue = this.#queue();
    if (!queue) return;
    /** @type {Sent[]} */ const drained = [];
    /** @type {Sent[]} */ const waiting = [];
    for (const one of this.#sends) (queue.pending(one.signo, one.position) ? waiting : drained).push(one);
    this.#sends = waiting;
    const seenAt = performance.now();
    for (const { signo, sentAt } of drained) this.#tell(signo, sentAt, seenAt);
  }
}

/** @param {boolean | EventListenerOptions | undefined} options of an EventTarget's methods */
function captures(options) {
  return Boolean(typeof options === 'object' ? options?.capture : options);
}

/** A pause that does not keep Node alive. @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => /** @type {any} */ (setTimeout(resolve, ms)).unref?.());
}
