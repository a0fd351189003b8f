// @ts-check
import { Reader, Writer } from './binary.js';
import { addTargetFeature, holdsCodeOffsets, renameAll } from './custom.js';
import { MARK } from './check_input.js';
import { SECTION, sectionRank } from './module_sections.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */

const BRANCH_HINTS = 'metadata.code.branch_hint';

/**
 * The content of a section that holds a vector, with entries appended.
 *
 * @param {ModuleView} view
 * @param {number} id
 * @param {number} count how many entries it has
 * @param {Uint8Array[]} added
 */
export function extendVector(view, id, count, added) {
  const section = view.sections.find((s) => s.id === id);
  const out = new Writer(
    (section ? section.end - section.body : 0) + added.reduce((sum, entry) => sum + entry.length, 8),
  );
  out.u32(count + added.length);
  if (section) {
    const reader = new Reader(view.bytes, section.body, section.end);
    reader.u32();
    out.copy(view.bytes, reader.pos, section.end);
  }
  for (const entry of added) out.append(entry);
  return out.view();
}

/**
 * @param {ModuleView} view
 * @param {Map<number, Uint8Array | null>} replaced
 * @param {import('./code_section.js').NewCode} code
 * @param {boolean} shared
 * @param {string} mark
 */
export function assemble(view, replaced, { labels, copied, hints }, shared, mark) {
  const { bytes, sections } = view;
  const grown = [...replaced.values()].reduce((sum, content) => sum + (content?.length ?? 0), 0);
  const out = new Writer(bytes.length + grown + 1024);
  out.copy(bytes, 0, 8);
  /** @type {string[]} */
  const dropped = [];
  const present = new Set(sections.map((section) => section.id));
  const pending = [...replaced.keys()].filter((id) => !present.has(id)).sort((a, b) => sectionRank(a) - sectionRank(b));
  const emit = (/** @type {number} */ id, /** @type {Uint8Array | null | undefined} */ content) => {
    if (!content) return;
    out.u8(id);
    out.u32(content.length);
    out.append(content);
  };
  for (const section of sections) {
    const { id, name } = section;
    if (id !== SECTION.custom) {
      while (pending.length > 0 && sectionRank(pending[0]) < sectionRank(id)) {
        const next = /** @type {number} */ (pending.shift());
        emit(next, replaced.get(next));
      }
      if (id === SECTION.code && hints) emitCustom(out, BRANCH_HINTS, hints); // has to precede it
      if (replaced.has(id)) emit(id, replaced.get(id));
      else out.copy(bytes, section.start, section.end);
    } else if (holdsCodeOffsets(name)) {
      dropped.push(name);
    } else if (name === 'name') {
      emitCustom(out, name, renameAll(view, section, labels, copied));
    } else if (name === 'target_features' && shared) {
      emitCustom(out, name, addTargetFeature(bytes, section, 'atomics'));
    } else {
      out.copy(bytes, section.start, section.end);
    }
  }
  for (const id of pending) emit(id, replaced.get(id));
  emitCustom(out, MARK, new TextEncoder().encode(mark));
  return { output: out.buffer.slice(0, out.length), dropped };
}

/**
 * @param {Writer} out
 * @param {string} name
 * @param {Uint8Array} content
 */
function emitCustom(out, name, content) {
  const inner = new Writer(content.length + name.length + 8);
  inner.name(name);
  inner.append(content);
  out.u8(SECTION.custom);
  out.u32(inner.length);
  out.append(inner.view());
}
