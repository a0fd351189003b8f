// @ts-check
/** What stands in the words of a control block (docs/host-abi.md), and where. For the queues of this folder only. */

import {
  CELLS,
  FIRST_JOB,
  INFO_CODE_MASK,
  INFO_CODE_SHIFT,
  INFO_SENT,
  JOBS,
  PAIR_WORDS,
  PID_MASK,
} from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as CELL from '../abi/cell.js';
import * as INLINE from '../abi/inline_signal.js';
import * as WORD from '../abi/word.js';
import { hasSharedMemory } from '../engine/features.js';

/** A memory, or the buffer of one. Only a Memory follows memory.grow of unshared memory. */
/** @typedef {SharedArrayBuffer | ArrayBuffer | WebAssembly.Memory} Place */

/** The bits of the stop signals. */
export const STOPS = ((1 << (JOBS - 1)) - 1) << FIRST_JOB;
/** The bit of `std_bits`, which has 31 signals, for a stop that was sent before its SIGCONT. */
export const UNDID_STOPS = 1 << 31;

/**
 * Whether the set that starts at a word has a signal.
 * @param {Int32Array} words
 * @param {number} word
 * @param {number} signo
 */
export function hasSignal(words, word, signo) {
  return (Atomics.load(words, word + ((signo - 1) >> 5)) & (1 << (signo - 1))) !== 0;
}

/** An info word. @param {number} code @param {number} pid */
export function infoOf(code, pid) {
  return INFO_SENT | ((code & INFO_CODE_MASK) << INFO_CODE_SHIFT) | (pid & PID_MASK);
}

/** The signal that stands in a doorbell; 0: none. @param {number} doorbell */
export function inlineSignal(doorbell) {
  return (doorbell & BELL.inline) !== 0 ? (doorbell >> INLINE.signo_shift) & INLINE.signo_mask : 0;
}

/** @param {number} signo */
export function isJobControl(signo) {
  return signo >= FIRST_JOB && signo < FIRST_JOB + JOBS;
}

/** The index of a standard signal's pair. @param {number} signo */
export function sentAt(signo) {
  return WORD.std_sent / PAIR_WORDS + signo - 1;
}

/** The index of a cell. @param {number} position any 32-bit number */
export function cellAt(position) {
  return WORD.rt_cell / PAIR_WORDS + (position & (CELLS - 1));
}

/** The contents of the cell of a position when it may be filled. @param {number} position */
export function empty(position) {
  return join(0, position);
}

/** The first two bits of the low half of a filled cell. @param {number} position */
export function filled(position) {
  return CELL.filled | (position & CELLS ? CELL.lap : 0);
}

/** Whether a cell is filled for this position. @param {bigint} cell @param {number} position */
export function isFilled(cell, position) {
  return (lowOf(cell) & (CELL.filled | CELL.lap)) === filled(position);
}

/** The number of the signal in a filled cell. @param {bigint} cell */
export function signalIn(cell) {
  return ((lowOf(cell) >> CELL.signo_shift) & CELL.signo_mask) + CELL.first;
}

/** Two words, and a view of both as one: arithmetic with BigInts would be slower. */
const halves = new Int32Array(2);
const pair = new BigInt64Array(halves.buffer);

/** @param {number} low @param {number} high */
export function join(low, high) {
  halves[0] = low;
  halves[1] = high;
  return pair[0];
}

/** @param {bigint} both */
export function lowOf(both) {
  pair[0] = both;
  return halves[0];
}

/** @param {bigint} both */
export function highOf(both) {
  pair[0] = both;
  return halves[1];
}

/** @param {number} info */
export function codeOf(info) {
  return (info >>> INFO_CODE_SHIFT) & INFO_CODE_MASK;
}

/**
 * @param {Place} place
 * @returns {ArrayBufferLike}
 */
export function bufferOf(place) {
  return place instanceof WebAssembly.Memory ? place.buffer : place;
}

/** @param {ArrayBufferLike} buffer */
export function isShared(buffer) {
  return hasSharedMemory() && buffer instanceof SharedArrayBuffer;
}
