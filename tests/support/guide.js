// @ts-check
// The programs in docs/guide/: ```js with the ```html before it is for a page, with the ```text behind it for Node, which prints that.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './program.js';

/** @typedef {{js: string, html?: string, text?: string}} Fragment */

/** @param {string} page @returns {Fragment[]} */
export function fragments(page) {
  const text = readFileSync(join(ROOT, 'docs/guide', page), 'utf8');
  const found = text.matchAll(/(?:^```html\n([^]*?)^```\n)?^```js\n([^]*?)^```\n(?:^```text\n([^]*?)^```\n)?/gm);
  return [...found].map(([, html, js, printed]) => ({ js, html, text: printed }));
}
