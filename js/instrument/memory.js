// @ts-check
import { extendVector } from './assemble.js';
import { Writer } from './binary.js';
import { InstrumentError } from './instrument_error.js';
import { SECTION } from './module_sections.js';

/** @typedef {import('./module_sections.js').Memory} Memory */
/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./module_sections.js').Section} Section */
/** @typedef {import('./options.js').Request} Request */

const DEFAULT_MAXIMUM_PAGES = 32768;

/** @param {Memory} memory */
export const isShared = (memory) => (memory.flags & 2) !== 0;

/**
 * @param {Memory} memory
 * @param {Request} request
 * @param {boolean} isRung whether the program has a host that can ring
 * @returns {{shared: boolean, maximum: number | undefined}}
 */
export function planMemory(memory, request, isRung) {
  if (isShared(memory) || !(request.share ?? isRung)) return { shared: isShared(memory), maximum: memory.maximum };
  const limit = request.maximumPages ?? Math.max(DEFAULT_MAXIMUM_PAGES, memory.minimum);
  if (limit < memory.minimum) {
    throw new InstrumentError(
      'memory-limits',
      `the module's memory begins with ${memory.minimum} pages, so maximumPages must be at least that (it is ${limit})`,
    );
  }
  const maximum =
    memory.maximum === undefined
      ? limit
      : request.maximumPages === undefined
        ? memory.maximum
        : Math.min(memory.maximum, limit);
  return { shared: true, maximum };
}

/**
 * The index of the program's memory, which holds the control block. If there are several, it is the one that hosts
 * know: exported, or imported, as `memory`.
 *
 * @param {ModuleView} view
 */
export function programMemory({ memories, exports }) {
  if (memories.length < 2) return memories.length - 1;
  const exported = exports.get('memory');
  if (exported?.kind === 2) return exported.index;
  const imported = memories.findIndex((memory) => memory.imported?.name === 'memory');
  if (imported >= 0) return imported;
  throw new InstrumentError(
    'no-memory',
    `the module has ${memories.length} memories, and none of them is exported or imported as "memory": export the one that the program was linked with under that name`,
  );
}

/**
 * Replaces the sections that change with the memory. Its index does not change: an import is appended after all others,
 * so it must be the first memory that the module defines.
 *
 * @param {ModuleView} view
 * @param {number} index of the memory
 * @param {Request} request
 * @param {{shared: boolean, maximum: number | undefined}} planned
 * @param {Map<number, Uint8Array | null>} replaced null: the section is removed
 */
export function replaceMemory(view, index, request, planned, replaced) {
  const memory = view.memories[index];
  if (request.importMemory && !memory.imported && index > view.memories.length - view.definedMemories) {
    throw new InstrumentError(
      'bad-option',
      'importMemory: the module defines another memory before that of the program, whose number would change: leave importMemory out',
    );
  }
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
  out.u32(view.definedMemories - (request.importMemory ? 1 : 0));
  out.copy(bytes, view.memories[view.memories.length - view.definedMemories].start, memory.start);
  if (!request.importMemory) {
    out.append(limits.view());
  } else {
    replaced.set(
      SECTION.import,
      extendVector(view, SECTION.import, view.importCount, [importEntry(request.importMemory)]),
    );
  }
  out.copy(bytes, memory.end, section.end);
  replaced.set(SECTION.memory, request.importMemory && view.definedMemories === 1 ? null : out.view());
}

/** The global section with the global that checks need. @param {ModuleView} view */
export function globalSection(view) {
  // Mutable i32, initially 0. For a countdown: no check may be skipped. For threads: a quiet doorbell is 0.
  return extendVector(view, SECTION.global, view.globals.length, [Uint8Array.of(0x7f, 0x01, 0x41, 0x00, 0x0b)]);
}
