// @ts-check
import { Reader } from './binary.js';
import { CountedLoops } from './counted.js';
import { UnknownEncoding } from './instrument_error.js';
import { OP, walkBody } from './walk.js';

/** @typedef {import('./counted.js').Construct} Construct */
/** @typedef {import('./walk.js').Visitor} Visitor */

/**
 * The decision for a loop. `safePoint`: it checks in each round. `unrolled`: since its rounds are short, it is unrolled
 * UNROLL times and checks once in that many rounds. All others have no safe point, because
 *
 * * `covered`: every path from its header back to it passes another safe point, so it cannot run a round without a
 *   check;
 * * `short`: it ends after a number of rounds that its code fixes, and all of them together are at most SHORT
 *   instructions, none of which is a call or can wait;
 * * `notALoop`: it has no back edge;
 * * `excluded`: its function gets no safe points at all.
 */
export const LOOP = Object.freeze({ excluded: 0, safePoint: 1, covered: 2, short: 3, notALoop: 4, unrolled: 5 });

/** Whether a loop has a safe point. @param {number} decision one of LOOP */
export const hasSafePoint = (decision) => decision === LOOP.safePoint || decision === LOOP.unrolled;

/** How many rounds share a check in a loop of at most SMALL instructions, none of which is a call or another loop. */
export const UNROLL = 4;
const SMALL = 24;
/** An upper bound of the bytes of an unrolled round besides its body, whose branches are at most three bytes longer. */
const BYTES_OF_ROUND = 100;

/**
 * A loop of this many instructions in all takes about a microsecond: less than a signal takes to arrive from another
 * thread.
 */
const SHORT = 4096;

/** At an unreachable place: every statement about all paths to it is true. */
const UNREACHABLE = Infinity;
/** Some path from the function's entry has not passed a safe point yet. */
const UNCHECKED = -1;

/**
 * @typedef {object} PlacementOptions
 * @property {boolean} excluded whether the function gets no safe points
 * @property {boolean} unrolls whether its loops may be unrolled
 * @property {boolean} entry whether it checks at its entry
 * @property {(index: number) => boolean} checksAtEntry whether the function of this index does, so that a call of it is
 *   a check
 */

/**
 * @typedef {object} Calls calls that may be reached from the function's entry without a check
 * @property {Map<number, number>} functions called directly, with the number of such calls in the code
 * @property {Map<number, number>} types called through a table or a reference, by type index, with the number of such
 *   calls
 */

/**
 * @typedef {object} Placement
 * @property {number[]} loops one of LOOP for each loop, in the order of their headers
 * @property {Calls} calls
 * @property {Set<number>} callees all functions that are called directly
 * @property {Set<number>[]} calleesOf the same for each loop, without the loops in it
 * @property {number[]} outer for each loop the number of the loop around it, or -1
 * @property {number} cost instructions, those of short loops multiplied by their rounds
 * @property {Set<number>} references functions to which code makes references
 * @property {Set<number>} caught tags that have handlers
 * @property {Set<number>} thrown tags that are thrown with an address that is computed right before
 * @property {boolean} throws whether it throws anything, or calls an unknown function through a table or a reference
 * @property {number} branches how many labels branches name
 * @property {number} repeated bytes that unrolled rounds add
 * @property {string} unknown what could not be read, if anything; the loops are those before it then
 */

/**
 * Decides where a function has safe points.
 *
 * It is a forward data-flow analysis in one pass. One number says where the last safe point is that *every* path to the
 * current place has passed. The number is a nesting level of loops: `n` says that the last n open loops, counted from
 * the function's body (0) inwards, have each passed a check since control was last at their header; -1 that not even
 * the function has since its entry. A check sets it to the current level. Paths that join at a label give the minimum
 * of theirs. A back edge to the header of a loop of level n with less than n is a round without a check: that loop
 * needs a safe point. Loops are decided at their ends, inner ones first; whether an inner one needs a safe point
 * depends only on its own contents. The number at a branch out of undecided loops is evaluated when the construct of
 * its label ends, and these loops are decided: if one of them got a safe point, the branch has passed it. A loop
 * without a safe point is merged with the loop around it (union-find), so the query takes near-constant time however
 * deep loops are nested.
 *
 * An exception may come from anywhere in a try, so its handlers start with the number at its beginning: a check that
 * was passed stays passed.
 *
 * @param {Uint8Array} code
 * @param {{start: number, end: number}} body
 * @param {PlacementOptions} how
 * @returns {Placement}
 */
