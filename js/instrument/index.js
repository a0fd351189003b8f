// @ts-check
export { InstrumentError } from './instrument_error.js';
export { instrument, instrumentSync } from './pipeline.js';

/** @typedef {import('./pipeline.js').InstrumentOptions} InstrumentOptions */
/** @typedef {import('./pipeline.js').InstrumentReport} InstrumentReport */
