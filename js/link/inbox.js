// @ts-check
/**
 * The receiver's half of the queue, of which queue.js is the whole: a control block, what was sent to it, and sleep until
 * something is. A guard, which is sent signals by other agents and sends none, needs no more.
 */

import {
  BLOCK_BYTES,
  BLOCK_WORDS,
  CELLS,
  FIRST_JOB,
  FLAG_EXTENDED,
  FLAG_SHARED,
  FLAG_SLEEPS,
  LAST_STANDARD,
  MAGIC,
  PAIR_WORDS,
  PID_MASK,
  VERSION,
  isSignal,
} from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as CELL from '../abi/cell.js';
import * as CODE from '../abi/code.js';
import * as ERRNO from '../abi/errno.js';
import * as INLINE from '../abi/inline_signal.js';
import * as STATE from '../abi/process_state.js';
import * as WAITED from '../abi/waited.js';
import * as WORD from '../abi/word.js';
import { mayBlock } from '../engine/features.js';
import { defaultAction, SIGNALS } from '../signals/signal_names.js';
import { SIGKILL, SIGSTOP } from '../signals/table.js';
import {
  UNDID_STOPS,
  bufferOf,
  cellAt,
  empty,
  highOf,
  infoOf,
  inlineSignal,
  isFilled,
  isJobControl,
  isShared,
  lowOf,
  sentAt,
  signalIn,
} from './block_words.js';

/** @typedef {import('./block_words.js').Place} Place */

/**
 * A signal that was sent.
 * @typedef {object} Sent
 * @property {number} signo
 * @property {number} code one of CODE
 * @property {number} pid the sender's
 * @property {number} value si_value if the code is CODE.queue, else 0
 */

/**
 * @typedef {object} Header
 * @property {number} pid
 * @property {number} [ppid]
 * @property {number} [uid]
 * @property {boolean} [extended] the edition of the `signal` module, for a program that does not choose itself
 * @property {boolean} [sleeps] whether the program may sleep on `ring` without its host
 * @property {readonly number[]} [ignored] the signals that are ignored when it starts
 * @property {readonly number[]} [blocked] the signals that are blocked when it starts
 * @property {number} [state]
 */

const UNBLOCKABLE = [SIGKILL, SIGSTOP];

/** How often a drain is repeated because signals come meanwhile. */
const MAX_ROUNDS = 8;

export class Inbox {
  /** @type {Place} */ #place;
  /** @type {number} */ #offset;
  /** @type {Int32Array} */ #view;
  /** @type {BigInt64Array} the same memory */ #pairView;
  /** @type {boolean} whether other agents can see the memory: then the view stays valid for ever */ #shared;

  /**
   * A view of the block at `offset` of `place`. Neither place nor contents are checked.
   * @param {Place} place
   * @param {number} [offset] in bytes
   */
  constructor(place, offset = 0) {
    const buffer = bufferOf(place);
    this.#place = place;
    this.#offset = offset;
    this.#shared = isShared(buffer);
    this.#view = new Int32Array(buffer, offset, BLOCK_WORDS);
    this.#pairView = new BigInt64Array(buffer, offset, BLOCK_WORDS / PAIR_WORDS);
  }

  /**
   * A new block of its own.
   * @template {typeof Inbox} This
   * @this {This}
   * @param {Header} header
   * @param {Place} [place]
   * @returns {InstanceType<This>}
   */
  static create(header, place = new SharedArrayBuffer(BLOCK_BYTES)) {
    const queue = /** @type {InstanceType<This>} */ (new this(place));
    queue.init(header);
    return queue;
  }

