// @ts-check
// The second tab of examples/demo: SQLite and modules that a visitor drops, in each browser that is there, with shared memory and without. It must do nothing that
// the page's strict policy forbids.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from '../../examples/demo/build.mjs';
import { serve } from '../../examples/demo/serve.mjs';
import { guest, programs, ticker } from '../guests/wat_guests.js';
import * as chromium from '../support/chromium.js';
import * as firefox from '../support/firefox.js';
import { ROOT, built } from '../support/program.js';
import { wasm } from '../support/wat.js';
import { lowContrasts } from './contrast.js';

const TIME = { timeout: 120_000 };
const PATIENCE = 30_000;
const BROWSERS = { chromium, firefox };
/** @typedef {keyof typeof BROWSERS} Browser */
const PATHS = ['', 'plain.html'];

const LIBRARY = wasm(`(module
  (import "env" "missing" (func $missing))
  (memory (export "memory") 1)
  (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
  (func (export "spin") (loop $again (br $again)))
  (func (export "calls") (call $missing)))`);
const NEEDS_MEMORY = wasm(
  '(module (import "env" "memory" (memory 1)) (func (export "spin") (loop $again (br $again))))',
);

/** @type {string} */ let folder;
/** @type {Awaited<ReturnType<typeof serve>>} */ let server;
/** @type {Map<Browser, import('playwright-core').Browser>} */ const running = new Map();

before(async () => {
  if (chromium.skip && firefox.skip) return;
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-own-module-test-'));
  await build(folder, built('wasm32-wasip1', 'examples/lua', 'lua'));
  server = await serve(folder);
  for (const [name, { skip, launch }] of Object.entries(BROWSERS))
    if (!skip) running.set(/** @type {Browser} */ (name), await launch());
});

after(async () => {
  for (const browser of running.values()) await browser.close();
  await server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

class OwnModule {
  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
  }

  /** @param {string} text a part of the output */
  async shows(text) {
    const output = this.page.locator('#output');
    await output
      .filter({ hasText: text })
      .waitFor()
      .catch(async (error) => {
        throw new Error(`no ${JSON.stringify(text)} in ${JSON.stringify(await output.innerText())}`, { cause: error });
      });
  }

  /** @param {string} state */
  async becomes(state) {
    const shown = this.page.locator('#work-state');
    await this.page
      .locator(`#work-state[data-state="${state}"]`)
      .waitFor()
      .catch(async (error) => {
        const seen = [await shown.innerText(), await this.page.locator('#refused').innerText()];
        throw new Error(`it does not become ${state}: ${seen.join('; ')}`, { cause: error });
      });
  }

  /** @param {string} name */
  async press(name) {
    await this.page
      .getByRole('button', { name, exact: true })
      .click()
      .catch(async (error) => {
        const seen = [this.page.locator('#work-state'), this.page.locator('#output')];
        const texts = await Promise.all(seen.map((one) => one.innerText()));
        throw new Error(`${name} cannot be pressed: ${texts.join('; ').slice(-500)}`, { cause: error });
      });
  }

  /** As if it had been typed: fill() of a number does not replace what is there in each browser. @param {string} id @param {string} value */
  async fill(id, value) {
    await this.page.locator(id).evaluate((field, text) => {
      /** @type {HTMLInputElement} */ (field).value = text;
    }, value);
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async drop(name, bytes) {
    await this.page.locator('#drop').evaluate(
      (place, { name, bytes }) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
        for (const type of ['dragover', 'drop'])
          place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      },
      { name, bytes: [...bytes] },
    );
  }

  /** The value behind a term of the list of facts. @param {string} term */
  fact(term) {
    return this.page.locator(`#facts dt:text-is("${term}") + dd`).innerText();
  }

  refused() {
    return this.page.locator('#refused').innerText();
  }

  /** @param {string} name @param {string} [values] */
  async call(name, values = '') {
    await this.page.locator('#export').selectOption(name);
    await this.fill('#arguments', values);
    await this.press('Run');
  }
}

/**
 * @param {Browser} browser
 * @param {string} path
 * @param {(own: OwnModule) => Promise<void>} use
 * @param {import('playwright-core').BrowserContextOptions & {before?: (page: import('playwright-core').Page) => Promise<unknown>, complaint?: RegExp}} [options]
 */
async function withPage(browser, path, use, { before, complaint, ...options } = {}) {
  const context = await /** @type {import('playwright-core').Browser} */ (running.get(browser)).newContext(options);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    /** @type {string[]} */
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await before?.(page);
    await page.goto(`${server.url}${path}#own`);
    await page.getByRole('tabpanel', { name: 'Your own module' }).waitFor();
    await use(new OwnModule(page));
    assert.deepEqual(
      complaints.filter((one) => !complaint?.test(one)),
      [],
    );
  } finally {
    await context.close();
  }
}

