// @ts-check
export { instrument, instrumentSync } from './pipeline.js';
export { InstrumentError } from './instrument_error.js';

/** @typedef {import('./options.js').InstrumentOptions} InstrumentOptions */
/** @typedef {import('./instrument_report.js').InstrumentReport} InstrumentReport */
