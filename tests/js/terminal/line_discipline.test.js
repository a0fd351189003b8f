// @ts-check
// The line discipline where it is meant to differ from Linux, or has no counterpart there; and the binding to xterm.js, with a terminal and a program that
// are not there. tests/browser/ has both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WasmsigError } from '../../../js/engine/errors.js';
import { LineDiscipline, Tty } from '../../../js/terminal/index.js';
import { narrowEmojiWidth, width } from '../../../js/terminal/width.js';

const LIMIT = { timeout: 20_000 };

/** @param {object} [more] */
function discipline(more) {
  let shown = '';
  /** @type {string[]} */
  const signals = [];
  const line = new LineDiscipline({
    show: (bytes) => (shown += Buffer.from(bytes)),
    signal: (name) => signals.push(name),
    ...more,
  });
  return { line, signals, shown: () => shown, read: () => text(line.read()) };
}

/** @param {Uint8Array | undefined} bytes */
function text(bytes) {
  return bytes && Buffer.from(bytes).toString();
}

/** The screen's row that the text leaves, on a terminal of cells: backspaces, and wide characters in two cells. @param {string} shown */
function row(shown) {
  /** @type {string[]} */
  const cells = [];
  let at = 0;
  for (const character of shown) {
    if (character === '\b') at--;
    else if (character === '\t') at += 8 - (at % 8);
    else
      for (let i = width(/** @type {number} */ (character.codePointAt(0))); i > 0; i--)
        cells[at++] = i === 1 || character === ' ' ? character : '';
  }
  return {
    cells: Array.from(cells, (cell) => cell ?? ' ')
      .join('')
      .trimEnd(),
    at,
  };
}

test('a wide character is erased with both its columns', LIMIT, () => {
  const { line, shown, read } = discipline();
  line.type('ab日本\x7f');
  assert.deepEqual(row(shown()), { cells: 'ab日', at: 4 });
  line.type('\x7f\x7f語\r');
  assert.equal(read(), 'a語\n');
});

test('a tab behind wide characters is erased to where it began', LIMIT, () => {
  const { line, shown } = discipline();
  line.output(Buffer.from('日本> '));
  line.type('語\t\x7f');
  assert.equal(row(`日本> ${shown()}`).at, 8);
});

test('a character is erased with the marks on it', LIMIT, () => {
  const { line, shown, read } = discipline();
  line.type('xe\u0301\u0323\x7f');
  assert.deepEqual(row(shown()), { cells: 'x', at: 1 });
  line.type('\r');
  assert.equal(read(), 'x\n');
});

test('columns are those of the terminal', LIMIT, () => {
  assert.deepEqual(
    ['a', 'é', '日', 'Ａ', '\u0301', '\u200b', '🙂', '𠀀', '한'].map((one) =>
      width(/** @type {number} */ (one.codePointAt(0))),
    ),
    [1, 1, 2, 2, 0, 0, 2, 2, 2],
  );
  assert.deepEqual(
    ['日', '🙂', '𠀀'].map((one) => narrowEmojiWidth(/** @type {number} */ (one.codePointAt(0)))),
    [2, 1, 2],
  );
  const { line, shown } = discipline({ width: narrowEmojiWidth });
  line.type('🙂\x7f');
  assert.equal(shown(), '🙂\b \b');
});

test('bytes of a character may come one by one', LIMIT, () => {
  const { line, read } = discipline();
  for (const byte of Buffer.from('ü日\x7f\r')) line.type(Uint8Array.of(byte));
  assert.equal(read(), 'ü\n');
});

test('each read gets one line, and the end of the file is none', LIMIT, () => {
  const { line, read } = discipline();
  assert.equal(read(), undefined);
  line.type('one\rtwo\r\x04three\x04');
  assert.deepEqual([read(), read(), read(), read(), read()], ['one\n', 'two\n', '', 'three', undefined]);
});

