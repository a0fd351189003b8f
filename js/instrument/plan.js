// @ts-check
// Why: docs/rationale.md#why-is-no-function-left-out-by-its-name
import { CallGraph, QUIET_HOSTS } from './call_graph.js';
import { hasSafePoint, placeSafePoints } from './placement.js';
import { longCalls } from './work.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./placement.js').Placement} Placement */

/** The engines' common limit on one function's size. */
const MAX_FUNCTION_BYTES = 7654321;
/** An upper bound of the bytes that one safe point, and one changed branch, add. */
const BYTES_OF_SAFE_POINT = 224;
const BYTES_OF_BRANCH = 4;

/** Why a whole function gets no safe points. @typedef {'' | 'runtime' | 'skip' | 'unreadable' | 'large'} Excuse */

/**
 * @typedef {object} FunctionPlan
 * @property {Excuse} excuse
 * @property {boolean} entry whether it checks at its entry
 * @property {boolean} copied whether it continues in an outlined copy when that check finds a signal
 * @property {boolean} unrolls whether its loops may be unrolled: it would not grow too large
 * @property {Placement} placement
 */

/**
 * @typedef {object} Plan
 * @property {FunctionPlan[]} functions the module's own
 * @property {number} inCycles how many of them lie on cycles of calls that pass no safe point of a loop
 * @property {number} long how many check at their entry because their calls may take long
 * @property {number[][]} unbroken functions of cycles of which none may have a safe point
 * @property {(callee: number) => boolean} isOpaque whether an engine has to assume that a call of this function writes
 *   to any address, even after inlining: it is WASI's or ours, or makes such a call itself
 */

/**
 * Decides where all functions have safe points, so that a program that runs for ever checks again and again.
 *
 * Why it does. Such a program either stays in one activation of a function for ever, or enters functions within
 * functions without end (by tail calls, or until the stack is full). In the first case some loop of the activation runs
 * for ever. The outermost such loop has a safe point, or passes one in each round (placement.js); a short one ends, and
 * is entered again only by a loop around it. In the second case the calls follow a cycle of the call graph. Calls
 * before which their function has checked are not in that graph, since such a cycle passes the check. In the rest, some
 * function of every cycle checks at its entry. If a check is a load, a small function that calls itself in each round
 * of its loops checks at its entry instead of in them.
 *
 * A call of a function that checks at its entry is a check too, so loops that make such a call in each round lose their
 * own safe point. That can remove the check before another call. If a cycle of calls is without one then, its functions
 * keep the safe points of their loops.
 *
 * The result has no cycle without a check, but a tree of calls without one may still take any time, since each level
 * may double the work. So functions whose work could exceed a bound check at their entry too (work.js).
 *
 * @param {ModuleView} view
 * @param {(index: number) => Excuse} excuseOf
 * @param {number[]} safe functions that are safe points themselves
 * @param {boolean} loads whether a check is a load. A countdown, which each check decrements, is better checked seldom
 * @returns {Plan}
 */
export function planSafePoints(view, excuseOf, safe, loads) {
  const first = view.importedFunctions;
  const none = () => false;
  /** @param {number} i @param {FunctionPlan} plan @param {(index: number) => boolean} checksAtEntry */
  const place = (i, { excuse, entry, unrolls }, checksAtEntry) =>
    placeSafePoints(view.bytes, view.bodies[i], { excluded: excuse !== '', unrolls, entry, checksAtEntry });

  const functions = view.bodies.map(({ start, end }, i) => {
    const plan = /** @type {FunctionPlan} */ ({
      excuse: excuseOf(first + i),
      entry: false,
      copied: false,
      unrolls: true,
    });
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

  if (loads)
    functions.forEach((plan, i) =>
      checkAtEntryInstead(plan, first + i, view.bodies[i], (checksAtEntry) =>
        place(i, { ...plan, entry: true }, checksAtEntry),
      ),
    );
  const eager = functions.flatMap(({ entry }, i) => (entry ? [first + i] : []));
  const placements = () => functions.map(({ placement }) => placement);
  const calls = new CallGraph(view, placements());
  const graph = calls.graph(placements());
  const inCycles = calls.cycles(graph, safe).length + eager.length;
  const { chosen, removed, unbroken } = calls.chooseEntries(
    graph,
    (index) => functions[index - first].excuse === '',
    safe,
  );
  for (const index of eager) chosen.add(index);
  const isChosen = (/** @type {number} */ index) => chosen.has(index);
  const isOpaque = opacity(functions, view);
  const finish = () => {
    const long = longCalls(
      calls,
      placements(),
      (index) => functions[index - first].excuse === '',
      new Set([...removed, ...eager]),
    );
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
    for (const index of uncovered)
      functions[index - first].placement = place(index - first, functions[index - first], none);
  }
}

/**
 * Whether a function is small enough to be inlined: only for those an outlined copy is made. The engine of Node and
 * Chromium inlines functions of up to 500 bytes. In inlined code a call of the slow path costs registers and worsens
 * the code layout, unless it is in tail position; elsewhere it does not.
 *
 * @param {{start: number, end: number}} body
 */
const isSmall = ({ start, end }) => end - start <= 500;

/** Gives a function a safe point at its entry. @param {FunctionPlan} plan @param {{start: number, end: number}} body */
function enter(plan, body) {
  plan.entry = true;
  plan.copied = isSmall(body);
}

/**
 * Moves the check of a small recursive function to its entry, if that removes the safe points of all its loops: then
 * each round makes such a call.
 *
 * @param {FunctionPlan} plan
 * @param {number} index
 * @param {{start: number, end: number}} body
 * @param {(checksAtEntry: (index: number) => boolean) => Placement} place
 */
function checkAtEntryInstead(plan, index, body, place) {
  const {
    excuse,
    placement: { callees, loops },
  } = plan;
  if (excuse !== '' || !callees.has(index) || !isSmall(body) || !loops.some(hasSafePoint)) return;
  const placement = place((callee) => callee === index);
  if (placement.loops.some(hasSafePoint)) return;
  plan.entry = true;
  plan.placement = placement;
}

/** @param {Placement} placement @param {number} size */
function growsTooLarge({ loops, branches, repeated }, size) {
  return (
    size <= MAX_FUNCTION_BYTES &&
    size + repeated + (loops.length + 1) * BYTES_OF_SAFE_POINT + branches * BYTES_OF_BRANCH > MAX_FUNCTION_BYTES
  );
}

/**
 * The callers of each function.
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
 * Determines `isOpaque`. Calls through tables and of other imports do not count: engines speculate on their targets (a
 * pure function of the module, Math.sin) and inline them.
 *
 * @param {FunctionPlan[]} functions the module's own
 * @param {ModuleView} view
 * @returns {Plan['isOpaque']}
 */
function opacity(functions, { importedFunctions: first, importedFunctionModules }) {
  const callers = callersOf(functions, first);
  const opaque = new Set(
    [...importedFunctionModules.keys()].filter((index) => QUIET_HOSTS.test(importedFunctionModules[index])),
  );
  // also iterates over elements that are added meanwhile
  for (const callee of opaque) for (const caller of callers.get(callee) ?? []) opaque.add(caller);
  return (callee) => opaque.has(callee);
}
