// @ts-check
/** The positions of an inline signal's number, its code (INFO_CODE_MASK) and the sender's pid in the doorbell. */

export const signo_shift = 8;
export const signo_mask = 31;
export const code_shift = 13;
export const pid_shift = 16;
export const pid_mask = 0xffff;
