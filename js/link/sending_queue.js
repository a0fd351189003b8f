// @ts-check
/**
 * The queue as senders, the guest's agent and the timekeeper need it: an inbox into which signals are sent, and the words
 * that the guest's agent and the owner share.
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
  INFO_CODE_MASK,
  LAST_STANDARD,
  MAGIC,
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
import * as WORD from '../abi/word.js';
import { WasmsigError } from '../engine/errors.js';
import { SIGNALS } from '../signals/signal_names.js';
import {
  STOPS,
  UNDID_STOPS,
  bufferOf,
  cellAt,
  codeOf,
  empty,
  filled,
  hasSignal,
  infoOf,
  inlineSignal,
  isFilled,
  isJobControl,
  isShared,
  join,
  sentAt,
} from './block_words.js';
import { damaged } from './damaged.js';
import { Inbox } from './inbox.js';

/** @typedef {import('./block_words.js').Place} Place */

/**
 * The number of tries after which a block that never lets a sender in counts as damaged. Contention needs a handful.
 */
const SEND_TRIES = 1 << 16;

export class SendingQueue extends Inbox {
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
    super(place, offset);
  }

  /**
   * A block that was initialised elsewhere. Throws if it is not one.
   * @template {typeof SendingQueue} This
   * @this {This}
   * @param {Place} place
   * @param {number} [offset] in bytes
   * @returns {InstanceType<This>}
   */
  static open(place, offset = 0) {
    const queue = /** @type {InstanceType<This>} */ (new this(place, offset));
    if (queue.intact) return queue;
    const words = queue.words;
    throw new WasmsigError(
      'ERR_BLOCK',
      words[WORD.magic] !== MAGIC
        ? 'not a control block of wasmsig: its first word is not "WSIG"'
        : `a control block of version ${words[WORD.version]} and ${words[WORD.size]} words; this host speaks version ${VERSION}, of ${BLOCK_WORDS} words`,
    );
  }

  /** Whether the words that never change have the values that init() stored. */
  get intact() {
    const words = this.words;
    return words[WORD.magic] === MAGIC && words[WORD.version] === VERSION && words[WORD.size] === BLOCK_WORDS;
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
    const words = this.words;
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
    Atomics.compareExchange(this.pairs, sentAt(signo), 0n, join(info, value));
    // Set even if the signal coalesces: the sender of the first one may have been terminated before it set the bit.
    Atomics.or(this.words, WORD.std_bits, 1 << (signo - 1));
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
    const words = this.words;
    const bit = 1 << (signo - 1);
    for (let tries = 0; tries < SEND_TRIES; tries++) {
      const set = Atomics.load(words, WORD.std_bits);
      const undone = signo === FIRST_JOB ? set & STOPS : 0;
      if ((set & bit) === 0 || undone !== 0) Atomics.store(this.pairs, sentAt(signo), join(info, value)); // otherwise it coalesces
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
    const words = this.words;
    const code = codeOf(info);
    const queued = code === CODE.queue;
    const low = ((signo - CELL.first) << CELL.signo_shift) | (queued ? CELL.value : 0) | (info & PID_MASK);
    for (let tries = 0; tries < SEND_TRIES; tries++) {
      const tail = Atomics.load(words, WORD.rt_tail);
      const was = Atomics.compareExchange(
        this.pairs,
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

  // --- moving ---------------------------------------------------------------------------------------------------------

  /**
   * Moves everything into another block and rings it with the doorbell bits found here. What does not fit there stays
   * here, with the doorbell set again, so that no signal is lost that a sender knows as queued.
   * @param {SendingQueue} other
   * @param {{silent?: boolean}} [options] silent: set the doorbell of the other block without incrementing its ring
   *   count
   * @returns {{bits: number, done: boolean}} done: nothing is left here
   * @throws {WasmsigError} ERR_BLOCK: the other block, of the same process, is damaged
   */
  moveTo(other, { silent = false } = {}) {
    if (!other.intact) throw damaged(this.pid);
    const { bits, errno } = this.takeAll((signo, info, value) => other.#put(signo, info, value));
    if (errno === ERRNO.EIO) throw damaged(this.pid);
    if (bits !== 0) {
      if (silent) Atomics.or(other.words, WORD.doorbell, bits);
      else other.ring(bits);
    }
    if (errno) Atomics.or(this.words, WORD.doorbell, BELL.signals);
    return { bits, done: !errno };
  }

  /**
   * Synced mode: copies the ring count and moves what is here into the guest block. The count is copied first, and also
   * when there is nothing to move: a guest that slept on an older count would never sleep again.
   * @param {SendingQueue} guest
   * @returns {number} the doorbell bits that were moved
   * @throws {WasmsigError} ERR_BLOCK: the guest block is damaged
   */
  syncTo(guest) {
    const words = this.words;
    Atomics.store(guest.words, WORD.ring, Atomics.load(words, WORD.ring));
    if (Atomics.load(words, WORD.doorbell) === 0) return 0;
    return this.moveTo(guest, { silent: true }).bits;
  }

  // --- the header and the timer ---------------------------------------------------------------------------------------

  /** @returns {{pid: number, ppid: number, uid: number, extended: boolean, ignored: number[], blocked: number[]}} */
  get header() {
    const words = this.words;
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
    return hasSignal(this.words, WORD.defaults, signo);
  }

  /**
   * Copies the word `defaults` from the guest block of the same process.
   * @param {SendingQueue} guest
   * @param {boolean} [fewer] copies only that an action no longer takes effect
   * @returns {[number, number] | undefined} the two words, if they have changed
   */
  copyDefaults(guest, fewer = false) {
    return this.setDefaults(
      [0, 1].map((half) => Atomics.load(guest.words, WORD.defaults + half)),
      fewer,
    );
  }

  /** @param {number[]} wanted @param {boolean} [fewer] @returns {[number, number] | undefined} */
  setDefaults(wanted, fewer = false) {
    const words = this.words;
    const [low, high] = wanted.map((bits, half) => (fewer ? bits & words[WORD.defaults + half] : bits));
    if (words[WORD.defaults] === low && words[WORD.defaults + 1] === high) return undefined;
    Atomics.store(words, WORD.defaults, low);
    Atomics.store(words, WORD.defaults + 1, high);
    return [low, high];
  }

  /** The signal that the timer sends; 0: none. */
  get timerSignal() {
    const signo = Atomics.load(this.words, WORD.timer_signal);
    return isSignal(signo) ? signo : 0;
  }

  /** In the host block: asks the owner to handle default actions. */
  callOwner() {
    Atomics.add(this.words, WORD.attention, 1);
    Atomics.notify(this.words, WORD.attention);
  }

  /**
   * @param {number} kind of EXIT
   * @param {number} number a code or a signal
   */
  setExit(kind, number) {
    Atomics.store(this.words, WORD.exit, kind + (number & 0xff));
    this.state = STATE.ended;
  }

  /**
   * The contents of the exit word.
   * @returns {{signo: number, core: boolean, code?: undefined} | {code: number, signo?: undefined} | undefined}
   */
  get exit() {
    const exit = Atomics.load(this.words, WORD.exit);
    const number = exit & 0xff;
    const kind = exit - number;
    if (kind === EXIT.exited) return { code: number };
    return kind === EXIT.killed || kind === EXIT.core ? { signo: number, core: kind === EXIT.core } : undefined;
  }

  /**
   * Stores the requested deadline in the host block. Only the guest's agent calls this.
   * @param {number} time nanoseconds of the monotonic clock; 0: none
   * @param {number} [signo] the signal that the timer sends
   */
  arm(time, signo = 0) {
    const words = this.words;
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
    const words = this.words;
    const [seq, low, high] = [WORD.timer_seq, WORD.timer_low, WORD.timer_high].map((word) => Atomics.load(words, word));
    return { seq, time: (high >>> 0) * 0x100000000 + (low >>> 0) };
  }
}
