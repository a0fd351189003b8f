// @ts-check
/**
 * Values of a guest's word `kept`. KNOWN: a timekeeper has registered it. ASKED: a timekeeper will, as soon as its
 * agent runs. 0: none was asked to.
 */

export const KNOWN = 1;
export const ASKED = 2;
