// @ts-check
/** A program at an xterm.js terminal. The line discipline stands between the two, as on Linux. */

import { WasmsigError } from '../engine/errors.js';
import { LineDiscipline } from './line_discipline.js';
import { narrowEmojiWidth, width } from './width.js';

export { LineDiscipline };

/**
 * The members of xterm.js that are used, version 5 or later.
 * @typedef {object} Xterm
 * @property {number} cols
 * @property {number} rows
 * @property {(data: string | Uint8Array, callback?: () => void) => void} write
 * @property {(listener: (data: string) => void) => {dispose(): void}} onData
 * @property {(listener: (data: string) => void) => {dispose(): void}} onBinary
 * @property {(listener: (size: {cols: number, rows: number}) => void) => {dispose(): void}} onResize
 * @property {{activeVersion: string}} [unicode]
 */

/**
 * Options for spawn().
 * @typedef {object} Stdio
 * @property {ReadableStream<Uint8Array>} stdin
 * @property {(bytes: Uint8Array) => Promise<void>} stdout
 * @property {(bytes: Uint8Array) => Promise<void>} stderr
 * @property {true} terminal
 */

/** A terminal. Its event 'reading' says that `reading` has changed. */
export class Tty extends EventTarget {
  #xterm;
  #listening;
  /** @type {import('../owner/process.js').Process | undefined} */ #guest;
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} of the program that waits for input */ #reader;
  /** @type {() => void} */ #answered = () => {};

  /**
   * Listens to the terminal's keys and size, from now on.
   * @param {Xterm} xterm a Terminal of xterm.js
   */
  constructor(xterm) {
    super();
    this.#xterm = xterm;
    /** The line discipline, to change its flags and keys. */
    this.line = new LineDiscipline({
      show: (bytes) => xterm.write(bytes),
      signal: (name) => this.#signal(name),
      readable: () => this.#answer(),
      width: (codePoint) => (hasNarrowEmoji(xterm) ? narrowEmojiWidth(codePoint) : width(codePoint)),
    });
    this.#listening = [
      xterm.onData((text) => this.line.type(text)),
      xterm.onBinary((text) => this.line.type(Uint8Array.from(text, (one) => one.charCodeAt(0)))),
      xterm.onResize(() => this.#signal('SIGWINCH')),
    ];
  }

  /**
   * Starts a program in the foreground: it gets the keys, and the signals of ^C, ^\, ^Z and of a new size. One program
   * runs at a time.
   *
   *     const guest = tty.run((stdio) => spawn('lua.wasm', { ...stdio, instrument: true }));
   *
   * @template {import('../owner/process.js').Process} P
   * @param {(stdio: Stdio) => P} start
   * @returns {P} what `start` returned
   * @throws {WasmsigError} EBUSY: a program is running
   */
  run(start) {
    if (this.#guest)
      throw new WasmsigError('EBUSY', 'a program is running at this terminal: wait for its promise `exited`');
    const show = (/** @type {Uint8Array} */ bytes) => this.#show(bytes);
    const guest = start({ stdin: this.#input(), stdout: show, stderr: show, terminal: true });
    this.#guest = guest;
    const ended = () => {
      this.#guest = undefined;
    };
    guest.abortSignal.addEventListener('abort', ended, { once: true });
    return guest;
  }

  /**
   * Environment variables that programs look for: TERM, and the current size in COLUMNS and LINES. (An Emscripten
   * program has to be linked so that it accepts an environment.)
   * @returns {Record<string, string>}
   */
  get env() {
    return { TERM: 'xterm-256color', COLUMNS: `${this.#xterm.cols}`, LINES: `${this.#xterm.rows}` };
  }

  /** Whether the program waits for input here. It stays true after a signal ended the wait, until the next line. */
  get reading() {
    return this.#reader !== undefined;
  }

  /** Stops listening. A running program continues, and its output is shown. */
  close() {
    for (const one of this.#listening.splice(0)) one.dispose();
  }

  [Symbol.dispose]() {
    this.close();
  }

  /** @param {string} name */
  #signal(name) {
    this.#guest?.kill(name, { terminal: true });
  }

  /**
   * Resolves when the terminal has shown the bytes, so that a program does not run ahead of the screen.
   * @param {Uint8Array} bytes
   */
  #show(bytes) {
    return new Promise((/** @type {(value: void) => void} */ resolve) =>
      this.#xterm.write(this.line.output(bytes), resolve),
    );
  }

  /**
   * The program's input: one line per request, and none earlier, so that ^C can discard lines that were typed ahead.
   * @returns {ReadableStream<Uint8Array>}
   */
  #input() {
    return new ReadableStream(
      {
        pull: (controller) =>
          new Promise((resolve) => {
            this.#answered = resolve;
            this.#wait(controller);
            this.#answer();
          }),
        cancel: () => this.#wait(undefined),
      },
      { highWaterMark: 0 },
    );
  }

  #answer() {
    const reader = this.#reader;
    const bytes = reader && this.line.read();
    if (!bytes) return;
    this.#wait(undefined);
    reader.enqueue(bytes); // no bytes: end of file, for this read
    this.#answered();
  }

  /** @param {ReadableStreamDefaultController<Uint8Array> | undefined} reader */
  #wait(reader) {
    if (this.#reader === reader) return;
    this.#reader = reader;
    this.dispatchEvent(new Event('reading'));
  }
}

/**
 * Whether emoji take one column. Without its option allowProposedApi xterm.js throws here; then it has no add-on either
 * that would change its Unicode version.
 * @param {Xterm} xterm
 */
function hasNarrowEmoji(xterm) {
  try {
    return xterm.unicode?.activeVersion === '6';
  } catch {
    return true;
  }
}
