// @ts-check
// Why: docs/rationale.md#why-does-a-small-function-continue-in-an-outlined-copy
// Why: docs/rationale.md#why-are-small-inner-loops-unrolled
import { Reader, Writer } from './binary.js';
import { UNROLL } from './placement.js';
import { TYPE } from './operands.js';
import { OP, walkBody, walkInstructions } from './walk.js';

/** @typedef {import('./landing.js').Landing} Landing */
/** @typedef {import('./landing.js').Arm} Arm */
/** @typedef {import('./landing.js').Place} Place */
/** @typedef {import('./safe_point_code.js').CheckForm} CheckForm */
/** @typedef {import('./walk.js').Visitor} Visitor */

/**
 * The form of a check. `clobbered`: the loop, or the function, contains a call that may write to any address, so no
 * engine hoists a plain load out of it.
 *
 * @typedef {0 | 1 | 2} Check
 */
export const CHECK = Object.freeze(/** @type {const} */ ({ none: 0, usual: 1, clobbered: 2 }));

/**
 * @typedef {object} Checks
 * @property {Check} entry
 * @property {Uint8Array | null} away code that continues in the outlined copy when the check at the entry finds a
 *   signal; null: the slow path is called there
 * @property {boolean} taken whether this is that copy: it begins with the slow path
 * @property {Check[]} loops in the order of their headers
 * @property {boolean[]} unrolled which of them check once in UNROLL rounds
 * @property {Landing | null} landing where a longjmp out of its checks lands
 */

/**
 * Copies the body of a function, and adds checks to the chosen loops and, if chosen, to the function's entry.
 *
 * A loop becomes
 *
 *     (block $done T
 *       (loop $again T
 *         (block $check P
 *           (loop $L T  WANTED  br_if $check  PASSED  ...original body...)
 *           (br $done))
 *         SLOW
 *         (br $again)))
 *
 * T is the loop's own type; P takes and returns T's parameters. So a loop may be in any place: operands below it stay
 * on the stack, its results leave with `br $done`, and its parameters pass through the check and SLOW unchanged. The
 * loop itself contains no call, or engines would keep the registers of the whole loop free for it. A loop that checks
 * once in UNROLL rounds has its body unrolled that many times; a branch to its header continues in the next copy:
 *
 *           (loop $L T  WANTED  br_if $check  PASSED
 *             (block $round P  ...original body...  (br $done))
 *             ...
 *             ...original body...)
 *
 * An entry gets
 *
 *     WANTED  (if SLOW)  PASSED
 *
 * or, with an outlined copy of the function,
 *
 *     WANTED  (if  local.get 0 ... call COPY  return)  PASSED          in the copy   SLOW
 *
 * Nothing changes but these bytes, the copies, and the depths of branches that leave a rewritten loop. No local is
 * added, except in a function in which a longjmp lands (landing.js).
 *
 * @param {Uint8Array} code
 * @param {{start: number, end: number}} body
 * @param {Checks} checks
 * @param {CheckForm} form
 * @param {(typeIndex: number) => Uint8Array} parameterBlock the block type P for a loop of type `typeIndex`, encoded
 * @param {Writer} out
 * @returns {{labels: number[], unlikely: number[]}} `labels`: for each added label the number of the function's label
 *   before which it was put, ascending; `unlikely`: the offsets in the new body of the branches to the slow paths,
 *   ascending
 */
export function rewriteBody(code, { start, end }, checks, form, parameterBlock, out) {
  const rewriter = new Rewriter(code, start, checks, form, parameterBlock, out);
  walkBody(new Reader(code, start, end), rewriter);
  out.copy(code, rewriter.copied, end);
  return { labels: rewriter.added, unlikely: rewriter.unlikely };
}

/** How many labels are put around a loop, outside of its own. */
const LABELS_OF_LOOP = 3;
/** The level in $caught. */
const CAUGHT = 2;
const LEAVE_ROUND = Uint8Array.of(OP.br, 0x04, OP.end); // br $done, end of $round
const BR_IF_CHECK = Uint8Array.of(OP.brIf, 0x01);
const LEAVE = Uint8Array.of(OP.br, 0x02, OP.end); // br $done, end of $check
const AGAIN = Uint8Array.of(OP.br, 0x00, OP.end, OP.end); // br $again, end of $again, end of $done

