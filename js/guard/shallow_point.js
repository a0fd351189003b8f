// @ts-check
/**
 * The place at which a computation is ended. An error that is thrown in the middle of `malloc` or of a change to a tree
 * leaves them half done. A program that computes for long passes its outer loop again and again: that of an interpreter
 * between two instructions, of a parser between two tokens. So the depth of the engine's stack is measured at some safe
 * points, and the computation is ended at the next one that is not deeper than the shallowest of them.
 *
 * Everything is counted in safe points, so a call with a budget is ended at the same place every time. For others the
 * clock decides where that takes too long.
 *
 * Why: docs/rationale.md#why-is-a-computation-ended-at-a-shallow-safe-point
 */

const SAMPLES = 32;
/** Safe points from one sample to the next, since neighbours are often rounds of one loop. */
const STRIDE = 8;
/** How many safe points may pass then, until any is taken. */
const PATIENCE = 160;
/** Nanoseconds, after which any is taken as well. */
const MOST_NS = 50e6;

/** Deeper stacks are all the same. */
const MOST_FRAMES = 200;

export class ShallowPoint {
  #repeatable;
  #looks = 0;
  #best = Infinity;
  #until = Infinity;

  /** @param {boolean} repeatable whether the clock has no say */
  constructor(repeatable) {
    this.#repeatable = repeatable;
  }

  /** Safe points to skip until reached() is asked again. */
  get skip() {
    return this.#looks < SAMPLES ? STRIDE - 1 : 0;
  }

  /**
   * Whether this safe point is the place.
   * @param {number} time in the time of now()
   */
  reached(time) {
    if (this.#looks++ === 0 && !this.#repeatable) this.#until = time + MOST_NS;
    if (time >= this.#until || this.#looks > SAMPLES + PATIENCE) return true;
    const depth = stackDepth();
    if (this.#looks > SAMPLES) return depth <= this.#best;
    this.#best = Math.min(this.#best, depth);
    return false;
  }
}

/** How many functions are being called. V8 counts them in a few microseconds; elsewhere it is the lines of a text. */
function stackDepth() {
  const engine = /** @type {any} */ (Error);
  const { stackTraceLimit, prepareStackTrace } = engine;
  engine.stackTraceLimit = MOST_FRAMES;
  engine.prepareStackTrace = (/** @type {unknown} */ _error, /** @type {unknown[]} */ frames) => frames.length;
  const { stack } = new Error();
  engine.stackTraceLimit = stackTraceLimit;
  engine.prepareStackTrace = prepareStackTrace;
  return typeof stack === 'number' ? stack : (stack ?? '').split('\n').length;
}