export function placeSafePoints(code, { start, end }, how) {
  const placer = new Placer(how);
  try {
    walkBody(new Reader(code, start, end), placer);
  } catch (error) {
    if (!(error instanceof UnknownEncoding)) throw error;
    placer.placement.unknown = error.what;
  }
  return placer.placement;
}

/**
 * @typedef {object} Open an open construct
 * @property {boolean} loop
 * @property {number} level how many loops are open in it, itself included
 * @property {number} index of a loop: its number in the function
 * @property {boolean} hasElse whether it is no `if`, or one whose else was seen
 * @property {number} at where it begins
 * @property {number} atBegin the number (see placeSafePoints) at its beginning
 * @property {number} joined the minimum of the numbers at the ends of its earlier parts
 * @property {{loop: Region, checked: number}[]} incoming the numbers at the branches to its label, and the loops out of
 *   which they come
 * @property {number} part for the counted loops
 * @property {number} opened for the counted loops
 * @property {number} branches of a loop: how many back edges it has
 * @property {number} trips of a loop: its trip count, if known; otherwise 0
 * @property {number} cost of a loop: instructions in one round
 * @property {boolean} takesLong of a loop: whether the cost says nothing about the time, as with calls
 * @property {boolean} innermost of a loop: whether it contains no other
 * @property {Set<number>} callees of a loop: as in Placement.calleesOf
 * @property {Region} region of a loop
 */

/**
 * A loop as a node of the union-find structure. `hasSafePoint`: it is decided and has one. `outside`: the loop around
 * it, once it is decided and has none.
 *
 * @typedef {{hasSafePoint: boolean, outside: Region | null}} Region
 */

/** @implements {Visitor} */
class Placer {
  /** @param {PlacementOptions} how */
  constructor(how) {
    this.how = how;
    /** @type {Placement} */
    this.placement = {
      loops: [],
      calls: { functions: new Map(), types: new Map() },
      callees: new Set(),
      calleesOf: [],
      outer: [],
      cost: 0,
      references: new Set(),
      caught: new Set(),
      thrown: new Set(),
      throws: false,
      branches: 0,
      repeated: 0,
      unknown: '',
    };
    this.counted = COUNTED;
    this.counted.clear();
    this.parts = 0;
    this.last = 0;
    this.checked = how.entry ? 0 : UNCHECKED;
    /** The function outside of its loops. @type {Region} */
    this.body = { hasSafePoint: false, outside: null };
    /**
     * Calls before which no check is made, except perhaps in the loops around them.
     * @type {{counts: Map<number, number>, callee: number, loop: Region}[]}
     */
    this.uncheckedCalls = [];
    /** @type {Open[]} */
    this.constructs = [];
    /** The loops among them. @type {Open[]} */
    this.loops = [];
    this.push(OP.block, 0);
  }

  begin() {}

  /** @param {number} opcode @param {number} at */
  push(opcode, at) {
    const loop = opcode === OP.loop;
    const level = this.loops.length + (loop ? 1 : 0);
    /** @type {Open} */
    const construct = {
      loop,
      level,
      index: this.placement.loops.length,
      hasElse: opcode !== OP.if,
      at,
      atBegin: this.checked,
      joined: UNREACHABLE,
      incoming: [],
      part: ++this.parts,
      opened: this.counted.time,
      branches: 0,
      trips: 0,
      cost: 0,
      takesLong: false,
      innermost: true,
      callees: this.placement.callees,
      region: this.body,
    };
    this.constructs.push(construct);
    if (!loop) return;
    construct.callees = new Set();
    construct.region = { hasSafePoint: false, outside: null };
    this.placement.calleesOf.push(construct.callees);
    this.placement.outer.push(this.loops[this.loops.length - 1]?.index ?? -1);
    this.placement.loops.push(LOOP.excluded);
    this.loops.push(construct);
  }

