// @ts-check
/**
 * A terminal driver's work between the keyboard and the program, in the terms of termios(3) and with the behaviour of
 * Linux (n_tty): line editing, echo, signals, and the newlines of output. It knows no terminal and no program: bytes go
 * in and come out. tests/js/terminal/parity.test.js types the same keys into the kernel's.
 *
 * It differs from Linux where that would garble the screen: both columns of a wide character are erased, and a
 * character is erased together with its combining marks.
 *
 * Why: docs/rationale.md#why-is-the-terminals-line-discipline-ours
 */

import { width as columnsOf } from './width.js';

/** The supported flags, as `stty sane` sets them. IXON, which suspends output at ^S, is not supported. */
const FLAGS = Object.freeze({
  ICRNL: true,
  INLCR: false,
  IGNCR: false,
  OPOST: true,
  ONLCR: true,
  ISIG: true,
  ICANON: true,
  IEXTEN: true,
  NOFLSH: false,
  ECHO: true,
  ECHOE: true,
  ECHOK: true,
  ECHOKE: true,
  ECHOCTL: true,
  ECHONL: false,
});

/** The keys (`c_cc`), as codes. 0: none. */
const KEYS = Object.freeze({
  VINTR: 0x03,
  VQUIT: 0x1c,
  VSUSP: 0x1a,
  VEOF: 0x04,
  VEOL: 0,
  VEOL2: 0,
  VERASE: 0x7f,
  VKILL: 0x15,
  VWERASE: 0x17,
  VLNEXT: 0x16,
  VREPRINT: 0x12,
});

/** @typedef {Partial<Record<keyof typeof FLAGS, boolean>>} Flags */
/** @typedef {Partial<Record<keyof typeof KEYS, number>>} Keys */

const BEL = 7;
const BS = 8;
const TAB = 9;
const NL = 10;
const CR = 13;
const SPACE = 32;
const CARET = 94;

/**
 * As on Linux, a line holds at most this many bytes with its newline; of bytes typed after that only the last is kept.
 */
const MAX_LINE = 4096;
/** The most bytes that are typed ahead of the program; further input is refused with a bell. */
const MAX_AHEAD = 1 << 20;

export class LineDiscipline {
  /** @type {Required<Flags>} */ #flags = FLAGS;
  /** @type {Required<Keys>} */ #keys = KEYS;
  #show;
  #signal;
  #readable;
  #width;
  /** @type {number[]} the line that is being edited */ #line = [];
  /** @type {Uint8Array<ArrayBuffer>[]} lines that were not read yet; an empty one is end of file */ #lines = [];
  #ahead = 0;
  #literal = false;
  /**
   * The cursor's column; its column when the screen was last told; and the column where the line that is being edited
   * began.
   */
  #column = 0;
  #shownColumn = 0;
  #lineColumn = 0;
  /** @type {number[]} the bytes of a character that is not complete yet */ #character = [];
  /** @type {number[]} */ #echo = [];

  /**
   * @param {object} outside
   * @param {(bytes: Uint8Array<ArrayBuffer>) => void} outside.show echo for the screen
   * @param {(signal: 'SIGINT' | 'SIGQUIT' | 'SIGTSTP') => void} [outside.signal]
   * @param {() => void} [outside.readable] read() now returns something, and did not before
   * @param {(codePoint: number) => number} [outside.width] columns of a character on this terminal
   */
  constructor({ show, signal = () => {}, readable = () => {}, width = columnsOf }) {
    this.#show = show;
    this.#signal = signal;
    this.#readable = readable;
    this.#width = width;
  }

