// @ts-check
import { Reader } from './binary.js';
import { Heights } from './heights.js';
import { looks } from './placement.js';
import { OP, walkBody } from './walk.js';

/** @typedef {import('./module.js').ModuleView} ModuleView */
/** @typedef {import('./walk.js').Visitor} Visitor */

/**
 * Where a longjmp out of a look lands in a function that calls setjmp.
 *
 * The compiler puts all calls of such a function into a try whose handler asks whether the jump is one to this function (`__wasm_setjmp_test`) and goes on behind that setjmp. A look may stand
 * outside of that try, as a loop without calls does, and the exception would leave the function. So a look catches it, and control goes to the begin of the compiler's
 * try, where it is thrown again:
 *
 *     (loop $home
 *       (block $caught i32
 *         (block $skip  JUMP  br_if $skip  ...code...)
 *         (block ...
 *           (block $skip  JUMP  br_if $skip  ...code...)
 *           (try
 *             JUMP  (if  RESTORE  JUMP  (JUMP := 0)  throw $longjmp)
 *             ...code...
 *            catch $longjmp  ...the compiler's handler...)
 *           ... a look:  (try  SLOW  catch $longjmp  br $caught)
 *         return)
 *       JUMP :=
 *       br $home)
 *
 * JUMP is a new local, the operand of the exception, which is an address and so never 0. The way from $home into the try is straight, since all code in between is skipped.
 *
 * The compiler also leaves calls outside of the try that it knows not to jump (memcpy, malloc). They have looks now, so those are caught, too.
 *
 * The compiler thinks that nothing but calls can lead to its handler. Behind the last call it may use a local that the handler reads for something else. So each call in the try, and
 * each of setjmp, keeps the locals that are written more than once, and RESTORE gives them back: control comes to the handler as if the last call had thrown. C allows that, as locals that have changed
 * since setjmp have no determined value after the jump, unless they are volatile, and those are in memory.
 *
 * @typedef {object} Landing
 * @property {number} tag of the exception
 * @property {boolean} legacy whether the try is of the older encoding
 * @property {Map<number, Step>} way by the place of the construct: those around the try, from outside, and the try itself
 * @property {(callee: number) => number} typeOf the type of a function that a jump may come out of though the compiler does not think so; -1 of others
 * @property {number} jump the local JUMP
 * @property {{local: number, kept: number, type: number}[]} kept locals, and those in which calls keep them
 */

/** A construct that the way goes through: whether it wants a condition, into which part of it the way leads, and the next one. @typedef {{isIf: boolean, arm: Arm, next: Step | null}} Step */
/** @typedef {'first' | 'else'} Arm */

/** More than kept locals may add to a function. */
const MOST_BYTES = 1 << 18;
const I32 = 0x7f;
const NEVER_NULL = 0x64; // a local of such a type is written first, and a block forgets at its end that it was
const NUMBERS = 0x7b; // the value types i32, i64, f32, f64 and v128 are those from it to 0x7f

/**
 * Tells the tag of longjmp from those of other exceptions: it is thrown with the address of a part of the jmp_buf or of a static record, which the code computes right there, where those
 * of languages are thrown with the address that the function was given. That address is all that it is thrown with.
 *
 * @param {ModuleView} view
 * @param {import('./placement.js').Placement[]} placements
 */
export function longjmpTags({ bytes, types, tags }, placements) {
  const takesAddress = (/** @type {number} */ tag) => {
    const type = types[tags[tag]];
    return type?.paramCount === 1 && type.resultCount === 0 && bytes[type.params[0]] === I32;
  };
  return new Set(placements.flatMap(({ thrown }) => [...thrown]).filter(takesAddress));
}

/**
 * The functions in whose loops a longjmp by JavaScript would land, Emscripten's default: it catches only what is called through its imports `invoke_...`, and the compiler's code behind such a call is
 * where the jump is found. A look is no such call.
 *
 * @param {ModuleView} view
 * @param {import('./plan.js').FunctionPlan[]} functions
 */
export function withOlderLongjmp({ importedFunctions: first, importedFunctionNames: names }, functions) {
  if (!names.includes('_emscripten_throw_longjmp')) return [];
  const invokes = (/** @type {number} */ callee) => names[callee]?.startsWith('invoke_');
  return functions.flatMap(({ excuse, placement: { loops, callees } }, i) => (excuse === '' && loops.some(looks) && [...callees].some(invokes) ? [first + i] : []));
}

/**
 * @param {ModuleView} view
 * @param {number} index of a function
 * @param {Set<number>} tags of longjmp
 * @param {Set<number>} jumpers functions that a handler may jump out of
 * @returns {Landing | null} null: there is no handler of longjmp in it, or none that can be reached
 */
