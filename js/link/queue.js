// @ts-check
/**
 * The queue: the host's record of what was sent, in a control block (docs/host-abi.md). This is the only file of the
 * host that reads or writes a block. Any agent may send; only one at a time may drain. A sender may be terminated
 * between any two steps (worker.terminate() takes effect anywhere). Therefore a single compare-exchange publishes each
 * signal with all that is known of it, and any other sender can complete the steps that follow.
 *
 * A block in guest memory is untrusted. Indexes are masked and loops are bounded. A block in a state that no sender and
 * no taker leaves behind is reported (EIO, ERR_BLOCK). Otherwise a guest that overwrites its block loses its own
 * signals and nothing else.
 *
 * Why: docs/rationale.md#why-may-a-signal-travel-in-the-doorbell
 * Why: docs/rationale.md#why-is-each-signal-published-by-one-compare-exchange-of-64-bits
 * Why: docs/rationale.md#why-does-sigcont-take-the-stops-before-it-out-of-the-queue
 */

import {
  BLOCK_ALIGNMENT,
  BLOCK_BYTES,
  BLOCK_WORDS,
  CELLS,
  FIRST_JOB,
  FLAG_EXTENDED,
  FLAG_SHARED,
  FLAG_SLEEPS,
  INFO_CODE_MASK,
  INFO_CODE_SHIFT,
  INFO_SENT,
  JOBS,
  LAST_SIGNAL,
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
import * as EXIT from '../abi/exit.js';
import * as INLINE from '../abi/inline_signal.js';
import * as STATE from '../abi/process_state.js';
import * as WAITED from '../abi/waited.js';
import * as WORD from '../abi/word.js';
import { WasmsigError } from '../engine/errors.js';
import { hasSharedMemory, mayBlock } from '../engine/features.js';
import { defaultAction } from '../signals/signal_names.js';
import { SIGKILL, SIGSTOP } from '../signals/table.js';
import { damaged } from './damaged.js';

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

/** The bits of the stop signals. */
const STOPS = ((1 << (JOBS - 1)) - 1) << FIRST_JOB;
/** The bit of `std_bits`, which has 31 signals, for a stop that was sent before its SIGCONT. */
const UNDID_STOPS = 1 << 31;
/** All signals that can be sent. */
const SIGNALS = Array.from({ length: LAST_SIGNAL }, (_, index) => index + 1).filter(isSignal);
const UNBLOCKABLE = [SIGKILL, SIGSTOP];

/** How often a drain is repeated because signals come meanwhile. */
const MAX_ROUNDS = 8;

/**
 * The number of tries after which a block that never lets a sender in counts as damaged. Contention needs a handful.
 */
const SEND_TRIES = 1 << 16;

/** A memory, or the buffer of one. Only a Memory follows memory.grow of unshared memory. */
/** @typedef {SharedArrayBuffer | ArrayBuffer | WebAssembly.Memory} Place */

export class Queue {
  /** @type {Place} */ #place;
  /** @type {number} */ #offset;
  /** @type {Int32Array} */ #view;
  /** @type {BigInt64Array} the same memory */ #pairView;
  /** @type {boolean} whether other agents can see the memory: then the view stays valid for ever */ #shared;

  /**
   * A view of the block at `offset` of `place`. Its contents are not checked (see init and open).
   * @param {Place} place
   * @param {number} [offset] in bytes
   */
  constructor(place, offset = 0) {
    const buffer = bufferOf(place);
    if (!(buffer instanceof ArrayBuffer || isShared(buffer)))
      throw new WasmsigError('ERR_BLOCK', 'a control block needs a memory');
    if (
      !Number.isInteger(offset) ||
      offset < 0 ||
      offset % BLOCK_ALIGNMENT !== 0 ||
      offset + BLOCK_BYTES > buffer.byteLength
    ) {
      throw new WasmsigError(
        'ERR_BLOCK',
        `no control block fits at byte ${offset} of a memory of ${buffer.byteLength} bytes (it takes ${BLOCK_BYTES}, aligned to ${BLOCK_ALIGNMENT})`,
      );
    }
    this.#place = place;
    this.#offset = offset;
    this.#shared = isShared(buffer);
    this.#view = new Int32Array(buffer, offset, BLOCK_WORDS);
    this.#pairView = new BigInt64Array(buffer, offset, BLOCK_WORDS / PAIR_WORDS);
  }

  /**
   * A new block of its own.
   * @param {Header} header
   * @param {Place} [place]
   */
  static create(header, place = new SharedArrayBuffer(BLOCK_BYTES)) {
    const queue = new this(place);
    queue.init(header);
    return queue;
  }

  /**
   * A block that was initialised elsewhere. Throws if it is not one.
   * @param {Place} place
   * @param {number} [offset] in bytes
   */
  static open(place, offset = 0) {
    const queue = new Queue(place, offset);
    if (queue.intact) return queue;
    const words = queue.#words();
    throw new WasmsigError(
      'ERR_BLOCK',
      words[WORD.magic] !== MAGIC
        ? 'not a control block of wasmsig: its first word is not "WSIG"'
        : `a control block of version ${words[WORD.version]} and ${words[WORD.size]} words; this host speaks version ${VERSION}, of ${BLOCK_WORDS} words`,
    );
  }

  /** Whether the words that never change have the values that init() stored. */
  get intact() {
    const words = this.#words();
    return words[WORD.magic] === MAGIC && words[WORD.version] === VERSION && words[WORD.size] === BLOCK_WORDS;
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
    const words = this.#words();
    for (let i = 0; i < BLOCK_WORDS; i++) Atomics.store(words, i, 0);
    const pairs = this.#pairs();
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
    return this.#words().buffer;
  }

  get offset() {
    return this.#offset;
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /**
   * @param {number} signo 1 .. 31 or 35 .. 64, already checked (signalNumber)
   * @param {{code?: number, pid?: number, value?: number}} [info]
   * @returns {number} 0; EAGAIN if the real-time queue is full; EINVAL; EIO if the guest has damaged the block (then
   *   nothing is known of what was sent before)
   */
  send(signo, { code = CODE.user, pid = 0, value = 0 } = {}) {
    if (!isSignal(signo)) return ERRNO.EINVAL;
    if (!this.intact) return ERRNO.EIO;
    const inline = this.#putInline(signo, code, pid);
    const errno = inline ? 0 : this.#put(signo, infoOf(code, pid), code === CODE.queue ? value : 0);
    if (errno === 0) this.ring(inline ? 0 : BELL.signals);
    return errno;
  }

  /**
   * Stores a signal and its sender in a quiet doorbell. Then a single word, which the guest reads anyway, has to move
   * from processor to processor. If the doorbell holds the same signal already, that one is pending and the new one
   * coalesces with it. (So a signal in `std_sent` at the same time was sent before.)
   * @param {number} signo
   * @param {number} code
   * @param {number} pid
   */
  #putInline(signo, code, pid) {
    if (signo > LAST_STANDARD || isJobControl(signo)) return false;
    const words = this.#words();
    if (code === CODE.queue || pid !== (pid & INLINE.pid_mask))
      return inlineSignal(Atomics.load(words, WORD.doorbell)) === signo;
    const inline =
      (pid << INLINE.pid_shift) |
      ((code & INFO_CODE_MASK) << INLINE.code_shift) |
      (signo << INLINE.signo_shift) |
      BELL.inline;
    const was = Atomics.compareExchange(words, WORD.doorbell, 0, inline);
    return was === 0 || inlineSignal(was) === signo;
  }

  /**
   * @param {number} signo
   * @param {number} info
   * @param {number} value
   * @returns {number} an errno number
   */
  #put(signo, info, value) {
    if (signo > LAST_STANDARD) return this.#putRealTime(signo, info, value);
    if (isJobControl(signo)) return this.#putJobControl(signo, info, value);
    Atomics.compareExchange(this.#pairs(), sentAt(signo), 0n, join(info, value));
    // Set even if the signal coalesces: the sender of the first one may have been terminated before it set the bit.
    Atomics.or(this.#words(), WORD.std_bits, 1 << (signo - 1));
    return 0;
  }

  /**
   * SIGCONT discards the stop signals that were sent before it and not drained yet. It then sets the bit UNDID_STOPS, because these
   * stops have undone an older SIGCONT that may be pending in the process. Stops that are sent after SIGCONT are also
   * drained after it.
   * @param {number} signo
   * @param {number} info
   * @param {number} value
   * @returns {number} an errno number
   */
  #putJobControl(signo, info, value) {
    const words = this.#words();
    const bit = 1 << (signo - 1);
    for (let tries = 0; tries < SEND_TRIES; tries++) {
      const set = Atomics.load(words, WORD.std_bits);
      const undone = signo === FIRST_JOB ? set & STOPS : 0;
      if ((set & bit) === 0 || undone !== 0) Atomics.store(this.#pairs(), sentAt(signo), join(info, value)); // otherwise it coalesces
      if (
        Atomics.compareExchange(words, WORD.std_bits, set, (set & ~undone) | bit | (undone ? UNDID_STOPS : 0)) === set
      )
        return 0;
    }
    return ERRNO.EIO;
  }

  /**
   * @param {number} signo
   * @param {number} info
   * @param {number} value
   * @returns {number} an errno number
   */
  #putRealTime(signo, info, value) {
    const words = this.#words();
    const code = codeOf(info);
    const queued = code === CODE.queue;
    const low = ((signo - CELL.first) << CELL.signo_shift) | (queued ? CELL.value : 0) | (info & PID_MASK);
    for (let tries = 0; tries < SEND_TRIES; tries++) {
      const tail = Atomics.load(words, WORD.rt_tail);
      const was = Atomics.compareExchange(
        this.#pairs(),
        cellAt(tail),
        empty(tail),
        join(low | filled(tail), queued ? value : code),
      );
      if (was !== empty(tail) && !isFilled(was, tail) && was !== empty(tail + CELLS)) {
        // The cell belongs to a later lap, and the tail has moved; or is still filled from the lap before; or is
        // damaged.
        if (Atomics.load(words, WORD.rt_tail) !== tail) continue;
        if (!isFilled(was, tail + CELLS)) return ERRNO.EIO;
        Atomics.add(words, WORD.rt_dropped, 1);
        return ERRNO.EAGAIN;
      }
      // Also for another sender, which may have been terminated before it advanced the tail.
      Atomics.compareExchange(words, WORD.rt_tail, tail, (tail + 1) | 0);
      if (was === empty(tail)) return 0;
    }
    return ERRNO.EIO;
  }

  /** @param {number} bits of BELL; 0: the doorbell is set already */
  ring(bits) {
    const words = this.#words();
    if (bits !== 0) Atomics.or(words, WORD.doorbell, bits);
    if (Atomics.load(words, WORD.waiters) === 0) return;
    Atomics.add(words, WORD.ring, 1);
    Atomics.notify(words, WORD.ring);
  }

  // --- taking --------------------------------------------------------------------------------------------------------

  /**
   * Drains everything, standard signals first.
   * @param {number} [room] how many real-time signals are taken; the others stay, with the doorbell set
   * @returns {{bits: number, sent: Sent[]}} the doorbell bits, and what was sent
   */
  drain(room = Infinity) {
    /** @type {Sent[]} */
    const sent = [];
    const { bits, errno } = this.#drainTo((signo, info, value) => {
      const code = codeOf(info);
      // it coalesces
      if (signo <= LAST_STANDARD && !isJobControl(signo) && sent.some((one) => one.signo === signo)) return 0;
      if (signo > LAST_STANDARD && room-- <= 0) return ERRNO.EAGAIN;
      sent.push({ signo, code, pid: info & PID_MASK, value: code === CODE.queue ? value : 0 });
      return 0;
    });
    if (errno) Atomics.or(this.#words(), WORD.doorbell, BELL.signals);
    return { bits, sent };
  }

  /**
   * Moves everything into another block and rings it with the doorbell bits found here. What does not fit there stays
   * here, with the doorbell set again, so that no signal is lost that a sender knows as queued.
   * @param {Queue} other
   * @param {{silent?: boolean}} [options] silent: set the doorbell of the other block without incrementing its ring
   *   count
   * @returns {{bits: number, done: boolean}} done: nothing is left here
   * @throws {WasmsigError} ERR_BLOCK: the other block, of the same process, is damaged
   */
  moveTo(other, { silent = false } = {}) {
    if (!other.intact) throw damaged(this.pid);
    const { bits, errno } = this.#drainTo((signo, info, value) => other.#put(signo, info, value));
    if (errno === ERRNO.EIO) throw damaged(this.pid);
    if (bits !== 0) {
      if (silent) Atomics.or(other.#words(), WORD.doorbell, bits);
      else other.ring(bits);
    }
    if (errno) Atomics.or(this.#words(), WORD.doorbell, BELL.signals);
    return { bits, done: !errno };
  }

  /**
   * @param {(signo: number, info: number, value: number) => number} accept returns an errno number to leave the signal
   *   here
   * @returns {{bits: number, errno: number}} errno: why something is left here
   */
  #drainTo(accept) {
    const words = this.#words();
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
    const doorbell = Atomics.exchange(this.#words(), WORD.doorbell, 0);
    const inline = inlineSignal(doorbell);
    if (inline) accept(inline, infoOf(doorbell >> INLINE.code_shift, doorbell >>> INLINE.pid_shift), 0);
    return (doorbell & BELL.mask & ~BELL.inline) | (inline ? BELL.signals : 0);
  }

  /**
   * @param {(signo: number, info: number, value: number) => number} accept
   * @returns {number} an errno number: why something is left here
   */
  #drainContents(accept) {
    const words = this.#words();
    const set = Atomics.exchange(words, WORD.std_bits, 0);
    if (set & UNDID_STOPS) accept(FIRST_JOB + 1, infoOf(CODE.user, 0), 0);
    for (let bit = 0; bit < LAST_STANDARD; bit++) {
      if ((set & (1 << bit)) === 0) continue;
      // A job control signal is read whenever its bit is set: it may have been undone between two sends. Another signal
      // may have been drained before with an earlier bit (0).
      const sent = isJobControl(bit + 1)
        ? Atomics.load(this.#pairs(), sentAt(bit + 1))
        : Atomics.exchange(this.#pairs(), sentAt(bit + 1), 0n);
      if (sent !== 0n) accept(bit + 1, lowOf(sent), highOf(sent)); // a standard signal always fits: it coalesces
    }
    for (let drained = 0; drained < CELLS; drained++) {
      const head = Atomics.load(words, WORD.rt_head);
      const cell = Atomics.load(this.#pairs(), cellAt(head));
      if (!isFilled(cell, head)) return 0;
      const low = lowOf(cell);
      const queued = (low & CELL.value) !== 0;
      const signo = signalIn(cell);
      const errno = isSignal(signo)
        ? accept(signo, infoOf(queued ? CODE.queue : highOf(cell), low), queued ? highOf(cell) : 0)
        : 0;
      if (errno !== 0) return errno;
      Atomics.store(this.#pairs(), cellAt(head), empty(head + CELLS));
      Atomics.store(words, WORD.rt_head, (head + 1) | 0);
    }
    // A full ring's worth was drained while senders continued: there may be more.
    Atomics.or(words, WORD.doorbell, BELL.signals);
    return ERRNO.EAGAIN;
  }

  /**
   * Synced mode: copies the ring count and moves what is here into the guest block. The count is copied first, and also
   * when there is nothing to move: a guest that slept on an older count would never sleep again.
   * @param {Queue} guest
   * @returns {number} the doorbell bits that were moved
   * @throws {WasmsigError} ERR_BLOCK: the guest block is damaged
   */
  syncTo(guest) {
    const words = this.#words();
    Atomics.store(guest.#words(), WORD.ring, Atomics.load(words, WORD.ring));
    if (Atomics.load(words, WORD.doorbell) === 0) return 0;
    return this.moveTo(guest, { silent: true }).bits;
  }

  // --- sleeping ------------------------------------------------------------------------------------------------------

  get doorbell() {
    return Atomics.load(this.#words(), WORD.doorbell);
  }

  /**
   * Registers a waiter. It does so before it checks, because senders increment `ring` and notify only while `waiters`
   * is not zero.
   * @param {number} count -1: no longer a waiter
   */
  addWaiters(count) {
    Atomics.add(this.#words(), WORD.waiters, count);
  }

  /** The current ring count. A waiter loads it, checks what it waits for, then calls wait() with it. */
  get ringCount() {
    return Atomics.load(this.#words(), WORD.ring);
  }

  /**
   * Sleeps until the ring count is no longer `count`.
   * @param {number} count
   * @param {number} timeoutNs negative: no limit
   * @returns {number} WAITED
   */
  wait(count, timeoutNs) {
    if (!mayBlock()) return WAITED.mayNotBlock;
    const outcome = Atomics.wait(this.#words(), WORD.ring, count | 0, timeoutNs >= 0 ? timeoutNs / 1e6 : Infinity);
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
      this.#words(),
      WORD.ring,
      count | 0,
      timeoutNs >= 0 ? timeoutNs / 1e6 : Infinity,
    ).value;
    return outcome === 'timed-out' ? WAITED.timedOut : WAITED.woken;
  }

  // --- the header and the timer --------------------------------------------------------------------------------------

  get pid() {
    return this.#words()[WORD.pid] & PID_MASK;
  }

  /** @returns {{pid: number, ppid: number, uid: number, extended: boolean, ignored: number[], blocked: number[]}} */
  get header() {
    const words = this.#words();
    const signals = (/** @type {number} */ word) => SIGNALS.filter((signo) => hasSignal(words, word, signo));
    return {
      pid: this.pid,
      ppid: words[WORD.ppid] & PID_MASK,
      uid: words[WORD.uid],
      extended: (words[WORD.flags] & FLAG_EXTENDED) !== 0,
      ignored: signals(WORD.ignored),
      blocked: signals(WORD.blocked),
    };
  }

  // --- default actions -----------------------------------------------------------------------------------------------

  /**
   * Whether the signal's default action takes effect without a check: it is not handled, and no thread blocks it.
   * @param {number} signo
   */
  acts(signo) {
    return hasSignal(this.#words(), WORD.defaults, signo);
  }

  /**
   * Copies the word `defaults` from the guest block of the same process.
   * @param {Queue} guest
   * @param {boolean} [fewer] copies only that an action no longer takes effect
   * @returns {[number, number] | undefined} the two words, if they have changed
   */
  copyDefaults(guest, fewer = false) {
    return this.setDefaults(
      [0, 1].map((half) => Atomics.load(guest.#words(), WORD.defaults + half)),
      fewer,
    );
  }

  /** @param {number[]} wanted @param {boolean} [fewer] @returns {[number, number] | undefined} */
  setDefaults(wanted, fewer = false) {
    const words = this.#words();
    const [low, high] = wanted.map((bits, half) => (fewer ? bits & words[WORD.defaults + half] : bits));
    if (words[WORD.defaults] === low && words[WORD.defaults + 1] === high) return undefined;
    Atomics.store(words, WORD.defaults, low);
    Atomics.store(words, WORD.defaults + 1, high);
    return [low, high];
  }

  /**
   * The signals that were sent and not drained yet.
   * @returns {number[]}
   */
  unseen() {
    const words = this.#words();
    const inline = inlineSignal(Atomics.load(words, WORD.doorbell));
    const set = Atomics.load(words, WORD.std_bits);
    const found = inline ? [inline] : [];
    for (let bit = 0; bit < LAST_STANDARD; bit++) if (set & (1 << bit)) found.push(bit + 1);
    const head = Atomics.load(words, WORD.rt_head);
    for (let i = 0; i < CELLS; i++) {
      const cell = Atomics.load(this.#pairs(), cellAt(head + i));
      if (!isFilled(cell, head + i)) break;
      found.push(signalIn(cell));
    }
    return found.filter(isSignal);
  }

  /** The signal that the timer sends; 0: none. */
  get timerSignal() {
    const signo = Atomics.load(this.#words(), WORD.timer_signal);
    return isSignal(signo) ? signo : 0;
  }

  /** In the host block: asks the owner to handle default actions. */
  callOwner() {
    Atomics.add(this.#words(), WORD.attention, 1);
    Atomics.notify(this.#words(), WORD.attention);
  }

  get attention() {
    return Atomics.load(this.#words(), WORD.attention);
  }

  /**
   * Resolves when the owner was called after `count` was read.
   * @param {number} count
   */
  async attentionAfter(count) {
    await /** @type {any} */ (Atomics).waitAsync(this.#words(), WORD.attention, count).value;
  }

  get state() {
    return this.#words()[WORD.state];
  }

  set state(state) {
    Atomics.store(this.#words(), WORD.state, state);
  }

  /** @param {number} signo 0: it continued */
  setStopped(signo) {
    Atomics.store(this.#words(), WORD.stop_signal, signo & 127);
    this.state = signo ? STATE.stopped : STATE.running;
  }

  /**
   * In the host block of a program without the library: its owner orders it to stop, or to continue (0).
   * @param {number} signo
   */
  hold(signo) {
    this.setStopped(signo);
    this.ring(BELL.event);
  }

  /**
   * @param {number} kind of EXIT
   * @param {number} number a code or a signal
   */
  setExit(kind, number) {
    Atomics.store(this.#words(), WORD.exit, kind + (number & 0xff));
    this.state = STATE.ended;
  }

  /**
   * The contents of the exit word.
   * @returns {{signo: number, core: boolean, code?: undefined} | {code: number, signo?: undefined} | undefined}
   */
  get exit() {
    const exit = Atomics.load(this.#words(), WORD.exit);
    const number = exit & 0xff;
    const kind = exit - number;
    if (kind === EXIT.exited) return { code: number };
    return kind === EXIT.killed || kind === EXIT.core ? { signo: number, core: kind === EXIT.core } : undefined;
  }

  /** The place in the order of sends: pending() ignores real-time signals that were sent after it. */
  get position() {
    return Atomics.load(this.#words(), WORD.rt_tail);
  }

  /**
   * Whether this signal was sent and not drained yet. For display only: it may be drained at any moment.
   * @param {number} signo
   * @param {number} [position]
   */
  pending(signo, position = this.position) {
    const words = this.#words();
    if (isJobControl(signo)) return (Atomics.load(words, WORD.std_bits) & (1 << (signo - 1))) !== 0;
    if (signo <= LAST_STANDARD)
      return (
        inlineSignal(Atomics.load(words, WORD.doorbell)) === signo || Atomics.load(this.#pairs(), sentAt(signo)) !== 0n
      );
    return ((position - Atomics.load(words, WORD.rt_head)) | 0) > 0;
  }

  /**
   * Stores the requested deadline in the host block. Only the guest's agent calls this.
   * @param {number} time nanoseconds of the monotonic clock; 0: none
   * @param {number} [signo] the signal that the timer sends
   */
  arm(time, signo = 0) {
    const words = this.#words();
    Atomics.store(words, WORD.timer_signal, signo);
    Atomics.store(words, WORD.timer_low, (time % 0x100000000) | 0);
    Atomics.store(words, WORD.timer_high, (time / 0x100000000) | 0);
    Atomics.add(words, WORD.timer_seq, 1);
    Atomics.notify(words, WORD.timer_seq);
  }

  /**
   * While the guest stores another deadline, the time read may be neither the old nor the new one. If it is too early,
   * that costs one more check; and the timekeeper is woken after the store and reads again.
   * @returns {{seq: number, time: number}} time: 0 none
   */
  get armed() {
    const words = this.#words();
    const [seq, low, high] = [WORD.timer_seq, WORD.timer_low, WORD.timer_high].map((word) => Atomics.load(words, word));
    return { seq, time: (high >>> 0) * 0x100000000 + (low >>> 0) };
  }

  /** The view, created again if the guest's memory has grown. */
  #words() {
    this.#follow();
    return this.#view;
  }

  /** The same memory as words of 64 bits, created again like it. */
  #pairs() {
    this.#follow();
    return this.#pairView;
  }

  #follow() {
    if (this.#shared || bufferOf(this.#place) === this.#view.buffer) return;
    this.#view = new Int32Array(bufferOf(this.#place), this.#offset, BLOCK_WORDS);
    this.#pairView = new BigInt64Array(bufferOf(this.#place), this.#offset, BLOCK_WORDS / PAIR_WORDS);
  }
}

/**
 * Whether the set that starts at a word has a signal.
 * @param {Int32Array} words
 * @param {number} word
 * @param {number} signo
 */
function hasSignal(words, word, signo) {
  return (Atomics.load(words, word + ((signo - 1) >> 5)) & (1 << (signo - 1))) !== 0;
}

/** Whether the signal's default action ends or stops a process. @param {number} signo */
function acts(signo) {
  return !['ignore', 'continue'].includes(defaultAction(signo));
}

/** An info word. @param {number} code @param {number} pid */
function infoOf(code, pid) {
  return INFO_SENT | ((code & INFO_CODE_MASK) << INFO_CODE_SHIFT) | (pid & PID_MASK);
}

/** The signal that stands in a doorbell; 0: none. @param {number} doorbell */
function inlineSignal(doorbell) {
  return (doorbell & BELL.inline) !== 0 ? (doorbell >> INLINE.signo_shift) & INLINE.signo_mask : 0;
}

/** @param {number} signo */
function isJobControl(signo) {
  return signo >= FIRST_JOB && signo < FIRST_JOB + JOBS;
}

/** The index of a standard signal's pair. @param {number} signo */
function sentAt(signo) {
  return WORD.std_sent / PAIR_WORDS + signo - 1;
}

/** The index of a cell. @param {number} position any 32-bit number */
function cellAt(position) {
  return WORD.rt_cell / PAIR_WORDS + (position & (CELLS - 1));
}

/** The contents of the cell of a position when it may be filled. @param {number} position */
function empty(position) {
  return join(0, position);
}

/** The first two bits of the low half of a filled cell. @param {number} position */
function filled(position) {
  return CELL.filled | (position & CELLS ? CELL.lap : 0);
}

/** Whether a cell is filled for this position. @param {bigint} cell @param {number} position */
function isFilled(cell, position) {
  return (lowOf(cell) & (CELL.filled | CELL.lap)) === filled(position);
}

/** The number of the signal in a filled cell. @param {bigint} cell */
function signalIn(cell) {
  return ((lowOf(cell) >> CELL.signo_shift) & CELL.signo_mask) + CELL.first;
}

/** Two words, and a view of both as one: arithmetic with BigInts would be slower. */
const halves = new Int32Array(2);
const pair = new BigInt64Array(halves.buffer);

/** @param {number} low @param {number} high */
function join(low, high) {
  halves[0] = low;
  halves[1] = high;
  return pair[0];
}

/** @param {bigint} both */
function lowOf(both) {
  pair[0] = both;
  return halves[0];
}

/** @param {bigint} both */
function highOf(both) {
  pair[0] = both;
  return halves[1];
}

/** @param {number} info */
function codeOf(info) {
  return (info >>> INFO_CODE_SHIFT) & INFO_CODE_MASK;
}

/**
 * @param {Place} place
 * @returns {ArrayBufferLike}
 */
function bufferOf(place) {
  return place instanceof WebAssembly.Memory ? place.buffer : place;
}

/** @param {ArrayBufferLike} buffer */
function isShared(buffer) {
  return hasSharedMemory() && buffer instanceof SharedArrayBuffer;
}
