// @ts-check
/** The words of one real-time cell. */

export const seq = 0;
export const signo = 1;
export const info = 2;
export const value = 3;
