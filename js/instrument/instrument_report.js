// @ts-check
import { LOOP, hasSafePoint } from './placement.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./plan.js').Plan} Plan */
/** @typedef {import('./plan.js').FunctionPlan} FunctionPlan */

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

/** @type {Record<number, Why>} */
const WHY_OF = Object.freeze({ [LOOP.covered]: 'passes', [LOOP.short]: 'short', [LOOP.notALoop]: 'straight' });
const REASONS = Object.freeze({
  runtime: 'part of the wasmsig runtime',
  skip: 'named in skip',
  large: 'the function would be larger than engines accept',
});

/**
 * @typedef {{loops: LoopCounts, functions: FunctionCounts, left_out: LeftOut[], per_function: FunctionReport[]}}
 *   Description
 */

/** The description of a module that was not analysed. @param {number} [total] functions @returns {Description} */
export function emptyDescription(total = 0) {
  return {
    loops: { found: 0, instrumented: 0, strips: 0, left_out: 0, why: {} },
    functions: { total, with_loops: 0, in_cycles: 0, look_at_entry: 0, long: 0, copied: 0 },
    left_out: [],
    per_function: [],
  };
}

/**
 * @param {ModuleView} view
 * @param {Plan} plan
 * @param {(index: number) => string} nameOf
 * @returns {Description & {warnings: string[]}}
 */
export function describe(view, plan, nameOf) {
  const description = emptyDescription(view.bodies.length);
  const { loops, functions, left_out: leftOut, per_function: perFunction } = description;
  functions.in_cycles = plan.inCycles;
  functions.long = plan.long;
  plan.functions.forEach((one, i) => {
    const index = view.importedFunctions + i;
    const why = countWhy(one);
    const found = one.placement.loops.length;
    const strips = one.placement.loops.filter((decision) => decision === LOOP.unrolled).length;
    const left = Object.values(why).reduce((sum, count) => sum + count, 0);
    if (one.entry) functions.look_at_entry++;
    if (one.copied) functions.copied++;
    if (found > 0 || one.excuse === 'unreadable') functions.with_loops++;
    if (found > 0 || one.entry)
      perFunction.push({
        function: nameOf(index),
        index,
        loops: found,
        safe_points: found - left,
        strips,
        entry: one.entry,
        left_out: why,
      });
    loops.found += found;
    loops.instrumented += found - left;
    loops.strips += strips;
    loops.left_out += left;
    for (const [key, count] of /** @type {[Why, number][]} */ (Object.entries(why)))
      loops.why[key] = (loops.why[key] ?? 0) + count;
    if (one.excuse !== '' && (found > 0 || one.excuse === 'unreadable')) {
      const reason =
        one.excuse === 'unreadable'
          ? `the function has ${one.placement.unknown}; it could be read only up to there`
          : REASONS[one.excuse];
      leftOut.push({ function: nameOf(index), index, loops: found, why: one.excuse, reason });
    }
  });
  const warnings = plan.unbroken
    .map((group) => group.filter((index) => plan.functions[index - view.importedFunctions].excuse !== 'runtime'))
    .filter((group) => group.length > 0)
    .map((group) => `recursion without a safe point, as these functions are left out: ${group.map(nameOf).join(', ')}`);
  return { ...description, warnings };
}

/** @param {FunctionPlan} plan @returns {Partial<Record<Why, number>>} */
function countWhy({ excuse, placement }) {
  /** @type {Partial<Record<Why, number>>} */
  const counts = {};
  for (const decision of placement.loops) {
    if (hasSafePoint(decision)) continue;
    const why = decision === LOOP.excluded ? /** @type {Why} */ (excuse) : WHY_OF[decision];
    counts[why] = (counts[why] ?? 0) + 1;
  }
  return counts;
}
