// @ts-check
import { extendVector } from './assemble.js';
import { Writer } from './binary.js';
import { LoopBlockTypes } from './block_types.js';
import { findLanding, longjmpTags } from './landing.js';
import { findOlderLongjmp } from './older_longjmp.js';
import { SECTION } from './module_sections.js';
import { LOOP, hasSafePoint } from './placement.js';
import { callersOf } from './plan.js';
import { CHECK, rewriteBody } from './rewrite.js';
import { OP } from './walk.js';

/** @typedef {import('./safe_point_code.js').CheckForm} CheckForm */
/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./plan.js').Plan} Plan */

/**
 * @typedef {object} NewCode
 * @property {Map<number, Uint8Array>} sections the sections that change, by id
 * @property {Map<number, number[]>} labels the labels that were added, by function index
 * @property {number[]} copied the functions of which outlined copies are appended after all others
 * @property {number[]} landing functions in which a longjmp out of a check lands where the compiler's handler is
 * @property {number[]} homeless functions that have such a handler, but to which control cannot be led
 * @property {Uint8Array | null} hints the content of the custom section of branch hints
 */

/**
 * Writes the code section according to a plan. Functions without safe points are copied byte for byte.
 *
 * @param {ModuleView} view
 * @param {Plan} plan
 * @param {CheckForm} form
 * @param {(index: number) => boolean} lands whether a longjmp out of a check is to land in this function
 * @returns {NewCode}
 */
export function rewriteCode(view, plan, form, lands) {
  const types = new LoopBlockTypes(view);
  const total = view.bodies.reduce((sum, body) => sum + body.end - body.start, 0);
  const functions = view.functionTypes.length;
  const copied = view.bodies.flatMap((_, i) => (plan.functions[i].copied ? [view.importedFunctions + i] : []));
  const copies = new Map(copied.map((index, i) => [index, functions + i]));
  const tags = longjmpTags(
    view,
    plan.functions.map(({ placement }) => placement),
  );
  const older = findOlderLongjmp(view) ?? null;
  const jumps = {
    tags,
    older,
    jumpers: indices(view, plan, (one) => mayJump(one) && !(older && one.placement.callees.has(older.thrower))),
    quiet: quietFunctions(view, plan),
  };
  const withHandler = [
    ...indices(
      view,
      plan,
      (one) =>
        one.excuse === '' &&
        (hasAny(one.placement.caught, tags) || (older !== null && [...one.placement.callees].some(older.invokes))),
    ),
  ];
  const landings = new Map(
    withHandler.map((index) => {
      const hasSafePoints = plan.functions[index - view.importedFunctions].placement.loops.some(hasSafePoint);
      return [
        index,
        lands(index) ? findLanding(view, index, jumps, hasSafePoints) : { landing: null, isLost: hasSafePoints },
      ];
    }),
  );
  const out = new Writer(total + (total >> 2) + 64);
  const body = new Writer(4096);
  /** @type {Map<number, number[]>} */
  const labels = new Map();
  /** @type {Map<number, number[]>} */
  const unlikely = new Map();
  const write = (
    /** @type {number} */ index,
    /** @type {number} */ original,
    /** @type {import('./rewrite.js').Checks} */ wanted,
  ) => {
    const range = view.bodies[original - view.importedFunctions];
    if (
      wanted.entry === CHECK.none &&
      !wanted.taken &&
      wanted.loops.every((check) => check === CHECK.none) &&
      !landings.get(original)?.landing
    ) {
      out.u32(range.end - range.start);
      out.copy(view.bytes, range.start, range.end);
      return;
    }
    body.length = 0;
    const rewritten = rewriteBody(
      view.bytes,
      range,
      { ...wanted, landing: landings.get(original)?.landing ?? null },
      form,
      (type) => types.block(type),
      body,
    );
    labels.set(index, rewritten.labels);
    if (rewritten.unlikely.length > 0) unlikely.set(index, rewritten.unlikely);
    out.u32(body.length);
    out.append(body.view());
  };
  out.u32(view.bodies.length + copied.length);
  view.bodies.forEach((_, i) => {
    const index = view.importedFunctions + i;
    const copy = copies.get(index);
    write(index, index, {
      ...checksOf(plan.functions[i], plan.isOpaque),
      away: copy === undefined ? null : leaveFor(copy, parameters(view, index)),
    });
  });
  for (const [index, copy] of copies)
    write(copy, index, {
      ...checksOf(plan.functions[index - view.importedFunctions], plan.isOpaque),
      entry: CHECK.none,
      taken: true,
    });

  /** @type {Map<number, Uint8Array>} */
  const sections = new Map();
  if (view.bodies.length > 0) sections.set(SECTION.code, out.view());
  if (copied.length > 0)
    sections.set(
      SECTION.function,
      extendVector(
        view,
        SECTION.function,
        view.bodies.length,
        copied.map((index) => encoded(view.functionTypes[index])),
      ),
    );
  const typeSection = types.section();
  if (typeSection) sections.set(SECTION.type, typeSection);
  const homeless = withHandler.filter((index) => landings.get(index)?.isLost);
  return {
    sections,
    labels,
    copied,
    landing: withHandler.filter((index) => landings.get(index)?.landing),
    homeless,
    hints: unlikely.size > 0 ? branchHints(unlikely) : null,
  };
}

