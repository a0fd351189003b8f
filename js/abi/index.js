// @ts-check
/**
 * The numbers of docs/host-abi.md: the positions of a control block's words, and their values. A test compares every
 * one with src/queue/block.hpp. Word indexes count 32-bit words from the start of the block.
 */

export const VERSION = 3;
export const MAGIC = 0x47495357;
export const BLOCK_WORDS = 2240;
export const BLOCK_BYTES = BLOCK_WORDS * 4;
export const BLOCK_ALIGNMENT = 64;

// Each table is a module of constants. Bundlers replace them by their numbers where code imports the module as a
// namespace, as the host does.
export * as WORD from './word.js';
export * as CELL from './cell.js';
export * as STATE from './process_state.js';
export * as BELL from './bell.js';
export * as INLINE from './inline_signal.js';
export * as EXIT from './exit.js';
export * as CODE from './code.js';
export * as ERRNO from './errno.js';
export * as DELIVERED from './delivered.js';
export * as WAITED from './waited.js';

/** A 64-bit word: std_sent, rt_cell. Its low half comes first. */
export const PAIR_WORDS = 2;
export const CELLS = 1024;

export const FLAG_SHARED = 1;
export const FLAG_EXTENDED = 2;
export const FLAG_SLEEPS = 4;

/** Set in every info word, so that none is 0. */
export const INFO_SENT = 0x40000000;
export const INFO_CODE_SHIFT = 24;
export const INFO_CODE_MASK = 7;
export const PID_MASK = 0xffffff;

// Generated from src/signals.def by scripts/generate.mjs.
/** SIGCONT and the stop signals: 18 to 22. */
export const FIRST_JOB = 18;
export const JOBS = 5;

export const LAST_STANDARD = 31;
export const FIRST_REAL_TIME = 35;
export const LAST_SIGNAL = 64;
// End of what is generated.

/** Whether this is the number of a signal that can be sent. @param {number} signo */
export function isSignal(signo) {
  return (
    Number.isInteger(signo) &&
    ((signo >= 1 && signo <= LAST_STANDARD) || (signo >= FIRST_REAL_TIME && signo <= LAST_SIGNAL))
  );
}

export { IMPORT_MODULE } from './imports.js';
