// @ts-check
// The rewriter with another plan: the wasm file that a build makes of src/instrument/binding and tests/js/instrument/changed_plan.cpp.
import { readFileSync } from 'node:fs';
import { instrumentWith } from '../../js/instrument/pipeline.js';
import { WasmRewriter } from '../../js/instrument/wasm_rewriter.js';

/** @typedef {import('../../js/instrument/index.js').InstrumentOptions} InstrumentOptions */
/** @typedef {{check_everywhere: (session: number, copied: number) => void, check_nowhere: (session: number) => void, check_operands: (session: number) => number}} Changes */

const FILE = new URL('../../build/wasm32-wasip1/src/instrument/binding/rewriter_changed.wasm', import.meta.url);

/** @type {WebAssembly.Module | undefined} */
let compiled;

/** @param {Uint8Array} bytes @param {InstrumentOptions} options @param {(changes: Changes, session: number) => void} change */
function instrumentChanged(bytes, options, change) {
  compiled ??= new WebAssembly.Module(readFileSync(FILE));
  const rewriter = new WasmRewriter(compiled);
  return instrumentWith(bytes, options, {
    rewriter,
    planned: () => change(/** @type {Changes} */ (/** @type {unknown} */ (rewriter.exports)), rewriter.session),
  });
}

/**
 * Instruments with a check in every loop and at every entry that may have one, so that the rewriter is tested apart from the placement.
 *
 * @param {Uint8Array} bytes
 * @param {InstrumentOptions} [options]
 * @param {'half' | 'all'} [copied] which of the module's own functions go on in a copy
 */
export function instrumentEverywhere(bytes, options = {}, copied = 'half') {
  return instrumentChanged(bytes, options, (changes, session) =>
    changes.check_everywhere(session, copied === 'half' ? 1 : 3),
  );
}

/** Instruments without a check anywhere. @param {Uint8Array} bytes */
export function instrumentNowhere(bytes) {
  return instrumentChanged(bytes, {}, (changes, session) => changes.check_nowhere(session));
}

/**
 * At how many ends of constructs the rewriter knows the types of the operands; negative: at how many of them it is wrong.
 *
 * @param {Uint8Array} bytes of a valid module
 */
export function operandsOf(bytes) {
  let result = 0;
  instrumentChanged(bytes, { memory: 'keep', validate: false }, (changes, session) => {
    result = changes.check_operands(session);
  });
  return result;
}

/** As instrumentSync(), but a longjmp out of a check does not land. @param {Uint8Array} bytes @param {InstrumentOptions} [options] */
export function instrumentWithoutLandings(bytes, options = {}) {
  return instrumentWith(bytes, options, { lands: false });
}
