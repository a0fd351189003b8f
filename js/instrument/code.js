// @ts-check
import { Writer } from './binary.js';
import { LookTypes } from './block_types.js';
import { SECTION } from './module.js';
import { LOOP } from './placement.js';
import { rewriteBody } from './rewrite.js';

/** @typedef {import('./look.js').LookForm} LookForm */
/** @typedef {import('./module.js').ModuleView} ModuleView */
/** @typedef {import('./plan.js').Plan} Plan */

/**
 * Writes the code as planned. Functions that get no look are copied byte for byte.
 *
 * @param {ModuleView} view
 * @param {Plan} plan
 * @param {LookForm} form
 * @returns {{sections: Map<number, Uint8Array>, labels: Map<number, number[]>}} the sections that change, by id, and by function index which labels were added
 */
export function rewriteCode(view, plan, form) {
  const types = new LookTypes(view);
  const total = view.bodies.reduce((sum, body) => sum + body.end - body.start, 0);
  const out = new Writer(total + (total >> 2) + 64);
  const body = new Writer(4096);
  /** @type {Map<number, number[]>} */
  const labels = new Map();
  out.u32(view.bodies.length);
  view.bodies.forEach((range, i) => {
    const { entry, placement } = plan.functions[i];
    const loops = placement.loops.map((decision) => Number(decision === LOOP.look));
    if (!entry && !loops.includes(1)) {
      out.u32(range.end - range.start);
      out.copy(view.bytes, range.start, range.end);
      return;
    }
    body.length = 0;
    labels.set(view.importedFunctions + i, rewriteBody(view.bytes, range, { entry, loops }, form, (type) => types.block(type), body));
    out.u32(body.length);
    out.append(body.view());
  });
  /** @type {Map<number, Uint8Array>} */
  const sections = new Map();
  if (view.bodies.length > 0) sections.set(SECTION.code, out.view());
  const typeSection = types.section();
  if (typeSection) sections.set(SECTION.type, typeSection);
  return { sections, labels };
}
