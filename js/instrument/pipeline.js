// @ts-check
// Why: docs/rationale.md#why-does-it-rewrite-bytes-not-a-tree
import { VERSION } from '../abi/index.js';
import * as WORD from '../abi/word.js';
import { assemble } from './assemble.js';
import { findAsyncifyState } from './asyncify.js';
import { readBlockAddress } from './block_address.js';
import { rewriteCode } from './code_section.js';
import { readFunctionNames } from './custom.js';
import { InstrumentError, UnknownEncoding } from './instrument_error.js';
import {
  checkInput,
  engineMessage,
  hasHost,
  readExports,
  readInput,
  readMark,
  refuseBySections,
  refuseMemory,
} from './check_input.js';
import { findOlderLongjmp, invoking } from './older_longjmp.js';
import { asyncifiedForm, countdownForm, sharedForm, threadedForm } from './safe_point_code.js';
import { globalSection, isShared, planMemory, programMemory, replaceMemory } from './memory.js';
import { SECTION, functionExportNames, readModule, readSections } from './module_sections.js';
import { planSafePoints } from './plan.js';
import { describe, emptyDescription } from './instrument_report.js';
import { readOptions } from './options.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./safe_point_code.js').CheckForm} CheckForm */
/** @typedef {import('./options.js').Request} Request */
/** @typedef {{block: number, safePoint: number, deliver: number}} Runtime the indices of its exported functions */

/**
 * @typedef {object} InstrumentOptions
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
 * @property {(string | RegExp)[]} [skip] functions that get no safe points, by their name in the name section or their
 *   export name; a string of the form `/.../` is a regular expression
 * @property {boolean} [validate] false: the engine does not validate the module before and after, for modules that use
 *   wasm features which this engine does not have. Default true.
 */

/**
 * @typedef {object} InstrumentReport
 * @property {boolean} already_instrumented whether the module was instrumented before and so was returned as it is; the
 *   numbers below are 0 then
 * @property {import('./instrument_report.js').LoopCounts} loops
 * @property {import('./instrument_report.js').FunctionCounts} functions `in_cycles`: functions on cycles of calls that
 *   pass no safe point of a loop; `look_at_entry`: functions with a safe point at their entry; `long`: those of these
 *   that have it because the work of their calls has no small bound; `copied`: those that continue in an outlined copy
 *   when the check finds a signal
 * @property {import('./instrument_report.js').LeftOut[]} left_out functions whose loops have no safe point although
 *   they may run long
 * @property {import('./instrument_report.js').FunctionReport[]} per_function
 * @property {'shared' | 'countdown'} look the kind of check
 * @property {boolean} asyncify whether Asyncify has rewritten the module: checks have no effect while it unwinds or
 *   rewinds the stack
 * @property {number} block the address of the control block
 * @property {number} doorbell the address of the doorbell word
 * @property {{minimum: number, maximum: number | null, shared: boolean, was_shared: boolean, import: {module: string,
 *   name: string} | null}} memory in pages of 64 KiB
 * @property {string[]} dropped_sections names of custom sections that were removed
 * @property {string[]} warnings
 * @property {{before: number, after: number}} bytes the size of the module
 * @property {number} milliseconds
 */

/** In bytes. */
const DOORBELL_OFFSET = WORD.doorbell * 4;
const PAGE = 65536;

/**
 * Gives a linked wasm program safe points in its loops and in recursive functions.
 *
 *     const { bytes, report } = await instrument(await readFile('a.wasm'));
 *
 * The result is the same for the same input. The input is not changed. A module that is instrumented already is
 * returned as it is. The runtime has one obligation: `wasmsig_safe_point` consumes the doorbell (leaves it 0) each time
 * it is called, even if it may not deliver, because the loop checks again right after it.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} [options]
 * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}>}
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
 * @returns {{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}}
 * @throws {InstrumentError}
 */
export function instrumentSync(bytes, options = {}) {
  return instrumentAsPlanned(bytes, options, planSafePoints);
}

/**
 * As instrumentSync(), but with another plan, for tests.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {InstrumentOptions} options
 * @param {typeof planSafePoints} makePlan
 * @param {boolean} [lands] false: a longjmp out of a check does not land
 * @returns {{bytes: Uint8Array<ArrayBuffer>, report: InstrumentReport}}
 */
