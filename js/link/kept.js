// @ts-check
/** What the word `kept` of a guest says: a timekeeper knows it, or will as soon as its agent runs; 0: nobody has asked one. */

export const KNOWN = 1;
export const ASKED = 2;
