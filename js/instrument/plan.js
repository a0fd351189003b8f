// @ts-check
import { CallGraph, QUIET_HOSTS } from './call_graph.js';
import { hasSafePoint, placeSafePoints } from './placement.js';
import { longCalls } from './work.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./placement.js').Placement} Placement */

/** The engines' common limit on one function's size. */
const MAX_FUNCTION_BYTES = 7654321;
/** More than one look, and one changed branch, can add. */
const BYTES_OF_SAFE_POINT = 224;
const BYTES_OF_BRANCH = 4;

/** Why a function as a whole gets no looks. @typedef {'' | 'runtime' | 'skip' | 'unreadable' | 'large'} Excuse */

/**
 * @typedef {object} FunctionPlan
 * @property {Excuse} excuse
 * @property {boolean} entry whether it looks at its entry
 * @property {boolean} copied whether a look taken there goes on in a copy of it
 * @property {boolean} unrolls whether its loops may come in strips: it would not grow too large
 * @property {Placement} placement
 */

/**
 * @typedef {object} Plan
 * @property {FunctionPlan[]} functions the module's own
 * @property {number} inCycles how many of them lie on cycles of calls that pass no look of a loop
 * @property {number} long how many look at their entry because their calls may take long
 * @property {number[][]} unbroken functions of cycles of which none may look
 * @property {(callee: number) => boolean} isOpaque whether a call of this function may write anything for all that an engine knows, also one that puts the function's
 *   code in the call's place: it is WASI's or ours, or makes such a call itself
 */

/**
 * Decides where all functions look, so that a program that runs for ever looks again and again.
 *
 * Why it does: such a program either stays in one activation of a function for ever, or enters functions within functions without end (by tail
 * calls, or until the stack is full). In the first case some loop of it goes round for ever, and of those the outermost: it has a look, or passes one in each round
 * (placement.js); a short one ends, and is entered again only by a loop around it. In the second case the calls go round a cycle of the call
 * graph. Calls in front of which their function has looked are left out of that graph, since going round them passes the look; in the rest, some function
 * of every cycle looks at its entry. Where a look is a load, a small function that calls itself in each round of its loops does so in place of them.
 *
 * A call of a function that looks at its entry is a look too, so loops that make one in each round lose their own. That can take away the look in front of another call. If a
 * cycle of calls is without one then, its functions keep the looks of their loops.
 *
 * What is left has no cycle without a look, but a tree of calls without one may still take any time, since each level may double the work. So functions whose work
 * could pass a bound look at their entry too (work.js).
 *
 * @param {ModuleView} view
 * @param {(index: number) => Excuse} excuseOf
 * @param {number[]} safe functions that are safe points themselves
 * @param {boolean} loads whether a look is a load; a countdown, which each look makes shorter, is better had seldom
 * @returns {Plan}
 */
export function planSafePoints(view, excuseOf, safe, loads) {
  const first = view.importedFunctions;
  const none = () => false;
  /** @param {number} i @param {FunctionPlan} plan @param {(index: number) => boolean} checksAtEntry */
  const place = (i, { excuse, entry, unrolls }, checksAtEntry) => placeSafePoints(view.bytes, view.bodies[i], { excluded: excuse !== '', unrolls, entry, checksAtEntry });

  const functions = view.bodies.map(({ start, end }, i) => {
    const plan = /** @type {FunctionPlan} */ ({ excuse: excuseOf(first + i), entry: false, copied: false, unrolls: true });
    plan.placement = place(i, plan, none);
    if (plan.placement.unknown !== '') {
      plan.excuse = 'unreadable';
    } else if (plan.excuse === '' && growsTooLarge(plan.placement, end - start)) {
      plan.unrolls = false;
      plan.placement = place(i, plan, none);
      if (growsTooLarge(plan.placement, end - start)) plan.excuse = 'large';
    }
    if (plan.excuse === 'unreadable' || plan.excuse === 'large') plan.placement = place(i, plan, none);
    return plan;
  });

  if (loads) functions.forEach((plan, i) => checkAtEntryInstead(plan, first + i, view.bodies[i], (checksAtEntry) => place(i, { ...plan, entry: true }, checksAtEntry)));
  const eager = functions.flatMap(({ entry }, i) => (entry ? [first + i] : []));
  const placements = () => functions.map(({ placement }) => placement);
  const calls = new CallGraph(view, placements());
  const graph = calls.graph(placements());
  const inCycles = calls.cycles(graph, safe).length + eager.length;
  const { chosen, removed, unbroken } = calls.chooseEntries(graph, (index) => functions[index - first].excuse === '', safe);
  for (const index of eager) chosen.add(index);
  const isChosen = (/** @type {number} */ index) => chosen.has(index);
  const isOpaque = opacity(functions, view);
  const finish = () => {
    const long = longCalls(calls, placements(), (index) => functions[index - first].excuse === '', new Set([...removed, ...eager]));
    for (const index of long) enter(functions[index - first], view.bodies[index - first]);
    return { functions, inCycles, long: long.length, unbroken, isOpaque };
  };
  if (chosen.size === 0) return finish();

  functions.forEach((plan, i) => {
    if (isChosen(first + i)) enter(plan, view.bodies[i]);
    if (plan.entry || plan.placement.loops.some(hasSafePoint)) plan.placement = place(i, plan, isChosen);
  });
  for (;;) {
    const uncovered = calls.cycles(calls.graph(placements()), removed);
    if (uncovered.length === 0) return finish();
    for (const index of uncovered) functions[index - first].placement = place(index - first, functions[index - first], none);
  }
}

