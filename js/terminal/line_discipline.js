// @ts-check
/**
 * What a terminal's driver does between the keyboard and the program, in the words of termios(3) and with the behaviour of Linux (n_tty): line editing,
 * echo, signals, and the newlines of output. It knows no terminal and no program: bytes go in and come out. tests/js/terminal/parity.test.js types
 * the same keys into the kernel's.
 *
 * It differs from Linux where that spoils the screen: a wide character is erased with both its columns, and one with its combining marks at once.
 */

import { width as columnsOf } from './width.js';

/** The flags that there are, with what `stty sane` makes of them. IXON, which holds output back at ^S, is not there. */
const FLAGS = Object.freeze({
  ICRNL: true, INLCR: false, IGNCR: false,
  OPOST: true, ONLCR: true,
  ISIG: true, ICANON: true, IEXTEN: true, NOFLSH: false,
  ECHO: true, ECHOE: true, ECHOK: true, ECHOKE: true, ECHOCTL: true, ECHONL: false,
});

/** The keys (`c_cc`), as codes. 0: none. */
const KEYS = Object.freeze({
  VINTR: 0x03, VQUIT: 0x1c, VSUSP: 0x1a, VEOF: 0x04, VEOL: 0, VEOL2: 0,
  VERASE: 0x7f, VKILL: 0x15, VWERASE: 0x17, VLNEXT: 0x16, VREPRINT: 0x12,
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

/** As Linux: a line has at most so many bytes with its newline; of those typed after that only the last counts. */
const MAX_LINE = 4096;
/** What is typed ahead of the program beyond that is refused with a bell. */
const MAX_AHEAD = 1 << 20;

export class LineDiscipline {
  /** @type {Required<Flags>} */ #flags = FLAGS;
  /** @type {Required<Keys>} */ #keys = KEYS;
  #show;
  #signal;
  #readable;
  #width;
  /** @type {number[]} the line that is being edited */ #line = [];
  /** @type {Uint8Array<ArrayBuffer>[]} lines that nobody has read; an empty one is the end of the file */ #lines = [];
  #ahead = 0;
  #literal = false;
  /** Where the cursor is, where it was when the screen was last told, and where the line that is being edited began. */
  #column = 0;
  #shownColumn = 0;
  #lineColumn = 0;
  /** @type {number[]} the character on its way to the screen */ #character = [];
  /** @type {number[]} */ #echo = [];

  /**
   * @param {object} outside
   * @param {(bytes: Uint8Array<ArrayBuffer>) => void} outside.show  echo for the screen
   * @param {(signal: 'SIGINT' | 'SIGQUIT' | 'SIGTSTP') => void} [outside.signal]
   * @param {() => void} [outside.readable]                     read() has something that it had not
   * @param {(codePoint: number) => number} [outside.width]     columns of a character on this terminal
   */
  constructor({ show, signal = () => {}, readable = () => {}, width = columnsOf }) {
    this.#show = show;
    this.#signal = signal;
    this.#readable = readable;
    this.#width = width;
  }

  /** The flags now: a copy. */
  get flags() {
    return { ...this.#flags };
  }

  /** The keys now: a copy. */
  get keys() {
    return { ...this.#keys };
  }

  /**
   * Changes flags and keys, as tcsetattr(3) with TCSANOW. Without ICANON what is typed can be read at once (VMIN 1, VTIME 0).
   * @param {Flags} flags
   * @param {Keys} [keys]  codes 0 to 255; 0 switches a key off
   * @throws {RangeError} a name that is not there, or a code out of range; nothing was changed
   */
  set(flags, keys = {}) {
    for (const name of Object.keys(flags)) if (!Object.hasOwn(FLAGS, name)) throw new RangeError(`${name} is not a flag of this terminal; there are ${Object.keys(FLAGS).join(', ')}`);
    for (const [name, code] of Object.entries(keys)) {
      if (!Object.hasOwn(KEYS, name)) throw new RangeError(`${name} is not a key of this terminal; there are ${Object.keys(KEYS).join(', ')}`);
      if (!Number.isInteger(code) || code < 0 || code > 255) throw new RangeError(`${name} must be a code from 0 to 255, not ${code}`);
    }
    this.#flags = { ...this.#flags, ...flags };
    this.#keys = { ...this.#keys, ...keys };
    if (!this.#flags.ICANON && this.#line.length) this.#submit();
  }

  /**
   * Keys were pressed.
   * @param {string | Uint8Array} keys  a string is sent as UTF-8
   */
  type(keys) {
    for (const byte of typeof keys === 'string' ? new TextEncoder().encode(keys) : keys) this.#key(byte);
    if (!this.#flags.ICANON && this.#line.length) this.#submit();
    this.#flush();
  }

  /**
   * Takes what one read(2) gets: a line, or the part of it that came before the key VEOF.
   * @returns {Uint8Array<ArrayBuffer> | undefined} empty: the end of the file; undefined: a read would wait
   */
  read() {
    const line = this.#lines.shift();
    this.#ahead -= line?.length ?? 0;
    return line;
  }

  /**
   * Output of the program as the screen wants it. Call it in the order of the output: it follows the cursor.
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

  // --- keys ----------------------------------------------------------------------------------------------------------------

  /** @param {number} byte */
  #key(byte) {
    const flags = this.#flags;
    if (flags.ICANON && this.#line.length >= MAX_LINE) this.#line.pop();
    if (this.#literal) {
      this.#literal = false;
      return this.#insert(byte);
    }
    if (byte === 0) return this.#insert(byte); // it is no key, though 0 stands for none
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

  /** A character of the line. @param {number} byte @param {boolean} [enter] it was the key of that name, which is echoed as a new line */
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

  // --- erasing -------------------------------------------------------------------------------------------------------------

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
      if (at < 0) return; // bytes that are no character: as Linux, it keeps them
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

  /** Where the last character of the line begins, marks that join it included. */
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

  /** @param {number[]} erased  the bytes of a character @param {'character' | 'word' | 'line'} what */
  #unecho(erased, what) {
    const { ECHOE, ECHOCTL } = this.#flags;
    if (what === 'character' && !ECHOE) return this.#echoKey(this.#keys.VERASE);
    if (erased[0] === TAB) return this.#unechoTab();
    const columns = !isControl(erased[0]) ? this.#columns(erased) : ECHOCTL ? 2 : 0;
    for (let i = 0; i < columns; i++) this.#put(BS, SPACE, BS);
  }

  /** Goes back to where the tab began: what is before it has to be counted. */
  #unechoTab() {
    const before = this.#line.lastIndexOf(TAB) + 1;
    const start = before === 0 ? this.#lineColumn : 0;
    const end = start + this.#columns(this.#line.slice(before));
    for (let i = 8 - (end % 8); i > 0; i--) {
      this.#echo.push(BS);
      if (this.#column > 0) this.#column--;
    }
  }

  /** What these bytes of a line take on the screen. @param {number[]} bytes */
  #columns(bytes) {
    let sum = 0;
    for (const character of decode(bytes)) {
      const codePoint = /** @type {number} */ (character.codePointAt(0));
      sum += isControl(codePoint) ? (this.#flags.ECHOCTL ? 2 : 0) : this.#width(codePoint);
    }
    return sum;
  }

  // --- the screen ----------------------------------------------------------------------------------------------------------

  /** @param {number} byte */
  #echoKey(byte) {
    if (this.#flags.ECHOCTL && isControl(byte) && byte !== TAB) {
      this.#echo.push(CARET, byte ^ 0x40);
      this.#column += 2;
    } else {
      this.#put(byte);
    }
  }

  /** Shows bytes as output, and follows the cursor. @param {number[]} bytes */
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

  /** The cursor moves when a character is complete. @param {number} byte */
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

/** Of a character in UTF-8. @param {number} byte */
function isContinuation(byte) {
  return (byte & 0xc0) === 0x80;
}

/** Of a character in UTF-8. @param {number} first */
function lengthOf(first) {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** @param {number[]} bytes */
function decode(bytes) {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** As the kernel, which looks at the first byte of a character and knows Latin-1. @param {number} byte */
function isWord(byte) {
  return /^[0-9A-Za-z_\xc0-\xd6\xd8-\xf6\xf8-\xff]$/.test(String.fromCharCode(byte));
}
