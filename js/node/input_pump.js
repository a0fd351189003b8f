// @ts-check
/**
 * Reads a stream for a guest, one chunk for each question, so that what the guest does not want stays in the terminal or pipe.
 * Runs in the owner.
 */

export class InputPump {
  #input;
  #stream;
  /** @type {Uint8Array | undefined} read and not yet fitted */ #rest;
  #over = false;
  #reading = false;
  /** @type {() => void} */ #wake = () => {};

  /**
   * @param {import('../input.js').Input} input
   * @param {() => import('node:stream').Readable} stream  asked for with the first question: process.stdin has effects of its own
   */
  constructor(input, stream) {
    this.#input = input;
    this.#stream = stream;
  }

  /**
   * The guest asked.
   * @param {() => void} wake
   */
  want(wake) {
    this.#wake = wake;
    if (this.#rest) return this.#give(this.#rest);
    if (this.#over) return this.#end();
    if (this.#reading) return;
    this.#reading = true;
    const stream = this.#stream();
    if (stream.readableEnded || stream.destroyed) return this.#end();
    stream.on('data', this.#onData).on('end', this.#end).on('error', this.#end).on('close', this.#end);
    stream.resume();
  }

  close() {
    if (this.#reading) this.#stop(this.#stream());
    this.#over = true;
  }

  #onData = (/** @type {Uint8Array | string} */ chunk) => {
    this.#stop(this.#stream());
    this.#give(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  };

  #end = () => {
    if (this.#reading) this.#stop(this.#stream());
    this.#over = true;
    this.#input.end();
    this.#wake();
  };

  /** @param {Uint8Array} bytes */
  #give(bytes) {
    const taken = this.#input.write(bytes);
    this.#rest = taken < bytes.length ? bytes.subarray(taken) : undefined;
    this.#wake();
  }

  /** @param {import('node:stream').Readable} stream */
  #stop(stream) {
    this.#reading = false;
    stream.pause();
    stream.off('data', this.#onData).off('end', this.#end).off('error', this.#end).off('close', this.#end);
  }
}
