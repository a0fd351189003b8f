// @ts-check
/**
 * How much of what a guest's agent posted is still on its way: output that the owner's stream has not taken, and (another one of these) messages that
 * the owner has not seen. The agent sleeps where it is too much, so that a guest that prints, stops and continues, or sends without end does not fill
 * the owner's memory.
 */

import * as ERRNO from '../abi/errno.js';

const LIMIT = 1 << 20;
/** What a message takes beside the bytes that it carries, about. */
const MESSAGE = 256;
/** The largest message of output. */
const CHUNK = 1 << 16;

export class Backpressure {
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

  /**
   * Posts what a guest writes, in pieces, and waits where too much is on its way.
   * @param {import('../guest/program_host.js').ProgramHost} host
   * @param {(message: import('../guest/host_imports.js').Message) => void} post
   * @param {number} fd
   * @param {Uint8Array} bytes  of its memory
   * @param {boolean} [nonBlocking]
   * @returns {Generator<unknown, number, any>} how many were posted, or -EINTR, -EAGAIN
   */
  *write(host, post, fd, bytes, nonBlocking = false) {
    let done = 0;
    while (done < bytes.length) {
      const piece = Uint8Array.from(bytes.subarray(done, done + CHUNK)); // before the wait, in which the guest's memory may move
      while (!this.room) {
        if (nonBlocking) return done || -ERRNO.EAGAIN;
        const outcome = yield host.awaitOutput();
        if (outcome === 'interrupted' || (outcome === 'restart' && done > 0)) return done || -ERRNO.EINTR;
        if (outcome === 'deadlock') break; // it cannot be waited for here, and output must not be lost
      }
      this.add(piece.length);
      post({ type: 'output', fd, bytes: piece });
      done += piece.length;
    }
    return done;
  }

  /** It arrived, and the stream took its bytes; ring a guest that may sleep in a call after it. @param {number} [length] */
  remove(length = 0) {
    Atomics.sub(this.#word, 0, length + MESSAGE);
    Atomics.notify(this.#word, 0);
  }
}
