// @ts-check
import { Writer } from './binary.js';
import { LookTypes } from './block_types.js';
import { SECTION } from './module.js';
import { LOOP, looks } from './placement.js';
import { LOOK, rewriteBody } from './rewrite.js';

/** @typedef {import('./look.js').LookForm} LookForm */
/** @typedef {import('./module.js').ModuleView} ModuleView */
/** @typedef {import('./plan.js').Plan} Plan */

/**
 * Writes the code as planned. Functions that get no look are copied byte for byte.
 *
 * @param {ModuleView} view
 * @param {Plan} plan
 * @param {LookForm} form
 * @returns {{sections: Map<number, Uint8Array>, labels: Map<number, number[]>, hints: Uint8Array | null}} the sections that change, by id; by function index which labels
 *   were added; the content of the custom section of branch hints
 */
export function rewriteCode(view, plan, form) {
  const types = new LookTypes(view);
  const total = view.bodies.reduce((sum, body) => sum + body.end - body.start, 0);
  const out = new Writer(total + (total >> 2) + 64);
  const body = new Writer(4096);
  /** @type {Map<number, number[]>} */
  const labels = new Map();
  /** @type {Map<number, number[]>} */
  const unlikely = new Map();
  out.u32(view.bodies.length);
  view.bodies.forEach((range, i) => {
    const wanted = looksOf(plan.functions[i], plan.isOpaque);
    if (wanted.entry === LOOK.none && wanted.loops.every((look) => look === LOOK.none)) {
      out.u32(range.end - range.start);
      out.copy(view.bytes, range.start, range.end);
      return;
    }
    body.length = 0;
    const index = view.importedFunctions + i;
    const rewritten = rewriteBody(view.bytes, range, wanted, form, (type) => types.block(type), body);
    labels.set(index, rewritten.labels);
    unlikely.set(index, rewritten.unlikely);
    out.u32(body.length);
    out.append(body.view());
  });
  /** @type {Map<number, Uint8Array>} */
  const sections = new Map();
  if (view.bodies.length > 0) sections.set(SECTION.code, out.view());
  const typeSection = types.section();
  if (typeSection) sections.set(SECTION.type, typeSection);
  return { sections, labels, hints: unlikely.size > 0 ? branchHints(unlikely) : null };
}

/**
 * @param {import('./plan.js').FunctionPlan} plan
 * @param {Plan['isOpaque']} isOpaque
 * @returns {import('./rewrite.js').Looks}
 */
function looksOf({ entry, placement }, isOpaque) {
  const look = (/** @type {Set<number>} */ callees) => ([...callees].some(isOpaque) ? LOOK.clobbered : LOOK.usual);
  return {
    entry: entry ? look(placement.callees) : LOOK.none,
    loops: placement.loops.map((decision, at) => (looks(decision) ? look(placement.calleesOf[at]) : LOOK.none)),
    strips: placement.loops.map((decision) => decision === LOOP.strip),
  };
}

/**
 * The content of `metadata.code.branch_hint`: an engine that knows it compiles what a taken branch leads to out of the way. Others step over it.
 *
 * @param {Map<number, number[]>} unlikely by function index, ascending: where in the body branches stand that are hardly ever taken
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