/** @param {string} name @param {(own: OwnModule) => Promise<void>} use @param {string[]} [paths] */
function everywhere(name, use, paths = PATHS) {
  for (const browser of /** @type {Browser[]} */ (Object.keys(BROWSERS)))
    for (const path of paths)
      test(`${browser} /${path}: ${name}`, { ...TIME, skip: BROWSERS[browser].skip }, () =>
        withPage(browser, path, use),
      );
}

everywhere(
  'the tabs are chosen by keys, the address says which is open, and the terminal is usable when it is shown later',
  async ({ page }) => {
    const lua = page.getByRole('tab', { name: 'Lua in a terminal' });
    const own = page.getByRole('tab', { name: 'Your own module' });
    const open = async () => [await lua.getAttribute('aria-selected'), await own.getAttribute('aria-selected')].join();
    assert.equal(await open(), 'false,true');
    await own.focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await open(), 'true,false');
    assert.equal(await lua.evaluate((tab) => tab === document.activeElement), true);
    assert.equal(new URL(page.url()).hash, '');
    await page.locator('#state[data-state="reading"]').waitFor();
    await page.locator('#terminal textarea').focus();
    await page.keyboard.type('print("shown" .. 1)');
    await page.keyboard.press('Enter');
    await page
      .locator('.xterm-rows > *')
      .filter({ hasText: /^shown1/ })
      .waitFor();
    await lua.focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await open(), 'false,true');
    assert.equal(new URL(page.url()).hash, '#own');
    assert.equal(await page.locator('.skip').getAttribute('href'), '#module-title');
    await page.keyboard.press('Home');
    assert.equal(await open(), 'true,false');
    await page.keyboard.press('End');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'file');
  },
);

everywhere('SQLite: Stop and a time limit end an endless query, and the rows survive', async (own) => {
  await own.press('SQLite');
  await own.becomes('ready');
  assert.match(await own.fact('Safe points'), /^1,\d{3} inserted/);
  await own.press('Run');
  await own.becomes('running');
  await own.press('Stop');
  await own.shows('ended by SIGINT; the database is still there: table t has 1000 rows');
  await own.becomes('ready');
  await own.fill('#limit', '0.2');
  await own.press('Run');
  await own.shows('the call took longer than');
  await own.becomes('ready');
  await own.fill('#limit', '');
  await own.fill('#query', 'INSERT INTO t VALUES (1001); -- more\nSELECT count(*) FROM t');
  await own.press('Run');
  await own.shows('count(*)\n1001\n1 row');
  await own.becomes('ready');
  await own.fill('#query', 'SELECT x FROM t');
  await own.press('Run');
  await own.shows('the first 20 rows');
  await own.fill('#query', 'SELECT absent');
  await own.press('Run');
  await own.shows('no such column: absent\n');
});

