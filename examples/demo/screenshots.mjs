// @ts-check
// Takes the pictures of the page that docs/ shows: Lua after an alarm, signals with a handler, a pause and a loop that was stopped; and SQLite after an endless query
// was stopped.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, skip } from '../../tests/support/chromium.js';

/** The tabs, by the names of their pictures. */
const TABS = { demo: useLua, module: useSqlite };
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/**
 * @param {string} url
 * @param {string} folder
 */
export async function take(url, folder) {
  if (skip) throw new Error(skip);
  mkdirSync(folder, { recursive: true });
  const browser = await launch();
  try {
    for (const [size, viewport] of Object.entries(SIZES))
      for (const colorScheme of /** @type {const} */ (['light', 'dark']))
        for (const [name, use] of Object.entries(TABS)) {
          const context = await browser.newContext({
            viewport,
            colorScheme,
            isMobile: size === 'phone',
            hasTouch: size === 'phone',
          });
          const page = await context.newPage();
          page.on(
            'console',
            (message) => message.type() === 'error' && console.error(message.text(), message.location()),
          );
          await page.goto(url);
          await use(page);
          const path = join(folder, `${name}-${size}-${colorScheme}.png`);
          // Not by `fullPage`, which for a moment makes the window so small that the program is told of it.
          await page.setViewportSize({
            ...viewport,
            height: await page.evaluate(() => document.documentElement.scrollHeight),
          });
          await page.screenshot({ path });
          console.log(path);
          await context.close();
        }
  } finally {
    await browser.close();
  }
}

/** How long each thing is seen in the timeline, which has the last 20 s. */
const BEAT_MS = 700;

/** @param {import('playwright-core').Page} page */
async function useLua(page) {
  const shows = (/** @type {string} */ text) =>
    page
      .locator('.xterm-rows > *')
      .filter({ hasText: new RegExp(`^(\\^C)?${text}\\s*$`) })
      .last()
      .waitFor();
  const becomes = (/** @type {string} */ state) => page.locator(`#state[data-state="${state}"]`).waitFor();
  const beat = () => page.waitForTimeout(BEAT_MS);
  await becomes('reading');
  await page.locator('#try-alarm').click();
  await shows('time is up');
  await becomes('reading');
  await page.locator('#try-handler').click();
  await shows('now send SIGUSR1');
  for (let i = 0; i < 4; i++) {
    await beat();
    await page.getByRole('button', { name: 'Send' }).click();
  }
  await shows('SIGUSR1 came');
  await beat();
  await page.locator('#pause').click();
  await becomes('stopped');
  await beat();
  await page.locator('#pause').click();
  await becomes('running');
  await beat();
  await page.locator('#stop').click();
  await becomes('reading');
  await beat();
  await page.locator('#try-loop').click();
  await shows('looping');
  await beat();
  await page.getByRole('button', { name: 'Control C' }).click();
  await shows('interrupted!');
  await becomes('reading');
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator('#terminal textarea').blur();
}

/** @param {import('playwright-core').Page} page */
async function useSqlite(page) {
  const becomes = (/** @type {string} */ state) => page.locator(`#work-state[data-state="${state}"]`).waitFor();
  await page.getByRole('tab', { name: 'Your own module' }).click();
  await page.locator('#sqlite').click();
  await becomes('ready');
  await page.locator('#work-run').click();
  await becomes('running');
  await page.waitForTimeout(BEAT_MS);
  await page.locator('#work-stop').click();
  await becomes('ready');
  await page.evaluate(() => scrollTo(0, 0));
}
