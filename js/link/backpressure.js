// @ts-check
/**
 * Back-pressure: how much of what a guest's agent posted is still in flight. That is output which the owner's stream
 * has not accepted, and (in another object) messages which the owner has not handled. The agent sleeps while too much
 * is in flight, so that a guest that prints, stops and continues, or sends without end does not fill the owner's
 * memory.
 */

import * as ERRNO from '../abi/errno.js';

const LIMIT = 1 << 20;
/** What a message takes beside the bytes that it carries, roughly. */
const MESSAGE = 256;
/** The largest output message, in bytes. */
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

  /** Blocks until there is room; no signal interrupts it. For waits that only the owner can end. */
  waitForRoom() {
    this.#waitUntil((amount) => amount < LIMIT);
  }

  /** Blocks until nothing is in flight; no signal interrupts it either. */
  waitForNone() {
    this.#waitUntil((amount) => amount === 0);
  }

  /** @param {(amount: number) => boolean} few */
  #waitUntil(few) {
    for (let amount = Atomics.load(this.#word, 0); !few(amount); amount = Atomics.load(this.#word, 0))
      Atomics.wait(this.#word, 0, amount);
  }

  /** Counts a message that is posted. @param {number} [length] bytes of output in it */
  add(length = 0) {
    Atomics.add(this.#word, 0, length + MESSAGE);
  }

  /**
   * Posts what a guest writes, in pieces, and waits while too much is in flight.
   * @param {import('../guest/program_host.js').ProgramHost} host
   * @param {(message: import('../guest/host_imports.js').Message) => void} post
   * @param {number} fd
   * @param {Uint8Array} bytes of its memory
   * @param {boolean} [nonBlocking]
   * @returns {Generator<unknown, number, any>} how many bytes were posted, or -EINTR, -EAGAIN
   */
  *write(host, post, fd, bytes, nonBlocking = false) {
    let done = 0;
    while (done < bytes.length) {
      // copied before the wait, in which the guest's memory may move
      const piece = Uint8Array.from(bytes.subarray(done, done + CHUNK));
      while (!this.room) {
        if (nonBlocking) return done || -ERRNO.EAGAIN;
        const outcome = yield host.awaitOutput();
        if (outcome === 'interrupted' || (outcome === 'restart' && done > 0)) return done || -ERRNO.EINTR;
        if (outcome === 'deadlock') break; // this agent cannot wait, and output must not be lost
      }
      this.add(piece.length);
      post({ type: 'output', fd, bytes: piece });
      done += piece.length;
    }
    return done;
  }

  /**
   * Counts a message as handled: it arrived, and the stream accepted its bytes. Ring the guest afterwards: it may sleep
   * in a call.
   * @param {number} [length]
   */
  remove(length = 0) {
    Atomics.sub(this.#word, 0, length + MESSAGE);
    Atomics.notify(this.#word, 0);
  }
}
