// @ts-check
/**
 * How many checks an instance with an injected runtime skips until the next one calls its host: as many as take 32
 * microseconds. The policy and the numbers are those of src/process/check_interval.cpp, which says why; it runs inside
 * of programs that have the library, and an injected runtime has none. A test compares the numbers.
 */

const CHECK_INTERVAL_NS = 32000;
const MAX_COUNT = 1 << 20;
const FIRST_COUNT = 100;

export class CheckInterval {
  #count = FIRST_COUNT;
  #last = 0;

  /**
   * @param {number} time of this check, in the time of now()
   * @returns {number} how many checks to skip
   */
  next(time) {
    if (this.#last !== 0) {
      const ideal = Math.floor((this.#count * CHECK_INTERVAL_NS) / Math.max(time - this.#last, 1));
      this.#count = Math.max(1, Math.min(ideal, this.#count * 2, MAX_COUNT));
    }
    this.#last = time;
    return this.#count;
  }

  /** Leaves out the time until now, in which the program did not compute. @param {number} time */
  restart(time) {
    this.#last = time;
  }
}
