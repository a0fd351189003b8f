// @ts-check
// Takes the pictures of the page that docs/ shows: after a loop was stopped, an alarm and a signal with a handler.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, skip } from '../../tests/browser/support.js';

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
    for (const [size, viewport] of Object.entries(SIZES)) for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const context = await browser.newContext({ viewport, colorScheme, isMobile: size === 'phone', hasTouch: size === 'phone' });
      const page = await context.newPage();
      page.on('console', (message) => message.type() === 'error' && console.error(message.text(), message.location()));
      await page.goto(url);
      await use(page);
      const path = join(folder, `demo-${size}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      console.log(path);
      await context.close();
    }
  } finally {
    await browser.close();
  }
}

/** @param {import('playwright-core').Page} page */
async function use(page) {
  const shows = (/** @type {string} */ text) => page.locator('.xterm-rows > *').filter({ hasText: new RegExp(`^(\\^C)?${text}\\s*$`) }).last().waitFor();
  const waits = () => page.locator('#state[data-state="reading"]').waitFor();
  await waits();
  await page.locator('#try-loop').click();
  await shows('looping');
  await page.keyboard.press('Control+c');
  await shows('interrupted!');
  await waits();
  await page.locator('#try-handler').click();
  await shows('now send SIGUSR1');
  await page.getByRole('button', { name: 'Send' }).click();
  await shows('SIGUSR1 came');
  await page.locator('#stop').click();
  await waits();
  await page.locator('#try-alarm').click();
  await shows('time is up');
  await waits();
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator('#terminal textarea').blur();
}
