// @ts-check
// Why: docs/rationale.md#why-does-a-jump-out-of-a-handler-need-code-to-land
import { Reader } from './binary.js';
import { Operands, TYPE, readLocals } from './operands.js';
import { OP, walkBody } from './walk.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./older_longjmp.js').OlderLongjmp} OlderLongjmp */
/** @typedef {import('./walk.js').Visitor} Visitor */

/**
 * The landing of a longjmp out of a check, in a function that calls setjmp.
 *
 * The compiler puts all calls of such a function into a try. Its handler asks whether the jump is to this function
 * (`__wasm_setjmp_test`), and continues after that setjmp. A check may be outside of that try, in a loop without calls,
 * and there the exception would leave the function. So the check catches it, and control goes to the beginning of the
 * compiler's try, where the exception is thrown again:
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
 *           ... a check:  (try  SLOW  catch $longjmp  br $caught)
 *         return)
 *       (JUMP :=)  RESTORE  (WAY := there)
 *       br $home)
 *
 * WAY is a new local: 0, or the offset of the try in the function's code. Control enters a construct if WAY is not
 * before it. The path from $home is straight, since all code in between is skipped. Operands that lie on the stack
 * where a part of the path begins are saved in new locals, and restored from them at the end of $skip.
 *
 * The compiler assumes that only calls in the try can lead to its handler. After the last one it may reuse a local that
 * the handler reads. So each of these calls, and each call of setjmp, saves the locals that are written more than once,
 * and RESTORE restores them: control comes to the handler as if the last call had thrown. C allows that. Locals that
 * have changed since setjmp have indeterminate values after the jump, unless they are volatile, and those are in
 * memory. The compiler leaves calls outside of the try that it knows not to jump (memcpy, malloc). They have safe
 * points now, so their jumps are caught, too.
 *
 * Binaryen inlines functions, so one function may have several such handlers. Control goes to the handler of the last
 * call that any of them protects (LAST). Whatever runs since then is code of the handler's function, or of one around
 * it; in the latter case the handler throws the jump again, within the try of that one. No other handler may be asked:
 * one of a function that has returned could take the jump for its own, as its place on the stack has been reused. A
 * function that throws nothing itself (memcpy) may be called outside of the inner try, and so within the outer one
 * only. If there are several handlers, calls of such functions do not count, and are caught as if they were outside of
 * all.
 *
 * Emscripten's older longjmp is an exception of JavaScript, and its handlers come after each call through an import
 * `invoke_...` (older_longjmp.js). There control lands after such a call, the last one that was made.
 *
 * @typedef {object} Landing
 * @property {number} tag of the exception
 * @property {boolean} legacy whether the tries have the older encoding
 * @property {OlderLongjmp | null} older present if there is no such tag
 * @property {number} start where the function's code begins: offsets of places are relative to it
 * @property {Arm} body
 * @property {Map<number, Place>} places by the offset of their code
 * @property {Map<number, number>} keeping calls that save locals, and the place where a jump out of them lands, or -1
 * @property {(callee: number) => number} typeOf the type of a function out of which a jump may come although the
 *   compiler assumes otherwise; -1 for others
 * @property {number[]} locals the types of the new ones
 * @property {number} way the local WAY
 * @property {number} jump the local JUMP; older_longjmp.js has the value in the next one, then the stack pointer
 * @property {number} condition the local for the condition of an `if`
 * @property {number} last the local LAST; -1 if there is one handler
 * @property {number} only the place of the one handler
 * @property {{local: number, kept: number}[]} kept locals, and those in which calls save them
 */

/**
 * A construct on the path, or a call after which control lands.
 *
 * @typedef {object} Place
 * @property {number} at
 * @property {boolean} isIf
 * @property {boolean} isCall
 * @property {boolean} lands whether control lands here
 * @property {number[]} spilled the locals for the operands that lie on the stack where it begins, or after the call
 * @property {{[part in Part]?: Arm}} arms the parts of the construct into which the path may lead
 */
/** @typedef {'first' | 'else' | 'catch'} Part */
/**
 * Part of a construct: where its code begins, the locals for the operands with which it begins, and the places in it to
 * which the path may lead.
 * @typedef {{from: number, begins: number[], places: Place[]}} Arm
 */

/** An upper bound of the bytes that landings may add to a function. */
const MAX_BYTES = 1 << 18;
const MAX_OPERANDS = 8000;
const NEVER_NULL = 0x64; // a local of such a type has to be written first, and a block forgets at its end that it was

