// @ts-check
import { Reader, Writer } from './binary.js';
import { STRIP } from './placement.js';
import { CALLS } from './landing.js';
import { OP, walkBody, walkInstructions } from './walk.js';

/** @typedef {import('./landing.js').Landing} Landing */
/** @typedef {import('./landing.js').Step} Step */
/** @typedef {import('./look.js').LookForm} LookForm */
/** @typedef {import('./walk.js').Visitor} Visitor */

/**
 * Which look a loop or an entry gets. `clobbered`: the loop, or the function, holds a call that may write anything, so that no engine takes a plain load out of it.
 *
 * @typedef {0 | 1 | 2} Look
 */
export const LOOK = Object.freeze(/** @type {const} */ ({ none: 0, usual: 1, clobbered: 2 }));

/**
 * @typedef {object} Looks
 * @property {Look} entry
 * @property {Uint8Array | null} away what leaves the function for its copy when the look at the entry is taken; null: the slow path is called there
 * @property {boolean} taken whether this is that copy: it begins with the slow path
 * @property {Look[]} loops in the order of their headers
 * @property {boolean[]} strips which of them look once in STRIP rounds
 * @property {Landing | null} landing where a longjmp out of its looks lands
 */

/**
 * Copies the body of a function, giving the chosen loops and, where it is wanted, the function's entry a look.
 *
 * A loop becomes
 *
 *     (block $done T
 *       (loop $again T
 *         (block $look P
 *           (loop $L T  WANTED  br_if $look  PASSED  ...original body...)
 *           (br $done))
 *         SLOW
 *         (br $again)))
 *
 * T is the loop's own type and P takes and gives T's parameters, so a loop may stand in any place: what lies on the operand stack
 * below it stays there, its results leave with `br $done`, and its parameters pass through the look and SLOW untouched. No call stands in the loop, or
 * engines would keep the registers of the whole loop free for it. In a loop that looks once in STRIP rounds the body stands as often, and what branched to its header goes on
 * with the next of them:
 *
 *           (loop $L T  WANTED  br_if $look  PASSED
 *             (block $round P  ...original body...  (br $done))
 *             ...
 *             ...original body...)
 *
 * An entry gets
 *
 *     WANTED  (if SLOW)  PASSED
 *
 * or, where a copy of the function is made for it,
 *
 *     WANTED  (if  local.get 0 ... call COPY  return)  PASSED          in the copy   SLOW
 *
 * Nothing but these bytes, the copies, and the depths of branches that leave a rewritten loop change; no local is added, except in a function in which longjmp lands (landing.js).
 *
 * @param {Uint8Array} code
 * @param {{start: number, end: number}} body
 * @param {Looks} looks
 * @param {LookForm} form
 * @param {(typeIndex: number) => Uint8Array} parameterBlock the block type P for a loop of type `typeIndex`, encoded
 * @param {Writer} out
 * @returns {{labels: number[], unlikely: number[]}} `labels`: for each label that was added, the number of the function's label it was put in front of, ascending;
 *   `unlikely`: where in the new body the branches to the slow paths stand, ascending
 */
export function rewriteBody(code, { start, end }, looks, form, parameterBlock, out) {
  const rewriter = new Rewriter(code, start, looks, form, parameterBlock, out);
  walkBody(new Reader(code, start, end), rewriter);
  out.copy(code, rewriter.copied, end);
  return { labels: rewriter.added, unlikely: rewriter.unlikely };
}

/** How many labels are put around a loop, outside of its own. */
const LABELS_OF_LOOP = 3;
/** The level in $caught. */
const CAUGHT = 2;
const LEAVE_ROUND = Uint8Array.of(OP.br, 0x04, OP.end); // br $done, end of $round
const BR_IF_LOOK = Uint8Array.of(OP.brIf, 0x01);
const LEAVE = Uint8Array.of(OP.br, 0x02, OP.end); // br $done, end of $look
const AGAIN = Uint8Array.of(OP.br, 0x00, OP.end, OP.end); // br $again, end of $again, end of $done

/** @param {number} value */
function encodedS32(value) {
  const out = new Writer(5);
  out.s32(value);
  return out.view();
}

/** What ends a construct. @typedef {(after: number) => void} End `after`: behind it in the original code */

