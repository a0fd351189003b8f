// @ts-check
import { Reader } from './binary.js';
import { Operands, TYPE, readLocals } from './operands.js';
import { OP, walkBody } from './walk.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./older_longjmp.js').OlderLongjmp} OlderLongjmp */
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
 *         (block $skip  (br_if $skip (WAY >= here))  ...code...)
 *         (block ...
 *           (block $skip  (br_if $skip (WAY >= here))  ...code...)
 *           (try
 *             (if (WAY == here)  (WAY := 0)  throw $longjmp JUMP)
 *             ...code...
 *            catch $longjmp  ...the compiler's handler...)
 *           ... a look:  (try  SLOW  catch $longjmp  br $caught)
 *         return)
 *       (JUMP :=)  RESTORE  (WAY := there)
 *       br $home)
 *
 * WAY is a new local: 0, or the place of the try in the function's code. So a way into a construct is one to a place that is not before it, and the way from $home is straight, since all code in between is
 * skipped. Operands that lie on the stack where a part of the way begins are kept in new locals, and taken from them at the end of $skip.
 *
 * The compiler thinks that nothing but calls in the try can lead to its handler. Behind the last one it may use a local that the handler reads for something else. So each of them, and
 * each call of setjmp, keeps the locals that are written more than once, and RESTORE gives them back: control comes to the handler as if the last call had thrown. C allows that, as locals that have changed
 * since setjmp have no determined value after the jump, unless they are volatile, and those are in memory. The compiler leaves calls outside of the try that it knows not to jump (memcpy, malloc). They have looks
 * now, so those are caught, too.
 *
 * Binaryen puts functions into each other, so one function may have several such handlers. Control goes to that of the last call that any of them was for (LAST): whatever runs since then is code of its function, or of
 * one around it, and then the handler throws the jump on within the try of that one. No other handler may be asked: one of a function that has returned could take the jump for its own, as its place on the stack has
 * been used again. A function that can throw nothing by itself (memcpy) may be called outside of the inner try, and so within the outer one only: where there are several, calls of such do not count, and are caught as if
 * they stood outside of all.
 *
 * Emscripten's older longjmp is an exception of JavaScript, and its handlers are behind each call through an import `invoke_...` (older_longjmp.js): there a way ends behind such a call, the last one that was made.
 *
 * @typedef {object} Landing
 * @property {number} tag of the exception
 * @property {boolean} legacy whether the tries are of the older encoding
 * @property {OlderLongjmp | null} older where there is no such tag
 * @property {number} start where the function's code begins: places are told from there
 * @property {Arm} body
 * @property {Map<number, Place>} places by where their code is
 * @property {Map<number, number>} keeping calls that keep locals, and the place where a jump out of them lands, or -1
 * @property {(callee: number) => number} typeOf the type of a function that a jump may come out of though the compiler does not think so; -1 of others
 * @property {number[]} locals the types of the new ones
 * @property {number} way the local WAY
 * @property {number} jump the local JUMP; behind it older_longjmp.js has the value, and the stack pointer
 * @property {number} condition the local for the condition of an `if`
 * @property {number} last the local LAST; -1 where there is one handler
 * @property {number} only the place of that
 * @property {{local: number, kept: number}[]} kept locals, and those in which calls keep them
 */

/**
 * A construct on the way, or a call behind which control lands.
 *
 * @typedef {object} Place
 * @property {number} at
 * @property {boolean} isIf
 * @property {boolean} isCall
 * @property {boolean} lands whether control lands here
 * @property {number[]} spilled the locals for the operands that lie where it begins, or behind the call
 * @property {{[part in Part]?: Arm}} arms the parts of the construct that the way may go into
 */
/** @typedef {'first' | 'else' | 'catch'} Part */
/** Part of a construct: where its code begins, the locals for the operands that it begins with, and what the way may go to in it. @typedef {{from: number, begins: number[], places: Place[]}} Arm */

/** More than landings may add to a function. */
const MAX_BYTES = 1 << 18;
const MAX_OPERANDS = 8000;
const NEVER_NULL = 0x64; // a local of such a type is written first, and a block forgets at its end that it was

/**
 * Tells the tag of longjmp from those of other exceptions. It is thrown with the address of a part of the jmp_buf or of a static record, which the code computes right there, and that is all that it is thrown with. A
 * handler reads what is there first: two words, which are the jmp_buf and the value. Exceptions of languages are thrown with the address that the function was given, unless Binaryen has put that function into another; but
 * their handlers begin with a call, or by reading or writing something else.
 *
 * @param {ModuleView} view
 * @param {import('./placement.js').Placement[]} placements
 */