everywhere('SQLite: a query is paused and goes on; a paused one is stopped', async (own) => {
  await own.press('SQLite');
  await own.becomes('ready');
  await own.fill('#limit', '');
  await own.fill(
    '#query',
    'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n',
  );
  await own.press('Run');
  await own.becomes('running');
  await own.press('Pause');
  await own.becomes('stopped');
  await own.press('Continue');
  await own.shows('3000000');
  await own.becomes('ready');
  await own.fill('#query', 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT count(*) FROM n');
  await own.press('Run');
  await own.becomes('running');
  await own.press('Pause');
  await own.becomes('stopped');
  await own.press('Stop');
  await own.shows('ended by SIGINT; the database is still there');
});

everywhere(
  'a command runs, is paused, goes on and is stopped, and runs again; a paused one is stopped',
  async (own) => {
    await own.drop('ticker.wasm', guest(ticker, { linked: false }));
    await own.becomes('ready');
    assert.equal(await own.fact('ticker.wasm'), 'a WASI command');
    assert.match(await own.fact('Safe points'), /^[1-9]\d* inserted/);
    assert.match(await own.fact('Size'), /^[\d,]+ bytes, with safe points [\d,]+$/);
    assert.match(await own.fact('Exports'), /\b_start\b/);
    const length = async () => (await own.page.locator('#output').innerText()).length;
    await own.fill('#limit', '');
    for (let time = 1; time <= 2; time++) {
      await own.press('Run');
      await own.becomes('running');
      await own.shows('....');
      await own.press('Pause');
      await own.becomes('stopped');
      await own.press('Continue');
      await own.becomes('running');
      const before = await length();
      await own.page.waitForFunction(
        (least) => (document.getElementById('output')?.textContent?.length ?? 0) > least,
        before + 3,
      );
      if (time === 2) {
        await own.press('Pause');
        await own.becomes('stopped');
      }
      await own.press('Stop');
      await own.shows('killed by SIGINT');
      await own.becomes('ready');
    }
  },
);

everywhere('a command that is linked with wasmsig handles Stop itself; a time limit ends it', async (own) => {
  await own.drop('linked.wasm', guest(programs.spin));
  await own.becomes('ready');
  assert.equal(await own.fact('linked.wasm'), 'a WASI command, linked with wasmsig');
  await own.fill('#limit', '3');
  await own.press('Run');
  await own.shows('READY');
  await own.press('Stop');
  await own.shows('INT');
  await own.shows('killed by SIGTERM');
});

everywhere('exports are called with arguments; Stop and a time limit end one that loops', async (own) => {
  await own.drop('library.wasm', LIBRARY);
  await own.becomes('ready');
  assert.equal(await own.fact('library.wasm'), 'a library, whose exports its user calls (it has no _start)');
  assert.equal(await own.fact('Exports'), 'memory, add, spin, calls');
  await own.call('add', '2, 40n');
  await own.shows('add(2, 40n)\n= 42');
  await own.call('add', '2');
  await own.shows('add takes 2 numbers; a 64-bit integer is written 5n');
  await own.call('add', '2 x');
  await own.shows('x is not a number');
  await own.call('add', '2 3');
  await own.shows('BigInt');
  await own.call('calls');
  await own.shows('the module called "missing" of "env", which this page does not have');
  await own.call('spin');
  await own.becomes('running');
  await own.press('Stop');
  await own.shows('the computation was ended by SIGINT');
  await own.becomes('ready');
  await own.fill('#limit', '0.2');
  await own.call('spin');
  await own.shows('the call took longer than 200 ms');
  await own.call('add', '1 1n');
  await own.shows('= 2');
});

everywhere('what is no module is refused in words, and changes nothing, also while something computes', async (own) => {
  const whole = readFileSync(join(ROOT, 'node_modules/sql.js/dist/sql-wasm-browser.wasm'));
  await own.drop('library.wasm', LIBRARY);
  await own.becomes('ready');
  await own.call('spin');
  await own.becomes('running');
  for (const [name, bytes, why] of /** @type {[string, Uint8Array, RegExp][]} */ ([
    ['page.html', new TextEncoder().encode('<!doctype html>'), /^page\.html: not a wasm file/],
    ['empty.wasm', new Uint8Array(), /^empty\.wasm: .*it is empty/],
    ['component.wasm', Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0), /^component\.wasm: this is a wasm component/],
    ['half.wasm', whole.subarray(0, 3000), /^half\.wasm: .*it ends too early/],
  ])) {
    await own.drop(name, bytes);
    await own.page.locator('#refused').filter({ hasText: name }).waitFor();
    assert.match(await own.refused(), why);
  }
  assert.equal(
    await own.page.locator('#work-state').innerText(),
    'running',
    await own.page.locator('#output').innerText(),
  );
  assert.equal(await own.fact('Exports'), 'memory, add, spin, calls');
  await own.press('Stop');
  await own.shows('the computation was ended by SIGINT');
  await own.drop('needs.wasm', NEEDS_MEMORY);
  await own.page.locator('#facts dt:text-is("needs.wasm")').waitFor();
  assert.equal(
    await own.fact('No calls here'),
    'it imports the memory "memory" of "env", which its own program gives it',
  );
  assert.equal(await own.refused(), '');
  assert.equal(await own.page.locator('#work-run').isDisabled(), true);
});

