// @ts-check
/** The specification's tests in this Node, with instrumented modules; and whether their judge sees what is wrong (npm run spec for Node 24 too). */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { instrumentSync } from '../../../js/instrument/index.js';
import { Converter } from './convert.mjs';
import { judgeScript } from './judge.mjs';
import { readCommands } from './script.mjs';

const runner = fileURLToPath(new URL('run.mjs', import.meta.url));
const report = fileURLToPath(new URL('../../../build/reports/spec-short.json', import.meta.url));
const LIMIT = { timeout: 30_000 };

test("the specification's tests have the same outcome with instrumented modules", { timeout: 300_000 }, () => {
  const args = ['--here', '--json', '--report', report];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [runner, ...args], {
    encoding: 'utf8',
    timeout: 290_000,
    maxBuffer: 1 << 28,
  });
  assert.equal(signal ?? status, 0, stderr);
  const [engine] = JSON.parse(stdout).engines;
  assert.deepEqual(engine.differences, []);
  assert.ok(engine.files > 0 && engine.instrumented > engine.files, stderr);
  assert.ok(engine.assertions > 10 * engine.otherwise.length && engine.checks > engine.assertions, stderr);
});

const SCRIPT = Buffer.from(`
  (module $a
    (memory (export "memory") 1)
    (func (export "sum") (param i32) (result f32) (local i32)
      (loop $again
        (local.set 1 (i32.add (local.get 1) (local.get 0)))
        (i32.store (i32.const 8) (local.get 1))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (f32.reinterpret_i32 (i32.or (local.get 1) (i32.const 0x7fa00000))))
    (func (export "fail") (unreachable)))
  (assert_return (invoke "sum" (i32.const 3)) (f32.const nan:0x200006)) ;; a signalling NaN
  (assert_trap (invoke "fail") "unreachable")
  (register "a" $a)
  (module (func (import "a" "sum") (param i32) (result f32)) (export "again" (func 0)))
  (assert_return (invoke "again" (i32.const 4)) (f32.const nan:0x20000a))
  (assert_return (invoke $a "sum" (i32.const 0x1)) (f32.const nan:arithmetic))
  (assert_invalid (module (func (result i32))) "type mismatch")
  (assert_malformed (module binary "\\00asm") "unexpected end")
  (assert_unlinkable (module (import "a" "none" (func))) "unknown import")`);

/** @param {import('./judge.mjs').Transform} [transform] */
const judge = async (transform) => judgeScript('planted.wast', SCRIPT, await Converter.load(), transform);

test('a script is run as it says, in every form', LIMIT, async () => {
  const { differences, otherwise, assertions, instrumented, not_run, checks } = await judge();
  assert.deepEqual(differences, []);
  // Of one NaN the script expects another than it gets.
  assert.equal(otherwise.length, 1, otherwise.join());
  assert.deepEqual([assertions, instrumented, not_run], [7, 3, {}]);
  assert.equal(checks > 0, true);
});

/** What a rewriter could do wrong, and what is said of it. @type {[string, import('./judge.mjs').Transform, RegExp][]} */
const FAULTS = [
  ['computes otherwise', changed([0x6b, 0x22], [0x6a, 0x22]), /RangeError|differs/],
  ['changes the bits of a NaN', changed([0x80, 0xfd, 0x07], [0x80, 0xff, 0x07]), /the outcome differs/],
  ['writes to another address', changed([0x41, 0x08, 0x20], [0x41, 0x0c, 0x20]), /memory 0 differs/],
  ['traps otherwise', changed([0x00, 0x00, 0x0b], [0x00, 0x01, 0x0b]), /the outcome differs/],
  ['takes what is invalid', (bytes, { validate }) => (validate ? { bytes } : injected(bytes, false)), /takes a module/],
  ['gives nothing valid', () => ({ bytes: new Uint8Array(8) }), /the engine refuses the result/],
  ['does nothing', (bytes, { validate }) => (injected(bytes, validate), { bytes }), /other exports/],
];

/** @param {Uint8Array} bytes @param {boolean} validate */
const injected = (bytes, validate) => instrumentSync(bytes, { runtime: 'injected', validate });

/**
 * A rewriter that changes the program.
 *
 * @param {number[]} from @param {number[]} to
 * @returns {import('./judge.mjs').Transform}
 */
function changed(from, to) {
  return (bytes, { validate }) => {
    const at = Buffer.from(bytes).lastIndexOf(Buffer.from(from));
    const other =
      at < 0 ? bytes : Buffer.concat([bytes.subarray(0, at), Buffer.from(to), bytes.subarray(at + from.length)]);
    return injected(other, validate);
  };
}

for (const [what, transform, said] of FAULTS) {
  test(`the judge sees a rewriter that ${what}`, LIMIT, async () => {
    const { differences } = await judge(transform);
    assert.match(differences.join('\n'), said);
  });
}

test('a script is read with its comments, escapes and kinds of modules', LIMIT, () => {
  const commands = readCommands(
    Buffer.from(`;; none
      (module binary "\\00asm" "\\u{e9}\\t") (; one (; two ;) ;)
      (assert_return (invoke $m "a\\"b" (v128.const i32x4 1 2 3 4)) (f64.const nan:canonical))`),
  );
  assert.deepEqual(
    commands.map(({ kind, line }) => [kind, line]),
    [
      ['module', 2],
      ['assert_return', 3],
    ],
  );
  assert.deepEqual([...(commands[0].module?.content ?? [])], [0, 97, 115, 109, 0xc3, 0xa9, 9]);
  assert.deepEqual(commands[1].action, {
    kind: 'invoke',
    id: '$m',
    name: 'a"b',
    args: [{ kind: 'v128.const', text: '(v128.const i32x4 1 2 3 4)' }],
  });
  assert.throws(() => readCommands(Buffer.from('(module (func)')), /no end/);
});