/**
 * Distinguishes the tag of longjmp from those of other exceptions. It is thrown with a single operand, the address of a
 * part of the jmp_buf or of a static record, which the code computes right there. A handler first reads two words from
 * there, the jmp_buf and the value. Exceptions of languages are thrown with an address that is a parameter of the
 * function, unless Binaryen has inlined that function; but their handlers begin with a call, or by reading or writing
 * something else.
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
    if (unknown === '' && [...caught].some((tag) => thrown.has(tag) && !reader.found.has(tag)))
      walkBody(new Reader(bytes, bodies[i].start, bodies[i].end), reader);
  });
  return new Set([...thrown].filter((tag) => reader.found.has(tag)));
}

/**
 * Finds the tags whose handlers read two words of memory before anything else.
 *
 * @implements {Visitor}
 */
class HandlerReader {
  /** @type {Set<number>} */
  found = new Set();
  /** For each open construct the tag whose operand is at its end, or -1. @type {number[]} */
  receivers = [];
  /** The tag of the handler that begins next, and of the one that begins here. */
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

/** Instructions with which a handler reads an operand and the words at its address. @type {Set<number>} */
const QUIET = new Set([
  OP.drop,
  OP.localGet,
  OP.localSet,
  OP.localTee,
  OP.globalGet,
  OP.globalSet,
  OP.i32Const,
  OP.i32Add,
]);

/**
 * @typedef {object} Jumps
 * @property {Set<number>} tags of longjmp
 * @property {OlderLongjmp | null} older
 * @property {Set<number>} jumpers functions out of which a handler may jump
 * @property {Set<number>} quiet functions that throw nothing except what a check throws
 */

/**
 * @param {ModuleView} view
 * @param {number} index of a function
 * @param {Jumps} jumps
 * @param {boolean} hasSafePoints
 * @returns {{landing: Landing | null, isLost: boolean}} `isLost`: a jump may come to the function, and it has a handler
 *   to which control cannot be led
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
  const landings = [...places.values()]
    .filter(({ lands }) => lands)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  if (!isWanted || landings.length === 0) return { landing: null, isLost: isWanted && finder.isLost };

  /** @type {number[]} */
  const added = [];
  const add = (/** @type {number} */ kind) => locals.length + added.push(kind) - 1;
  const [way, jump] = [add(TYPE.i32), add(TYPE.i32)];
  if (older) added.push(TYPE.i32, TYPE.i32);
  const condition = add(TYPE.i32);
  const last = older || landings.length > 1 ? add(TYPE.i32) : -1;
  const keeping = new Map(finder.keeping.map(({ at, handler }) => [at, places.has(handler) ? handler : -1]));
  // the calls in the try follow
  if (!older)
    for (const call of finder.calls)
      if (call.isSetjmp) keeping.set(call.at, landings.find((one) => one > call.at) ?? landings[landings.length - 1]);
  if (landings.length > 1)
    for (const { at, callee, isSetjmp } of finder.keeping) if (!isSetjmp && quiet.has(callee)) keeping.delete(at);
  const kept = [...finder.writes]
    .filter(([local, count]) => count > (local < type.paramCount ? 0 : 1))
    .map(([local]) => ({ local, kept: add(locals[local]) }));
  for (const place of places.values()) {
    place.spilled = place.spilled.map(add);
    for (const arm of Object.values(place.arms)) arm.begins = arm.begins.map(add);
  }
  const isTooLarge = (kept.length * (keeping.size + 1) + finder.operands * 3 + places.size * 4) * 10 > MAX_BYTES;
  if (isTooLarge || added.includes(TYPE.none) || hasNeverNull(view, body)) return { landing: null, isLost: true };
  return {
    landing: {
      tag: finder.tag,
      legacy: older !== null || finder.legacy,
      older,
      start: body.start,
      body: root.arms.first,
      places,
      keeping,
      locals: added,
      way,
      jump,
      condition,
      last,
      only: landings[0],
      kept,
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
  for (const { places } of arms) {
    // also iterates over elements that are added meanwhile
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
 * An open construct, or the function. `part`: the part that is open, if the path may lead into it; `calls`: how many
 * calls were unprotected where it began; `protects`: and where the code ended that its handlers protect.
 *
 * @typedef {Place & {arms: {first: Arm, else?: Arm, catch?: Arm}, part: Part | '', tag: number, calls: number,
 *   protects: number}} Open
 */

/**
 * `callee`: -1 if unknown; `isSetjmp`: whether it is a call of `__wasm_setjmp`.
 * @typedef {{at: number, callee: number, isSetjmp: boolean}} Call
 */

/**
 * Finds all handlers of longjmp in a function, and the paths to them. Until a place is complete, `spilled` and `begins`
 * hold types instead of locals.
 *
 * A path does not lead to unreachable places, because validation provides any operand there. Nor does it lead into the
 * handlers of a try, except those of longjmp itself.
 */
class Finder extends Operands {
  /** @param {ModuleView} view @param {number[]} locals @param {Pick<Jumps, 'tags' | 'older'>} jumps */
  constructor(view, locals, { tags, older }) {
    super(view, locals);
    this.tags = tags;
    this.older = older;
    /** How often the code writes each local. @type {Map<number, number>} */
    this.writes = new Map();
    /** Calls that a handler protects, and the place of its try. @type {(Call & {handler: number})[]} */
    this.keeping = [];
    /** The instruction that produced each operand. @type {number[]} */
    this.givers = [];
    /** The function and the open constructs. @type {Open[]} */
    this.opened = [];
    /** Calls outside of all tries of longjmp so far. @type {Call[]} */
    this.calls = [];
    /** How many operands the paths save. */
    this.operands = 0;
    this.isLost = false;
    /** The tag that is caught by the try_table which begins next, or by a part of a try. */
    this.nextTag = -1;
    /** The tag of the first handler; those of other tags are ignored. */
    this.tag = -1;
    this.legacy = false;
    this.push(-1, OP.block, []);
  }

  /** @param {number} at @param {number} opcode @param {number[]} begins */
  push(at, opcode, begins) {
    this.opened.push({
      at,
      isIf: opcode === OP.if,
      isCall: false,
      lands: false,
      spilled: [],
      arms: { first: { from: 0, begins, places: [] } },
      part: 'first',
      tag: -1,
      calls: this.calls.length,
      protects: -1,
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

  /**
   * @param {number} tag
   * @param {boolean} legacy whether the open construct catches it, instead of the one that begins next
   */
  catches(tag, legacy) {
    super.catches(tag, legacy);
    if (!this.tags.has(tag)) return;
    this.nextTag = tag;
    if (legacy) this.handles(tag, true);
  }

  /** Called when the last construct catches longjmp. @param {number} tag @param {boolean} legacy */
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
    last.part =
      opcode === OP.else ? 'else' : opcode === OP.catch && this.nextTag === this.tag && !last.arms.catch ? 'catch' : '';
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
        const operands =
          construct.base - outside + construct.params.length + arms.reduce((sum, { begins }) => sum + begins.length, 0);
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

  /** Whether this many more operands may be saved. @param {number} operands */
  mayKeep(operands) {
    this.operands += operands;
    return this.operands <= MAX_OPERANDS;
  }

  /** @param {Place} place @param {Open} outside @param {Arm[]} arms */
  place(place, outside, arms) {
    const arm = outside.part && outside.arms[outside.part];
    if (arm && ![place.spilled, ...arms.map(({ begins }) => begins)].some((types) => types.includes(TYPE.none)))
      arm.places.push(place);
    else this.isLost = true;
  }

  /**
   * Records calls that are protected by a try of longjmp, and by none within it.
   * @param {number} handler
   * @param {number} from
   * @param {number} to
   */
  protect(handler, from, to) {
    for (const call of this.calls.splice(from, to - from)) this.keeping.push({ ...call, handler });
  }

  /** @param {number} opcode @param {number} immediate @param {number} at */
  instruction(opcode, immediate, at) {
    if (opcode === OP.localSet || opcode === OP.localTee)
      this.writes.set(immediate, (this.writes.get(immediate) ?? 0) + 1);
    const isSetjmp = opcode === OP.call && this.isSetjmp(immediate);
    super.instruction(opcode, immediate, at);
    this.givers[this.stack.length - 1] = opcode;
    if (!CALLS.has(opcode)) return;
    if (opcode === OP.call && this.older?.invokes(immediate)) {
      this.keeping.push({ at, callee: immediate, isSetjmp: false, handler: at });
      if (this.isKnown && this.mayKeep(this.stack.length - this.base)) {
        this.place(
          { at, isIf: false, isCall: true, lands: true, spilled: this.stack.slice(this.base), arms: {} },
          this.last,
          [],
        );
      } else {
        this.isLost = true;
      }
    } else {
      this.calls.push({ at, callee: opcode === OP.call ? immediate : -1, isSetjmp });
    }
  }

  /**
   * Whether a function is `__wasm_setjmp(env, label, function)` in this call: the label is a constant.
   * @param {number} callee
   */
  isSetjmp(callee) {
    const type = this.view.types[this.view.functionTypes[callee]];
    return type?.paramCount === 3 && type.resultCount === 0 && this.givers[this.stack.length - 2] === OP.i32Const;
  }
}

/** Calls that return. @type {Set<number>} */
export const CALLS = new Set([OP.call, OP.callIndirect, OP.callRef]);
