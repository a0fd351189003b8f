// @ts-check
// The page of examples/demo, used as a person would: keys into its terminal, its buttons, its switch. It must do nothing that its strict policy forbids.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from '../../examples/demo/build.mjs';
import { serve } from '../../examples/demo/serve.mjs';
import { built } from '../support/program.js';
import { launch, skip } from '../support/chromium.js';
import { lowContrasts } from './contrast.js';

const OPTIONS = { timeout: 180_000, skip };
const PATIENCE = 30_000;
const TIMES = 50;
const BUSY = 'n = 0 function l(i) n = n + 1 print("in loop " .. i) while true do end end';

/** @type {string} */ let folder;
/** @type {Awaited<ReturnType<typeof serve>>} */ let server;
/** @type {import('playwright-core').Browser} */ let browser;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-demo-test-'));
  await build(folder, built('wasm32-wasip1', 'examples/lua', 'lua'));
  server = await serve(folder);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

class Demo {
  /** @type {string[]} what the browser complained of */ complaints = [];

  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** A row of the terminal that is this text; behind a prompt where the line was typed ahead of it. @param {string} text */
  async shows(text) {
    const has = (/** @type {string} */ wanted) =>
      Array.from(document.querySelectorAll('.xterm-rows > *')).some((row) =>
        [wanted, `> ${wanted}`].includes(row.textContent?.replaceAll('\u00a0', ' ').trimEnd() ?? ''),
      );
    await this.page.waitForFunction(has, text).catch(async (error) => {
      throw new Error(`no row ${JSON.stringify(text)} in ${await this.page.locator('.xterm-rows').innerText()}`, {
        cause: error,
      });
    });
  }

  /** @param {string} state */
  becomes(state) {
    return this.page.locator(`#state[data-state="${state}"]`).waitFor();
  }

