// @ts-check
// All kinds of files that emcc makes: each runs, or one line says what it is and which entry serves it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { Guard } from '../../js/guard/index.js';
import { buildKinds, skip } from '../support/emscripten_kinds.js';
import { eventually, quiet, wasmsigResult } from '../support/program.js';

const LIMIT = { timeout: 120_000, skip };
/** @type {string} */
let folder;
const file = (/** @type {string} */ name) => join(folder, name);

before(
  () => {
    folder = mkdtempSync(join(tmpdir(), 'wasmsig-kinds-'));
    if (!skip) buildKinds(folder);
  },
  { timeout: 300_000 },
);
after(() => rmSync(folder, { recursive: true, force: true }));

for (const [name, instrumented] of /** @type {[string, boolean][]} */ ([
  ['program.mjs', true],
  ['short.mjs', true],
  ['standalone.mjs', true],
  ['standalone.wasm', true],
  ['common.cjs', true],
  ['single.mjs', false],
]))
  test(`${name} runs`, LIMIT, async () => {
    for (const options of instrumented ? [[], ['--instrument']] : [[]]) {
      const { code, out } = await wasmsigResult(['run', ...options, file(name)]);
      assert.deepEqual({ code, out }, { code: 3, out: 'hello\n' }, options.join());
    }
  });

const EMSCRIPTEN_WASM = /the wasm file of an Emscripten module: give the \.mjs, \.js or \.cjs/;
const LIBRARY = /an Emscripten library, .*no main.* wasmsig\/guard, or wasmsig\/register/;

for (const [name, message, options] of /** @type {[string, RegExp, string[][]?][]} */ ([
  ['library.mjs', LIBRARY],
  ['short_library.mjs', LIBRARY],
  ['script.cjs', /a script that starts when it is loaded, .*without -sMODULARIZE/],
  ['single.mjs', /a single-file build cannot be/, [['--instrument']]],
  ['shortened.mjs', /names of its imports and exports were shortened/, [['--instrument']]],
  ['program.wasm', EMSCRIPTEN_WASM],
  ['short.wasm', EMSCRIPTEN_WASM],
  ['library.wasm', EMSCRIPTEN_WASM],
  ['short_library.wasm', EMSCRIPTEN_WASM],
  ['standalone_library.wasm', /a WASI reactor, .* wasmsig\/guard/],
  ['side.wasm', /a side module/],
]))
  test(`${name} is refused in one line that names what serves it: ${options ?? ''}`, LIMIT, async () => {
    for (const one of options ?? [[], ['--instrument']]) {
      const { code, signal, out, err } = await wasmsigResult(['run', ...one, file(name)]);
      assert.deepEqual({ code, signal, out }, { code: 2, signal: null, out: '' }, err);
      assert.match(err, /^wasmsig: [^\n]+\n$/);
      assert.match(err, message);
    }
  });

test('what the line names serves a library and a reactor: a guard limits them', LIMIT, async () => {
  const factory = (await import(pathToFileURL(file('library.mjs')).href)).default;
  const guard = new Guard();
  const library = await factory({ instantiateWasm: guard.instantiateWasm(readFileSync(file('library.wasm'))) });
  assert.equal(
    guard.run(() => library._add(1, 2), { timeout: 1000 }),
    3,
  );
  const other = new Guard();
  const { instance } = await other.instantiate(readFileSync(file('standalone_library.wasm')));
  const { _initialize, add } = /** @type {any} */ (instance.exports);
  _initialize();
  assert.equal(
    other.run(() => add(1, 2), { timeout: 1000 }),
    3,
  );
});

test(
  'an Emscripten program without the library stops at its safe points, and its time limit holds',
  LIMIT,
  async () => {
    for (const name of ['program.mjs', 'short.mjs']) {
      const child = spawn(file(name), { args: ['spin'], instrument: true, stdin: 'ignore', stderr: 'pipe' });
      let ready = '';
      child.stderr.on('data', (text) => (ready += text));
      await eventually(() => ready.includes('READY'), 'the loop');
      assert.equal(child.capabilities?.interrupts, 'loops');
      child.kill('SIGSTOP');
      await quiet(process.pid);
      child.kill('SIGTERM');
      assert.equal(child.phase, 'plain');
      child.kill('SIGCONT');
      assert.equal((await child.exited).signal, 'SIGTERM');
      const limited = spawn(file(name), { args: ['spin'], timeout: 500, stdin: 'ignore', stderr: 'ignore' });
      assert.equal((await limited.exited).signal, 'SIGTERM');
    }
  },
);