export function instrumentAsPlanned(bytes, options, makePlan, lands = true) {
  const started = performance.now();
  const request = readOptions(options);
  const input = readInput(bytes);
  try {
    const { output, report } = run(input, request, makePlan, lands);
    report.milliseconds = Math.round((performance.now() - started) * 10) / 10;
    return { bytes: output, report };
  } catch (error) {
    if (error instanceof InstrumentError) throw error;
    if (error instanceof UnknownEncoding) {
      throw new InstrumentError(
        'unsupported',
        `the module has ${error.what} outside of its functions: this version of wasmsig does not know that wasm feature; build without it`,
      );
    }
    const text = error instanceof Error ? error.message : String(error);
    throw new InstrumentError(
      'internal',
      `wasmsig could not instrument this module (${text}): please report it with the module`,
      { cause: error },
    );
  }
}

/**
 * @param {Uint8Array} input
 * @param {Request} request
 * @param {typeof planSafePoints} makePlan
 * @param {boolean} lands
 */
function run(input, request, makePlan, lands) {
  const sections = readSections(input);
  refuseBySections(sections);
  const mark = readMark(input, sections);
  if (mark) return passThrough(input, sections, mark);
  if (request.validate) checkInput(input, sections);
  const view = readModule(input, sections);
  if (view.memories.length === 0) {
    throw new InstrumentError(
      'no-memory',
      'the module has no memory, so it is not a program linked with libwasmsig: link it with libwasmsig first',
    );
  }
  const memoryIndex = programMemory(view);
  const memory = view.memories[memoryIndex];
  refuseMemory(memory); // first: the exports of such a module have other types
  const runtime = readExports(view);
  const block = readBlockAddress(view, runtime.block);
  const doorbell = block + DOORBELL_OFFSET;
  if (block % 64 !== 0 || block === 0 || doorbell + 4 > memory.minimum * PAGE) {
    throw new InstrumentError(
      'bad-block',
      `wasmsig_block returns ${block}, which is not an address of a control block in this memory: link the unchanged libwasmsig of the same version`,
    );
  }

  const names = readFunctionNames(view);
  const exportNames = functionExportNames(view);
  const isRung = hasHost(view);
  const planned = planMemory(memory, request, isRung);
  const isLoad = planned.shared && isRung;
  const plan = makePlan(
    view,
    excuses(names, exportNames, runtime, request),
    [runtime.safePoint, runtime.deliver],
    isLoad,
  );
  const nameOf = (/** @type {number} */ index) => names.get(index) ?? exportNames.get(index)?.[0] ?? `#${index}`;
  const { warnings, ...description } = describe(view, plan, nameOf);
  warnings.push(...warningsOfNames(names, runtime, request));

  const asyncifyState = findAsyncifyState(view);
  const { form, look, needsGlobal } = chooseForm(
    view,
    runtime,
    { memory: memoryIndex, address: doorbell },
    isLoad,
    asyncifyState,
  );
  const newMark = JSON.stringify({
    abi: VERSION,
    look,
    safe_points: description.loops.instrumented + description.functions.look_at_entry,
    block,
  });
  const make = (/** @type {(index: number) => boolean} */ lands) => {
    const code = rewriteCode(view, plan, form, lands);
    /** @type {Map<number, Uint8Array | null>} */
    const replaced = new Map(code.sections);
    replaceMemory(view, memoryIndex, request, planned, replaced);
    if (needsGlobal) replaced.set(SECTION.global, globalSection(view));
    return { code, ...assemble(view, replaced, code, planned.shared, newMark) };
  };
  let made = make(() => lands);
  const isValid = ({ output: bytes } = made) =>
    !request.validate || WebAssembly.validate(/** @type {BufferSource} */ (bytes));
  // Landings are added only where they are possible (landing.js). If the result is invalid nevertheless, only the
  // function that is wrong loses its landing.
  if (made.code.landing.length > 0 && !isValid()) {
    const good = new Set(made.code.landing.filter((one) => isValid(make((index) => index === one))));
    made = make((index) => good.has(index));
  }
  const { code, output, dropped } = made;
  if (code.homeless.length > 0) {
    warnings.push(
      `a longjmp out of a signal handler that interrupts a loop of these functions does not land at the setjmp in them: ${code.homeless.map(nameOf).join(', ')}`,
    );
  }
  const older = findOlderLongjmp(view) === undefined ? invoking(view, plan.functions) : [];
  if (older.length > 0) {
    warnings.push(
      `a longjmp out of a signal handler that interrupts a loop does not land at a setjmp in these functions: ${older.map(nameOf).join(', ')}. Link with -sSUPPORT_LONGJMP=wasm`,
    );
  }
  if (dropped.length > 0) warnings.push(`dropped, because they point into code that has moved: ${dropped.join(', ')}`);
  if (!isValid()) {
    throw new InstrumentError(
      'internal',
      `the instrumented module is not valid (${engineMessage(output)}): please report it with the module`,
    );
  }

  /** @type {InstrumentReport} */
  const report = {
    already_instrumented: false,
    ...description,
    look,
    asyncify: asyncifyState >= 0,
    block,
    doorbell,
    memory: describeMemory(memory, planned, request.importMemory),
    dropped_sections: dropped,
    warnings,
    bytes: { before: input.length, after: output.length },
    milliseconds: 0,
  };
  return { output, report };
}