  /** @param {Header} header */
  init({
    pid,
    ppid = 0,
    uid = 0,
    extended = false,
    sleeps = false,
    ignored = [],
    blocked = [],
    state = STATE.detached,
  }) {
    const words = this.words;
    for (let i = 0; i < BLOCK_WORDS; i++) Atomics.store(words, i, 0);
    const pairs = this.pairs;
    for (let i = 0; i < CELLS; i++) Atomics.store(pairs, cellAt(i), empty(i));
    words[WORD.version] = VERSION;
    words[WORD.size] = BLOCK_WORDS;
    words[WORD.flags] = (this.shared ? FLAG_SHARED : 0) | (extended ? FLAG_EXTENDED : 0) | (sleeps ? FLAG_SLEEPS : 0);
    words[WORD.pid] = pid & PID_MASK;
    words[WORD.ppid] = ppid & PID_MASK;
    words[WORD.uid] = uid;
    const acting = SIGNALS.filter(
      (signo) => acts(signo) && (UNBLOCKABLE.includes(signo) || !(ignored.includes(signo) || blocked.includes(signo))),
    );
    for (const [word, signals] of /** @type {const} */ ([
      [WORD.ignored, ignored],
      [WORD.blocked, blocked],
      [WORD.defaults, acting],
    ])) {
      for (const signo of signals) words[word + ((signo - 1) >> 5)] |= 1 << (signo - 1);
    }
    this.state = state;
    Atomics.store(words, WORD.magic, MAGIC);
  }

  /** Whether other agents can see this block. */
  get shared() {
    return this.#shared;
  }

  /** @returns {ArrayBufferLike} the buffer for a handle */
  get buffer() {
    return this.words.buffer;
  }

  get offset() {
    return this.#offset;
  }

  get pid() {
    return this.words[WORD.pid] & PID_MASK;
  }

  get state() {
    return this.words[WORD.state];
  }

  set state(state) {
    Atomics.store(this.words, WORD.state, state);
  }

  /** @param {number} signo 0: it continued */
  setStopped(signo) {
    Atomics.store(this.words, WORD.stop_signal, signo & 127);
    this.state = signo ? STATE.stopped : STATE.running;
  }

  /** @param {number} bits of BELL; 0: the doorbell is set already */
  ring(bits) {
    const words = this.words;
    if (bits !== 0) Atomics.or(words, WORD.doorbell, bits);
    if (Atomics.load(words, WORD.waiters) === 0) return;
    Atomics.add(words, WORD.ring, 1);
    Atomics.notify(words, WORD.ring);
  }

  // --- taking ---------------------------------------------------------------------------------------------------------

  /**
   * For the files of this folder.
   * @param {(signo: number, info: number, value: number) => number} accept returns an errno number to leave the signal
   *   here
   * @returns {{bits: number, errno: number}} errno: why something is left here
   */
  takeAll(accept) {
    const words = this.words;
    let bits = this.#takeDoorbell(accept);
    for (let round = 0; ; round++) {
      const errno = this.#drainContents(accept);
      if (errno) return { bits, errno };
      // A signal that was sent before one found there has rung before that one was sent. Either that ring came after
      // the doorbell was exchanged, and the doorbell shows it now, or the signal was found too.
      if ((Atomics.load(words, WORD.doorbell) & (BELL.inline | BELL.signals)) === 0 || round === MAX_ROUNDS)
        return { bits, errno: 0 };
      bits |= this.#takeDoorbell(accept);
    }
  }

