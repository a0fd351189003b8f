// @ts-check
/** How a signal was sent: the code in an info word. */

export const user = 0;
export const queue = 1;
export const kernel = 2;
export const timer = 3;
export const tkill = 4;
