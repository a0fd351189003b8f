// @ts-check
// The programs of docs/guide/ that are for pages do there what is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fragments } from '../support/guide.js';
import { LIMIT, browserForTests, skip } from '../support/chromium.js';

const { open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };

/** What a bundler would find, and the programs. */
const PLACES = Object.freeze({
  "'wasmsig'": "'/isolated/js/browser/index.js'",
  "'wasmsig/terminal'": "'/isolated/js/terminal/index.js'",
  "'@xterm/xterm'": "'/isolated/node_modules/@xterm/xterm/lib/xterm.mjs'",
  "'program.wasm'": "'/isolated/build/wasm32-wasip1/guests/default.wasm'",
  "'lua.wasm'": "'/isolated/build/wasm32-wasip1/examples/lua/lua.wasm'",
});

/**
 * @param {string} name
 * @param {(page: import('playwright-core').Page) => Promise<void>} use
 */
async function withExample(name, use) {
  const [{ html = '', js }, ...others] = fragments(name).filter((one) => one.html !== undefined);
  assert.equal(others.length, 0, `${name} has one example for pages`);
  const page = await open('isolated');
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  try {
    await page.evaluate((markup) => void (document.body.innerHTML = markup), html.replace(/<link .*>\n/, ''));
    await page.addScriptTag({
      type: 'module',
      content: Object.entries(PLACES).reduce((text, [from, to]) => text.replaceAll(from, to), js),
    });
    await use(page);
    assert.deepEqual(errors, []);
  } finally {
    await page.close();
  }
}

test('stop-button.md: Stop stops', OPTIONS, () =>
  withExample('stop-button.md', async (page) => {
    const state = (/** @type {string} */ value) =>
      page.waitForFunction(
        (wanted) => /** @type {HTMLOutputElement} */ (document.getElementById('state')).value === wanted,
        value,
      );
    for (let i = 0; i < 2; i++) {
      await page.getByText('Start').click();
      await state('running');
      await page.getByText('Stop').click();
      await state('stopped by SIGINT');
    }
  }),
);

test('terminal.md: Lua is at a terminal; ^C interrupts it, ^Z stops it until Continue, ^\\ kills it', OPTIONS, () =>
  withExample('terminal.md', async (page) => {
    const shows = (/** @type {string} */ text) =>
      page.waitForFunction(
        (wanted) =>
          (document.querySelector('.xterm-rows')?.textContent ?? '').replaceAll('\u00a0', ' ').includes(wanted),
        text,
      );
    await shows('> ');
    await page.locator('#terminal textarea').focus();
    await page.keyboard.type('print("in " .. "loop") while true do end\n');
    await shows('in loop');
    await page.keyboard.press('Control+c');
    await shows('interrupted!');
    await page.keyboard.type('print("and " .. "on")\n');
    await shows('and on');
    await page.keyboard.type('while true do end\n');
    await page.keyboard.press('Control+z');
    await shows('[stopped by SIGTSTP]');
    await page.getByText('Continue').click();
    await page.locator('#terminal textarea').focus();
    await page.keyboard.press('Control+\\');
    await shows('[killed by SIGQUIT]');
  }),
);