  /** A copy of the current flags. */
  get flags() {
    return { ...this.#flags };
  }

  /** A copy of the current keys. */
  get keys() {
    return { ...this.#keys };
  }

  /**
   * Changes flags and keys, as tcsetattr(3) does with TCSANOW. Without ICANON, typed bytes can be read at once (VMIN 1,
   * VTIME 0).
   * @param {Flags} flags
   * @param {Keys} [keys] codes 0 to 255; 0 disables a key
   * @throws {RangeError} an unknown name, or a code out of range; nothing was changed
   */
  set(flags, keys = {}) {
    for (const name of Object.keys(flags))
      if (!Object.hasOwn(FLAGS, name))
        throw new RangeError(`${name} is not a flag of this terminal; there are ${Object.keys(FLAGS).join(', ')}`);
    for (const [name, code] of Object.entries(keys)) {
      if (!Object.hasOwn(KEYS, name))
        throw new RangeError(`${name} is not a key of this terminal; there are ${Object.keys(KEYS).join(', ')}`);
      if (!Number.isInteger(code) || code < 0 || code > 255)
        throw new RangeError(`${name} must be a code from 0 to 255, not ${code}`);
    }
    this.#flags = { ...this.#flags, ...flags };
    this.#keys = { ...this.#keys, ...keys };
    if (!this.#flags.ICANON && this.#line.length) this.#submit();
  }

  /**
   * Handles keys that were pressed.
   * @param {string | Uint8Array} keys a string is sent as UTF-8
   */
  type(keys) {
    for (const byte of typeof keys === 'string' ? new TextEncoder().encode(keys) : keys) this.#key(byte);
    if (!this.#flags.ICANON && this.#line.length) this.#submit();
    this.#flush();
  }

  /**
   * Takes what one read(2) returns: a line, or its part before the key VEOF.
   * @returns {Uint8Array<ArrayBuffer> | undefined} empty: end of file; undefined: a read would block
   */
  read() {
    const line = this.#lines.shift();
    this.#ahead -= line?.length ?? 0;
    return line;
  }

  /**
   * Converts output of the program for the screen. Call it in the order of the output: it tracks the cursor.
   * @param {Uint8Array} bytes
   * @returns {Uint8Array}
   */
  output(bytes) {
    this.#flush();
    if (!this.#flags.OPOST) return bytes;
    for (const byte of bytes) this.#putOne(byte);
    this.#shownColumn = this.#column;
    return Uint8Array.from(this.#echo.splice(0));
  }

  // --- keys ----------------------------------------------------------------------------------------------------------

  /** @param {number} byte */
  #key(byte) {
    const flags = this.#flags;
    if (flags.ICANON && this.#line.length >= MAX_LINE) this.#line.pop();
    if (this.#literal) {
      this.#literal = false;
      return this.#insert(byte);
    }
    if (byte === 0) return this.#insert(byte); // not a key, although 0 stands for none
    const signal = flags.ISIG && this.#signalOf(byte);
    if (signal) return this.#interrupt(signal, byte);
    if (byte === CR && flags.IGNCR) return;
    const enter = byte === CR && flags.ICRNL;
    if (enter) byte = NL;
    else if (byte === NL && flags.INLCR) byte = CR;
    if (!flags.ICANON || !this.#edit(byte)) this.#insert(byte, enter);
  }

  /** @param {number} byte */
  #signalOf(byte) {
    const { VINTR, VQUIT, VSUSP } = this.#keys;
    return byte === VINTR ? 'SIGINT' : byte === VQUIT ? 'SIGQUIT' : byte === VSUSP ? 'SIGTSTP' : undefined;
  }

  /** @param {'SIGINT' | 'SIGQUIT' | 'SIGTSTP'} signal @param {number} byte */
  #interrupt(signal, byte) {
    this.#signal(signal);
    if (!this.#flags.NOFLSH) {
      this.#line = [];
      this.#lines = [];
      this.#ahead = 0;
      this.#echo = [];
      this.#column = this.#shownColumn;
    }
    if (this.#flags.ECHO) this.#echoKey(byte);
  }

  /**
   * @param {number} byte
   * @returns {boolean} false: it is a character of the line
   */
  #edit(byte) {
    const { ECHO, ECHONL, ECHOCTL, IEXTEN } = this.#flags;
    const { VERASE, VKILL, VWERASE, VLNEXT, VREPRINT, VEOF, VEOL, VEOL2 } = this.#keys;
    if (byte === VERASE) {
      this.#erase('character');
    } else if (byte === VKILL) {
      this.#kill();
    } else if (byte === VWERASE && IEXTEN) {
      this.#erase('word');
    } else if (byte === VLNEXT && IEXTEN) {
      this.#literal = true;
      if (ECHO && ECHOCTL) this.#put(CARET, BS);
    } else if (byte === VREPRINT && IEXTEN && ECHO) {
      this.#echoKey(byte);
      this.#put(NL);
      this.#line.forEach((one) => this.#echoKey(one));
    } else if (byte === NL) {
      if (ECHO || ECHONL) this.#put(NL);
      this.#line.push(byte);
      this.#submit();
    } else if (byte === VEOF) {
      this.#submit();
    } else if (byte === VEOL || (byte === VEOL2 && IEXTEN)) {
      this.#insert(byte);
      this.#submit();
    } else {
      return false;
    }
    return true;
  }

  /**
   * Inserts a character into the line.
   * @param {number} byte
   * @param {boolean} [enter] it was the key of that name, which is echoed as a new line
   */
  #insert(byte, enter = false) {
    if (this.#ahead + this.#line.length >= MAX_AHEAD) return void this.#echo.push(BEL);
    if (this.#flags.ECHO) {
      if (this.#line.length === 0) this.#lineColumn = this.#column;
      if (enter) this.#put(byte);
      else this.#echoKey(byte);
    }
    this.#line.push(byte);
  }

  #submit() {
    this.#lines.push(Uint8Array.from(this.#line));
    this.#ahead += this.#line.length;
    this.#line = [];
    this.#readable();
  }

  // --- erasing -------------------------------------------------------------------------------------------------------

  #kill() {
    const { ECHO, ECHOE, ECHOK, ECHOKE } = this.#flags;
    if (ECHO && ECHOE && ECHOK && ECHOKE) return this.#erase('line');
    if (!this.#line.length) return;
    this.#line = [];
    if (!ECHO) return;
    this.#echoKey(this.#keys.VKILL);
    if (ECHOK) this.#put(NL);
  }

  /** @param {'character' | 'word' | 'line'} what */
  #erase(what) {
    let inWord = false;
    while (this.#line.length) {
      const at = this.#lastCharacter();
      if (at < 0) return; // bytes that are not a character are kept, as on Linux
      const first = this.#line[at];
      if (what === 'word') {
        if (isWord(first)) inWord = true;
        else if (inWord) return;
      }
      const erased = this.#line.splice(at);
      if (this.#flags.ECHO) this.#unecho(erased, what);
      if (what === 'character') return;
    }
  }

  /** The index where the last character of the line begins, with the marks that combine with it. */
  #lastCharacter() {
    let at = this.#line.length;
    do {
      at--;
      while (at >= 0 && isContinuation(this.#line[at])) at--;
    } while (at > 0 && this.#isMark(this.#line.slice(at)));
    return at;
  }

  /** @param {number[]} bytes */
  #isMark(bytes) {
    return !isControl(bytes[0]) && this.#columns(bytes) === 0;
  }

  /** @param {number[]} erased the bytes of a character @param {'character' | 'word' | 'line'} what */
  #unecho(erased, what) {
    const { ECHOE, ECHOCTL } = this.#flags;
    if (what === 'character' && !ECHOE) return this.#echoKey(this.#keys.VERASE);
    if (erased[0] === TAB) return this.#unechoTab();
    const columns = !isControl(erased[0]) ? this.#columns(erased) : ECHOCTL ? 2 : 0;
    for (let i = 0; i < columns; i++) this.#put(BS, SPACE, BS);
  }

  /** Goes back to the column where the tab began, which follows from the text before it. */
  #unechoTab() {
    const before = this.#line.lastIndexOf(TAB) + 1;
    const start = before === 0 ? this.#lineColumn : 0;
    const end = start + this.#columns(this.#line.slice(before));
    for (let i = 8 - (end % 8); i > 0; i--) {
      this.#echo.push(BS);
      if (this.#column > 0) this.#column--;
    }
  }

  /** The number of columns that these bytes of a line take. @param {number[]} bytes */
  #columns(bytes) {
    let sum = 0;
    for (const character of decode(bytes)) {
      const codePoint = /** @type {number} */ (character.codePointAt(0));
      sum += isControl(codePoint) ? (this.#flags.ECHOCTL ? 2 : 0) : this.#width(codePoint);
    }
    return sum;
  }

  // --- the screen ----------------------------------------------------------------------------------------------------

  /** @param {number} byte */
  #echoKey(byte) {
    if (this.#flags.ECHOCTL && isControl(byte) && byte !== TAB) {
      this.#echo.push(CARET, byte ^ 0x40);
      this.#column += 2;
    } else {
      this.#put(byte);
    }
  }

  /** Shows bytes as output, and tracks the cursor. @param {number[]} bytes */
  #put(...bytes) {
    for (const byte of bytes) this.#putOne(byte);
  }

  /** @param {number} byte */
  #putOne(byte) {
    if (!this.#flags.OPOST) return void this.#echo.push(byte);
    if (byte === NL && this.#flags.ONLCR) this.#echo.push(CR);
    this.#echo.push(byte);
    if (byte === NL) this.#lineColumn = this.#flags.ONLCR ? (this.#column = 0) : this.#column;
    else if (byte === CR) this.#lineColumn = this.#column = 0;
    else if (byte === TAB) this.#column += 8 - (this.#column % 8);
    else if (byte === BS) this.#column = Math.max(0, this.#column - 1);
    else if (!isControl(byte)) this.#advance(byte);
  }

  /** Moves the cursor when a character is complete. @param {number} byte */
  #advance(byte) {
    if (byte < 0x80) return void this.#column++;
    if (!isContinuation(byte)) this.#character = [];
    this.#character.push(byte);
    if (this.#character.length === lengthOf(this.#character[0])) this.#column += this.#columns(this.#character);
  }

  #flush() {
    this.#shownColumn = this.#column;
    if (this.#echo.length) this.#show(Uint8Array.from(this.#echo.splice(0)));
  }
}

/** @param {number} code */
function isControl(code) {
  return code < SPACE || code === 0x7f;
}

/** Whether a byte continues a character in UTF-8. @param {number} byte */
function isContinuation(byte) {
  return (byte & 0xc0) === 0x80;
}

/** The length of a character in UTF-8, from its first byte. @param {number} first */
function lengthOf(first) {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** @param {number[]} bytes */
function decode(bytes) {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/**
 * Whether a byte belongs to a word. As in the kernel, only the first byte of a character counts, as Latin-1.
 * @param {number} byte
 */
function isWord(byte) {
  return /^[0-9A-Za-z_\xc0-\xd6\xd8-\xf6\xf8-\xff]$/.test(String.fromCharCode(byte));
}