/**
 * The module's own functions whose plan satisfies a predicate.
 * @param {ModuleView} view
 * @param {Plan} plan
 * @param {(plan: import('./plan.js').FunctionPlan) => boolean} isSuch
 */
const indices = (view, plan, isSuch) =>
  new Set(view.bodies.flatMap((_, i) => (isSuch(plan.functions[i]) ? [view.importedFunctions + i] : [])));

/** The functions that throw nothing except what a check throws. @param {ModuleView} view @param {Plan} plan */
function quietFunctions({ importedFunctions: first }, { functions }) {
  const callers = callersOf(functions, first);
  const loud = new Set([
    ...Array(first).keys(),
    ...functions.flatMap(({ placement: { throws, unknown } }, i) => (throws || unknown !== '' ? [first + i] : [])),
  ]);
  // also iterates over elements that are added meanwhile
  for (const callee of loud) for (const caller of callers.get(callee) ?? []) loud.add(caller);
  return new Set([...functions.keys()].map((i) => first + i).filter((index) => !loud.has(index)));
}

/** @param {Set<number>} some @param {Set<number>} of */
const hasAny = (some, of) => [...some].some((one) => of.has(one));

/**
 * Whether a handler may jump out of a function: it has safe points or calls others, but does not throw a jump itself.
 * `__wasm_setjmp` does neither.
 *
 * @param {import('./plan.js').FunctionPlan} plan
 */
const mayJump = ({ entry, placement: { loops, callees, calls, thrown } }) =>
  thrown.size === 0 && (entry || loops.some(hasSafePoint) || callees.size > 0 || calls.types.size > 0);

/** @param {ModuleView} view @param {number} index of a function */
const parameters = (view, index) => view.types[view.functionTypes[index]]?.paramCount ?? 0;

/** @param {number} value */
function encoded(value) {
  const out = new Writer(5);
  out.u32(value);
  return out.view();
}

/** Code that continues in another function of the same type. @param {number} index of it @param {number} parameters */
function leaveFor(index, parameters) {
  const out = new Writer(parameters * 2 + 8);
  for (let local = 0; local < parameters; ++local) {
    out.u8(OP.localGet);
    out.u32(local);
  }
  out.u8(OP.call);
  out.u32(index);
  out.u8(OP.return);
  return out.view();
}

/**
 * @param {import('./plan.js').FunctionPlan} plan
 * @param {Plan['isOpaque']} isOpaque
 * @returns {import('./rewrite.js').Checks}
 */
function checksOf({ entry, placement }, isOpaque) {
  const clobbers = (/** @type {Set<number>} */ callees) => [...callees].some(isOpaque);
  const clobbered = placement.calleesOf.map(clobbers);
  // a loop's number is higher than that of the loop around it
  for (let at = clobbered.length - 1; at >= 0; --at)
    if (clobbered[at] && placement.outer[at] >= 0) clobbered[placement.outer[at]] = true;
  const check = (/** @type {boolean} */ isClobbered) => (isClobbered ? CHECK.clobbered : CHECK.usual);
  return {
    entry: entry ? check(clobbers(placement.callees)) : CHECK.none,
    away: null,
    taken: false,
    landing: null,
    loops: placement.loops.map((decision, at) => (hasSafePoint(decision) ? check(clobbered[at]) : CHECK.none)),
    unrolled: placement.loops.map((decision) => decision === LOOP.unrolled),
  };
}

/**
 * The content of `metadata.code.branch_hint`. An engine that reads it moves the target of a branch that is unlikely out
 * of the hot code. Others ignore it.
 *
 * @param {Map<number, number[]>} unlikely by function index, ascending: the offsets in the body of branches that are
 *   hardly ever taken
 */
function branchHints(unlikely) {
  const out = new Writer(1024);
  out.u32(unlikely.size);
  for (const [index, branches] of unlikely) {
    out.u32(index);
    out.u32(branches.length);
    for (const at of branches) {
      out.u32(at);
      out.append([1, 0]); // one byte: unlikely
    }
  }
  return out.view();
}
