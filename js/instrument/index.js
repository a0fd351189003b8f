// @ts-check
export { InstrumentError } from './errors.js';
export { instrument, instrumentSync } from './instrument.js';

/** @typedef {import('./instrument.js').InstrumentOptions} InstrumentOptions */
/** @typedef {import('./instrument.js').InstrumentReport} InstrumentReport */
