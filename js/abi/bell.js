// @ts-check
/** The bits of the doorbell. */

export const signals = 1;
export const timer = 2;
export const event = 4;
export const thread = 8;
export const inline = 16;

/** All of them. With `thread` bits 8 .. 31 are a tag, with `inline` a signal (inline_signal.js); never both. */
export const mask = 0xff;