/** @param {number} value */
function encodedS32(value) {
  const out = new Writer(5);
  out.s32(value);
  return out.view();
}

/**
 * Code that ends a construct.
 * @typedef {(after: number) => void} End `after`: the offset behind it in the original code
 */

/** @implements {Visitor} */
class Rewriter {
  /**
   * @param {Uint8Array} code
   * @param {number} start
   * @param {Checks} checks
   * @param {CheckForm} form
   * @param {(typeIndex: number) => Uint8Array} parameterBlock
   * @param {Writer} out
   */
  constructor(code, start, checks, form, parameterBlock, out) {
    this.code = code;
    this.copied = start;
    this.checks = checks;
    this.form = form;
    this.parameterBlock = parameterBlock;
    this.out = out;
    /** @type {number[]} */
    this.added = [];
    /** @type {number[]} */
    this.unlikely = [];
    /** Where the new body begins in `out`. */
    this.base = out.length;
    this.loops = 0;
    this.labels = 0;
    /** How many constructs are open at this place of the new code. */
    this.level = 0;
    /** The new level in every open construct of the original code; a branch's depth is the difference from it. */
    this.levels = [0];
    /** The new level outside of each. */
    this.outside = [0];
    /** Which of the open constructs the path to a landing goes through. @type {(Place | undefined)[]} */
    this.places = [undefined];
    /** The end of each, unless it is unchanged. @type {(End | null)[]} */
    this.ends = [checks.landing ? (after) => this.endHome(after) : null];
    /** Whether this code was copied before, and is now copied once more for an unrolled round. */
    this.again = false;
  }

  /** @param {number} at */
  begin(at) {
    const {
      checks: { entry, away, taken, landing },
      form,
      out,
    } = this;
    if (landing) this.addLocals(at, landing);
    if (entry !== CHECK.none || taken) this.copyTo(at);
    if (taken) out.append(form.slow);
    else if (entry !== CHECK.none) {
      out.append(this.wanted(entry));
      this.unlikely.push(out.length - this.base);
      out.append([OP.if, 0x40]);
      out.append(away ?? form.slow); // a jump from here never lands in this function: none of its code has run
      out.u8(OP.end);
      out.append(form.passed);
      this.added.push(0);
    }
    if (landing) this.openHome(landing, at);
  }

  /** @param {Check} check */
  wanted(check) {
    return check === CHECK.clobbered ? this.form.wantedPlain : this.form.wanted;
  }

  /** @param {number} at */
  handlers(at) {
    const place = this.place(at);
    if (place) this.arrive(place, at);
  }

  /** @param {number} opcode @param {number} at @param {number} after @param {number} typeIndex */
  open(opcode, at, after, typeIndex) {
    const place = this.place(at);
    if (place && opcode !== OP.tryTable) this.arrive(place, at);
    const loop = opcode === OP.loop ? this.loops++ : -1;
    const check = loop < 0 ? CHECK.none : this.checks.loops[loop];
    // a landing needs a single copy
    if (check !== CHECK.none) this.openLoop(at, after, typeIndex, check, this.checks.unrolled[loop] && !place);
    else {
      if (this.again) this.added.push(this.labels);
      else this.labels++;
      this.push(1, null);
    }
    this.places.push(place);
    if (place?.arms.first) this.enter(place.arms.first, after, place);
  }

  /** @param {number} levels @param {End | null} end */
  push(levels, end) {
    this.outside.push(this.level);
    this.level += levels;
    this.levels.push(this.level);
    this.ends.push(end);
  }

