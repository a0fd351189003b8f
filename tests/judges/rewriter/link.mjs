// @ts-check
// Gives a foreign module the exports that the rewriter asks for, without moving an index: what is linked with libwasmsig is rare, and what people have
// in their programs is more varied than what we can build.
import { Writer } from '../../../js/instrument/binary.js';
import { extendVector } from '../../../js/instrument/assemble.js';
import { SECTION, readModule, readSections, sectionRank } from '../../../js/instrument/module_sections.js';
import { I32, leb, name, sleb } from '../../support/wasm_modules.js';

/** An address that is aligned as the control block is. The programs are compared, not run. */
const BLOCK = 1024;
const NAMES = ['wasmsig_block', 'wasmsig_safe_point', 'wasmsig_deliver'];

/**
 * The module with the exports; null: it has them, or it has no memory of a size that fits.
 * @param {Uint8Array} bytes
 */
export function linked(bytes) {
  const sections = readSections(bytes);
  const view = readModule(bytes, sections);
  const memory = view.memories[0];
  if (!memory || memory.minimum === 0 || NAMES.some((each) => view.exports.has(each))) return null;
  const first = view.functionTypes.length;
  const bodies = [
    [0, 0x41, ...sleb(BLOCK), 0x0b],
    [0, 0x41, 0, 0x0b],
    [0, 0x41, 0, 0x0b],
  ];
  /** @type {Map<number, {count: number, entries: number[][]}>} */
  const added = new Map([
    [SECTION.type, { count: view.typeEntries, entries: [[0x60, 0, 1, I32]] }],
    [SECTION.function, { count: view.bodies.length, entries: bodies.map(() => leb(view.types.length)) }],
    [
      SECTION.export,
      { count: view.exports.size, entries: NAMES.map((each, i) => [...name(each), 0, ...leb(first + i)]) },
    ],
    [SECTION.code, { count: view.bodies.length, entries: bodies.map((body) => [...leb(body.length), ...body]) }],
  ]);
  const out = new Writer(bytes.length + 4096);
  out.copy(bytes, 0, 8);
  const write = (/** @type {number} */ id) => {
    const { count, entries } = /** @type {{count: number, entries: number[][]}} */ (added.get(id));
    const content = extendVector(
      view,
      id,
      count,
      entries.map((entry) => Uint8Array.from(entry)),
    );
    added.delete(id);
    out.u8(id);
    out.u32(content.length);
    out.append(content);
  };
  for (const { id, start, end } of sections) {
    if (id !== SECTION.custom) {
      const missing = [...added.keys()].filter((each) => sectionRank(each) < sectionRank(id));
      for (const each of missing.sort((a, b) => sectionRank(a) - sectionRank(b))) write(each);
    }
    if (added.has(id)) write(id);
    else out.copy(bytes, start, end);
  }
  for (const id of [...added.keys()].sort((a, b) => sectionRank(a) - sectionRank(b))) write(id);
  return out.view().slice();
}
