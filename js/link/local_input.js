// @ts-check
/**
 * Standard input for a guest whose owner cannot share memory with it: the bytes came by message. It has the members of
 * Input.
 */

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

  /** @returns {boolean} whether the owner has to be notified */
  ask() {
    if (this.#wanted) return false;
    return (this.#wanted = true);
  }

  /**
   * Reads; call it when `readable`.
   * @param {number} most bytes
   * @returns {Uint8Array | null} null: end of file
   */
  read(most) {
    const [first] = this.#chunks;
    if (!first) return null;
    if (first.length <= most) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(most);
    return first.length ? first.subarray(0, most) : null;
  }

  /** @param {Uint8Array} bytes none: end of file, for one read */
  write(bytes) {
    this.#chunks.push(bytes);
    this.#wanted = false;
  }

  end() {
    this.#ended = true;
  }
}
