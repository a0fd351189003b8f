// @ts-check
/** Return values of `wasmsig_deliver`. */

export const nothing = 0;
export const restart = 1;
export const interrupted = 2;