test('a signal discards what was typed ahead, unless NOFLSH', LIMIT, () => {
  const { line, signals, read } = discipline();
  line.type('one\rtwo\x03');
  assert.deepEqual([signals, read()], [['SIGINT'], undefined]);
  line.set({ NOFLSH: true });
  line.type('three\rfo\x1cur\r\x1a');
  assert.deepEqual([signals, read(), read()], [['SIGINT', 'SIGQUIT', 'SIGTSTP'], 'three\n', 'four\n']);
});

test('without ICANON keys are read at once, also those of a line begun before', LIMIT, () => {
  const { line, read } = discipline();
  line.type('ab');
  assert.equal(read(), undefined);
  line.set({ ICANON: false, ECHO: false });
  assert.equal(read(), 'ab');
  line.type('\x7f\x04');
  assert.equal(read(), '\x7f\x04');
});

test('keys can be changed and switched off', LIMIT, () => {
  const { line, signals, read } = discipline();
  line.set({}, { VINTR: 0x07, VERASE: 0 });
  line.type('a\x7f\x03\x07b\x7f\r');
  assert.deepEqual([signals, read()], [['SIGINT'], 'b\x7f\n']);
});

test('a flag or key that is not there is an error, and nothing is changed', LIMIT, () => {
  const { line } = discipline();
  const before = [line.flags, line.keys];
  assert.throws(() => line.set(/** @type {any} */ ({ ECHO: false, IXON: true })), {
    name: 'RangeError',
    message: /^IXON is not a flag of this terminal; there are ICRNL, /,
  });
  assert.throws(() => line.set(/** @type {any} */ ({ toString: true })), /toString is not a flag/);
  assert.throws(() => line.set({ ECHO: false }, /** @type {any} */ ({ VSTOP: 19 })), /VSTOP is not a key/);
  for (const code of [-1, 256, 1.5, NaN])
    assert.throws(() => line.set({ ECHO: false }, { VINTR: code }), /VINTR must be a code from 0 to 255/);
  assert.deepEqual([line.flags, line.keys], before);
});

test('output gets carriage returns, and none without OPOST', LIMIT, () => {
  const { line } = discipline();
  assert.equal(text(line.output(Buffer.from('a\nb\r\n'))), 'a\r\nb\r\r\n');
  line.set({ OPOST: false });
  assert.equal(text(line.output(Buffer.from('a\n'))), 'a\n');
});

test('what is typed ahead without end is refused with a bell, and a signal still comes', LIMIT, () => {
  const { line, signals, shown, read } = discipline();
  line.set({ ECHO: false });
  const full = `${'x'.repeat(1023)}\r`.repeat(1024);
  line.type(full);
  line.type('y');
  assert.equal(shown(), '\x07');
  line.type('\x03');
  assert.deepEqual([signals, read()], [['SIGINT'], undefined]);
  line.type('z\r');
  assert.equal(read(), 'z\n');
});

/** A terminal without a screen. */
function fakeTerminal() {
  /** @type {Record<string, Set<(data: any) => void>>} */
  const listeners = { data: new Set(), binary: new Set(), resize: new Set() };
  const on = (/** @type {string} */ name) => (/** @type {(data: any) => void} */ listener) => {
    listeners[name].add(listener);
    return { dispose: () => void listeners[name].delete(listener) };
  };
  let shown = '';
  return {
    cols: 80,
    rows: 24,
    onData: on('data'),
    onBinary: on('binary'),
    onResize: on('resize'),
    write: (/** @type {string | Uint8Array} */ data, /** @type {() => void} */ callback = () => {}) => {
      shown += Buffer.from(data);
      queueMicrotask(callback);
    },
    shown: () => shown,
    emit: (/** @type {string} */ name, /** @type {any} */ data) =>
      listeners[name].forEach((listener) => listener(data)),
    listeners: () => Object.values(listeners).reduce((sum, set) => sum + set.size, 0),
  };
}