  /**
   * @param {(signo: number, info: number, value: number) => number} accept
   * @returns {number} the doorbell's bits
   */
  #takeDoorbell(accept) {
    const doorbell = Atomics.exchange(this.words, WORD.doorbell, 0);
    const inline = inlineSignal(doorbell);
    if (inline) accept(inline, infoOf(doorbell >> INLINE.code_shift, doorbell >>> INLINE.pid_shift), 0);
    return (doorbell & BELL.mask & ~BELL.inline) | (inline ? BELL.signals : 0);
  }

  /**
   * @param {(signo: number, info: number, value: number) => number} accept
   * @returns {number} an errno number: why something is left here
   */
  #drainContents(accept) {
    const words = this.words;
    const set = Atomics.exchange(words, WORD.std_bits, 0);
    if (set & UNDID_STOPS) accept(FIRST_JOB + 1, infoOf(CODE.user, 0), 0);
    for (let bit = 0; bit < LAST_STANDARD; bit++) {
      if ((set & (1 << bit)) === 0) continue;
      // A job control signal is read whenever its bit is set: it may have been undone between two sends. Another signal
      // may have been drained before with an earlier bit (0).
      const sent = isJobControl(bit + 1)
        ? Atomics.load(this.pairs, sentAt(bit + 1))
        : Atomics.exchange(this.pairs, sentAt(bit + 1), 0n);
      if (sent !== 0n) accept(bit + 1, lowOf(sent), highOf(sent)); // a standard signal always fits: it coalesces
    }
    for (let drained = 0; drained < CELLS; drained++) {
      const head = Atomics.load(words, WORD.rt_head);
      const cell = Atomics.load(this.pairs, cellAt(head));
      if (!isFilled(cell, head)) return 0;
      const low = lowOf(cell);
      const queued = (low & CELL.value) !== 0;
      const signo = signalIn(cell);
      const errno = isSignal(signo)
        ? accept(signo, infoOf(queued ? CODE.queue : highOf(cell), low), queued ? highOf(cell) : 0)
        : 0;
      if (errno !== 0) return errno;
      Atomics.store(this.pairs, cellAt(head), empty(head + CELLS));
      Atomics.store(words, WORD.rt_head, (head + 1) | 0);
    }
    // A full ring's worth was drained while senders continued: there may be more.
    Atomics.or(words, WORD.doorbell, BELL.signals);
    return ERRNO.EAGAIN;
  }

  // --- sleeping ------------------------------------------------------------------------------------------------------

  get doorbell() {
    return Atomics.load(this.words, WORD.doorbell);
  }

  /**
   * Registers a waiter. It does so before it checks, because senders increment `ring` and notify only while `waiters`
   * is not zero.
   * @param {number} count -1: no longer a waiter
   */
  addWaiters(count) {
    Atomics.add(this.words, WORD.waiters, count);
  }

  /** The current ring count. A waiter loads it, checks what it waits for, then calls wait() with it. */
  get ringCount() {
    return Atomics.load(this.words, WORD.ring);
  }

  /**
   * Sleeps until the ring count is no longer `count`.
   * @param {number} count
   * @param {number} timeoutNs negative: no limit
   * @returns {number} WAITED
   */
  wait(count, timeoutNs) {
    if (!mayBlock()) return WAITED.mayNotBlock;
    const outcome = Atomics.wait(this.words, WORD.ring, count | 0, timeoutNs >= 0 ? timeoutNs / 1e6 : Infinity);
    return outcome === 'timed-out' ? WAITED.timedOut : WAITED.woken;
  }

  /**
   * As wait(), but without blocking.
   * @param {number} count
   * @param {number} [timeoutNs] negative: no limit
   * @returns {Promise<number>} WAITED
   */
  async waitAsync(count, timeoutNs = -1) {
    const outcome = await /** @type {any} */ (Atomics).waitAsync(
      this.words,
      WORD.ring,
      count | 0,
      timeoutNs >= 0 ? timeoutNs / 1e6 : Infinity,
    ).value;
    return outcome === 'timed-out' ? WAITED.timedOut : WAITED.woken;
  }

  /** The view, created again if the guest's memory has grown. For the files of this folder. */
  get words() {
    this.#follow();
    return this.#view;
  }

  /** The same memory as words of 64 bits, created again like it. */
  get pairs() {
    this.#follow();
    return this.#pairView;
  }

  #follow() {
    if (this.#shared || bufferOf(this.#place) === this.#view.buffer) return;
    this.#view = new Int32Array(bufferOf(this.#place), this.#offset, BLOCK_WORDS);
    this.#pairView = new BigInt64Array(bufferOf(this.#place), this.#offset, BLOCK_WORDS / PAIR_WORDS);
  }
}

/** Whether the signal's default action ends or stops a process. @param {number} signo */
function acts(signo) {
  return !['ignore', 'continue'].includes(defaultAction(signo));
}
