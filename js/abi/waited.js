// @ts-check
/** Return values of the import `wait`. */

export const woken = 0;
export const timedOut = 1;
export const mayNotBlock = 2;