export function longjmpTags(view, placements) {
  const { bytes, types, tags, bodies } = view;
  const takesAddress = (/** @type {number} */ tag) => {
    const type = types[tags[tag]];
    return type?.paramCount === 1 && type.resultCount === 0 && bytes[type.params[0]] === TYPE.i32;
  };
  const thrown = new Set(placements.flatMap((placement) => [...placement.thrown]).filter(takesAddress));
  const reader = new HandlerReader();
  placements.forEach(({ caught, unknown }, i) => {
    if (unknown === '' && [...caught].some((tag) => thrown.has(tag) && !reader.found.has(tag))) walkBody(new Reader(bytes, bodies[i].start, bodies[i].end), reader);
  });
  return new Set([...thrown].filter((tag) => reader.found.has(tag)));
}

/**
 * Finds the tags whose handlers read two words of memory before they do anything else.
 *
 * @implements {Visitor}
 */
class HandlerReader {
  /** @type {Set<number>} */
  found = new Set();
  /** For each open construct the tag whose operand comes to its end, or -1. @type {number[]} */
  receivers = [];
  /** The tag of the handler that begins next, and of the one that this code begins. */
  next = -1;
  tag = -1;
  loads = 0;

  begin() {
    this.receivers = [-1];
  }

  open() {
    this.receivers.push(-1);
    this.next = -1;
  }

  /** @param {number} tag */
  catches(tag) {
    this.next = tag;
  }

  arm() {
    this.handle(this.next);
    this.next = -1;
  }

  close() {
    const tag = this.receivers.pop() ?? -1;
    if (tag >= 0) this.handle(tag);
  }

  /** @param {number} opcode @param {number} depth */
  branch(opcode, depth) {
    if (opcode === OP.tryTable && this.next >= 0) this.receivers[this.receivers.length - 1 - depth] = this.next;
    this.next = -1;
  }

  /** @param {number} tag */
  handle(tag) {
    this.tag = tag;
    this.loads = 0;
  }

  /** @param {number} opcode */
  instruction(opcode) {
    if (this.tag < 0 || QUIET.has(opcode)) return;
    if (opcode !== OP.i32Load) this.tag = -1;
    else if (++this.loads === 2) this.found.add(this.tag);
  }
}

/** What a handler does to get at an operand and the words that it is the address of. @type {Set<number>} */
const QUIET = new Set([OP.drop, OP.localGet, OP.localSet, OP.localTee, OP.globalGet, OP.globalSet, OP.i32Const, OP.i32Add]);

/**
 * @typedef {object} Jumps
 * @property {Set<number>} tags of longjmp
 * @property {OlderLongjmp | null} older
 * @property {Set<number>} jumpers functions that a handler may jump out of
 * @property {Set<number>} quiet functions out of which nothing comes but what a look throws
 */

/**
 * @param {ModuleView} view
 * @param {number} index of a function
 * @param {Jumps} jumps
 * @param {boolean} hasSafePoints
 * @returns {{landing: Landing | null, isLost: boolean}} `isLost`: a jump may come to it, and there is a handler in it to which there is no way
 */
export function findLanding(view, index, { tags, older, jumpers, quiet }, hasSafePoints) {
  const body = view.bodies[index - view.importedFunctions];
  const type = view.types[view.functionTypes[index]];
  if (!type) return { landing: null, isLost: false };
  const locals = readLocals(view, type, body);
  const finder = new Finder(view, locals, { tags, older });
  walkBody(new Reader(view.bytes, body.start, body.end), finder);
  const isWanted = hasSafePoints || finder.calls.some(({ callee }) => jumpers.has(callee));
  const root = finder.last;
  const places = placesOf(root.arms.first);
  const landings = [...places.values()].filter(({ lands }) => lands).map(({ at }) => at).sort((a, b) => a - b);
  if (!isWanted || landings.length === 0) return { landing: null, isLost: isWanted && finder.isLost };

  /** @type {number[]} */
  const added = [];
  const add = (/** @type {number} */ kind) => locals.length + added.push(kind) - 1;
  const [way, jump] = [add(TYPE.i32), add(TYPE.i32)];
  if (older) added.push(TYPE.i32, TYPE.i32);
  const condition = add(TYPE.i32);
  const last = older || landings.length > 1 ? add(TYPE.i32) : -1;
  const keeping = new Map(finder.keeping.map(({ at, handler }) => [at, places.has(handler) ? handler : -1]));
  if (!older) for (const call of finder.calls) if (call.isSetjmp) keeping.set(call.at, landings.find((one) => one > call.at) ?? landings[landings.length - 1]); // the calls in the try follow
  if (landings.length > 1) for (const { at, callee, isSetjmp } of finder.keeping) if (!isSetjmp && quiet.has(callee)) keeping.delete(at);
  const kept = [...finder.writes].filter(([local, count]) => count > (local < type.paramCount ? 0 : 1)).map(([local]) => ({ local, kept: add(locals[local]) }));
  for (const place of places.values()) {
    place.spilled = place.spilled.map(add);
    for (const arm of Object.values(place.arms)) arm.begins = arm.begins.map(add);
  }
  const isTooLarge = (kept.length * (keeping.size + 1) + finder.operands * 3 + places.size * 4) * 10 > MAX_BYTES;
  if (isTooLarge || added.includes(TYPE.none) || hasNeverNull(view, body)) return { landing: null, isLost: true };
  return {
    landing: {
      tag: finder.tag, legacy: older !== null || finder.legacy, older, start: body.start, body: root.arms.first, places,
      keeping, locals: added, way, jump, condition, last, only: landings[0], kept,
      typeOf: (callee) => (jumpers.has(callee) ? view.functionTypes[callee] : -1),
    },
    isLost: finder.isLost,
  };
}

