// @ts-check
/**
 * Reads a stream for a guest, one chunk per request, so that input which the guest does not want stays in the terminal
 * or pipe. Runs in the owner.
 */

import { ReadStream as FileStream } from 'node:fs';
import { ReadStream } from 'node:tty';

/** End of file, for one read. */
const NOTHING = new Uint8Array(0);

export class InputPump {
  #input;
  #first;
  /** @type {import('node:stream').Readable | undefined} the stream that is being read */ #stream;
  /** @type {Uint8Array | undefined} bytes that were read and did not fit yet */ #rest;
  #over = false;
  #closed = false;
  /** Whether something that was read is still to be handed over. */ #handing = false;
  /** @type {() => void} */ #wake = () => {};

  /**
   * @param {import('../link/input.js').Input} input
   * @param {() => import('node:stream').Readable} stream called at the first request: process.stdin has side effects
   */
  constructor(input, stream) {
    this.#input = input;
    this.#first = stream;
  }

  /**
   * Handles a request of the guest for input.
   * @param {() => void} wake
   */
  want(wake) {
    this.#wake = wake;
    if (this.#input.probing) this.#probe(this.#input.probe);
    if (this.#handing) return; // handing over answers it
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
   * Answers a probe. After two turns of the event loop all input that is there has been read: the first turn may be
   * polling already. From a file input always comes. Input that was read is handed over first.
   * @param {number} probe
   */
  #probe(probe) {
    setImmediate(() =>
      setImmediate(() => {
        if (this.#closed) return;
        if (this.#handing || this.#stream instanceof FileStream) return this.#probe(probe);
        this.#input.endProbe(probe);
        this.#wake();
      }),
    );
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
   * Hands input over after signals that were sent before it was written. When the input is read, Node's handler of such
   * a signal has run, but has only written to a pipe, which the event loop reads in its next turn. An immediate of an
   * immediate runs after that.
   * @param {() => void} answer
   */
  #handOver(answer) {
    this.#handing = true;
    setImmediate(() =>
      setImmediate(() => {
        this.#handing = false;
        if (!this.#closed) answer();
      }),
    );
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

  /** The stream to read. After ^D has ended a terminal's stream, another stream can continue to read the terminal. */
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
    // Unlike process.stdin it would continue to read while it is paused, and keep this process alive.
    if (stream !== this.#first()) stream.destroy();
  }
}
