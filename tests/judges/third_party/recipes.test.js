// @ts-check
// The programs of docs/recipes/ print what is said there, with the packages of the cache folder.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { setup } from '../../../toolchains/setup.mjs';
import { run } from '../../support/command.mjs';
import { blocks } from '../../support/guide.js';
import { ROOT } from '../../support/program.js';

/** Seconds: the first time, modules of up to 34 MB are instrumented. */
const LIMIT = 100;
/** An end may leave a program broken (docs/guard.md, "What an end leaves behind"): what a page shows holds nearly always. */
const TRIES = 2;

/** @type {string} */ let folder;

before(async () => {
  const { packages } = await setup({ only: ['packages'], quiet: true });
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-recipes-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  const installed = join(packages?.folder ?? '', 'node_modules');
  for (const name of readdirSync(installed)) symlinkSync(join(installed, name), join(modules, name));
  symlinkSync(ROOT, join(modules, 'wasmsig'));
  writeFileSync(join(folder, 'package.json'), '{}\n'); // what lies in folders above is not meant
});

after(() => rmSync(folder, { recursive: true }));

for (const page of readdirSync(join(ROOT, 'docs/recipes')).filter((name) => name !== 'README.md')) {
  const all = blocks(`docs/recipes/${page}`);

  test(`${page}: a test runs all of its code`, () => {
    assert.ok(all.length > 0 && all.length % 2 === 0);
    for (const [i, { language }] of all.entries()) assert.equal(language, i % 2 ? 'text' : 'js', page);
  });

  for (let i = 0; i < all.length; i += 2) {
    test(`${page}: program ${i / 2 + 1}`, { timeout: TRIES * LIMIT * 1000 + 10_000 }, async (t) => {
      const file = join(folder, `${page}.${i}.mjs`);
      writeFileSync(file, all[i].text);
      const command = [process.execPath, '--no-warnings', file];
      const wanted = { code: 0, stdout: all[i + 1].text };
      for (let again = TRIES - 1; ; again--) {
        const { code, stdout, stderr } = await run(command, { limit: LIMIT, cwd: folder });
        if (isDeepStrictEqual({ code, stdout }, wanted)) return;
        const found = `exit status ${code}, standard output ${JSON.stringify(stdout)}, standard error ${stderr.slice(-2000)}`;
        assert.ok(again > 0, found);
        t.diagnostic(found);
      }
    });
  }
}
