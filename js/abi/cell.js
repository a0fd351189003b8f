// @ts-check
/**
 * The low half of a real-time cell that is filled: these bits, and the sender's pid (PID_MASK). The high half is the value, or the code. Where the cell is empty the
 * low half is 0, and the high half the position that may be filled there next.
 */

export const filled = 0x80000000;
/** The position is in an odd lap. */
export const lap = 0x40000000;
/** The code is `queue`, and the high half the value. */
export const value = 0x20000000;

/** Where the signal's number is, less `first`. */
export const signo_shift = 24;
export const signo_mask = 31;
export const first = 33;