  /**
   * @param {number} at
   * @param {number} after
   * @param {number} typeIndex
   * @param {Check} check
   * @param {boolean} unrolled
   */
  openLoop(at, after, typeIndex, check, unrolled) {
    const { out, form } = this;
    const type = this.code.subarray(at + 1, after);
    this.copyTo(at);
    out.u8(OP.block); // $done
    out.append(type);
    out.u8(OP.loop); // $again
    out.append(type);
    this.openParameters(typeIndex); // $check
    out.u8(OP.loop); // $L
    out.append(type);
    out.append(this.wanted(check));
    this.unlikely.push(out.length - this.base);
    out.append(BR_IF_CHECK);
    out.append(form.passed);
    this.copied = after;
    for (let i = 0; i < LABELS_OF_LOOP; ++i) this.added.push(this.labels);
    this.labels++;
    if (unrolled) this.openRound(typeIndex, (end) => this.repeat(after, end, typeIndex));
    else this.push(LABELS_OF_LOOP + 1, (end) => this.endLoop(end));
  }

  /** Opens a block that takes and returns the parameters of a loop. @param {number} typeIndex */
  openParameters(typeIndex) {
    this.out.u8(OP.block);
    if (typeIndex >= 0) this.out.append(this.parameterBlock(typeIndex));
    else this.out.u8(0x40);
  }

  /** Opens any unrolled round but the last. @param {number} typeIndex @param {End} end */
  openRound(typeIndex, end) {
    this.openParameters(typeIndex); // $round
    this.added.push(this.labels);
    this.push(LABELS_OF_LOOP + 2, end);
  }

  /**
   * Copies the other rounds, at the end of the first.
   * @param {number} body where it began
   * @param {number} after behind the loop
   * @param {number} typeIndex
   */
  repeat(body, after, typeIndex) {
    const endRound = () => this.copyTo(after - 1);
    endRound();
    this.again = true;
    for (let round = 2; round <= UNROLL; ++round) {
      this.out.append(LEAVE_ROUND);
      if (round < UNROLL) this.openRound(typeIndex, endRound);
      else this.push(LABELS_OF_LOOP + 1, endRound);
      this.copied = body;
      walkInstructions(new Reader(this.code, body, after), this, this.levels.length);
    }
    this.again = false;
    this.endLoop(after);
  }

  /** @param {number} after behind the loop */
  endLoop(after) {
    this.copyTo(after);
    this.out.append(LEAVE);
    this.slow(this.level + 2);
    this.out.append(AGAIN);
  }

  /** The slow path of a loop. @param {number} level how many constructs are open around it */
  slow(level) {
    const {
      out,
      form,
      checks: { landing },
    } = this;
    if (!landing) return out.append(form.slow);
    this.catching(landing, [0x40], level, () => out.append(form.slow));
  }

  /**
   * Code in which a longjmp is caught.
   *
   * @param {Landing} landing @param {ArrayLike<number>} type of the block that this code is
   * @param {number} level how many constructs are open around it @param {() => void} write
   */
  catching({ legacy, older, tag, last, jump }, type, level, write) {
    const { out } = this;
    if (older) {
      out.u8(OP.globalGet);
      out.u32(older.stackPointer);
      this.set(jump + 2);
    }
    this.added.push(this.labels);
    out.u8(legacy ? OP.try : OP.tryTable);
    out.append(type);
    if (!legacy) {
      out.append([1, 0]); // one handler, which takes only the operand
      out.u32(tag);
      out.u32(level - CAUGHT);
      write();
    } else {
      write();
      out.u8(older ? OP.catchAll : OP.catch);
      if (!older) out.u32(tag);
      else {
        // the exception is no jump, or no call that could have thrown it was made yet
        this.word(older.threw, OP.i32Load);
        out.append([OP.i32Eqz]);
        this.get(last);
        out.append([OP.i32Eqz, OP.i32Or, OP.if, 0x40, OP.rethrow, 1, OP.end]);
        this.added.push(this.labels);
      }
      out.u8(OP.br);
      out.u32(level + 1 - CAUGHT);
    }
    out.u8(OP.end);
  }

  /**
   * Accesses a word of the older longjmp: its address, the value to store, and the instruction.
   * @param {import('./older_longjmp.js').Word} word
   * @param {number} opcode
   * @param {() => void} [value]
   */
  word({ address, operand }, opcode, value) {
    this.out.append(address);
    value?.();
    this.out.u8(opcode);
    this.out.append(operand);
  }

