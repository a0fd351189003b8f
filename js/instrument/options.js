// @ts-check
import { InstrumentError } from './instrument_error.js';

/** @typedef {import('./pipeline.js').InstrumentOptions} InstrumentOptions */
/**
 * @typedef {{share: boolean | undefined, maximumPages: number | undefined,
 *   importMemory: {module: string, name: string} | null, skip: Skip[], validate: boolean}} Request
 */
/** @typedef {{text: string, matches: (name: string) => boolean, used: boolean}} Skip */

const MAX_PAGES = 65536;
const OPTION_NAMES = new Set(['memory', 'maximumPages', 'importMemory', 'skip', 'validate']);

/**
 * @param {InstrumentOptions} options
 * @returns {Request}
 */
export function readOptions(options) {
  const bad = (/** @type {string} */ text) => new InstrumentError('bad-option', text);
  if (typeof options !== 'object' || options === null) throw bad('the options must be an object');
  for (const name of Object.keys(options))
    if (!OPTION_NAMES.has(name)) throw bad(`unknown option "${name}"; there are ${[...OPTION_NAMES].join(', ')}`);
  const { memory, maximumPages, importMemory = false, skip = [], validate = true } = options;
  if (memory !== undefined && memory !== 'shared' && memory !== 'keep') throw bad('memory must be "shared" or "keep"');
  if (
    maximumPages !== undefined &&
    !(Number.isInteger(maximumPages) && maximumPages >= 1 && maximumPages <= MAX_PAGES)
  ) {
    throw bad(`maximumPages must be a whole number from 1 to ${MAX_PAGES}`);
  }
  const isName =
    typeof importMemory === 'object' &&
    importMemory !== null &&
    typeof importMemory.module === 'string' &&
    typeof importMemory.name === 'string';
  if (importMemory !== false && !isName) throw bad('importMemory must be false or {module, name}');
  if (!Array.isArray(skip)) throw bad('skip must be a list of function names and regular expressions');
  if (typeof validate !== 'boolean') throw bad('validate must be true or false');
  return {
    share: memory && memory === 'shared',
    maximumPages,
    importMemory: importMemory ? { module: importMemory.module, name: importMemory.name } : null,
    skip: skip.map(readSkip),
    validate,
  };
}

/**
 * @param {string | RegExp} item
 * @returns {Skip}
 */
function readSkip(item) {
  if (typeof item === 'string' && !/^\/.+\/$/s.test(item))
    return { text: item, matches: (name) => name === item, used: false };
  let expression;
  try {
    expression =
      item instanceof RegExp
        ? new RegExp(item.source, item.flags.replace(/[gy]/g, ''))
        : new RegExp(/** @type {string} */ (item).slice(1, -1));
  } catch (error) {
    throw new InstrumentError(
      'bad-option',
      `skip: ${String(item)} is neither a function name nor a regular expression`,
      { cause: error },
    );
  }
  return { text: String(item), matches: (name) => expression.test(name), used: false };
}
