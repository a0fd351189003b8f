// @ts-check
// wasmsig/guard on modules as their makers link them: what instruments them, and the programs of docs/guard.md.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import binaryen from 'binaryen';
import { Guard } from '../../js/guard/index.js';
import { blocks } from '../support/guide.js';
import { LIMIT, ROOT, guest, start } from '../support/program.js';

const PROGRAM = `(module
  (global $flag (mut i32) (i32.const 0))
  (func (export "spin") (result i32)
    (loop $again (br_if $again (i32.eqz (global.get $flag))))
    (global.set $flag (i32.const 0))
    (i32.const 130))
  (func (export "interrupt") (global.set $flag (i32.const 1)))
  (func (export "count") (param $n i32) (result i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $i)))`;

/** @param {string} text */
function wasm(text) {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  return Uint8Array.from(module.emitBinary());
}

const bytes = wasm(PROGRAM);
/** @type {string} */ let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-guard-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/wasmsig'));
  writeFileSync(join(folder, 'package.json'), '{}\n');
  writeFileSync(join(folder, 'program.wasm'), bytes);
});

after(() => rmSync(folder, { recursive: true }));

const pieces = blocks('docs/guard.md');

test('docs/guard.md: a test runs all of its code', () => {
  assert.deepEqual(
    pieces.map(({ language }) => language),
    ['js', 'text', 'js', 'text'],
  );
});

pieces.forEach(({ language, text }, i) => {
  if (language !== 'js') return;
  test(`docs/guard.md: program ${i / 2 + 1}`, LIMIT, async (t) => {
    const file = join(folder, `${i}.mjs`);
    writeFileSync(file, text);
    const program = start([process.execPath, '--no-warnings', file], { cwd: folder, input: '' });
    t.after(() => program.close());
    const { code } = await program.ended;
    assert.deepEqual({ code, out: program.out, err: program.err }, { code: 0, out: pieces[i + 1].text, err: '' });
  });
});

test('compile, instantiate and bind: every form of a module', LIMIT, async () => {
  const response = () => new Response(bytes, { headers: { 'content-type': 'application/wasm' } });
  const compiled = await new Guard().compile(bytes);
  const instrumented = await new Guard().instrument(bytes);
  assert.deepEqual(await new Guard().instrument(instrumented), instrumented, 'once is enough');
  const copy = new Uint8Array(bytes.length + 8);
  copy.set(bytes, 8);
  for (const source of [
    bytes,
    bytes.buffer,
    copy.subarray(8),
    response(),
    Promise.resolve(response()),
    compiled,
    instrumented,
  ]) {
    const guard = new Guard();
    const { instance, module } = await guard.instantiate(source);
    assert.ok(module instanceof WebAssembly.Module && instance instanceof WebAssembly.Instance);
    const { spin } = /** @type {any} */ (instance.exports);
    assert.throws(() => guard.run(spin, { timeout: 10 }), { code: 'ERR_TIMEOUT' });
  }
  await assert.rejects(new Guard().compile(/** @type {any} */ ('program.wasm')), TypeError);
  await assert.rejects(new Guard().compile(new Response('', { status: 404 })), /404/);
  await assert.rejects(new Guard().compile(bytes.slice(0, 20)), { name: 'InstrumentError' });
});

test("Emscripten's option instantiateWasm", LIMIT, async () => {
  const guard = new Guard();
  const { spin } = await new Promise((resolve) => {
    assert.deepEqual(
      guard.instantiateWasm(bytes)({}, ({ exports }, module) => {
        assert.ok(module instanceof WebAssembly.Module);
        resolve(exports);
      }),
      {},
    );
  });
  assert.throws(() => guard.run(spin, { timeout: 10 }), { code: 'ERR_TIMEOUT' });
});

test('a module with wasm exceptions cannot catch the end', LIMIT, async () => {
  const guard = new Guard();
  const { instance } = await guard.instantiate(
    wasm(`(module (tag $own) (global $caught (export "caught") (mut i32) (i32.const 0))
      (func $spin (loop $again (br $again)))
      (func (export "throws") (throw $own))
      (func (export "main") (try (do (call $spin)) (catch_all (global.set $caught (i32.const 1))))))`),
  );
  const { main, caught } = /** @type {any} */ (instance.exports);
  assert.throws(() => guard.run(main, { timeout: 10 }), { code: 'ERR_TIMEOUT' });
  assert.equal(caught.value, 0);
});

test('a program that is linked with wasmsig is refused', LIMIT, async () => {
  const linked = readFileSync(guest('default'));
  await assert.rejects(new Guard().instrument(linked), { code: 'ERR_LINKED', message: /spawn\(\) or attach\(\)/ });
  await assert.rejects(new Guard().instantiate(linked), { code: 'ERR_LINKED' });
});
