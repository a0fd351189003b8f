// @ts-check
/** The editions of an interpreter's `signal` module, with their numbers in wasmsig.h (WSIG_EDITION_...). */
export const EDITIONS = Object.freeze({ documented: 1, extended: 2 });

/**
 * 'documented': the names that Python has on this target. 'extended': all that it has on Unix.
 * @typedef {'documented' | 'extended'} Edition
 */
