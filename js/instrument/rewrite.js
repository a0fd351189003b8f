// @ts-check
import { Reader } from './binary.js';
import { STRIP } from './placement.js';
import { OP, walkBody, walkInstructions } from './walk.js';

/** @typedef {import('./binary.js').Writer} Writer */
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
 * Nothing but these bytes, the copies, and the depths of branches that leave a rewritten loop change; no local is added.
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
const LEAVE_ROUND = Uint8Array.of(OP.br, 0x04, OP.end); // br $done, end of $round
const BR_IF_LOOK = Uint8Array.of(OP.brIf, 0x01);
const LEAVE = Uint8Array.of(OP.br, 0x02, OP.end); // br $done, end of $look
const AGAIN = Uint8Array.of(OP.br, 0x00, OP.end, OP.end); // br $again, end of $again, end of $done

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
    /** The level of every open construct in the new nesting; a branch's depth is the difference of two of them. */
    this.levels = [0];
    /** For each of them, unless it ends as it did. @type {(End | null)[]} */
    this.ends = [null];
    /** Whether this code stands there already, and is copied once more. */
    this.again = false;
  }

  /** @param {number} at */
  begin(at) {
    const { looks: { entry, away, taken }, form, out } = this;
    if (entry === LOOK.none && !taken) return;
    this.copyTo(at);
    if (taken) return out.append(form.slow);
    out.append(this.wanted(entry));
    this.unlikely.push(out.length - this.base);
    out.append([OP.if, 0x40]);
    out.append(away ?? form.slow);
    out.u8(OP.end);
    out.append(form.passed);
    this.added.push(0);
  }

  /** @param {Look} look */
  wanted(look) {
    return look === LOOK.clobbered ? this.form.wantedPlain : this.form.wanted;
  }

  /** @param {number} opcode @param {number} at @param {number} after @param {number} typeIndex */
  open(opcode, at, after, typeIndex) {
    const loop = opcode === OP.loop ? this.loops++ : -1;
    const look = loop < 0 ? LOOK.none : this.looks.loops[loop];
    if (look !== LOOK.none) return this.openLoop(at, after, typeIndex, look, this.looks.strips[loop]);
    if (this.again) this.added.push(this.labels);
    else this.labels++;
    this.push(1, null);
  }

  /** @param {number} levels @param {End | null} end */
  push(levels, end) {
    this.levels.push(this.levels[this.levels.length - 1] + levels);
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
    this.out.append(this.form.slow);
    this.out.append(AGAIN);
  }

  arm() {}

  /** @param {number} after */
  close(after) {
    this.levels.pop();
    this.ends.pop()?.(after);
  }

  /** @param {number} _opcode @param {number} depth @param {number} at @param {number} after */
  branch(_opcode, depth, at, after) {
    const { levels } = this;
    const newDepth = levels[levels.length - 1] - levels[levels.length - 1 - depth];
    if (newDepth === depth) return;
    this.copyTo(at);
    this.out.u32(newDepth);
    this.copied = after;
  }

  instruction() {}

  /** @param {number} at */
  copyTo(at) {
    this.out.copy(this.code, this.copied, at);
    this.copied = at;
  }
}