/**
 * A copy is only made of what may stand in the place of its calls: the engine of Node and Chromium does so with functions of up to 500 bytes. There the slow path's call
 * would cost a look what it does not cost elsewhere, registers and an order of the code that suits it; a call in whose place nothing follows but a return does not.
 *
 * @param {{start: number, end: number}} body
 */
const isSmall = ({ start, end }) => end - start <= 500;

/** Gives a function a look at its entry. @param {FunctionPlan} plan @param {{start: number, end: number}} body */
function enter(plan, body) {
  plan.entry = true;
  plan.copied = isSmall(body);
}

/**
 * Lets a small function that calls itself look at its entry, if that takes the looks out of all its loops: each round makes such a call then.
 *
 * @param {FunctionPlan} plan
 * @param {number} index
 * @param {{start: number, end: number}} body
 * @param {(checksAtEntry: (index: number) => boolean) => Placement} place
 */
function checkAtEntryInstead(plan, index, body, place) {
  const { excuse, placement: { callees, loops } } = plan;
  if (excuse !== '' || !callees.has(index) || !isSmall(body) || !loops.some(hasSafePoint)) return;
  const placement = place((callee) => callee === index);
  if (placement.loops.some(hasSafePoint)) return;
  plan.entry = true;
  plan.placement = placement;
}

/** @param {Placement} placement @param {number} size */
function growsTooLarge({ loops, branches, repeated }, size) {
  return size <= MAX_FUNCTION_BYTES && size + repeated + (loops.length + 1) * BYTES_OF_SAFE_POINT + branches * BYTES_OF_BRANCH > MAX_FUNCTION_BYTES;
}

/**
 * Who calls each function.
 * @param {FunctionPlan[]} functions the module's own
 * @param {number} first the index of the first of them
 */
export function callersOf(functions, first) {
  /** @type {Map<number, number[]>} */
  const callers = new Map();
  functions.forEach(({ placement }, i) => {
    for (const callee of placement.callees) {
      const known = callers.get(callee);
      if (known) known.push(first + i);
      else callers.set(callee, [first + i]);
    }
  });
  return callers;
}

/**
 * Calls through tables and of other imports do not count: engines guess what those will call (a pure function of the module, Math.sin), and put that in their place.
 *
 * @param {FunctionPlan[]} functions the module's own
 * @param {ModuleView} view
 * @returns {Plan['isOpaque']}
 */
function opacity(functions, { importedFunctions: first, importedFunctionModules }) {
  const callers = callersOf(functions, first);
  const opaque = new Set([...importedFunctionModules.keys()].filter((index) => QUIET_HOSTS.test(importedFunctionModules[index])));
  for (const callee of opaque) for (const caller of callers.get(callee) ?? []) opaque.add(caller); // also over those that are added meanwhile
  return (callee) => opaque.has(callee);
}