everywhere(
  'a file is chosen, which ends what the module before it computed; an Emscripten module is said to be one',
  async (own) => {
    await own.drop('library.wasm', LIBRARY);
    await own.becomes('ready');
    await own.call('spin');
    await own.becomes('running');
    const file = join(ROOT, 'node_modules/sql.js/dist/sql-wasm-browser.wasm');
    await own.page.locator('#file').setInputFiles(file);
    await own.page.locator('#facts dt:text-is("sql-wasm-browser.wasm")').waitFor();
    assert.equal(await own.fact('sql-wasm-browser.wasm'), 'the wasm file of an Emscripten module');
    await own.becomes('ready');
    assert.equal(await own.page.locator('#output').innerText(), '');
  },
  [''],
);

const CHROMIUM = { ...TIME, skip: chromium.skip };

test('where nothing reaches a computation Stop ends its worker, and the module is loaded again', CHROMIUM, () =>
  withPage(
    'chromium',
    'plain.html',
    async (own) => {
      assert.match(await own.page.locator('#reach').innerText(), /^Nothing reaches a computation here/);
      await own.press('SQLite');
      await own.becomes('ready');
      await own.fill('#limit', '0.2');
      await own.press('Run');
      await own.shows('the database is still there: table t has 1000 rows');
      await own.fill('#limit', '');
      await own.becomes('ready');
      await own.press('Run');
      await own.becomes('running');
      assert.equal(await own.page.getByRole('button', { name: 'Pause' }).isDisabled(), true);
      await own.press('Stop');
      await own.becomes('ready');
      await own.fill('#query', 'SELECT count(*) FROM t');
      await own.press('Run');
      await own.shows('1000');
    },
    { before: (page) => page.addInitScript(() => void Reflect.deleteProperty(WebAssembly, 'Suspending')) },
  ),
);

test('a page that was built without sql.js says so', CHROMIUM, () =>
  withPage(
    'chromium',
    '',
    async (own) => {
      await own.press('SQLite');
      await own.page.locator('#refused').filter({ hasText: 'npm run demo' }).waitFor();
      assert.match(await own.refused(), /^SQLite: sql\.js was not there when this page was built: npm ci, then/);
    },
    {
      before: (page) => page.context().route('**/sqlite.wasm', (route) => route.fulfill({ status: 404 })),
      complaint: /404/,
    },
  ),
);

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  test(`${colorScheme}: text has a contrast of 4.5 to 1, edges of controls 3 to 1`, CHROMIUM, () =>
    withPage(
      'chromium',
      '',
      async (own) => {
        for (const show of [
          () => own.press('SQLite'),
          () => own.drop('library.wasm', LIBRARY),
          () => own.drop('ticker.wasm', guest(ticker, { linked: false })),
          () => own.drop('empty.wasm', new Uint8Array()),
        ]) {
          await show();
          await own.becomes('ready');
          const { texts, low } = await own.page.evaluate(lowContrasts);
          assert.deepEqual(low, []);
          assert.ok(texts > 15, `${texts} texts were looked at`);
        }
      },
      { colorScheme },
    ),
  );

test('on a phone nothing is wider than the page', CHROMIUM, () =>
  withPage(
    'chromium',
    '',
    async (own) => {
      const widths = () =>
        own.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      for (const show of [
        async () => {},
        () => own.press('SQLite'),
        () => own.drop(`${'long'.repeat(40)}.wasm`, LIBRARY),
        () => own.drop('empty.wasm', new Uint8Array()),
      ]) {
        await show();
        await own.page.locator('#work-state:not([data-state="starting"])').waitFor();
        const [content, view] = await widths();
        assert.equal(content, view);
      }
    },
    { viewport: { width: 360, height: 700 } },
  ),
);
