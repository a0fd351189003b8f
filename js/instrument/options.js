// @ts-check
import { InstrumentError } from './instrument_error.js';

/**
 * @typedef {object} InstrumentOptions
 * @property {'linked' | 'injected'} [runtime] what the module's safe points call. `linked`: the library with which the
 *   program was linked. `injected`: any other module gets a small runtime injected, and exports
 *   `wasmsig_set_safe_point(funcref)`: the function () -> i32 that is set is called at the next safe point; its result is
 *   how many safe points may be passed until the next call, and a negative one ends the computation by a trap that no
 *   code of the module catches. Until one is set, and with null, the module runs as it did before. Each instance has a
 *   function of its own. Memories stay as they are, so the options for memories have no meaning.
 *   Default: what the module's exports say.
 * @property {'shared' | 'keep'} [memory] `shared`: the program's memory becomes shared, and a check is one atomic load
 *   of the doorbell. `keep`: the memory does not change, and a check decrements a counter (if the memory is shared
 *   already, it is the atomic load). Default: `shared`, but `keep` for a program of the stand-alone library, which has
 *   no host that could ring: its checks decrement a counter in every memory.
 * @property {number} [maximumPages] the maximum of a memory that becomes shared, in pages of 64 KiB; a shared memory
 *   cannot grow past it. It only ever lowers a maximum of the module's own. Default if the module has none: 32768 (2
 *   GiB), or the module's minimum if that is more.
 * @property {{module: string, name: string} | false} [importMemory] the program's memory becomes this import, so that
 *   the host creates it. Its data segments are then written into the host's memory whenever the module is instantiated.
 *   Exports of the memory stay.
 * @property {boolean} [preferSize] the file grows less, and some loops and calls get slower: no loop is unrolled, and no
 *   function is copied. Default false.
 * @property {(string | RegExp)[]} [skip] functions that get no safe points, by their name in the name section or their
 *   export name; a string of the form `/.../` is a regular expression
 * @property {boolean} [validate] false: the engine does not validate the module before and after, for modules that use
 *   wasm features which this engine does not have. Default true.
 */

/**
 * @typedef {Pick<InstrumentOptions, 'runtime' | 'memory' | 'maximumPages'> & {importMemory: {module: string, name: string} | null, preferSize: boolean, skip: Skip[], validate: boolean}} Request
 */
/** @typedef {{text: string, matches: (name: string) => boolean, used: boolean}} Skip */

const MAX_PAGES = 65536;
const OPTION_NAMES = new Set(['runtime', 'memory', 'maximumPages', 'importMemory', 'preferSize', 'skip', 'validate']);

/**
 * @param {InstrumentOptions} options
 * @returns {Request}
 */
export function readOptions(options) {
  const bad = (/** @type {string} */ text) => new InstrumentError('bad-option', text);
  if (typeof options !== 'object' || options === null) throw bad('the options must be an object');
  for (const name of Object.keys(options))
    if (!OPTION_NAMES.has(name)) throw bad(`unknown option "${name}"; there are ${[...OPTION_NAMES].join(', ')}`);
  const {
    runtime,
    memory,
    maximumPages,
    importMemory = false,
    preferSize = false,
    skip = [],
    validate = true,
  } = options;
  if (runtime !== undefined && runtime !== 'linked' && runtime !== 'injected')
    throw bad('runtime must be "linked" or "injected"');
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
  if (typeof preferSize !== 'boolean') throw bad('preferSize must be true or false');
  if (typeof validate !== 'boolean') throw bad('validate must be true or false');
  return {
    runtime,
    memory,
    maximumPages,
    importMemory: importMemory ? { module: importMemory.module, name: importMemory.name } : null,
    preferSize,
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

/**
 * What the report says of those that no function has.
 *
 * @param {Request} request after its `skip` was used
 * @param {boolean} hasNames whether the module has a name section with names
 */
export function warningsOfSkips({ skip }, hasNames) {
  return skip
    .filter(({ used }) => !used)
    .map(({ text }) => `skip: no function is named ${text}${hasNames ? '' : ' (the module has no name section)'}`);
}
