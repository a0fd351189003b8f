// @ts-check
// The code on the pages of docs/. What of it a test runs, and how, is said by its kind:
//
//   ```js with ```text behind it            a program for Node, which prints that       tests/e2e/guide.test.js
//   ```html with ```js behind it            a page                                      tests/browser/guide.test.js
//   ```js NAME, ```sh and the like          a file of that name, a command in a shell   tests/package/npm.test.js

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './program.js';

/** @typedef {{language: string, name: string | undefined, text: string}} Block */
/** @typedef {{js: string, html?: string, text?: string}} Fragment */

/** @param {string} path from the root @returns {Block[]} */
export function blocks(path) {
  const found = readFileSync(join(ROOT, path), 'utf8').matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm);
  return [...found].map(([, language, name, text]) => ({ language, name, text }));
}

/** The programs of a page of docs/guide/. @param {string} page @returns {Fragment[]} */
export function fragments(page) {
  const all = blocks(`docs/guide/${page}`);
  const near = (/** @type {number} */ i, /** @type {string} */ language) =>
    all[i]?.language === language && !all[i].name ? all[i].text : undefined;
  return all.flatMap(({ language, name, text }, i) =>
    language === 'js' && !name ? [{ js: text, html: near(i - 1, 'html'), text: near(i + 1, 'text') }] : [],
  );
}
