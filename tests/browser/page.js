// @ts-check
// What a test's page has: the package, and programs with their output collected. Tests call it by page.evaluate().

import * as wasmsig from '../../js/browser/index.js';

/**
 * @typedef {object} Running
 * @property {import('../../js/browser/spawn.js').BrowserProcess} guest
 * @property {() => string} output
 * @property {(text: string) => Promise<void>} prints  waits until the output holds this text
 * @property {() => Promise<string>} nextLine          the next line of its output, after those that were asked for before
 * @property {() => Promise<import('../../js/owner/process.js').Exit & {output: string}>} ends
 */

/**
 * @param {Parameters<typeof wasmsig.spawn>[0]} source
 * @param {import('../../js/browser/spawn.js').SpawnOptions} [options]
 * @returns {Running}
 */
function start(source, options) {
  let output = '';
  /** @type {Set<() => void>} */
  const waiting = new Set();
  const decoder = new TextDecoder();
  const guest = wasmsig.spawn(source, {
    stdout: (bytes) => {
      output += decoder.decode(bytes, { stream: true });
      waiting.forEach((look) => look());
    },
    ...options,
  });
  /** @type {string} */
  let end;
  const ended = guest.exited
    .then((exit) => JSON.stringify({ ...exit, error: exit.error?.message }), String)
    .then((text) => {
      end = text;
      waiting.forEach((look) => look());
    });
  let read = 0;
  /** @param {() => boolean} condition @param {string} what @returns {Promise<void>} */
  const until = (condition, what) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (condition()) resolve();
        else if (end)
          reject(new Error(`the guest ended (${end}) without printing ${what}, only ${JSON.stringify(output)}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  return {
    guest,
    output: () => output,
    prints: (text) => until(() => output.includes(text), JSON.stringify(text)),
    async nextLine() {
      await until(() => output.indexOf('\n', read) >= 0, 'one more line');
      const line = output.slice(read, output.indexOf('\n', read));
      read += line.length + 1;
      return line;
    },
    async ends() {
      const exit = await guest.exited;
      await ended;
      return { ...exit, output };
    },
  };
}

/** What Tty uses of xterm.js, without a screen: `type` and `resize` are what a person does, `screen` is all that was written to it. */
function terminal() {
  /** @type {{data: (keys: string) => void, resize: (size: {cols: number, rows: number}) => void}} */
  const on = { data() {}, resize() {} };
  let screen = '';
  return {
    xterm: {
      cols: 80,
      rows: 24,
      onData: (/** @type {typeof on.data} */ listener) => ((on.data = listener), { dispose() {} }),
      onBinary: () => ({ dispose() {} }),
      onResize: (/** @type {typeof on.resize} */ listener) => ((on.resize = listener), { dispose() {} }),
      write(/** @type {string | Uint8Array} */ data, /** @type {() => void} */ done = () => {}) {
        screen += typeof data === 'string' ? data : new TextDecoder().decode(data);
        done();
      },
    },
    type: (/** @type {string} */ keys) => on.data(keys),
    resize: (/** @type {number} */ cols, /** @type {number} */ rows) => on.resize({ cols, rows }),
    screen: () => screen,
  };
}

const tools = { wasmsig, start, terminal };

/** @typedef {typeof tools} Tools */

Object.assign(globalThis, { tools });