  /** @param {number} at behind the locals @param {Landing} landing */
  addLocals(at, { locals }) {
    const reader = new Reader(this.code, this.copied, at);
    this.out.u32(reader.u32() + locals.length);
    this.copied = reader.pos;
    this.copyTo(at);
    for (const type of locals) this.out.append([1, type]);
  }

  /** @param {Landing} landing @param {number} at */
  openHome({ body, older }, at) {
    this.out.append([OP.loop, 0x40, OP.block, older ? 0x40 : TYPE.i32]); // $home, $caught
    this.added.push(this.labels, this.labels);
    this.level = CAUGHT;
    this.enter(body, at);
  }

  /** @param {number} after */
  endHome(after) {
    const { out } = this;
    const { older, tag, jump, way, last, only, kept, start } = /** @type {Landing} */ (this.checks.landing);
    this.copyTo(after - 1);
    out.append([OP.return, OP.end]); // end of $caught
    if (older) {
      this.word(older.threw, OP.i32Load);
      this.set(jump);
      this.word(older.value, OP.i32Load);
      this.set(jump + 1);
      this.word(older.threw, OP.i32Store, () => out.append([OP.i32Const, 0]));
      this.get(jump + 2);
      out.u8(OP.globalSet);
      out.u32(older.stackPointer);
    } else {
      this.set(jump);
    }
    if (last < 0) {
      this.setConstant(way, only - start);
    } else {
      this.get(last);
      if (!older) {
        out.append([OP.i32Eqz]);
        this.unlikely.push(out.length - this.base);
        out.append([OP.if, 0x40]);
        this.get(jump);
        out.u8(OP.throw);
        out.u32(tag);
        out.u8(OP.end);
        this.added.push(this.labels);
        this.get(last);
      }
      this.set(way);
    }
    for (const { local, kept: from } of kept) this.move(from, local);
    out.append([OP.br, 0, OP.end, OP.unreachable]); // br $home, its end
    this.copyTo(after);
  }

  /** The place of the path at this offset, if any. @param {number} at */
  place(at) {
    return this.checks.landing?.places.get(at);
  }

  /**
   * Begins a part of a construct into which the path may lead.
   * @param {Arm} arm
   * @param {number} after where its code begins
   * @param {Place} [construct] which begins here
   */
  enter({ begins, places }, after, construct) {
    const { out } = this;
    const { way, condition, start } = /** @type {Landing} */ (this.checks.landing);
    this.copyTo(after);
    this.save(begins);
    if (construct) this.land(construct);
    if (places.length === 0) return this.restore(begins);
    for (let i = places.length; i > 0; --i) out.append([OP.block, 0x40]); // $skip, the first place's innermost
    this.get(way);
    this.unlikely.push(out.length - this.base);
    out.append([OP.if, 0x40]);
    for (let i = places.length - 1; i >= 0; --i) {
      const { at, isIf, arms } = places[i];
      if (isIf) {
        this.get(way);
        out.u8(OP.i32Const);
        out.s32(arms.else && arms.else.places.length > 0 ? arms.else.from - start : -1);
        out.u8(OP.i32LtU);
        this.set(condition);
      }
      out.u8(OP.i32Const);
      out.s32(at - start);
      this.get(way);
      out.append([OP.i32LeU, OP.brIf]);
      out.u32(i + 1);
    }
    out.u8(OP.end);
    for (let i = 0; i <= places.length; ++i) this.added.push(this.labels);
    this.level += places.length;
    this.restore(begins);
  }
  /**
   * Ends the $skip blocks of a place to which the path may lead: a construct that is about to begin, or the end of a
   * call.
   * @param {Place} place
   * @param {number} at
   */
  arrive({ at: id, isIf, isCall, spilled }, at) {
    const { condition } = /** @type {Landing} */ (this.checks.landing);
    this.copyTo(at);
    if (isIf) this.set(condition);
    this.save(spilled);
    this.out.u8(OP.end); // of $skip
    this.level--;
    if (isCall) this.landBehind(id);
    this.restore(spilled);
    if (isIf) this.get(condition);
  }

