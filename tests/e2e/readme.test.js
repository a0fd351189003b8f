// @ts-check
/** The README's examples, as they stand there. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { blocks } from '../support/guide.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** The one example in this language that holds the word. @param {string} language @param {string} [word] */
function example(language, word = '') {
  const found = blocks('README.md').filter((block) => block.language === language && block.text.includes(word));
  assert.equal(found.length, 1, `the README has one example in ${language} with ${word}`);
  return found[0].text;
}

test('a package is stopped and goes on to work', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'wasmsig-readme-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules/wasmsig'));
  await symlink(join(root, 'node_modules/sql.js'), join(folder, 'node_modules/sql.js'));
  await writeFile(join(folder, 'example.mjs'), example('js', 'wasmsig/register'));
  const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: folder });
  assert.equal(stdout, 'ERR_TIMEOUT\n2\n');
});

test('the C example links, and its alarm ends the loop; the JavaScript example stops it earlier', {
  timeout: 120_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'wasmsig-readme-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'program.c'), example('c'));
  await writeFile(
    join(folder, 'CMakeLists.txt'),
    `cmake_minimum_required(VERSION 3.25)
project(program C CXX)
add_subdirectory(${root} wasmsig)
add_executable(program program.c)
target_link_libraries(program wasmsig::wasmsig)
`,
  );
  const build = join(folder, 'build');
  await run('cmake', [
    '-S',
    folder,
    '-B',
    build,
    `-DCMAKE_TOOLCHAIN_FILE=${join(root, 'toolchains/wasm32-wasip1.cmake')}`,
  ]);
  await run('cmake', ['--build', build, '--target', 'program']);

  const started = performance.now();
  const alone = await run(process.execPath, [
    join(root, 'js/cli/main.js'),
    'run',
    '--instrument',
    join(build, 'program.wasm'),
  ]);
  assert.equal(alone.stdout, 'rang 1 time\n');
  assert.ok(performance.now() - started >= 1000, 'the alarm took its second');

  await mkdir(join(build, 'node_modules'));
  await symlink(root, join(build, 'node_modules/wasmsig'));
  await writeFile(join(build, 'example.mjs'), example('js', 'spawn('));
  const stopped = await run(process.execPath, ['example.mjs'], { cwd: build });
  // Sent before the handler is installed it kills, after that it is caught: both are right.
  assert.match(stopped.stdout, /^(rang 1 time\nexit code 0|killed by SIGALRM)\n$/);
});
