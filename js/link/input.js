// @ts-check
/**
 * The guest's standard input: bytes in flight from the owner (which can read streams without blocking) to the guest's
 * agent (which can sleep). The owner reads only after the guest asked, so input stays at its source until it is wanted.
 * There is one writer and one reader. The guest program itself cannot reach this memory.
 */

const HEAD = 0; // bytes read, modulo 2^32
const TAIL = 1; // bytes written, modulo 2^32
const WANTED = 2; // the guest asked and has no answer yet
const END = 3; // the state after the bytes here
const PROBE = 4; // how often the guest asked whether there is input now
const PROBED = 5; // the last of these questions that was answered
const WORDS = 6;
const CAPACITY = 1 << 16;

/** Values of END: more may come; end of file for one read, as by a terminal's ^D; end of file for good. */
const OPEN = 0;
const ONE_READ = 1;
const FOR_GOOD = 2;

export class Input {
  #words;
  #bytes;

  /** @param {{buffer: SharedArrayBuffer, terminal: boolean}} [shared] `shared` of the other agent's object */
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

  // --- the guest's side ----------------------------------------------------------------------------------------------

  /** Whether a read would not block: there are bytes, or end of file. */
  get readable() {
    return this.#length > 0 || Atomics.load(this.#words, END) !== OPEN;
  }

  /** @returns {boolean} whether the owner has to be notified */
  ask() {
    return Atomics.compareExchange(this.#words, WANTED, 0, 1) === 0;
  }

  /**
   * Asks the owner whether there is input now.
   * @returns {boolean} true: the owner answers once it is notified
   */
  startProbe() {
    Atomics.add(this.#words, PROBE, 1);
    return true;
  }

  /** Whether the answer to that question is still to come. */
  get probing() {
    return this.probe !== Atomics.load(this.#words, PROBED);
  }

  /**
   * Reads; call it when `readable`.
   * @param {number} most bytes
   * @returns {Uint8Array | null} null: end of file. The owner says when asked again whether that is for good
   */
  read(most) {
    // END is loaded before the length: a writer stores the bytes first.
    const end = Atomics.load(this.#words, END);
    const length = Math.min(this.#length, most);
    if (length === 0) {
      if (end === OPEN || this.#length !== 0) return new Uint8Array(0);
      if (end === ONE_READ) Atomics.store(this.#words, END, OPEN);
      return null;
    }
    const head = Atomics.load(this.#words, HEAD);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#bytes[(head + i) & (CAPACITY - 1)];
    Atomics.store(this.#words, HEAD, (head + length) | 0);
    return bytes;
  }

  // --- the owner's side ----------------------------------------------------------------------------------------------

  get wanted() {
    return Atomics.load(this.#words, WANTED) !== 0;
  }

  /**
   * Answers with as many bytes as fit; ring the guest afterwards.
   * @param {Uint8Array} bytes none: end of file, for one read
   * @returns {number} how many were accepted
   */
  write(bytes) {
    const length = Math.min(bytes.length, CAPACITY - this.#length);
    const tail = Atomics.load(this.#words, TAIL);
    for (let i = 0; i < length; i++) this.#bytes[(tail + i) & (CAPACITY - 1)] = bytes[i];
    Atomics.store(this.#words, TAIL, (tail + length) | 0);
    if (bytes.length === 0) Atomics.store(this.#words, END, ONE_READ);
    Atomics.store(this.#words, WANTED, 0);
    return length;
  }

  /** The number of the latest question, for endProbe(). */
  get probe() {
    return Atomics.load(this.#words, PROBE);
  }

  /** Answers a question: all input that there was is here. Ring the guest afterwards. @param {number} probe */
  endProbe(probe) {
    Atomics.store(this.#words, PROBED, probe);
  }

  /** Answers with end of file for good. */
  end() {
    Atomics.store(this.#words, END, FOR_GOOD);
    Atomics.store(this.#words, WANTED, 0);
  }
}