/** A program that does what the test says. */
function fakeProgram() {
  /** @type {unknown[]} */
  const signals = [];
  const over = new AbortController();
  const end = () => over.abort();
  return {
    signals,
    end,
    abortSignal: over.signal,
    kill: (/** @type {string} */ name, /** @type {object} */ options) => signals.push([name, options]),
  };
}

test('a program at a terminal reads lines, is sent signals, and its output is shown', LIMIT, async () => {
  const xterm = fakeTerminal();
  const tty = new Tty(xterm);
  const program = fakeProgram();
  /** @type {any} */ let stdio;
  assert.equal(
    tty.run((given) => ((stdio = given), /** @type {any} */ (program))),
    program,
  );
  assert.deepEqual([stdio.terminal, tty.env], [true, { TERM: 'xterm-256color', COLUMNS: '80', LINES: '24' }]);
  assert.throws(
    () => tty.run(() => assert.fail()),
    (error) => error instanceof WasmsigError && error.code === 'EBUSY',
  );

  await stdio.stdout(Buffer.from('> '));
  const input = stdio.stdin.getReader();
  xterm.emit('data', 'ahead\r');
  assert.equal(tty.reading, false);
  assert.equal(text((await input.read()).value), 'ahead\n');
  let changes = 0;
  const asked = new Promise((resolve) => tty.addEventListener('reading', () => resolve(changes++)));
  const line = input.read();
  await asked;
  assert.equal(tty.reading, true);
  xterm.emit('data', 'a');
  xterm.emit('data', '\x03');
  xterm.emit('binary', '\xc3\xbc');
  xterm.emit('resize', { cols: 20, rows: 10 });
  xterm.emit('data', '\r');
  assert.equal(text((await line).value), 'ü\n');
  assert.deepEqual([tty.reading, changes], [false, 2]);
  assert.deepEqual(program.signals, [
    ['SIGINT', { terminal: true }],
    ['SIGWINCH', { terminal: true }],
  ]);
  assert.equal(xterm.shown(), '> ahead\r\na^Cü\r\n');
  xterm.emit('data', '\x04more\r');
  assert.deepEqual([text((await input.read()).value), text((await input.read()).value)], ['', 'more\n']); // the end of the file is one of a read only
  tty.close();
  assert.equal(xterm.listeners(), 0);
});

test('emoji are as wide as this terminal has them', LIMIT, () => {
  /** @type {[string, object][]} */
  const terminals = [
    [
      '\b \b',
      {
        get unicode() {
          throw new Error('You must set the allowProposedApi option to true to use proposed API');
        },
      },
    ],
    ['\b \b', { unicode: { activeVersion: '6' } }],
    ['\b \b\b \b', { unicode: { activeVersion: '11' } }],
  ];
  for (const [erased, unicode] of terminals) {
    const xterm = fakeTerminal();
    new Tty(Object.defineProperties(xterm, Object.getOwnPropertyDescriptors(unicode)));
    xterm.emit('data', '🙂\x7f');
    assert.equal(xterm.shown(), `🙂${erased}`);
  }
});

test('what a program did not read is for the next one', LIMIT, async () => {
  const xterm = fakeTerminal();
  const tty = new Tty(xterm);
  const first = fakeProgram();
  /** @type {any} */ let stdio;
  const start = (/** @type {any} */ program) => tty.run((given) => ((stdio = given), program));
  start(first);
  const waiting = stdio.stdin.getReader();
  const asked = new Promise((resolve) => tty.addEventListener('reading', resolve, { once: true }));
  waiting.read().catch(() => {});
  await asked;
  await waiting.cancel();
  assert.equal(tty.reading, false);
  first.end();
  xterm.emit('data', '\x03next\r');
  assert.deepEqual(first.signals, []);
  start(fakeProgram());
  assert.equal(text((await stdio.stdin.getReader().read()).value), 'next\n');
});
