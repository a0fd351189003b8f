// @ts-check
/**
 * How much of what a guest's agent posted is still on its way: output that the owner's stream has not taken, and (another one of these) messages that
 * the owner has not seen. The agent sleeps where it is too much, so that a guest that prints, stops and continues, or sends without end does not fill
 * the owner's memory.
 */

const LIMIT = 1 << 20;
/** What a message takes beside the bytes that it carries, about. */
const MESSAGE = 256;

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

  /** Blocks until there is room; nothing interrupts it. For what waits for the owner alone. */
  waitForRoom() {
    this.#waitUntil((amount) => amount < LIMIT);
  }

  /** Likewise until all has arrived. */
  waitForNone() {
    this.#waitUntil((amount) => amount === 0);
  }

  /** @param {(amount: number) => boolean} few */
  #waitUntil(few) {
    for (let amount = Atomics.load(this.#word, 0); !few(amount); amount = Atomics.load(this.#word, 0)) Atomics.wait(this.#word, 0, amount);
  }

  /** A message is posted. @param {number} [length] bytes of output in it */
  add(length = 0) {
    Atomics.add(this.#word, 0, length + MESSAGE);
  }

  /** It arrived, and the stream took its bytes; ring a guest that may sleep in a call after it. @param {number} [length] */
  remove(length = 0) {
    Atomics.sub(this.#word, 0, length + MESSAGE);
    Atomics.notify(this.#word, 0);
  }
}
