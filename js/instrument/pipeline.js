// @ts-check
import { Module } from '../engine/own_wasm.js';
import { InstrumentError } from './instrument_error.js';
import { readOptions, warningsOfSkips } from './options.js';
import { WasmRewriter } from './wasm_rewriter.js';

/** @typedef {import('./instrument_report.js').InstrumentReport} InstrumentReport */
/** @typedef {import('./options.js').InstrumentOptions} InstrumentOptions */
/** @typedef {{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}} Instrumented */

/**
 * Gives a wasm module safe points in its loops and in recursive functions: a program that is linked with the library, or
 * any other (see the option `runtime`).
 *
 *     const { bytes, report } = await instrument(await readFile('a.wasm'));
 *
 * The result is the same for the same input. The input is not changed. A module that is instrumented already is
 * returned as it is. The runtime has one obligation: `wasmsig_safe_point` consumes the doorbell (leaves it 0) each time
 * it is called, even if it may not deliver, because the loop checks again right after it.
 *
 * The rewriter is itself wasm, of about four times the module's size in memory while it works.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} [options]
 * @returns {Promise<Instrumented>}
 * @throws {InstrumentError} with a `code`, and a message of one line that says what to do; there is no result then
 */
export async function instrument(bytes, options) {
  return instrumentSync(bytes, options);
}

/**
 * As instrument(), but synchronous.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} [options]
 * @returns {Instrumented}
 * @throws {InstrumentError}
 */
export function instrumentSync(bytes, options = {}) {
  return instrumentWith(bytes, options, {});
}

/**
 * As instrumentSync(), with what tests change.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} options
 * @param {{rewriter?: WasmRewriter, planned?: (rewriter: WasmRewriter) => void, lands?: boolean}} changes another rewriter; what
 *   is done between the plan and the output; false: a longjmp out of a check does not land
 * @returns {Instrumented}
 */
export function instrumentWith(bytes, options, { rewriter = WasmRewriter.take(), planned, lands = true }) {
  const started = performance.now();
  const request = readOptions(options);
  const input = readInput(bytes);
  try {
    rewriter.open(input, request);
    const validates = request.validate && !rewriter.isDone;
    if (validates && !isValid(input)) throw refusal(rewriter, input);
    rewriter.plan();
    planned?.(rewriter);
    if (!rewriter.isDone) for (const text of warningsOfSkips(request, rewriter.hasNames)) rewriter.warn(text);
    const output = emit(rewriter, validates, lands);
    const report = rewriter.report();
    report.milliseconds = Math.round((performance.now() - started) * 10) / 10;
    return { bytes: output, report };
  } finally {
    rewriter.close();
  }
}

/**
 * The output. A longjmp lands only where that is possible. If the result is invalid nevertheless, only the functions that
 * are wrong lose their landing.
 *
 * @param {WasmRewriter} rewriter
 * @param {boolean} validates
 * @param {boolean} lands
 */
function emit(rewriter, validates, lands) {
  let output = rewriter.emit(lands ? undefined : () => false);
  if (!validates || isValid(output)) return output;
  const { landings } = rewriter;
  if (landings.length > 0) {
    const good = new Set(landings.filter((one) => isValid(rewriter.emit((index) => index === one))));
    output = rewriter.emit((index) => good.has(index));
    if (isValid(output)) return output;
  }
  throw new InstrumentError(
    'internal',
    `the instrumented module is not valid (${engineMessage(output)}): please report it with the module`,
  );
}

/** @param {WasmRewriter} rewriter @param {Uint8Array} input which the engine finds invalid */
function refusal(rewriter, input) {
  rewriter.refuseMemories(); // says more than the message of an engine without multiple memories
  return new InstrumentError(
    'invalid',
    `not a valid wasm module, or one that needs a newer engine: ${engineMessage(input)}; ` +
      'build or download it again, or turn the check off (validate: false) if it is meant for another engine',
  );
}

/** @param {Uint8Array} bytes */
const isValid = (bytes) => WebAssembly.validate(/** @type {BufferSource} */ (bytes));

/** The engine's message about an invalid module. @param {Uint8Array} bytes */
function engineMessage(bytes) {
  try {
    new Module(/** @type {BufferSource} */ (bytes));
    return 'no reason given';
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^WebAssembly\.Module\(\): /, '') : String(error);
  }
}

/**
 * @param {Uint8Array | ArrayBuffer} bytes
 * @returns {Uint8Array}
 */
function readInput(bytes) {
  // Checked by its tag, because it may come from another realm (a frame, a test runner's context).
  if (tag(bytes) === 'ArrayBuffer') return new Uint8Array(/** @type {ArrayBuffer} */ (bytes));
  if (!ArrayBuffer.isView(bytes))
    throw new InstrumentError('bad-option', 'the module must be given as a Uint8Array or an ArrayBuffer');
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // another agent could change shared bytes while they are read
  return tag(bytes.buffer) === 'ArrayBuffer' ? plain : plain.slice();
}

/** @param {unknown} value */
const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);
