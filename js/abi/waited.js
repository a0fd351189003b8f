// @ts-check
/** What the import `wait` answers. */

export const woken = 0;
export const timedOut = 1;
export const mayNotBlock = 2;
