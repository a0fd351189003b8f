// @ts-check
/**
 * Reads a stream for a guest, one chunk for each question, so that what the guest does not want stays in the terminal or pipe.
 * Runs in the owner.
 */

import { ReadStream as FileStream } from 'node:fs';
import { ReadStream } from 'node:tty';

/** The end of the file, for one read. */
const NOTHING = new Uint8Array(0);

export class InputPump {
  #input;
  #first;
  /** @type {import('node:stream').Readable | undefined} that is being read */ #stream;
  /** @type {Uint8Array | undefined} read and not yet fitted */ #rest;
  #over = false;
  #closed = false;
  /** Whether something that was read is still to be handed over. */ #handing = false;
  /** @type {() => void} */ #wake = () => {};

  /**
   * @param {import('../link/input.js').Input} input
   * @param {() => import('node:stream').Readable} stream  asked for with the first question: process.stdin has effects of its own
   */
  constructor(input, stream) {
    this.#input = input;
    this.#first = stream;
  }

  /**
   * The guest asked.
   * @param {() => void} wake
   */
  want(wake) {
    this.#wake = wake;
    if (this.#input.probing) this.#probe(this.#input.probe);
    if (this.#handing) return; // that answers it
    if (this.#rest) return this.#give(this.#rest);
    if (this.#over) return this.#answerEnd();
    if (this.#stream) return;
    const stream = this.#open();
    if (!stream) return this.#answerEnd();
    this.#stream = stream;
    stream.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#end).on('close', this.#end);
    stream.resume();
  }

  close() {
    this.#stop();
    this.#closed = true;
  }

  /**
   * What is there now has been read after two turns of the event loop: the first one may be looking already. From a file it always comes. What was read is handed over first.
   * @param {number} probe
   */
  #probe(probe) {
    setImmediate(() => setImmediate(() => {
      if (this.#closed) return;
      if (this.#handing || this.#stream instanceof FileStream) return this.#probe(probe);
      this.#input.endProbe(probe);
      this.#wake();
    }));
  }

  #onData = (/** @type {Uint8Array | string} */ chunk) => {
    this.#stop();
    this.#handOver(() => this.#give(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  };

  #onEnd = () => {
    if (!this.#input.terminal) return this.#end();
    this.#stop();
    this.#handOver(() => this.#give(NOTHING));
  };

  #end = () => {
    this.#stop();
    this.#handOver(this.#answerEnd);
  };

  /**
   * A signal that was sent before this was written comes first. Its handler in Node has run when this is read, but only wrote to a pipe, which the event loop reads in its next round:
   * an immediate of an immediate comes after that.
   * @param {() => void} answer
   */
  #handOver(answer) {
    this.#handing = true;
    setImmediate(() => setImmediate(() => {
      this.#handing = false;
      if (!this.#closed) answer();
    }));
  }

  #answerEnd = () => {
    this.#over = true;
    if (this.#closed) return;
    this.#input.end();
    this.#wake();
  };

  /** @param {Uint8Array} bytes */
  #give(bytes) {
    const taken = this.#input.write(bytes);
    this.#rest = taken < bytes.length ? bytes.subarray(taken) : undefined;
    this.#wake();
  }

  /** Where ^D has ended a terminal's stream, the terminal itself can be read on by another one. */
  #open() {
    const first = this.#first();
    if (!first.readableEnded && !first.destroyed) return first;
    try {
      return this.#input.terminal ? new ReadStream(0) : undefined;
    } catch {
      return undefined; // the terminal is gone
    }
  }

  #stop() {
    const stream = this.#stream;
    if (!stream) return;
    this.#stream = undefined;
    stream.pause();
    stream.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#end).off('close', this.#end);
    // Unlike process.stdin it would read on while it is paused, and keep this process alive.
    if (stream !== this.#first()) stream.destroy();
  }
}