/** @implements {Visitor} */
class Rewriter {
  /**
   * @param {Uint8Array} code
   * @param {number} start
   * @param {Looks} looks
   * @param {LookForm} form
   * @param {(typeIndex: number) => Uint8Array} parameterBlock
   * @param {Writer} out
   */
  constructor(code, start, looks, form, parameterBlock, out) {
    this.code = code;
    this.copied = start;
    this.looks = looks;
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
    /** The level in every open construct of the original code; a branch's depth is the difference from it. */
    this.levels = [0];
    /** The level outside of it. */
    this.outside = [0];
    /** Which of the open constructs are steps of the way to the landing. @type {(Step | undefined)[]} */
    this.steps = [undefined];
    /** For each of them, unless it ends as it did. @type {(End | null)[]} */
    this.ends = [looks.landing ? (after) => this.endHome(after) : null];
    /** How many constructs were open when the try began in which longjmp lands, with it; 0 outside of it. */
    this.inTry = 0;
    /** Whether this code stands there already, and is copied once more. */
    this.again = false;
  }

  /** @param {number} at */
  begin(at) {
    const { looks: { entry, away, taken, landing }, form, out } = this;
    if (landing) this.addLocals(at, landing);
    if (entry !== LOOK.none || taken) this.copyTo(at);
    if (taken) out.append(form.slow);
    else if (entry !== LOOK.none) {
      out.append(this.wanted(entry));
      this.unlikely.push(out.length - this.base);
      out.append([OP.if, 0x40]);
      out.append(away ?? form.slow); // a jump from here is none to this function: nothing of it has run
      out.u8(OP.end);
      out.append(form.passed);
      this.added.push(0);
    }
    if (landing) this.openHome(landing);
  }

  /** @param {Look} look */
  wanted(look) {
    return look === LOOK.clobbered ? this.form.wantedPlain : this.form.wanted;
  }

  /** @param {number} at */
  handlers(at) {
    if (this.step(at)) this.endSkip(at);
  }

  /** @param {number} opcode @param {number} at @param {number} after @param {number} typeIndex */
  open(opcode, at, after, typeIndex) {
    const step = this.step(at);
    if (step && opcode !== OP.tryTable) this.endSkip(at);
    const loop = opcode === OP.loop ? this.loops++ : -1;
    const look = loop < 0 ? LOOK.none : this.looks.loops[loop];
    if (look !== LOOK.none) this.openLoop(at, after, typeIndex, look, this.looks.strips[loop] && !step); // the way leads to one place
    else {
      if (this.again) this.added.push(this.labels);
      else this.labels++;
      this.push(1, null);
    }
    this.steps.push(step);
    if (step?.arm === 'first') this.enter(step, after);
  }

  /** @param {number} levels @param {End | null} end */
  push(levels, end) {
    this.outside.push(this.level);
    this.level += levels;
    this.levels.push(this.level);
    this.ends.push(end);
  }

  /** @param {number} at @param {number} after @param {number} typeIndex @param {Look} look @param {boolean} strip */
  openLoop(at, after, typeIndex, look, strip) {
    const { out, form } = this;
    const type = this.code.subarray(at + 1, after);
    this.copyTo(at);
    out.u8(OP.block); // $done
    out.append(type);
    out.u8(OP.loop); // $again
    out.append(type);
    this.openParameters(typeIndex); // $look
    out.u8(OP.loop); // $L
    out.append(type);
    out.append(this.wanted(look));
    this.unlikely.push(out.length - this.base);
    out.append(BR_IF_LOOK);
    out.append(form.passed);
    this.copied = after;
    for (let i = 0; i < LABELS_OF_LOOP; ++i) this.added.push(this.labels);
    this.labels++;
    if (strip) this.openRound(typeIndex, (end) => this.repeat(after, end, typeIndex));
    else this.push(LABELS_OF_LOOP + 1, (end) => this.endLoop(end));
  }

  /** A block that takes and gives the parameters of a loop. @param {number} typeIndex */
  openParameters(typeIndex) {
    this.out.u8(OP.block);
    if (typeIndex >= 0) this.out.append(this.parameterBlock(typeIndex));
    else this.out.u8(0x40);
  }

  /** All rounds of a strip but the last. @param {number} typeIndex @param {End} end */
  openRound(typeIndex, end) {
    this.openParameters(typeIndex); // $round
    this.added.push(this.labels);
    this.push(LABELS_OF_LOOP + 2, end);
  }

