// @ts-check
/** The word `state`. */

export const detached = 0;
export const running = 1;
export const stopped = 2;
export const ended = 3;
