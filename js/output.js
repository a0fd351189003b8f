// @ts-check
/**
 * How much of a guest's output is under way to a stream of the owner. The guest's agent sleeps where it is too much, so that a guest that prints
 * without end does not fill the memory of a slow reader.
 */

const LIMIT = 1 << 20;

export class Outstanding {
  #word;

  /** @param {SharedArrayBuffer | ArrayBuffer} [shared] */
  constructor(shared = new SharedArrayBuffer(4)) {
    this.#word = new Int32Array(shared);
  }

  get shared() {
    return /** @type {SharedArrayBuffer} */ (this.#word.buffer);
  }

  get room() {
    return Atomics.load(this.#word, 0) < LIMIT;
  }

  /** @param {number} length bytes that the guest posted */
  add(length) {
    Atomics.add(this.#word, 0, length);
  }

  /**
   * @param {number} length bytes that the stream took; ring the guest after it
   */
  remove(length) {
    Atomics.sub(this.#word, 0, length);
  }
}
