// @ts-check
// What instrument() reports: the types. The report itself is written by src/instrument/report.cpp.

/**
 * @typedef {object} InstrumentReport
 * @property {boolean} already_instrumented whether the module was instrumented before and so was returned as it is; the
 *   numbers below are 0 then
 * @property {LoopCounts} loops
 * @property {FunctionCounts} functions `in_cycles`: functions on cycles of calls that
 *   pass no safe point of a loop; `look_at_entry`: functions with a safe point at their entry; `long`: those of these
 *   that have it because the work of their calls has no small bound; `copied`: those that continue in an outlined copy
 *   when the check finds a signal
 * @property {LeftOut[]} left_out functions whose loops have no safe point although
 *   they may run long
 * @property {FunctionReport[]} per_function
 * @property {'linked' | 'injected'} runtime what the safe points call
 * @property {'shared' | 'countdown'} look the kind of check
 * @property {boolean} asyncify whether Asyncify has rewritten the module: checks have no effect while it unwinds or
 *   rewinds the stack
 * @property {number | null} block the address of the control block; null: the runtime is injected
 * @property {number | null} doorbell the address of the doorbell word
 * @property {{minimum: number, maximum: number | null, shared: boolean, was_shared: boolean, import: {module: string,
 *   name: string} | null}} memory in pages of 64 KiB
 * @property {string[]} dropped_sections names of custom sections that were removed
 * @property {string[]} warnings
 * @property {{before: number, after: number}} bytes the size of the module
 * @property {number} milliseconds
 */

/**
 * Why a loop has no safe point. It needs none because every round `passes` another one, because it is `short` (a fixed
 * number of rounds, about a microsecond in all), or because it is `straight` (it has no back edge). It has none
 * although it may need one because its function belongs to the `runtime`, was named in `skip`, is `unreadable` (an
 * instruction that this version does not know), or would get too `large` for engines.
 *
 * @typedef {'passes' | 'short' | 'straight' | 'runtime' | 'skip' | 'unreadable' | 'large'} Why
 */

/**
 * @typedef {object} LeftOut a function whose loops have no safe point and may need one
 * @property {string} function its name, or `#index`
 * @property {number} index
 * @property {number} loops how many; of an unreadable function, those before the unknown instruction
 * @property {Why} why
 * @property {string} reason the same in words
 */

/**
 * @typedef {object} FunctionReport of a function that has loops or a safe point at its entry
 * @property {string} function its name, or `#index`
 * @property {number} index
 * @property {number} loops
 * @property {number} safe_points how many of the loops have one
 * @property {number} strips how many of these are unrolled, because their rounds are short, and check once in four
 *   rounds
 * @property {boolean} entry whether its entry has one
 * @property {Partial<Record<Why, number>>} left_out how many of the loops have none, by reason
 */

/**
 * @typedef {{found: number, instrumented: number, strips: number, left_out: number, why: Partial<Record<Why, number>>}}
 *   LoopCounts
 */
/**
 * @typedef {{total: number, with_loops: number, in_cycles: number, look_at_entry: number, long: number, copied:
 *   number}} FunctionCounts
 */

export {};