  /** @param {string} line */
  async enter(line) {
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  mode() {
    return this.page.evaluate(() => ({ mode: document.documentElement.dataset.mode, isolated: crossOriginIsolated }));
  }

  /** Interrupts loops, and shows by Lua's own count that each began in the same Lua, so that each before it had ended. @param {number} times @param {() => Promise<void>} interrupt @param {number} [first] their numbers, which the screen must not have yet */
  async interrupts(times, interrupt, first = 1) {
    await this.page.locator('#terminal textarea').focus();
    await this.enter(BUSY);
    for (let i = first; i < first + times; i++) {
      await this.enter(`l(${i})`);
      await this.shows(`in loop ${i}`);
      await interrupt();
      await this.becomes('reading');
      await this.page.locator('#terminal textarea').focus();
    }
    await this.enter('print(n .. " of them")');
    await this.shows(`${times} of them`);
  }
}

/**
 * @param {string} path
 * @param {(demo: Demo) => Promise<void>} use
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
async function withDemo(path, use, options) {
  const context = await browser.newContext(options);
  try {
    const demo = new Demo(await context.newPage());
    await demo.page.goto(server.url + path);
    await demo.becomes('reading');
    await use(demo);
    assert.deepEqual(demo.complaints, []);
  } finally {
    await context.close();
  }
}

test(`^C typed into the terminal interrupts a loop ${TIMES} times of ${TIMES}`, OPTIONS, () =>
  withDemo('', async (demo) => {
    assert.deepEqual(await demo.mode(), { mode: 'shared', isolated: true });
    await demo.interrupts(TIMES, () => demo.page.keyboard.press('Control+c'));
    await demo.page.getByText('The same as a table').click();
    assert.match(
      await demo.page.locator('#summary').innerText(),
      new RegExp(`^${TIMES} sent, median [\\d.]+ m?s, slowest`),
    );
    assert.equal(
      await demo.page
        .locator('#rows tr')
        .filter({ hasText: /SIGINT.*\d m?s$/ })
        .count(),
      TIMES,
    );
  }),
);

test(`Stop interrupts a loop ${TIMES} times of ${TIMES}`, OPTIONS, () =>
  withDemo('', (demo) => demo.interrupts(TIMES, () => demo.page.getByRole('button', { name: 'Stop' }).click())),
);

test('the switch leads to the page without shared memory, where ^C and Stop work too, and back', OPTIONS, () =>
  withDemo('', async (demo) => {
    await demo.page.getByRole('link', { name: 'without' }).click();
    await demo.becomes('reading');
    assert.deepEqual(await demo.mode(), { mode: 'yielding', isolated: false });
    assert.equal(await demo.page.locator('[aria-current=page]').innerText(), 'without');
    await demo.interrupts(5, () => demo.page.keyboard.press('Control+c'));
    await demo.interrupts(5, () => demo.page.getByRole('button', { name: 'Stop' }).click(), 100);
    await demo.page.locator('#try-alarm').click();
    await demo.shows('time is up');
    await demo.page.getByRole('link', { name: 'with shared memory' }).click();
    await demo.becomes('reading');
    assert.deepEqual(await demo.mode(), { mode: 'shared', isolated: true });
  }),
);

test('where a program cannot wait for keys the page says so, and how it could', OPTIONS, async () => {
  const page = await browser.newPage();
  try {
    await page.addInitScript(() => void Reflect.deleteProperty(WebAssembly, 'Suspending'));
    await page.goto(`${server.url}plain.html`);
    const demo = new Demo(page);
    await demo.becomes('ended');
    assert.deepEqual(await demo.mode(), { mode: 'posted', isolated: false });
    assert.match(await page.locator('#mode-text').innerText(), /^Not here\. .* With the headers it can\.$/);
    assert.equal(await page.getByRole('button', { disabled: false }).count(), 0);
    await page.getByRole('link', { name: 'with shared memory' }).click();
    await demo.becomes('reading');
  } finally {
    await page.close();
  }
});

test('an alarm ends a loop after its two seconds', OPTIONS, () =>
  withDemo('', async (demo) => {
    const began = performance.now();
    await demo.page.locator('#try-alarm').click();
    await demo.becomes('running');
    await demo.becomes('reading');
    await demo.shows('time is up');
    assert.ok(performance.now() - began >= 2000);
  }),
);

test('a signal with a handler is handled, and the loop goes on', OPTIONS, () =>
  withDemo('', async (demo) => {
    await demo.page.locator('#try-handler').click();
    await demo.shows('now send SIGUSR1');
    await demo.page
      .locator('#live')
      .filter({ hasText: /^running$/ })
      .waitFor({ state: 'attached' }); // said a moment after it began: later that would take the place of what is waited for
    await demo.page.getByRole('button', { name: 'Send' }).click();
    await demo.shows('SIGUSR1 came');
    await demo.page
      .locator('#live')
      .filter({ hasText: /SIGUSR1 taken after/ })
      .waitFor({ state: 'attached' });
    assert.equal(await demo.page.locator('#state').getAttribute('data-state'), 'running');
  }),
);

test('^Z stops the program, Continue or Enter continues it; ^D ends it and Restart starts it again', OPTIONS, () =>
  withDemo('', async (demo) => {
    await demo.page.locator('#terminal textarea').focus();
    await demo.enter('print("busy" .. 1) while true do end');
    await demo.shows('busy1');
    for (const goOn of [
      () => demo.page.getByRole('button', { name: 'Continue' }).click(),
      () => demo.page.keyboard.press('Enter'),
    ]) {
      await demo.page.locator('#terminal textarea').focus();
      await demo.page.keyboard.press('Control+z');
      await demo.becomes('stopped');
      await demo.shows('[stopped by SIGTSTP; Enter or Continue goes on]');
      await goOn();
      await demo.becomes('running');
    }
    await demo.page.getByRole('button', { name: 'Stop' }).click();
    await demo.becomes('reading');
    await demo.page.locator('#terminal textarea').focus();
    await demo.page.keyboard.press('Control+d');
    await demo.shows('[ended with 0; Enter or Restart starts it again]');
    assert.equal(await demo.page.getByRole('button', { name: 'Stop' }).isDisabled(), true);
    await demo.page.getByRole('button', { name: 'Restart' }).click();
    await demo.becomes('reading');
    await demo.enter('print("again" .. 2)');
    await demo.shows('again2');
  }),
);

for (const path of ['', 'plain.html'])
  test(`/${path}: ^\\ kills the program, which is said, and Enter starts it again`, OPTIONS, () =>
    withDemo(path, async (demo) => {
      await demo.page.locator('#terminal textarea').focus();
      await demo.enter('print("busy" .. 2) while true do end');
      await demo.shows('busy2');
      await demo.page.keyboard.press('Control+\\');
      await demo.becomes('ended');
      await demo.shows('[killed by SIGQUIT; Enter or Restart starts it again]');
      assert.equal(await demo.page.locator('#state').innerText(), 'killed by SIGQUIT');
      await demo.page.locator('#live').filter({ hasText: 'killed by SIGQUIT' }).waitFor({ state: 'attached' });
      await demo.page.keyboard.press('Enter');
      await demo.becomes('reading');
      await demo.enter('print("again" .. 3)');
      await demo.shows('again3');
    }),
  );

test('a new size of the window reaches a handler of SIGWINCH; ^C ends a read, and the prompt returns', OPTIONS, () =>
  withDemo('', async (demo) => {
    await demo.page.locator('#terminal textarea').focus();
    await demo.enter(
      'signal.signal("SIGWINCH", function() error("resized", 0) end) print("busy" .. 4) while true do end',
    );
    await demo.shows('busy4');
    await demo.page.setViewportSize({ width: 1000, height: 700 });
    await demo.shows('resized');
    await demo.becomes('reading');
    await demo.enter(
      'signal.signal("SIGINT", function() error("no line", 0) end) print("reads") io.read() print("not reached")',
    );
    await demo.shows('reads');
    await demo.becomes('reading');
    await demo.page.keyboard.press('Control+c');
    await demo.shows('^Cno line');
    await demo.enter('print("on" .. 5)');
    await demo.shows('on5');
  }),
);

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  test(`${colorScheme}: text has a contrast of 4.5 to 1, edges of controls and what is drawn 3 to 1`, OPTIONS, () =>
    withDemo(
      '',
      async ({ page }) => {
        await page.getByText('The same as a table').click();
        const low = await page.evaluate(lowContrasts);
        assert.deepEqual(low.low, []);
        assert.ok(low.texts > 40, `${low.texts} texts were looked at`);
      },
      { colorScheme },
    ),
  );

test('lines are edited, wide characters too', OPTIONS, () =>
  withDemo('', async (demo) => {
    await demo.page.locator('#terminal textarea').focus();
    await demo.page.keyboard.type('print("a日本x');
    for (let i = 0; i < 2; i++) await demo.page.keyboard.press('Backspace');
    await demo.page.keyboard.type('語b" .. "!" .. #"日")');
    await demo.shows('> print("a日語b" .. "!" .. #"日")');
    await demo.page.keyboard.press('Enter');
    await demo.shows('a日語b!3');
  }),
);

test(
  'everything can be reached by keyboard, shows that it has the focus, and the terminal is left by Tab',
  OPTIONS,
  () =>
    withDemo('', async ({ page }) => {
      const focused = () =>
        page.evaluate(() => {
          const one = document.activeElement;
          const marked = one?.closest('.screen') ?? one;
          const style = marked && getComputedStyle(marked);
          if (!style || (style.outlineStyle === 'none' && style.boxShadow === 'none'))
            throw new Error(`${one?.outerHTML} does not show that it has the focus`);
          return one?.getAttribute('aria-label') ?? one?.id ?? '';
        });
      await page.keyboard.press('Tab');
      assert.equal(await page.locator('.skip:focus').count(), 1);
      await page.keyboard.press('Enter');
      /** @type {string[]} */
      const order = [];
      for (let i = 0; i < 17; i++) {
        await page.keyboard.press('Tab');
        order.push(await focused());
      }
      const wanted = [
        'Terminal: type Lua here',
        'reader',
        'stop',
        'pause',
        'restart',
        'signal',
        'try-loop',
        'try-alarm',
        'try-handler',
        'to-isolated',
        'to-plain',
      ];
      assert.deepEqual(order.filter((one) => wanted.includes(one)).slice(0, wanted.length), wanted);
    }),
);

test('colours follow the system, and the choice, which is kept', OPTIONS, () =>
  withDemo(
    '',
    async (demo) => {
      const theme = () => demo.page.evaluate(() => document.documentElement.dataset.theme);
      assert.equal(await theme(), 'dark');
      await demo.page.emulateMedia({ colorScheme: 'light' });
      await demo.page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
      await demo.page.getByLabel('Colours').selectOption('dark');
      assert.equal(await theme(), 'dark');
      await demo.page.reload();
      await demo.becomes('reading');
      assert.equal(await theme(), 'dark');
    },
    { colorScheme: 'dark' },
  ),
);

test('on a phone nothing is wider than the page', OPTIONS, () =>
  withDemo(
    '',
    async ({ page }) => {
      const { content, view } = await page.evaluate(() => ({
        content: document.documentElement.scrollWidth,
        view: document.documentElement.clientWidth,
      }));
      assert.equal(content, view);
    },
    { viewport: { width: 360, height: 700 } },
  ),
);
