// @ts-check
/** Folders and the environment of Emscripten programs, which take them only if they were linked so. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const lua = join(root, 'build/wasm32-emscripten/examples/lua/lua.mjs');
const plain = join(root, 'build/wasm32-emscripten/guests/ends.mjs');

/** @param {string[]} args @param {string} [cwd] */
function wasmsig(args, cwd = root) {
  return spawnSync(process.execPath, [join(root, 'js/cli/main.js'), 'run', ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 30_000,
  });
}

test('--dir and --env reach an Emscripten program, also the current folder', { timeout: 60_000 }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.lua'), 'print("a file", os.getenv("A"))\n');
  assert.equal(wasmsig(['--dir', `${folder}::/data`, '--env', 'A=b', lua, '/data/a.lua']).stdout, 'a file\tb\n');
  assert.equal(wasmsig(['--dir', '.::.', lua, 'a.lua'], folder).stdout, 'a file\tnil\n');
});

test('a program that was linked without support for --dir or --env says what is missing', { timeout: 60_000 }, () => {
  for (const [option, value, flag] of [
    ['--dir', '.::/data', '-lnodefs.js'],
    ['--env', 'A=b', '-sEXPORTED_RUNTIME_METHODS=ENV'],
  ]) {
    const { status, stderr } = wasmsig([option, value, plain]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`^wasmsig: .*${flag}.*\n$`));
  }
});
