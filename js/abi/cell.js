// @ts-check
/**
 * The low half of a filled real-time cell: these bits, and the sender's pid (PID_MASK). The high half is the value, or
 * the code. In an empty cell the low half is 0, and the high half is the position that may be filled there next.
 */

export const filled = 0x80000000;
/** The position is in an odd lap. */
export const lap = 0x40000000;
/** The code is `queue`, and the high half the value. */
export const value = 0x20000000;

/** The shift of the signal's number, less `first`. */
export const signo_shift = 24;
export const signo_mask = 31;
export const first = 33;