  /** @param {number[]} locals */
  save(locals) {
    for (let i = locals.length - 1; i >= 0; --i) this.set(locals[i]);
  }

  /** @param {number[]} locals */
  restore(locals) {
    for (const local of locals) this.get(local);
  }

  /** Throws again the jump that a check has caught, or leads on into the handler. @param {Place} construct */
  land({ at, lands, arms }) {
    const { out } = this;
    const { way, jump, tag, start } = /** @type {Landing} */ (this.checks.landing);
    if (lands)
      this.onWay(OP.i32Eq, at - start, () => {
        this.setConstant(way, 0);
        this.get(jump);
        out.u8(OP.throw);
        out.u32(tag);
      });
    if (arms.catch && arms.catch.places.length > 0)
      this.onWay(OP.i32GeU, arms.catch.from - start, () => {
        out.append([OP.i32Const, 0, OP.throw]);
        out.u32(tag);
      });
  }

  /** Makes the code after a call by the older longjmp find the jump. @param {number} at */
  landBehind(at) {
    const { way, jump, older, start } = /** @type {Landing} */ (this.checks.landing);
    if (older)
      this.onWay(OP.i32Eq, at - start, () => {
        this.setConstant(way, 0);
        this.word(older.threw, OP.i32Store, () => this.get(jump));
        this.word(older.value, OP.i32Store, () => this.get(jump + 1));
      });
  }

  /**
   * Code for when WAY compares so with a place.
   * @param {number} comparison
   * @param {number} place
   * @param {() => void} write
   */
  onWay(comparison, place, write) {
    const { out } = this;
    this.get(/** @type {Landing} */ (this.checks.landing).way);
    out.u8(OP.i32Const);
    out.s32(place);
    out.u8(comparison);
    this.unlikely.push(out.length - this.base);
    out.append([OP.if, 0x40]);
    write();
    out.u8(OP.end);
    this.added.push(this.labels);
  }

  /** @param {number} local */
  get(local) {
    this.out.u8(OP.localGet);
    this.out.u32(local);
  }

  /** @param {number} local */
  set(local) {
    this.out.u8(OP.localSet);
    this.out.u32(local);
  }

  /** @param {number} local @param {number} value */
  setConstant(local, value) {
    this.out.u8(OP.i32Const);
    this.out.s32(value);
    this.set(local);
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    this.get(from);
    this.set(to);
  }

  /** @param {number} _opcode @param {number} after */
  arm(_opcode, after) {
    const place = this.places[this.places.length - 1];
    const arm = place && Object.values(place.arms).find(({ from }) => from === after);
    if (arm) this.enter(arm, after);
  }

  /** @param {number} after */
  close(after) {
    this.levels.pop();
    this.places.pop();
    this.level = /** @type {number} */ (this.outside.pop());
    this.ends.pop()?.(after);
  }

  /** @param {number} _opcode @param {number} depth @param {number} at @param {number} after */
  branch(_opcode, depth, at, after) {
    const { levels } = this;
    const newDepth = this.level - levels[levels.length - 1 - depth];
    if (newDepth === depth) return;
    this.copyTo(at);
    this.out.u32(newDepth);
    this.copied = after;
  }

  /** @param {number} opcode @param {number} immediate @param {number} at @param {number} after */
  instruction(opcode, immediate, at, after) {
    const { landing } = this.checks;
    if (!landing) return;
    const handler = landing.keeping.get(at);
    if (handler !== undefined) {
      this.copyTo(at);
      for (const { local, kept } of landing.kept) this.move(local, kept);
      if (landing.last >= 0) this.setConstant(landing.last, handler < 0 ? 0 : handler - landing.start);
    }
    const place = this.place(at);
    if (place) return this.arrive(place, after);
    const type = opcode === OP.call && handler === undefined ? landing.typeOf(immediate) : -1;
    if (type < 0) return;
    this.copyTo(at);
    this.catching(landing, encodedS32(type), this.level, () => this.copyTo(after));
  }

  /** @param {number} at */
  copyTo(at) {
    this.out.copy(this.code, this.copied, at);
    this.copied = at;
  }
}
