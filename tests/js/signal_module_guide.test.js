// @ts-check
// docs/guide/signal-module.md: its examples print what stands below them. And examples/signal.mjs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, start } from '../support/program.js';

const LIMIT = { timeout: 60_000 };
const guide = readFileSync(join(ROOT, 'docs/guide/signal-module.md'), 'utf8');
const examples = [...guide.matchAll(/```js\n(.*?)```\n```text\n(.*?)```/gs)].map(([, script, output]) => ({ script, output }));

test('every example of the guide is followed by what it prints', LIMIT, () => {
  assert.equal(examples.length, guide.match(/```js\n/g)?.length);
  assert.ok(examples.length >= 5);
});

for (const [index, { script, output }] of examples.entries()) {
  test(`the guide's example ${index + 1} prints what it says`, LIMIT, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'wasmsig-guide-'));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/wasmsig'));
    writeFileSync(join(folder, 'example.mjs'), script);
    const run = start([process.execPath, '--no-warnings', 'example.mjs'], { input: '', cwd: folder });
    t.after(() => run.close());
    assert.deepEqual({ ...(await run.ended), err: run.err, out: run.out }, { code: 0, signal: null, err: '', out: output });
  });
}

test('examples/signal.mjs computes until ^C', LIMIT, async (t) => {
  const run = start([process.execPath, '--no-warnings', join(ROOT, 'examples/signal.mjs')], { input: '' });
  t.after(() => run.close());
  await run.expect('counting primes');
  run.kill('SIGINT');
  await run.expect(/interrupted: \d+ primes up to \d+\n/);
  assert.deepEqual(await run.ended, { code: 0, signal: null });
});
