// @ts-check
// What the set-up of SDKs does where something is missing, wrong or never ends.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isFinished, makeSdk, requireSpace } from '../../toolchains/lib/cache.mjs';
import { tryRun } from '../../toolchains/lib/run.mjs';

const LIMIT = { timeout: 30_000 };
const folder = mkdtempSync(join(tmpdir(), 'wasmsig-toolchains-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} temporary */
async function filled(temporary) {
  mkdirSync(join(temporary, 'lib'));
  writeFileSync(join(temporary, 'lib', 'libc.a'), '');
  symlinkSync('..', join(temporary, 'lib', 'up'));
}

test('an SDK of which a file was deleted is not finished, and is made again', LIMIT, async () => {
  const sdk = join(folder, 'sdk');
  assert.equal(isFinished(sdk), false);
  await makeSdk(sdk, {}, filled);
  assert.equal(isFinished(sdk), true);
  writeFileSync(join(sdk, 'made by its user'), '');
  assert.equal(isFinished(sdk), true);
  for (const file of ['libc.a', 'up']) {
    rmSync(join(sdk, 'lib', file));
    assert.equal(isFinished(sdk), false, file);
    await makeSdk(sdk, {}, filled);
    assert.equal(isFinished(sdk), true, file);
  }
  assert.equal(existsSync(join(sdk, 'made by its user')), false);
});

test('an SDK that its use changes is finished all the same', LIMIT, async () => {
  const prefix = join(folder, 'prefix');
  await makeSdk(prefix, {}, filled, { changes: true });
  rmSync(join(prefix, 'lib', 'libc.a'));
  assert.equal(isFinished(prefix), true);
});

test('a program that does not end is killed with its children when its time is over', LIMIT, async () => {
  const { code, stderr } = await tryRun('/bin/sh', ['-c', 'sleep 1000 | cat'], { limit: 0.2 });
  assert.notEqual(code, 0);
  assert.match(stderr, /not finished after 0\.2 s/);
  assert.deepEqual(await tryRun('/bin/sh', ['-c', 'echo done'], { limit: 1000 }), {
    code: 0,
    stdout: 'done\n',
    stderr: '',
  });
});

test('too little space is an error that names the folder and the variable for another', LIMIT, () => {
  requireSpace('emscripten', folder, 1);
  assert.throws(
    () => requireSpace('emscripten', folder, 1e18),
    (/** @type {Error} */ error) =>
      error.message.includes(folder) && /emscripten: .* free, .* needed: .*WASMSIG_CACHE/.test(error.message),
  );
});
