// @ts-check
/** The standard streams of a guest in the owner's page: WHATWG streams. */

/**
 * A write without bytes is end of file for one read; end() is for good. endProbe() tells a guest that waits for it that
 * there is no input now.
 * @typedef {{write(bytes: Uint8Array<ArrayBuffer>): number, end(): void, probing?: boolean, probe?: number, endProbe?:
 *   (probe: number) => void}} InputSink
 */

/**
 * Reads a stream for a guest, one chunk per request, so that input which the guest does not want stays in the stream.
 */
export class InputPump {
  #sink;
  #reader;
  #terminal;
  /** @type {Uint8Array<ArrayBuffer> | undefined} bytes that were read and did not fit yet */ #rest;
  #over = false;
  #reading = false;
  /** @type {() => void} */ #wake = () => {};

  /**
   * @param {InputSink} sink
   * @param {ReadableStream<Uint8Array | string>} stream
   * @param {{terminal?: boolean}} [options] terminal: a chunk without bytes is end of file; otherwise it is ignored
   */
  constructor(sink, stream, { terminal = false } = {}) {
    this.#sink = sink;
    this.#terminal = terminal;
    this.#reader = stream.getReader();
  }

  /**
   * Handles a request of the guest for input.
   * @param {() => void} wake
   */
  want(wake) {
    this.#wake = wake;
    if (this.#rest) this.#give(this.#rest);
    else if (this.#over) this.#end();
    else if (!this.#reading) this.#read();
    const { probing, probe } = this.#sink;
    // by then all chunks that the stream holds have arrived
    if (probing && probe !== undefined) setTimeout(() => this.#endProbe(probe));
  }

  /** @param {number} probe */
  #endProbe(probe) {
    this.#sink.endProbe?.(probe);
    this.#wake();
  }

  close() {
    this.#over = true;
    // Notifies a writer at the other end; a read under way ends.
    this.#reader.cancel().catch(() => {});
  }

  /** @returns {Promise<void>} */
  async #read() {
    this.#reading = true;
    const { done, value } = await this.#reader.read().catch(() => ({ done: true, value: undefined }));
    this.#reading = false;
    if (done || value === undefined) return this.#end();
    if (!value.length && !this.#terminal) return this.#read();
    this.#give(
      typeof value === 'string' ? new TextEncoder().encode(value) : /** @type {Uint8Array<ArrayBuffer>} */ (value),
    );
  }

  #end() {
    this.#over = true;
    this.#sink.end();
    this.#wake();
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #give(bytes) {
    const taken = this.#sink.write(bytes);
    this.#rest = taken < bytes.length ? bytes.subarray(taken) : undefined;
    this.#wake();
  }
}

/**
 * A sink for output. `write` resolves when there is room for more.
 * @typedef {object} Output
 * @property {(bytes: Uint8Array) => Promise<unknown>} write
 * @property {(failure?: Error) => void} close with an error: the program could not be started
 */

/**
 * @param {WritableStream<Uint8Array>} stream
 * @param {boolean} own whether it ends with the guest
 * @returns {Output}
 */
export function toStream(stream, own) {
  const writer = stream.getWriter();
  return {
    write: (bytes) => writer.write(bytes),
    close(failure) {
      if (!own) return writer.releaseLock();
      (failure ? writer.abort(failure) : writer.close()).catch(() => {});
    },
  };
}

/**
 * Calls a function with the bytes. An exception of the function is reported like one of an event listener. For the
 * guest the write succeeds all the same.
 * @param {(bytes: Uint8Array) => unknown} take
 * @returns {Output}
 */
export function toFunction(take) {
  return {
    async write(bytes) {
      try {
        await take(bytes);
      } catch (error) {
        reportError(error);
      }
    },
    close() {},
  };
}

/**
 * Prints whole lines to the console.
 * @param {(line: string) => void} log
 * @returns {Output}
 */
export function toConsole(log) {
  const decoder = new TextDecoder();
  let rest = '';
  return {
    async write(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = /** @type {string} */ (lines.pop());
      lines.forEach(log);
    },
    close() {
      if (rest) log(rest);
    },
  };
}