/** @param {Arm} body */
function placesOf(body) {
  /** @type {Map<number, Place>} */
  const found = new Map();
  const arms = [body];
  for (const { places } of arms) { // also over those that are added meanwhile
    for (const place of places) {
      found.set(place.at, place);
      arms.push(...Object.values(place.arms));
    }
  }
  return found;
}

/** @param {ModuleView} view @param {import('./module_sections.js').Body} body */
function hasNeverNull({ bytes }, { start, end }) {
  const reader = new Reader(bytes, start, end);
  for (let groups = reader.u32(); groups > 0; --groups) {
    reader.skipLeb();
    if (bytes[reader.pos] === NEVER_NULL) return true;
    reader.skipValueType();
  }
  return false;
}

/**
 * An open construct, or the function. `part`: that is open, if the way may go into it; `calls`: how many calls were not protected where it began; `protects`: and where its code ended, which its
 * handlers are for.
 *
 * @typedef {Place & {arms: {first: Arm, else?: Arm, catch?: Arm}, part: Part | '', tag: number, calls: number, protects: number}} Open
 */

/** `callee`: -1 where it is not known; `isSetjmp`: whether it is a call of `__wasm_setjmp`. @typedef {{at: number, callee: number, isSetjmp: boolean}} Call */

/**
 * Finds all handlers of longjmp in a function, and the ways to them. Until a place is complete, `spilled` and `begins` hold types in place of locals.
 *
 * A way goes to no place that nothing comes to, as validation gives every operand that is asked for there, nor into the handlers of a try, but for those of longjmp itself.
 */
class Finder extends Operands {
  /** @param {ModuleView} view @param {number[]} locals @param {Pick<Jumps, 'tags' | 'older'>} jumps */
  constructor(view, locals, { tags, older }) {
    super(view, locals);
    this.tags = tags;
    this.older = older;
    /** How often the code writes each local. @type {Map<number, number>} */
    this.writes = new Map();
    /** Calls that a handler is for, and the place of its try. @type {(Call & {handler: number})[]} */
    this.keeping = [];
    /** The instruction that gave each operand. @type {number[]} */
    this.givers = [];
    /** The function and the constructs that are open. @type {Open[]} */
    this.opened = [];
    /** Calls outside of all tries of longjmp so far. @type {Call[]} */
    this.calls = [];
    /** How many operands ways keep. */
    this.operands = 0;
    this.isLost = false;
    /** The tag that the try_table which begins next catches, or the part of a try that does. */
    this.nextTag = -1;
    /** Of the first handler; others are left to themselves. */
    this.tag = -1;
    this.legacy = false;
    this.push(-1, OP.block, []);
  }

  /** @param {number} at @param {number} opcode @param {number[]} begins */
  push(at, opcode, begins) {
    this.opened.push({
      at, isIf: opcode === OP.if, isCall: false, lands: false, spilled: [], arms: { first: { from: 0, begins, places: [] } }, part: 'first', tag: -1, calls: this.calls.length, protects: -1,
    });
  }

  /** @returns {Open} */
  get last() {
    return this.opened[this.opened.length - 1];
  }

  /** @param {number} opcode @param {number} at @param {number} after @param {number} typeIndex */
  open(opcode, at, after, typeIndex) {
    super.open(opcode, at, after, typeIndex);
    this.push(at, opcode, this.constructs[this.constructs.length - 1].params);
    if (this.nextTag >= 0) this.handles(this.nextTag, false);
    this.nextTag = -1;
  }