/**
 * The result for a module that is instrumented already.
 *
 * @param {Uint8Array} input
 * @param {import('./module_sections.js').Section[]} sections
 * @param {import('./check_input.js').Mark} mark
 * @returns {{output: Uint8Array<ArrayBuffer>, report: InstrumentReport}}
 */
function passThrough(input, sections, { look, block }) {
  const view = readModule(input, sections);
  const memory = view.memories[programMemory(view)];
  const planned = { shared: isShared(memory), maximum: memory.maximum };
  return {
    output: input.slice(),
    report: {
      already_instrumented: true,
      ...emptyDescription(),
      look,
      asyncify: findAsyncifyState(view) >= 0,
      block,
      doorbell: block + DOORBELL_OFFSET,
      memory: describeMemory(memory, planned, null),
      dropped_sections: [],
      warnings: ['the module is instrumented already: it stays as it is'],
      bytes: { before: input.length, after: input.length },
      milliseconds: 0,
    },
  };
}

/**
 * @param {import('./module_sections.js').Memory} memory
 * @param {{shared: boolean, maximum: number | undefined}} planned
 * @param {{module: string, name: string} | null} importMemory
 * @returns {InstrumentReport['memory']}
 */
function describeMemory(memory, planned, importMemory) {
  return {
    minimum: memory.minimum,
    maximum: planned.maximum ?? null,
    shared: planned.shared,
    was_shared: isShared(memory),
    import: importMemory ?? (memory.imported && { module: memory.imported.module, name: memory.imported.name }),
  };
}

/**
 * @param {ModuleView} view
 * @param {Runtime} runtime
 * @param {import('./safe_point_code.js').Word} doorbell
 * @param {boolean} isLoad whether memory is or becomes shared, and a host rings
 * @param {number} asyncifyState
 * @returns {{form: CheckForm, look: 'shared' | 'countdown', needsGlobal: boolean}}
 */
function chooseForm(view, runtime, doorbell, isLoad, asyncifyState) {
  const global = view.importedGlobals + view.globals.length;
  // only programs with threads are linked with shared memory
  const threaded = isLoad && isShared(view.memories[doorbell.memory]);
  const form = threaded
    ? threadedForm(doorbell, global, runtime.safePoint)
    : isLoad
      ? sharedForm(doorbell, runtime.safePoint)
      : countdownForm(global, runtime.safePoint);
  return {
    form: asyncifyState < 0 ? form : asyncifiedForm(form, asyncifyState),
    look: isLoad ? 'shared' : 'countdown',
    needsGlobal: threaded || !isLoad,
  };
}

/**
 * @param {Map<number, string>} names
 * @param {Map<number, string[]>} exportNames
 * @param {Runtime} runtime
 * @param {Request} request
 * @returns {(index: number) => import('./plan.js').Excuse}
 */
function excuses(names, exportNames, runtime, request) {
  return (index) => {
    const name = names.get(index);
    let skipped = false;
    for (const skip of request.skip) {
      if (!(name !== undefined && skip.matches(name)) && !exportNames.get(index)?.some(skip.matches)) continue;
      skip.used = skipped = true;
    }
    if (skipped) return 'skip';
    // functions that they call may have safe points: the runtime guards itself
    return Object.values(runtime).includes(index) ? 'runtime' : '';
  };
}

/**
 * @param {Map<number, string>} names
 * @param {Runtime} runtime
 * @param {Request} request after its `skip` was used
 */
function warningsOfNames(names, runtime, request) {
  const warnings = request.skip
    .filter((skip) => !skip.used)
    .map(
      (skip) => `skip: no function is named ${skip.text}${names.size === 0 ? ' (the module has no name section)' : ''}`,
    );
  if (names.get(runtime.safePoint)?.endsWith('.command_export')) {
    warnings.push(
      "the linker wrapped wasmsig_safe_point so that it runs the program's constructors each time: link with a crt1 that calls __wasm_call_ctors itself",
    );
  }
  return warnings;
}
