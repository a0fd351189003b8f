// @ts-check
// Starts Chromium and opens pages of the test server.

import { accessSync, constants } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { ROOT, guest } from './program.js';
import { serve } from './page_server.js';

export const LIMIT = { timeout: 60_000 };

/** CHROMIUM in the environment, or what is on the PATH. */
const executable = process.env.CHROMIUM ?? findProgram('chromium', 'chromium-browser', 'google-chrome');

/** Why these tests cannot run here, or false. */
export const skip = executable
  ? false
  : 'no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its path';

/** The first of these programs that is on the PATH. @param {string[]} names */
export function findProgram(...names) {
  const files = names.flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What the guest `alarm` prints that is given an interval. On a busy machine the first alarms may come together. */
export const ALARMS = /^ready\n(alarm \d+ after \d+ ms\n)+$/;

/** @typedef {'isolated' | 'plain' | 'strict'} Kind */

export function launch() {
  return chromium.launch({
    executablePath: executable,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/**
 * A browser and a server for the tests of a file.
 * `evaluate` runs a function in a page of its own.
 * @param {{skip: string | false, launch: () => Promise<import('playwright-core').Browser>}} [program] another browser than Chromium
 * @returns {{
 *   open: (kind: Kind) => Promise<import('playwright-core').Page>,
 *   evaluate: <R>(kind: Kind, run: (given: any) => Promise<R>, given: object) => Promise<R>,
 * }}
 */
export function browserForTests(program = { skip, launch }) {
  /** @type {import('playwright-core').Browser} */ let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */ let server;
  before(async () => {
    if (program.skip) return;
    server = await serve();
    browser = await program.launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  const open = async (/** @type {Kind} */ kind) => {
    const page = await browser.newPage();
    page.setDefaultTimeout(LIMIT.timeout);
    await page.goto(`${server.url}/${kind}/tests/browser/page.html`);
    await page.waitForFunction(() => 'tools' in globalThis);
    return page;
  };
  return {
    open,
    async evaluate(kind, run, given) {
      const page = await open(kind);
      try {
        return await page.evaluate(run, given);
      } finally {
        await page.close();
      }
    },
  };
}

/** The address of a guest of tests/guests, from the test page. @param {string} name @param {string} [preset] */
export function address(name, preset) {
  return `../../${relative(ROOT, guest(name, preset))}`;
}
