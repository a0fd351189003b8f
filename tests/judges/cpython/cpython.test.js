// @ts-check
/** CPython's test_signal with its own module and with ours. (npm run cpython for all that it has.) */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setup, SetupError } from '../../../toolchains/setup.mjs';

const runner = fileURLToPath(new URL('run.mjs', import.meta.url));

/** Why it cannot run here, or false. */
async function hindrance() {
  if (process.platform !== 'linux') return "Debian's CPython is needed";
  try {
    await setup({ only: ['cpython'], quiet: true });
    return false;
  } catch (error) {
    if (error instanceof SetupError) return error.message;
    throw error;
  }
}

test("each test of test_signal that passes with CPython's own module passes with ours", {
  timeout: 400_000,
  skip: await hindrance(),
}, () => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [runner, '--only', 'test_signal'], {
    encoding: 'utf8',
    timeout: 390_000,
  });
  assert.equal(signal ?? status, 0, `${stdout}\n${stderr}`);
});
