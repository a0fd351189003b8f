// @ts-check
/**
 * The timekeeper: an agent that rings guests at their requested deadlines (the import `arm`). One timekeeper serves all
 * guests of an owner. It starts with the first guest that may have timers and ends with the last that had one. It
 * sleeps on a word of its own, which every `arm` increments, because an agent can sleep on one word only and there are
 * many guests.
 *
 * The deadlines are read from the host blocks, which no guest can write to. There is a pause between two rounds: a
 * guest that arms without end neither keeps this agent busy nor delays the others.
 */

import * as BELL from '../abi/bell.js';
import { now } from '../engine/clock.js';
import { ASKED, KNOWN } from '../link/kept.js';
import { SendingQueue } from '../link/sending_queue.js';

/**
 * @typedef {{type: 'add', id: number, host: SharedArrayBuffer, buffer: SharedArrayBuffer, offset: number, kept:
 *   SharedArrayBuffer} | {type: 'remove', id: number}} Order
 */

/** @typedef {{postMessage(order: Order): void, terminate(): unknown}} Agent */

/**
 * Milliseconds between two rounds, so that no guest keeps the agent busy: less than the lateness of a system's own
 * timers.
 */
const PAUSE = 0.05;
/**
 * The most nanoseconds by which it wakes early in order to be in time. A system's waits end some 60 microseconds late;
 * the remaining time is spent reading the clock.
 */
const MAX_EARLY = 300_000;

/** The owner's side. */
export class Timekeeper {
  #start;
  /** @type {Agent | undefined} */ #agent;
  /** @type {Set<number>} */ #guests = new Set();

  /**
   * @param {(timekeeperWord: SharedArrayBuffer) => Agent} start starts an agent that runs keepTime
   * @param {SharedArrayBuffer} [timekeeperWord]
   */
  constructor(start, timekeeperWord = new SharedArrayBuffer(4)) {
    this.#start = start;
    /** The word that wakes the timekeeper; guests get it when they start. */
    this.timekeeperWord = timekeeperWord;
  }

  /**
   * @param {number} id
   * @param {SendingQueue} host the queue with the deadline
   * @param {SendingQueue} queue the queue to ring
   * @param {SharedArrayBuffer} kept its word becomes KNOWN when the guest is registered; until then the guest reads the
   *   clock itself
   */
  add(id, host, queue, kept) {
    this.#agent ??= this.#start(this.timekeeperWord);
    // ASKED keeps the guest from starting a timekeeper of its own if this agent only takes long to start. Another
    // timekeeper may have registered it already.
    const word = new Int32Array(kept);
    if (Atomics.compareExchange(word, 0, 0, ASKED) === 0) Atomics.notify(word, 0);
    this.#guests.add(id);
    this.#agent.postMessage({
      type: 'add',
      id,
      host: /** @type {SharedArrayBuffer} */ (host.buffer),
      buffer: /** @type {SharedArrayBuffer} */ (queue.buffer),
      offset: queue.offset,
      kept,
    });
    this.#wake();
  }

  /** @param {number} id */
  remove(id) {
    if (!this.#guests.delete(id)) return;
    if (this.#guests.size === 0) {
      this.#agent?.terminate();
      this.#agent = undefined;
      return;
    }
    this.#agent?.postMessage({ type: 'remove', id });
    this.#wake();
  }

  #wake() {
    const word = new Int32Array(this.timekeeperWord);
    Atomics.add(word, 0, 1);
    Atomics.notify(word, 0);
  }
}

/**
 * The loop of the timekeeper's agent; never returns.
 * @param {SharedArrayBuffer} timekeeperWord
 * @param {() => Order | undefined} nextOrder returns at once
 */
export function keepTime(timekeeperWord, nextOrder) {
  const word = new Int32Array(timekeeperWord);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  /** @type {Map<number, Deadline>} */
  const guests = new Map();
  let late = 50_000; // recent lateness of this system's waits, in nanoseconds, and its variation
  let spread = 25_000;
  let rested = true; // whether it has slept since its last round
  for (;;) {
    const count = Atomics.load(word, 0);
    for (let order = nextOrder(); order; order = nextOrder()) {
      if (order.type === 'add') {
        guests.set(order.id, {
          host: SendingQueue.open(order.host),
          queue: new SendingQueue(order.buffer, order.offset),
          rung: undefined,
        });
        // Stored before the deadline is read: a guest that does not see KNOWN yet has stored its deadline and rings
        // itself; for a guest that sees it, the deadline is read afterwards.
        const kept = new Int32Array(order.kept);
        Atomics.store(kept, 0, KNOWN);
        Atomics.notify(kept, 0);
      } else {
        guests.delete(order.id);
      }
    }
    const next = ringDue(guests.values());
    const early = Math.min(MAX_EARLY, late + 2 * spread);
    if (!rested) {
      Atomics.wait(pause, 0, 0, PAUSE);
      rested = true;
      continue;
    }
    if (next - now() <= early) {
      while (now() < next && Atomics.load(word, 0) === count);
      rested = false;
      continue;
    }
    const wake = next - early;
    const asleep = now();
    const outcome = Atomics.wait(word, 0, count, next === Infinity ? Infinity : Math.max(0, wake - asleep) / 1e6);
    rested = now() - asleep >= PAUSE * 1e6;
    if (outcome === 'timed-out') {
      const by = Math.min(MAX_EARLY, Math.max(0, now() - wake));
      spread += (Math.abs(by - late) - spread) / 8;
      late += (by - late) / 8;
    }
  }
}

/** @typedef {{host: SendingQueue, queue: SendingQueue, rung: number | undefined}} Deadline rung: the timer_seq for which it rang */

/**
 * @param {Iterable<Deadline>} guests
 * @returns {number} the earliest deadline that is left
 */
function ringDue(guests) {
  let next = Infinity;
  for (const guest of guests) {
    const { seq, time } = guest.host.armed;
    if (time === 0 || seq === guest.rung) continue;
    if (time <= now()) {
      guest.rung = seq;
      guest.queue.ring(BELL.timer);
      if (guest.queue.timerSignal && guest.queue.acts(guest.queue.timerSignal)) guest.host.callOwner();
    } else if (time < next) {
      next = time;
    }
  }
  return next;
}
