// @ts-check
/** Doorbell bits. */

export const signals = 1;
export const timer = 2;
export const event = 4;
export const thread = 8;
