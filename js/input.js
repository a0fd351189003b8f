// @ts-check
/**
 * The guest's standard input: bytes on their way from the owner (which can read streams without blocking) to the guest's agent (which
 * can sleep). The owner reads only after the guest asked, so that input stays where it is until somebody wants it. One writer, one reader; the guest
 * program itself cannot reach this memory.
 */

const HEAD = 0; // bytes read, modulo 2^32
const TAIL = 1; // bytes written, modulo 2^32
const WANTED = 2; // the guest asked and was not answered yet
const ENDED = 3; // nothing will come after the bytes here
const WORDS = 4;
const CAPACITY = 1 << 16;

export class Input {
  #words;
  #bytes;

  /** @param {{buffer: SharedArrayBuffer, terminal: boolean}} [shared] what another agent's `shared` is */
  constructor(shared) {
    const buffer = shared?.buffer ?? new SharedArrayBuffer(WORDS * 4 + CAPACITY);
    this.terminal = shared?.terminal ?? false;
    this.#words = new Int32Array(buffer, 0, WORDS);
    this.#bytes = new Uint8Array(buffer, WORDS * 4, CAPACITY);
  }

  /** For the other agent. */
  get shared() {
    return { buffer: /** @type {SharedArrayBuffer} */ (this.#words.buffer), terminal: this.terminal };
  }

  get #length() {
    return (Atomics.load(this.#words, TAIL) - Atomics.load(this.#words, HEAD)) >>> 0;
  }

  // --- the guest's side ----------------------------------------------------------------------------------------------------

  /** Whether a read would not have to wait: bytes, or the end. */
  get readable() {
    return this.#length > 0 || Atomics.load(this.#words, ENDED) !== 0;
  }

  /** @returns {boolean} whether the owner has to be told */
  ask() {
    return Atomics.compareExchange(this.#words, WANTED, 0, 1) === 0;
  }

  /**
   * Call it where `readable`.
   * @param {number} most
   * @returns {Uint8Array | null} null: the end
   */
  read(most) {
    // The end is looked at before the length: a writer stores the bytes first.
    const ended = Atomics.load(this.#words, ENDED) !== 0;
    const length = Math.min(this.#length, most);
    if (length === 0) return ended && this.#length === 0 ? null : new Uint8Array(0);
    const head = Atomics.load(this.#words, HEAD);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#bytes[(head + i) & (CAPACITY - 1)];
    Atomics.store(this.#words, HEAD, (head + length) | 0);
    return bytes;
  }

  // --- the owner's side ----------------------------------------------------------------------------------------------------

  get wanted() {
    return Atomics.load(this.#words, WANTED) !== 0;
  }

  /**
   * Answers the question with as much as fits; ring the guest after it.
   * @param {Uint8Array} bytes
   * @returns {number} how many were taken
   */
  write(bytes) {
    const length = Math.min(bytes.length, CAPACITY - this.#length);
    const tail = Atomics.load(this.#words, TAIL);
    for (let i = 0; i < length; i++) this.#bytes[(tail + i) & (CAPACITY - 1)] = bytes[i];
    Atomics.store(this.#words, TAIL, (tail + length) | 0);
    Atomics.store(this.#words, WANTED, 0);
    return length;
  }

  end() {
    Atomics.store(this.#words, ENDED, 1);
    Atomics.store(this.#words, WANTED, 0);
  }
}