  /** The first round of a strip is over. @param {number} body where it began @param {number} after behind the loop @param {number} typeIndex */
  repeat(body, after, typeIndex) {
    const endRound = () => this.copyTo(after - 1);
    endRound();
    this.again = true;
    for (let round = 2; round <= STRIP; ++round) {
      this.out.append(LEAVE_ROUND);
      if (round < STRIP) this.openRound(typeIndex, endRound);
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

  /** The slow path of a loop, in so many constructs. @param {number} level */
  slow(level) {
    const { out, form, looks: { landing } } = this;
    if (!landing) return out.append(form.slow);
    this.catching(landing, [0x40], level, () => out.append(form.slow));
  }

  /**
   * Code in which a longjmp is caught.
   *
   * @param {Landing} landing @param {ArrayLike<number>} type of the block that this code is
   * @param {number} level in so many constructs @param {() => void} write
   */
  catching({ legacy, tag }, type, level, write) {
    const { out } = this;
    this.added.push(this.labels);
    out.u8(legacy ? OP.try : OP.tryTable);
    out.append(type);
    if (legacy) {
      write();
      out.u8(OP.catch);
      out.u32(tag);
      out.u8(OP.br);
      out.u32(level + 1 - CAUGHT);
    } else {
      out.append([1, 0]); // one handler, which takes the operand only
      out.u32(tag);
      out.u32(level - CAUGHT);
      write();
    }
    out.u8(OP.end);
  }

  /** @param {number} at behind the locals @param {Landing} landing */
  addLocals(at, { kept }) {
    const reader = new Reader(this.code, this.copied, at);
    this.out.u32(reader.u32() + 1 + kept.length);
    this.copied = reader.pos;
    this.copyTo(at);
    for (const type of [0x7f, ...kept.map((one) => one.type)]) this.out.append([1, type]);
  }

  /** @param {Landing} landing */
  openHome({ way }) {
    this.out.append([OP.loop, 0x40, OP.block, 0x7f]); // $home, $caught
    this.added.push(this.labels, this.labels);
    this.level = CAUGHT;
    this.openSkip(/** @type {Step} */ (way.values().next().value));
  }

  /** @param {number} after */
  endHome(after) {
    const { jump } = /** @type {Landing} */ (this.looks.landing);
    this.copyTo(after - 1);
    this.out.append([OP.return, OP.end, OP.localSet]); // end of $caught
    this.out.u32(jump);
    this.out.append([OP.br, 0, OP.end, OP.unreachable]); // br $home, its end
    this.copyTo(after);
  }

  /** The part of the way to the landing that a construct is, if it is. @param {number} at */
  step(at) {
    return this.looks.landing?.way.get(at);
  }

  /** The way leads on into a construct. @param {Step} step @param {number} after where its code begins */
  enter(step, after) {
    this.copyTo(after);
    if (step.next) return this.openSkip(step.next);
    this.land(/** @type {Landing} */ (this.looks.landing));
    this.inTry = this.levels.length;
  }

  /** What is skipped on the way to a construct, which may want a condition. @param {Step} next */
  openSkip({ isIf, arm }) {
    const { out } = this;
    const { jump } = /** @type {Landing} */ (this.looks.landing);
    const getJump = () => {
      out.u8(OP.localGet);
      out.u32(jump);
    };
    out.append([OP.block, isIf ? 0x7f : 0x40]);
    if (isIf && arm === 'first') getJump();
    else if (isIf) out.append([OP.i32Const, 0]);
    getJump();
    this.unlikely.push(out.length - this.base);
    out.append([OP.brIf, 0]);
    if (isIf) out.u8(OP.drop);
    this.added.push(this.labels);
    this.level++;
  }

  /** @param {number} at */
  endSkip(at) {
    this.copyTo(at);
    this.out.u8(OP.end);
    this.level--;
  }

  /** Throws again what a look has caught, with the locals as the last call found them. @param {Landing} landing */
  land({ jump, kept, tag }) {
    const { out } = this;
    out.u8(OP.localGet);
    out.u32(jump);
    this.unlikely.push(out.length - this.base);
    out.append([OP.if, 0x40]);
    for (const { local, kept: from } of kept) this.move(from, local);
    out.u8(OP.localGet);
    out.u32(jump);
    out.append([OP.i32Const, 0, OP.localSet]);
    out.u32(jump);
    out.u8(OP.throw);
    out.u32(tag);
    out.u8(OP.end);
    this.added.push(this.labels);
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    this.out.u8(OP.localGet);
    this.out.u32(from);
    this.out.u8(OP.localSet);
    this.out.u32(to);
  }

  /** @param {number} opcode @param {number} after */
  arm(opcode, after) {
    const step = this.steps[this.steps.length - 1];
    if (opcode === OP.else && step?.arm === 'else') this.enter(step, after);
  }

  /** @param {number} after */
  close(after) {
    if (this.inTry === this.levels.length) this.inTry = 0;
    this.levels.pop();
    this.steps.pop();
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
    const { landing } = this.looks;
    if (!landing || !CALLS.has(opcode)) return;
    this.copyTo(at);
    const type = opcode === OP.call && this.inTry === 0 ? landing.typeOf(immediate) : -1;
    if (type >= 0) this.catching(landing, encodedS32(type), this.level, () => this.copyTo(after));
    else for (const { local, kept } of landing.kept) this.move(local, kept);
  }

  /** @param {number} at */
  copyTo(at) {
    this.out.copy(this.code, this.copied, at);
    this.copied = at;
  }
}
