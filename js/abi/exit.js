// @ts-check
/** The exit word: one of these values, plus a code or a signal. */

export const exited = 0x100;
export const killed = 0x200;
export const core = 0x300;
