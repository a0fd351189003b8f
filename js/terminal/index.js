// @ts-check
/** A program at an xterm.js terminal: between the two stands the line discipline, as on Linux. */

import { WasmsigError } from '../engine/errors.js';
import { LineDiscipline } from './line_discipline.js';
import { narrowEmojiWidth, width } from './width.js';

export { LineDiscipline };

/**
 * What is used of xterm.js, version 5 or later.
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

/** An event 'reading' tells that `reading` has changed. */
export class Tty extends EventTarget {
  #xterm;
  #listening;
  /** @type {import('../owner/process.js').Process | undefined} */ #guest;
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} of the program that waits for input */ #reader;
  /** @type {() => void} */ #answered = () => {};

  /**
   * Listens to the terminal's keys and size from now on.
   * @param {Xterm} xterm  a Terminal of xterm.js
   */
  constructor(xterm) {
    super();
    this.#xterm = xterm;
    /** Flags and keys can be changed here. */
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
   * Starts the program in the foreground: it gets the keys, and the signals of ^C, ^\, ^Z and of a new size. One at a time.
   *
   *     const guest = tty.run((stdio) => spawn('lua.wasm', { ...stdio, instrument: true }));
   *
   * @template {import('../owner/process.js').Process} P
   * @param {(stdio: Stdio) => P} start
   * @returns {P} what `start` returned
   * @throws {WasmsigError} EBUSY: a program is running
   */
  run(start) {
    if (this.#guest) throw new WasmsigError('EBUSY', 'a program is running at this terminal: wait for its promise `exited`');
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
   * What programs look for in their environment: TERM, and the size as it is now in COLUMNS and LINES. (An Emscripten program has to be linked so that it takes one.)
   * @returns {Record<string, string>}
   */
  get env() {
    return { TERM: 'xterm-256color', COLUMNS: `${this.#xterm.cols}`, LINES: `${this.#xterm.rows}` };
  }

  /** Whether the program waits for input here. (Also when a signal ended the wait, until the next line.) */
  get reading() {
    return this.#reader !== undefined;
  }

  /** Listens no more. A program that runs goes on, and its output is shown. */
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

  /** Resolves when the terminal has shown it, so that a program does not run ahead of the screen. @param {Uint8Array} bytes */
  #show(bytes) {
    return new Promise((/** @type {(value: void) => void} */ resolve) => this.#xterm.write(this.line.output(bytes), resolve));
  }

  /**
   * One line for each question, and none before: what is typed ahead stays where ^C can discard it.
   * @returns {ReadableStream<Uint8Array>}
   */
  #input() {
    return new ReadableStream({
      pull: (controller) => new Promise((resolve) => {
        this.#answered = resolve;
        this.#wait(controller);
        this.#answer();
      }),
      cancel: () => this.#wait(undefined),
    }, { highWaterMark: 0 });
  }

  #answer() {
    const reader = this.#reader;
    const bytes = reader && this.line.read();
    if (!bytes) return;
    this.#wait(undefined);
    reader.enqueue(bytes); // none: the end of the file, for this read
    this.#answered();
  }

  /** @param {ReadableStreamDefaultController<Uint8Array> | undefined} reader */
  #wait(reader) {
    if (this.#reader === reader) return;
    this.#reader = reader;
    this.dispatchEvent(new Event('reading'));
  }
}

/** Without its option allowProposedApi xterm.js throws when it is asked; then it has no add-on either that would change its version. @param {Xterm} xterm */
function hasNarrowEmoji(xterm) {
  try {
    return xterm.unicode?.activeVersion === '6';
  } catch {
    return true;
  }
}