  /** @param {number} opcode @param {number} at */
  open(opcode, at) {
    this.counted.interrupt();
    this.push(opcode, at);
  }

  /** @param {number} opcode */
  arm(opcode) {
    this.counted.interrupt();
    const construct = this.constructs[this.constructs.length - 1];
    construct.joined = Math.min(construct.joined, this.checked);
    construct.part = ++this.parts;
    if (opcode === OP.else) construct.hasElse = true;
    this.checked = construct.atBegin;
  }

  /** @param {number} tag */
  catches(tag) {
    this.placement.caught.add(tag);
  }

  /** @param {number} after */
  close(after) {
    this.counted.interrupt();
    const construct = /** @type {Open} */ (this.constructs.pop());
    if (construct.loop) return this.closeLoop(construct, after);
    if (!construct.hasElse) this.checked = Math.min(this.checked, construct.atBegin);
    this.checked = Math.min(this.checked, construct.joined, leastIncoming(construct));
    if (this.constructs.length === 0) this.closeFunction();
  }

  closeFunction() {
    for (const { counts, callee, loop } of this.uncheckedCalls)
      if (!regionOf(loop).hasSafePoint) counts.set(callee, (counts.get(callee) ?? 0) + 1);
  }

  /** @param {Open} loop @param {number} after */
  closeLoop(loop, after) {
    this.loops.pop();
    const outer = this.loops[this.loops.length - 1];
    const decision = this.decide(loop);
    this.placement.loops[loop.index] = decision;
    if (decision === LOOP.unrolled) this.placement.repeated += (UNROLL - 1) * (after - loop.at + BYTES_OF_ROUND);
    const outside = loop.level - 1;
    if (this.checked !== UNREACHABLE) this.checked = Math.min(this.checked, outside);
    if (hasSafePoint(decision)) {
      // All code after its header, in the loop and behind it, has passed its check.
      if (this.checked !== UNREACHABLE) this.checked = outside;
      loop.region.hasSafePoint = true;
    } else {
      loop.region.outside = outer?.region ?? this.body;
    }
    for (const callee of loop.callees) this.placement.callees.add(callee);
    if (outer) outer.innermost = false;
    if (loop.takesLong) this.takesLong();
    this.addCost(decision === LOOP.short ? loop.cost * loop.trips : loop.cost);
  }

  /** Adds to the cost of the innermost open loop, or of the function. @param {number} instructions */
  addCost(instructions) {
    const loop = this.loops[this.loops.length - 1];
    (loop ?? this.placement).cost += instructions;
  }

  /** @param {Open} loop */
  decide(loop) {
    if (this.how.excluded) return LOOP.excluded;
    if (loop.branches === 0) return LOOP.notALoop;
    if (leastIncoming(loop) >= loop.level) return LOOP.covered;
    if (loop.branches === 1 && loop.trips > 0 && !loop.takesLong && loop.trips * loop.cost <= SHORT) return LOOP.short;
    return this.how.unrolls && loop.innermost && !loop.takesLong && loop.cost <= SMALL ? LOOP.unrolled : LOOP.safePoint;
  }

  /** @param {number} opcode @param {number} depth */
  branch(opcode, depth) {
    this.placement.branches++;
    if (opcode === OP.brTable) this.addCost(1);
    // names a try whose exception it is, or where handlers are searched
    if (opcode === OP.rethrow || opcode === DELEGATE) return;
    const target = this.constructs[this.constructs.length - 1 - depth];
    if (target.loop && this.checked !== UNREACHABLE) {
      target.branches++;
      if (opcode === OP.brIf && depth === 0) target.trips = this.counted.trips(this.constructs, SHORT);
    }
    this.addIncoming(target, this.checked);
    this.counted.interrupt();
  }

