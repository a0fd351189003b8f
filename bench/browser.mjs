// @ts-check
/** Chromium, and a page of it with shared memory whose worker measures: browser/worker.js. */
import { relative } from 'node:path';
import { chromium } from 'playwright-core';
import { serve } from '../tests/support/page_server.js';
import { ROOT, program } from './programs.mjs';

/** @typedef {import('./browser/worker.js').Measures} Measures */

export class Browser {
  /** @param {import('playwright-core').Browser} browser @param {Awaited<ReturnType<typeof serve>>} server */
  constructor(browser, server) {
    this.browser = browser;
    this.server = server;
    this.name = `Chromium ${browser.version().split('.')[0]}`;
  }

  /** @param {string} executable @param {string[]} [flags] of V8 */
  static async open(executable, flags = []) {
    const args = [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-sync',
      '--no-first-run',
    ];
    if (flags.length) args.push(`--js-flags=${flags.join(' ')}`);
    return new Browser(await chromium.launch({ executablePath: executable, args }), await serve());
  }

  /**
   * Measures in the worker of a new page.
   * @template {keyof Measures} K
   * @param {K} what
   * @param {Parameters<Measures[K]>[0]} order
   * @returns {Promise<Awaited<ReturnType<Measures[K]>>>}
   */
  async run(what, order) {
    const page = await this.browser.newPage();
    try {
      page.setDefaultTimeout(600_000);
      await page.goto(`${this.server.url}/isolated/bench/browser/page.html`);
      const programs = Object.fromEntries(
        ['latency', 'timer', 'raw', 'size_0', 'size_1'].map((name) => [
          name,
          `${this.server.url}/isolated/${relative(ROOT, program(name))}`,
        ]),
      );
      const { value, error } = await page.evaluate((message) => /** @type {any} */ (globalThis).measure(message), {
        what,
        order,
        programs,
      });
      if (error) throw new Error(`in ${this.name}: ${error}`);
      return value;
    } finally {
      await page.close();
    }
  }

  async close() {
    await this.browser.close();
    await this.server.close();
  }
}
