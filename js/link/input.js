// @ts-check
/**
 * The guest's standard input: bytes on their way from the owner (which can read streams without blocking) to the guest's agent (which
 * can sleep). The owner reads only after the guest asked, so that input stays where it is until somebody wants it. One writer, one reader; the guest
 * program itself cannot reach this memory.
 */

const HEAD = 0; // bytes read, modulo 2^32
const TAIL = 1; // bytes written, modulo 2^32
const WANTED = 2; // the guest asked and was not answered yet
const END = 3; // what comes after the bytes here
const PROBE = 4; // how often the guest asked whether there is anything at the moment
const PROBED = 5; // the last of these that was answered
const WORDS = 6;
const CAPACITY = 1 << 16;

/** Values of END: more, or it is not known; the end of the file for one read, as a terminal's ^D; nothing ever. */
const OPEN = 0;
const ONE_READ = 1;
const FOR_GOOD = 2;

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
    return this.#length > 0 || Atomics.load(this.#words, END) !== OPEN;
  }

  /** @returns {boolean} whether the owner has to be told */
  ask() {
    return Atomics.compareExchange(this.#words, WANTED, 0, 1) === 0;
  }

  /**
   * Asks the owner to say whether there is anything.
   * @returns {boolean} always: the owner answers, after it was told
   */
  startProbe() {
    Atomics.add(this.#words, PROBE, 1);
    return true;
  }

  /** Whether that answer is still to come. */
  get probing() {
    return this.probe !== Atomics.load(this.#words, PROBED);
  }

  /**
   * Call it where `readable`.
   * @param {number} most
   * @returns {Uint8Array | null} null: the end of the file. Whether that is for good the owner says when it is asked again
   */
  read(most) {
    // The end is looked at before the length: a writer stores the bytes first.
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

  // --- the owner's side ----------------------------------------------------------------------------------------------------

  get wanted() {
    return Atomics.load(this.#words, WANTED) !== 0;
  }

  /**
   * Answers the question with as much as fits; ring the guest after it.
   * @param {Uint8Array} bytes  none: the end of the file, for one read
   * @returns {number} how many were taken
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

  /** What endProbe() answers, if it is called for it. */
  get probe() {
    return Atomics.load(this.#words, PROBE);
  }

  /** Answers that all that there was is here; ring the guest after it. @param {number} probe */
  endProbe(probe) {
    Atomics.store(this.#words, PROBED, probe);
  }

  /** Answers it for good. */
  end() {
    Atomics.store(this.#words, END, FOR_GOOD);
    Atomics.store(this.#words, WANTED, 0);
  }
}
