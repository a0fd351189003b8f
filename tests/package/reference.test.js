// @ts-check
// docs/reference says what the header and the types say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/command.mjs';
import { ROOT } from '../support/program.js';

test('the reference is up to date', { timeout: 300_000 }, async () => {
  const { code, stdout, stderr } = await run([process.execPath, 'scripts/reference.mjs', '--check'], {
    limit: 280,
    cwd: ROOT,
  });
  assert.equal(code, 0, stdout + stderr);
});

for (const [name, page, least] of /** @type {const} */ ([
  ['wasmsig.h', 'c.md', 43],
  ['instrument.h', 'instrument.md', 14],
])) {
  test(`every function of ${name} is in it, with what its comment says`, () => {
    const header = readFileSync(join(ROOT, 'src/include/wasmsig', name), 'utf8');
    const text = readFileSync(join(ROOT, 'docs/reference', page), 'utf8');
    const functions = [...header.matchAll(/^[a-z][\w *]*[ *](wsig_\w+)\(/gm)].map(([, name]) => name);
    assert.ok(functions.length >= least, functions.join());
    for (const name of functions) assert.match(text, new RegExp(`^[a-z].*\\b${name}\\(.*[;,]$`, 'm'), name);
    for (const errors of header.match(/Errors: WSIG_E_\w+ \w+/g) ?? [])
      assert.ok(text.replaceAll('`', '').includes(errors), errors);
  });
}
