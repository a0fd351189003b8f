// @ts-check
import { extendVector } from './assemble.js';
import { Writer } from './binary.js';
import { InstrumentError } from './errors.js';
import { SECTION } from './module.js';

/** @typedef {import('./module.js').Memory} Memory */
/** @typedef {import('./module.js').ModuleView} ModuleView */
/** @typedef {import('./module.js').Section} Section */
/** @typedef {import('./request.js').Request} Request */

const DEFAULT_MAXIMUM_PAGES = 32768;

/** @param {Memory} memory */
export const isShared = (memory) => (memory.flags & 2) !== 0;

/**
 * @param {Memory} memory
 * @param {Request} request
 * @returns {{shared: boolean, maximum: number | undefined}}
 */
export function planMemory(memory, request) {
  if (isShared(memory) || !request.share) return { shared: isShared(memory), maximum: memory.maximum };
  const limit = request.maximumPages ?? Math.max(DEFAULT_MAXIMUM_PAGES, memory.minimum);
  if (limit < memory.minimum) {
    throw new InstrumentError('memory-limits', `the module's memory begins with ${memory.minimum} pages, so maximumPages must be at least that (it is ${limit})`);
  }
  const maximum = memory.maximum === undefined ? limit : request.maximumPages === undefined ? memory.maximum : Math.min(memory.maximum, limit);
  return { shared: true, maximum };
}

/**
 * Puts the sections into `replaced` that change with the memory. Its index stays 0: an import is added behind all others, of
 * which none is a memory then.
 *
 * @param {ModuleView} view
 * @param {Request} request
 * @param {{shared: boolean, maximum: number | undefined}} planned
 * @param {Map<number, Uint8Array | null>} replaced null: the section goes
 */
export function replaceMemory(view, request, planned, replaced) {
  const memory = view.memories[0];
  const { bytes } = view;
  const limits = new Writer(16);
  limits.u8((planned.maximum === undefined ? 0 : 1) | (planned.shared ? 2 : 0));
  limits.u32(memory.minimum);
  if (planned.maximum !== undefined) limits.u32(planned.maximum);

  const importEntry = (/** @type {{module: string, name: string}} */ { module, name }) => {
    const out = new Writer(module.length + name.length + 32);
    out.name(module);
    out.name(name);
    out.u8(2);
    out.append(limits.view());
    return out.view();
  };
  if (memory.imported) {
    const section = /** @type {Section} */ (view.sections.find((s) => s.id === SECTION.import));
    const out = new Writer(section.end - section.body + 64);
    out.copy(bytes, section.body, memory.imported.start);
    out.append(importEntry(request.importMemory ?? memory.imported));
    out.copy(bytes, memory.end, section.end);
    replaced.set(SECTION.import, out.view());
    return;
  }
  const section = /** @type {Section} */ (view.sections.find((s) => s.id === SECTION.memory));
  const out = new Writer(section.end - section.body + 32);
  if (!request.importMemory) {
    out.u32(view.definedMemories);
    out.append(limits.view());
  } else {
    out.u32(view.definedMemories - 1);
    replaced.set(SECTION.import, extendVector(view, SECTION.import, view.importCount, [importEntry(request.importMemory)]));
  }
  out.copy(bytes, memory.end, section.end);
  replaced.set(SECTION.memory, request.importMemory && view.definedMemories === 1 ? null : out.view());
}

/** The global section with the global that a look needs. @param {ModuleView} view */
export function globalOfLook(view) {
  // Mutable i32, 0 at first: no look may be left out, or silence is 0.
  return extendVector(view, SECTION.global, view.globals.length, [Uint8Array.of(0x7f, 0x01, 0x41, 0x00, 0x0b)]);
}
