// @ts-check
/** What a life of terminated_sender.js and its test have in common. */

/** How many real-time signals it was told are sent. */
export const SENT = 0;
/** The number of the take in which, or after which, each standard signal was sent last. */
export const PLAIN = 1;
export const VALUED = 2;
/** Rounds of sends. */
export const GOING = 3;
/** 1: terminated; 2: and looked at. */
export const ENDED = 4;
/** The number of takes so far. */
export const TAKES = 5;

export const WORDS = 8;
