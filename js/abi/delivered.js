// @ts-check
/** What `wasmsig_deliver` answers. */

export const nothing = 0;
export const restart = 1;
export const interrupted = 2;
