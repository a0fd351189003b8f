// @ts-check
/** The standard input of a guest whose owner cannot share memory with it: what came by message. The same members as Input has. */

export class LocalInput {
  /** @type {Uint8Array[]} */ #chunks = [];
  #wanted = false;
  #ended = false;

  /** @param {boolean} terminal */
  constructor(terminal) {
    this.terminal = terminal;
  }

  get readable() {
    return this.#chunks.length > 0 || this.#ended;
  }

  /** @returns {boolean} whether the owner has to be told */
  ask() {
    if (this.#wanted) return false;
    return (this.#wanted = true);
  }

  /**
   * Call it where `readable`.
   * @param {number} most
   * @returns {Uint8Array | null} null: the end of the file
   */
  read(most) {
    const [first] = this.#chunks;
    if (!first) return null;
    if (first.length <= most) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(most);
    return first.length ? first.subarray(0, most) : null;
  }

  /** @param {Uint8Array} bytes  none: the end of the file, for one read */
  write(bytes) {
    this.#chunks.push(bytes);
    this.#wanted = false;
  }

  end() {
    this.#ended = true;
  }
}
