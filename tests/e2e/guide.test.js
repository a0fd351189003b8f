// @ts-check
// The programs of docs/guide/ that are for Node print what is said there. (signal-module.md has a test of its own.)
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fragments } from '../support/guide.js';
import { LIMIT, ROOT, guest, start } from '../support/program.js';

/** @type {string} */ let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-guide-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/wasmsig'));
  copyFileSync(guest('default'), join(folder, 'program.wasm'));
});

after(() => rmSync(folder, { recursive: true }));

for (const page of ['stop-button.md', 'time-out.md', 'terminal.md']) {
  const programs = fragments(page).filter(({ html }) => html === undefined);
  assert.ok(programs.length > 0, page);
  programs.forEach(({ js, text }, i) => {
    test(`${page}: program ${i + 1}`, LIMIT, async () => {
      assert.notEqual(text, undefined, 'a program for Node has its output below it');
      const file = join(folder, `${page}.${i}.mjs`);
      writeFileSync(file, js);
      const program = start([process.execPath, file], { cwd: folder });
      const { code } = await program.ended;
      assert.deepEqual({ code, out: program.out, err: program.err }, { code: 0, out: text, err: '' });
    });
  });
}
