// @ts-check
/**
 * The numbers of docs/host-abi.md: where the words of a control block are and what they may hold. A test compares
 * every one with src/process/queue.hpp. Word indexes count 32-bit words from the start of the block.
 */

export const VERSION = 1;
export const MAGIC = 0x47495357;
export const BLOCK_WORDS = 4288;
export const BLOCK_BYTES = BLOCK_WORDS * 4;
export const BLOCK_ALIGNMENT = 64;

/** Word indexes of the block. */
export const WORD = Object.freeze({
  magic: 0,
  version: 1,
  size: 2,
  flags: 3,
  pid: 4,
  ppid: 5,
  uid: 6,
  state: 7,
  exit: 8,
  stop_signal: 9,
  doorbell: 16,
  ring: 17,
  waiters: 18,
  timer_seq: 32,
  timer_low: 33,
  timer_high: 34,
  std_bits: 48,
  std_info: 64,
  std_value: 96,
  rt_head: 128,
  rt_tail: 144,
  rt_dropped: 160,
  rt_cell: 192,
});

/** The words of one real-time cell. */
export const CELL = Object.freeze({ seq: 0, signo: 1, info: 2, value: 3 });
export const CELL_WORDS = 4;
export const CELLS = 1024;

export const FLAG_SHARED = 1;
export const FLAG_EXTENDED = 2;

export const STATE = Object.freeze({ detached: 0, running: 1, stopped: 2, ended: 3 });

/** Doorbell bits. */
export const BELL = Object.freeze({ signals: 1, timer: 2, event: 4, thread: 8 });

/** The exit word: one of these plus a code or a signal. */
export const EXIT = Object.freeze({ exited: 0x100, killed: 0x200, core: 0x300 });

export const INFO_READY = 0x80000000;
export const INFO_BUSY = 0x40000000;
export const INFO_CODE_SHIFT = 24;
export const INFO_CODE_MASK = 7;
export const PID_MASK = 0xffffff;

/** How a signal was sent: the code in an info word. */
export const CODE = Object.freeze({ user: 0, queue: 1, kernel: 2, timer: 3, tkill: 4 });

export const LAST_STANDARD = 31;
export const FIRST_REAL_TIME = 35;
export const LAST_SIGNAL = 64;

/** Whether this is the number of a signal that can be sent. @param {number} signo */
export function isSignal(signo) {
  return Number.isInteger(signo) && ((signo >= 1 && signo <= LAST_STANDARD) || (signo >= FIRST_REAL_TIME && signo <= LAST_SIGNAL));
}

/** Linux errno numbers that cross the ABI; EIO, a block that its guest has damaged, stays on the host's side of it. */
export const ERRNO = Object.freeze({ EPERM: 1, ESRCH: 3, EINTR: 4, EIO: 5, EBADF: 9, EAGAIN: 11, EINVAL: 22, EMFILE: 24, EDEADLK: 35 });

/** What `wasmsig_deliver` answers. */
export const DELIVERED = Object.freeze({ nothing: 0, restart: 1, interrupted: 2 });

/** What the import `wait` answers. */
export const WAITED = Object.freeze({ woken: 0, timedOut: 1, mayNotBlock: 2 });

/** Module name of the imports, and the name of the custom section of an instrumented module. */
export const IMPORT_MODULE = 'wasmsig';
