// @ts-check
// Programs at a terminal, by js/terminal: what they see of it in each mode. The terminal is one without a screen; demo.test.js has xterm.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, address, browserForTests, skip } from './support.js';

const { open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };

for (const [mode, kind] of /** @type {const} */ ([['shared', 'isolated'], ['yielding', 'plain']])) for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
  /**
   * @template R
   * @param {string} name
   * @param {string} guest
   * @param {(given: any) => Promise<R>} run  in the page
   * @param {(result: R) => void} check
   */
  const scenario = (name, guest, run, check) => {
    test(`${mode}, ${preset}: ${name}`, OPTIONS, async () => {
      const page = await open(kind);
      try {
        check(await page.evaluate(run, { url: address(guest, preset), mode, module: `/${kind}/js/terminal/index.js` }));
      } finally {
        await page.close();
      }
    });
  };

  scenario('it is a terminal; a read gets a line, and is interrupted by ^C', 'reader', async ({ url, mode, module }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const { Tty } = await import(module);
    /** @type {(text: string) => void} */ let type = () => {};
    let screen = '';
    const none = () => ({ dispose() {} });
    const tty = new Tty({
      cols: 80, rows: 24, onBinary: none, onResize: none,
      onData: (/** @type {typeof type} */ listener) => ((type = listener), none()),
      write: (/** @type {Uint8Array} */ bytes, /** @type {() => void} */ done) => {
        screen += new TextDecoder().decode(bytes);
        done?.();
      },
    });
    const program = tty.run((/** @type {any} */ { stdout, ...stdio }) => {
      const running = start(url, { ...stdio, mode, instrument: true });
      return Object.assign(running.guest, { running });
    }).running;
    await program.prints('ready tty=1');
    type('hello\r');
    await program.prints('data 6: hello');
    while (!tty.reading) await new Promise((resolve) => tty.addEventListener('reading', resolve, { once: true })); // before that it would interrupt nothing
    type('half\x03');
    await program.prints('EINTR signo=2');
    type('a line\r');
    await program.prints('data 7: a line');
    type('\x04');
    const { output, code } = await program.ends();
    return { screen, output, code };
  }, ({ screen, output, code }) => {
    assert.equal(output, 'ready tty=1\ndata 6: hello\nEINTR signo=2\ndata 7: a line\nend\nhandled 1\n');
    assert.equal(screen, 'hello\r\n^Ca line\r\n');
    assert.equal(code, 0);
  });

  scenario('a new size is a SIGWINCH, ^\\ a SIGQUIT', 'handlers', async ({ url, mode, module }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const { Tty } = await import(module);
    /** @type {any} */ const on = {};
    const listen = (/** @type {string} */ name) => (/** @type {unknown} */ listener) => ((on[name] = listener), { dispose() {} });
    const tty = new Tty({ cols: 80, rows: 24, onBinary: listen('binary'), onResize: listen('resize'), onData: listen('data'), write() {} });
    const program = tty.run((/** @type {any} */ stdio) => {
      const running = start(url, { stdin: stdio.stdin, terminal: true, mode, instrument: true });
      return Object.assign(running.guest, { running });
    }).running;
    await program.prints('ready');
    on.resize({ cols: 40, rows: 12 });
    await program.prints('SIGWINCH code=128 pid=0 value=0\n');
    on.data('\x1c');
    return program.ends();
  }, ({ output, code }) => {
    assert.equal(output, 'ready\nSIGWINCH code=128 pid=0 value=0\nSIGQUIT code=128 pid=0 value=0\nbye\n');
    assert.equal(code, 0);
  });
}