  /** @param {number} tag @param {boolean} legacy whether the construct that is open catches it, not the one that begins next */
  catches(tag, legacy) {
    super.catches(tag, legacy);
    if (!this.tags.has(tag)) return;
    this.nextTag = tag;
    if (legacy) this.handles(tag, true);
  }

  /** The last construct catches longjmp. @param {number} tag @param {boolean} legacy */
  handles(tag, legacy) {
    const { last } = this;
    if (last.lands) return;
    if (this.tag < 0) [this.tag, this.legacy] = [tag, legacy];
    last.lands = true;
    last.tag = tag;
  }

  /** @param {number} opcode @param {number} after */
  arm(opcode, after) {
    super.arm(opcode, after);
    const { last } = this;
    if (last.protects < 0) last.protects = this.calls.length;
    last.part = opcode === OP.else ? 'else' : opcode === OP.catch && this.nextTag === this.tag && !last.arms.catch ? 'catch' : '';
    if (last.part) last.arms[last.part] = { from: after, begins: [...this.stack.slice(this.base)], places: [] };
    this.nextTag = -1;
  }

  close() {
    const { last } = this;
    const construct = this.constructs[this.constructs.length - 1];
    if (construct) {
      if (last.lands) this.protect(last.at, last.calls, last.protects < 0 ? this.calls.length : last.protects);
      if (last.lands && (last.tag !== this.tag || this.legacy !== (this.view.bytes[last.at] === OP.try))) {
        last.lands = false;
        this.isLost = true;
      }
      const arms = Object.values(last.arms);
      for (const arm of arms) if (arm.places.length === 0) arm.begins = [];
      if (last.lands || arms.some(({ places }) => places.length > 0)) {
        const outside = this.constructs[this.constructs.length - 2]?.base ?? 0;
        const operands = construct.base - outside + construct.params.length + arms.reduce((sum, { begins }) => sum + begins.length, 0);
        if (construct.wasKnown && this.mayKeep(operands)) {
          last.spilled = [...this.stack.slice(outside, construct.base), ...construct.params];
          this.place(last, this.opened[this.opened.length - 2], arms);
        } else {
          this.isLost = true;
        }
      }
      this.opened.pop();
    }
    super.close();
    this.givers[this.stack.length - 1] = OP.end;
  }

  /** Whether so many more operands may be kept. @param {number} operands */
  mayKeep(operands) {
    this.operands += operands;
    return this.operands <= MAX_OPERANDS;
  }

  /** @param {Place} place @param {Open} outside @param {Arm[]} arms */
  place(place, outside, arms) {
    const arm = outside.part && outside.arms[outside.part];
    if (arm && ![place.spilled, ...arms.map(({ begins }) => begins)].some((types) => types.includes(TYPE.none))) arm.places.push(place);
    else this.isLost = true;
  }

  /** These calls stand in a try of longjmp, and in none in it. @param {number} handler @param {number} from @param {number} to */
  protect(handler, from, to) {
    for (const call of this.calls.splice(from, to - from)) this.keeping.push({ ...call, handler });
  }

  /** @param {number} opcode @param {number} immediate @param {number} at */
  instruction(opcode, immediate, at) {
    if (opcode === OP.localSet || opcode === OP.localTee) this.writes.set(immediate, (this.writes.get(immediate) ?? 0) + 1);
    const isSetjmp = opcode === OP.call && this.isSetjmp(immediate);
    super.instruction(opcode, immediate, at);
    this.givers[this.stack.length - 1] = opcode;
    if (!CALLS.has(opcode)) return;
    if (opcode === OP.call && this.older?.invokes(immediate)) {
      this.keeping.push({ at, callee: immediate, isSetjmp: false, handler: at });
      if (this.isKnown && this.mayKeep(this.stack.length - this.base)) {
        this.place({ at, isIf: false, isCall: true, lands: true, spilled: this.stack.slice(this.base), arms: {} }, this.last, []);
      } else {
        this.isLost = true;
      }
    } else {
      this.calls.push({ at, callee: opcode === OP.call ? immediate : -1, isSetjmp });
    }
  }

  /** Whether this calls `__wasm_setjmp(env, label, function)`: the label is a constant. @param {number} callee */
  isSetjmp(callee) {
    const type = this.view.types[this.view.functionTypes[callee]];
    return type?.paramCount === 3 && type.resultCount === 0 && this.givers[this.stack.length - 2] === OP.i32Const;
  }
}

/** Calls that come back. @type {Set<number>} */
export const CALLS = new Set([OP.call, OP.callIndirect, OP.callRef]);