  /** Records a path to a label. @param {Open} target @param {number} checked */
  addIncoming(target, checked) {
    if (checked === UNREACHABLE) return;
    target.incoming.push({ loop: this.loops[this.loops.length - 1]?.region ?? this.body, checked });
  }

  /** @param {number} opcode @param {number} immediate */
  instruction(opcode, immediate) {
    this.addCost(1);
    this.counted.instruction(opcode, immediate, this.constructs);
    switch (opcode) {
      case OP.call:
      case OP.returnCall:
        this.call(this.placement.calls.functions, immediate);
        (this.loops[this.loops.length - 1] ?? this.placement).callees.add(immediate);
        if (opcode === OP.call && this.how.checksAtEntry(immediate) && this.checked !== UNREACHABLE)
          this.checked = this.loops.length;
        break;
      case OP.callIndirect:
      case OP.callRef:
      case OP.returnCallIndirect:
      case OP.returnCallRef:
        this.call(this.placement.calls.types, immediate);
        this.placement.throws = true;
        break;
      case OP.throw:
        if (ADDRESSES.has(this.last)) this.placement.thrown.add(immediate);
        this.placement.throws = true;
        break;
      case OP.throwRef:
        this.placement.throws = true;
        break;
      case OP.refFunc:
        this.placement.references.add(immediate);
        break;
      case OP.memoryGrow:
        this.takesLong();
        break;
      case OP.prefixMisc:
        if (immediate >= 8 && immediate <= 17) this.takesLong(); // on memories and tables
        break;
      case OP.prefixAtomic:
        if (immediate === 1 || immediate === 2) this.takesLong(); // memory.atomic.wait
        break;
      default:
    }
    if (LEAVES.has(opcode)) this.checked = UNREACHABLE;
    this.last = opcode;
  }

  /** @param {Map<number, number>} counts @param {number} callee */
  call(counts, callee) {
    this.takesLong();
    if (this.checked === UNCHECKED)
      this.uncheckedCalls.push({ counts, callee, loop: this.loops[this.loops.length - 1]?.region ?? this.body });
  }

  takesLong() {
    const loop = this.loops[this.loops.length - 1];
    if (loop) loop.takesLong = true;
  }
}

const DELEGATE = 0x18;
/** Instructions that compute an address. @type {Set<number>} */
const ADDRESSES = new Set([OP.i32Const, OP.i32Add]);
/** Instructions after which code is unreachable. @type {Set<number>} */
const LEAVES = new Set([
  OP.unreachable,
  OP.throw,
  OP.rethrow,
  OP.throwRef,
  OP.br,
  OP.brTable,
  OP.return,
  OP.returnCall,
  OP.returnCallIndirect,
  OP.returnCallRef,
]);
/** One for all functions, which are read one after the other. */
const COUNTED = new CountedLoops();

/**
 * The loop that decides for a loop: the innermost one, from it outwards, that has a safe point or is not decided yet. A
 * function's body never has one.
 *
 * @param {Region} loop
 */
function regionOf(loop) {
  let found = loop;
  while (found.outside) found = found.outside;
  for (let each = loop; each !== found; ) {
    const next = /** @type {Region} */ (each.outside);
    each.outside = found;
    each = next;
  }
  return found;
}

/**
 * The minimum of the numbers at the branches to the label of a construct in which all loops are decided.
 * @param {Open} construct
 */
function leastIncoming({ incoming, level }) {
  let least = UNREACHABLE;
  for (const { loop, checked } of incoming)
    least = Math.min(least, regionOf(loop).hasSafePoint ? level : Math.min(checked, level));
  return least;
}
