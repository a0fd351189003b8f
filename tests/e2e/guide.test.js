// @ts-check
// The programs of docs/guide/ that are for Node print what is said there; and all code there is of a kind that some test runs.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { blocks, fragments } from '../support/guide.js';
import { LIMIT, ROOT, guest, start } from '../support/program.js';

/** @type {string} */ let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-guide-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/wasmsig'));
  writeFileSync(join(folder, 'package.json'), '{}\n'); // what lies in folders above is not meant
  copyFileSync(guest('default'), join(folder, 'program.wasm'));
});

after(() => rmSync(folder, { recursive: true }));

const pages = readdirSync(join(ROOT, 'docs/guide'));
/** The pages that other tests run. */
const OTHERS = { pages: ['stop-button.md', 'terminal.md'], packed: ['bundlers.md', 'c-program.md'] };

for (const page of pages) {
  test(`${page}: a test runs all of its code`, () => {
    const all = blocks(`docs/guide/${page}`);
    const kinds = all.map(({ language, name }, i) => {
      const [before, after] = [all[i - 1]?.language, all[i + 1]?.language];
      if (name || language === 'sh') return 'packed';
      if (language === 'js') return before === 'html' ? 'page' : 'program';
      if (language === 'html' && after === 'js') return 'page';
      return language === 'text' && (before === 'js' || before === 'sh')
        ? 'output'
        : 'nobody runs it: see tests/support/guide.js';
    });
    assert.ok(kinds.length > 0);
    assert.deepEqual(
      kinds.filter((kind) => kind.startsWith('nobody')),
      [],
    );
    assert.equal(kinds.includes('page'), OTHERS.pages.includes(page), 'tests/browser/guide.test.js has it');
    assert.equal(kinds.includes('packed'), OTHERS.packed.includes(page), 'tests/package/npm.test.js has it');
  });

  fragments(page)
    .filter(({ html }) => html === undefined)
    .forEach(({ js, text }, i) => {
      test(`${page}: program ${i + 1}`, LIMIT, async (t) => {
        assert.notEqual(text, undefined, 'a program for Node has its output below it');
        const file = join(folder, `${page}.${i}.mjs`);
        writeFileSync(file, js);
        const program = start([process.execPath, '--no-warnings', file], { cwd: folder, input: '' });
        t.after(() => program.close());
        const { code } = await program.ended;
        assert.deepEqual({ code, out: program.out, err: program.err }, { code: 0, out: text, err: '' });
      });
    });
}