export function findLanding(view, index, tags, jumpers) {
  const { start, end } = view.bodies[index - view.importedFunctions];
  const type = view.types[view.functionTypes[index]];
  if (!type) return null;
  const reader = new Reader(view.bytes, start, end);
  const finder = new Finder(view, tags);
  walkBody(reader, finder);
  const { found } = finder;
  if (!found) return null;
  const types = localTypes(view, type, start, end);
  const jump = types.length;
  const kept = [...finder.writes].filter(([local, count]) => count > (local < type.paramCount ? 0 : 1)).map(([local], i) => ({ local, kept: jump + 1 + i, type: types[local] }));
  if (kept.length * finder.calls * 10 > MOST_BYTES || kept.some((one) => one.type < NUMBERS) || types.includes(NEVER_NULL, type.paramCount)) return null;
  return { ...found, jump, kept, typeOf: (callee) => (jumpers.has(callee) ? view.functionTypes[callee] : -1) };
}

/** @param {ModuleView} view @param {import('./module.js').FunctionType} type @param {number} start @param {number} end @returns {number[]} the first byte of each local's type */
function localTypes({ bytes }, type, start, end) {
  const types = [];
  const params = new Reader(bytes, ...type.params);
  while (!params.done) {
    types.push(bytes[params.pos]);
    params.skipValueType();
  }
  const reader = new Reader(bytes, start, end);
  for (let groups = reader.u32(); groups > 0; --groups) {
    const count = reader.u32();
    const first = bytes[reader.pos];
    reader.skipValueType();
    for (let i = 0; i < count; ++i) types.push(first);
  }
  return types;
}

/**
 * Finds the first handler that the way can lead to: it goes through blocks, so at each of its steps the operand stack must be empty, and not only because nothing comes there. Binaryen leaves something
 * there where it has put one function into another; a generator of tests anywhere.
 *
 * @implements {Visitor}
 */
class Finder extends Heights {
  /** @param {ModuleView} view @param {Set<number>} tags */
  constructor(view, tags) {
    super(view);
    this.tags = tags;
    /** How often the code writes each local. @type {Map<number, number>} */
    this.writes = new Map();
    this.calls = 0;
    /** @type {{opcode: number, at: number, arm: Arm | 'catch', isClear: boolean}[]} */
    this.stack = [];
    /** The tag that the try_table which begins next catches. */
    this.next = -1;
    /** @type {Pick<Landing, 'tag' | 'legacy' | 'way'> | null} */
    this.found = null;
  }

  /** @param {number} opcode @param {number} at @param {number} after @param {number} typeIndex */
  open(opcode, at, after, typeIndex) {
    if (opcode === OP.if) this.height--;
    const isClear = this.isEmpty && (this.view.types[typeIndex]?.paramCount ?? 0) === 0;
    if (opcode === OP.if) this.height++;
    super.open(opcode, at, after, typeIndex);
    this.stack.push({ opcode, at, arm: 'first', isClear });
    if (this.next >= 0) this.find(this.next, false);
    this.next = -1;
  }

  /** @param {number} opcode */
  arm(opcode) {
    super.arm(opcode);
    const last = this.stack[this.stack.length - 1];
    if (last) last.arm = opcode === OP.else ? 'else' : 'catch';
  }

  /** @param {number} tag @param {boolean} legacy whether the construct that is open catches it, not the one that begins next */
  catches(tag, legacy) {
    super.catches(tag, legacy);
    if (!this.tags.has(tag)) return;
    if (legacy) this.find(tag, true);
    else this.next = tag;
  }

  /** @param {number} tag @param {boolean} legacy */
  find(tag, legacy) {
    const last = this.stack.length - 1;
    const isReached = this.stack.every(({ arm, isClear }, i) => isClear && (arm !== 'catch' || i === last));
    if (this.found || !isReached) return;
    /** @type {[number, Step][]} */
    const steps = [];
    for (let i = last; i >= 0; --i) {
      const { opcode, at, arm } = this.stack[i];
      steps.unshift([at, { isIf: opcode === OP.if, arm: arm === 'else' ? arm : 'first', next: steps[0]?.[1] ?? null }]);
    }
    this.found = { tag, legacy, way: new Map(steps) };
  }

  close() {
    super.close();
    this.stack.pop();
  }

  /** @param {number} opcode @param {number} immediate */
  instruction(opcode, immediate) {
    super.instruction(opcode, immediate);
    if (opcode === OP.localSet || opcode === OP.localTee) this.writes.set(immediate, (this.writes.get(immediate) ?? 0) + 1);
    if (CALLS.has(opcode)) this.calls++;
  }
}

/** Calls that come back. @type {Set<number>} */
export const CALLS = new Set([OP.call, OP.callIndirect, OP.callRef]);
