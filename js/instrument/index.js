// @ts-check
export { InstrumentError } from './instrument_error.js';
export { instrument, instrumentSync } from './instrument.js';

/** @typedef {import('./instrument.js').InstrumentOptions} InstrumentOptions */
/** @typedef {import('./instrument.js').InstrumentReport} InstrumentReport */
