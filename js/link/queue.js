// @ts-check
/**
 * The queue: the host's record of what was sent, in a control block (docs/host-abi.md). Of the host only this file
 * and those on which its class builds (sending_queue.js, inbox.js) read or write a block. Any agent may send; only one at a time may drain. A sender may be terminated
 * between any two steps (worker.terminate() takes effect anywhere). Therefore a single compare-exchange publishes each
 * signal with all that is known of it, and any other sender can complete the steps that follow.
 *
 * A block in guest memory is untrusted. Indexes are masked and loops are bounded. A block in a state that no sender and
 * no taker leaves behind is reported (EIO, ERR_BLOCK). Otherwise a guest that overwrites its block loses its own
 * signals and nothing else.
 */

import { CELLS, LAST_STANDARD, isSignal } from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as WORD from '../abi/word.js';
import { cellAt, inlineSignal, isFilled, isJobControl, sentAt, signalIn } from './block_words.js';
import { drained } from './drained.js';
import { SendingQueue } from './sending_queue.js';

/** @typedef {import('./inbox.js').Sent} Sent */
/** @typedef {import('./inbox.js').Header} Header */
/** @typedef {import('./block_words.js').Place} Place */

/** The queue as its owner needs it: also what was sent and not drained yet. */
export class Queue extends SendingQueue {
  /**
   * Drains everything, standard signals first.
   * @param {number} [room] how many real-time signals are taken; the others stay, with the doorbell set
   * @returns {{bits: number, sent: import('./inbox.js').Sent[]}} the doorbell bits, and what was sent
   */
  drain(room) {
    return drained(this, room);
  }

  /**
   * The signals that were sent and not drained yet.
   * @returns {number[]}
   */
  unseen() {
    const words = this.words;
    const inline = inlineSignal(Atomics.load(words, WORD.doorbell));
    const set = Atomics.load(words, WORD.std_bits);
    const found = inline ? [inline] : [];
    for (let bit = 0; bit < LAST_STANDARD; bit++) if (set & (1 << bit)) found.push(bit + 1);
    const head = Atomics.load(words, WORD.rt_head);
    for (let i = 0; i < CELLS; i++) {
      const cell = Atomics.load(this.pairs, cellAt(head + i));
      if (!isFilled(cell, head + i)) break;
      found.push(signalIn(cell));
    }
    return found.filter(isSignal);
  }

  get attention() {
    return Atomics.load(this.words, WORD.attention);
  }

  /**
   * Resolves when the owner was called after `count` was read.
   * @param {number} count
   */
  async attentionAfter(count) {
    await /** @type {any} */ (Atomics).waitAsync(this.words, WORD.attention, count).value;
  }

  /**
   * In the host block of a program without the library: its owner orders it to stop, or to continue (0).
   * @param {number} signo
   */
  hold(signo) {
    this.setStopped(signo);
    this.ring(BELL.event);
  }

  /** The place in the order of sends: pending() ignores real-time signals that were sent after it. */
  get position() {
    return Atomics.load(this.words, WORD.rt_tail);
  }

  /**
   * Whether this signal was sent and not drained yet. For display only: it may be drained at any moment.
   * @param {number} signo
   * @param {number} [position]
   */
  pending(signo, position = this.position) {
    const words = this.words;
    if (isJobControl(signo)) return (Atomics.load(words, WORD.std_bits) & (1 << (signo - 1))) !== 0;
    if (signo <= LAST_STANDARD)
      return (
        inlineSignal(Atomics.load(words, WORD.doorbell)) === signo || Atomics.load(this.pairs, sentAt(signo)) !== 0n
      );
    return ((position - Atomics.load(words, WORD.rt_head)) | 0) > 0;
  }
}
