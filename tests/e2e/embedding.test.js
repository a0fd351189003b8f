// @ts-check
// The example of docs/embedding.md: the same output on Linux and in wasm, and the page says what the code says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { blocks } from '../support/guide.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/embedding');
const read = (/** @type {string} */ path) => readFile(join(root, path), 'utf8');
const wasmsig = [join(root, 'js/cli/main.js'), 'run', '--instrument', '--dir', `${example}::.`];

/** @param {string} target @param {string} file */
const built = (target, file) => join(root, 'build', target, 'examples/embedding', file);

/** @param {string} script @param {string} target */
async function lua(script, target) {
  const options = { cwd: example, timeout: 60_000 };
  const { stdout } = await (target === 'native'
    ? run(built(target, 'lua_signal'), [script], options)
    : run(
        process.execPath,
        [...wasmsig, built(target, target === 'wasm32-wasip1' ? 'lua_signal.wasm' : 'lua_signal.mjs'), script],
        options,
      ));
  return stdout;
}

test('the tour of all functions gives the same output on Linux and in wasm', { timeout: 120_000 }, async () => {
  const native = await lua('tour.lua', 'native');
  assert.ok(native.split('\n').length > 20 && native.includes('time is over'), native);
  for (const target of ['wasm32-wasip1', 'wasm32-emscripten'])
    assert.equal(await lua('tour.lua', target), native, target);
});

test('every fragment of docs/embedding.md stands in the example', async () => {
  const code = await read('examples/embedding/lsignal.c');
  const fragments = blocks('docs/embedding.md').flatMap(({ language, name, text }) =>
    language === 'c' && !name ? [text] : [],
  );
  assert.ok(fragments.length >= 6);
  for (const fragment of fragments) assert.ok(code.includes(fragment), `not in lsignal.c:\n${fragment}`);
});

test('the lines of code that docs/embedding.md gives are counted', async () => {
  const page = await read('docs/embedding.md');
  for (const path of ['examples/embedding/lsignal.c', 'tests/judges/cpython/signalmodule.c']) {
    const [, ...sections] = (await read(path)).split(/^\/\* ---- (.*) -+ \*\/$/m);
    const inModule = linesOfCode(sections[sections.length - 1]);
    const around = linesOfCode(sections.filter((_, i) => i % 2).join('\n')) - inModule;
    const file = path.replace(/.*\//, '');
    assert.deepEqual(
      page
        .match(new RegExp('`' + file + '` \\| (\\d+) \\| (\\d+) \\|'))
        ?.slice(1)
        .map(Number),
      [around, inModule],
      file,
    );
  }
});

/** @param {string} code without comments and blank lines */
function linesOfCode(code) {
  return code
    .replace(/\/\*.*?\*\//gs, '')
    .split('\n')
    .filter((line) => line.trim()).length;
}
