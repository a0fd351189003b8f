// @ts-check
// A longjmp out of a look lands where the function's handler of longjmp is, wherever the look stands.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instrumentAsPlanned, instrumentSync } from '../../js/instrument/instrument.js';
import { planLooks } from '../../js/instrument/plan.js';
import { BLOCK, DOORBELL } from './instrument_support.js';

const ENV = 64;

/** A program whose slow path jumps to ENV, as musl's longjmp does. @param {string} run a function that is called after the doorbell has rung */
async function program(run, imports = '', features = 0) {
  const binaryen = (await import('binaryen')).default;
  const module = binaryen.parseText(`(module ${imports} (memory (export "memory") 1) (tag $longjmp (param i32))
    (global $calls (mut i32) (i32.const 0))
    (func (export "wasmsig_block") (result i32) (i32.const ${BLOCK}))
    (func (export "wasmsig_safe_point") (result i32)
      (if (i32.load (i32.const ${DOORBELL})) (then (i32.store (i32.const ${DOORBELL}) (i32.const 0)) (call $longjmp_ (i32.const ${ENV})))) (i32.const 0))
    (func (export "wasmsig_deliver") (result i32) (i32.const 0))
    (func $longjmp_ (param i32) (throw $longjmp (i32.add (local.get 0) (i32.const 8))))
    (func $call (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
    (func $ring (i32.store (i32.const ${DOORBELL}) (i32.const 1)))
    ${run})`);
  module.setFeatures(binaryen.Features.MVP | binaryen.Features.ExceptionHandling | binaryen.Features.ReferenceTypes | binaryen.Features.Multivalue | features);
  assert.ok(module.validate());
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** @param {Uint8Array} bytes @returns {number} what `run` gives */
function runs(bytes) {
  return /** @type {{run: () => number}} */ (/** @type {unknown} */ (new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (bytes))).exports)).run();
}

/** @param {unknown} error */
const isException = (error) => error instanceof /** @type {any} */ (WebAssembly).Exception;
const CALLS = '(if (local.get $jumped) (then (return (i32.add (i32.const 100) (local.get $1))))) (call $call) (call $ring) (br $out)';

/** A function with setjmp as a compiler writes it: its handler gives 100 and what local 1 holds. */
const withSetjmp = (/** @type {{within?: (code: string) => string, newer?: boolean, endless?: string, env?: number}} */
  { within = (code) => code, newer = false, endless = '(loop $endless (br $endless))', env = ENV } = {}) => `
  (func (export "run") (result i32) (local $1 i32) (local $2 i32) (local $jumped i32)
    (local.set $1 (i32.const 7))
    ${within(`(block $out (loop $dispatch ${newer ? `(local.set $jumped (i32.eq (block $caught (result i32) (try_table (catch $longjmp $caught) ${CALLS}) (unreachable)) (i32.const ${ENV + 8})))`
    : `(try (do ${CALLS}) (catch $longjmp (local.set $jumped (i32.eq (pop i32) (i32.const ${env + 8})))
      (if (i32.eqz (local.get $jumped)) (then (call $longjmp_ (i32.const ${ENV}))))))`} (br $dispatch)))`)}
    (local.set $1 (i32.const 13)) ;; its value is not needed any more, for all that a compiler knows
    ${endless}
    (i32.const 1))
  (func $spin (param i32) (result i32) (loop $endless (br $endless)) (local.get 0))`;

describe('a longjmp out of a look lands in its function', () => {
  for (const memory of /** @type {const} */ (['shared', 'keep'])) {
    test(`behind the try, with the locals of the last call (${memory})`, async () => {
      const bytes = await program(withSetjmp());
      assert.equal(runs(instrumentSync(bytes, { memory }).bytes), 107);
      assert.throws(() => runs(instrumentAsPlanned(bytes, { memory }, planLooks, false).bytes), isException);
    });
  }
  /** @type {[string, (code: string) => string][]} */
  const places = [
    ['in a block', (code) => `(block $b (br_if $b (local.get $2)) ${code})`],
    ['in a loop that looks', (code) => `(loop $l ${code} (br_if $l (local.get $2)))`],
    ['in an if', (code) => `(if (i32.eqz (local.get $2)) (then ${code}))`],
    ['in an else', (code) => `(if (local.get $2) (then (call $call)) (else ${code}))`],
    ['in another try', (code) => `(try (do (call $call) ${code}) (catch_all (return (i32.const 2))))`],
    ['in several of them', (code) => `(block $b (call $call) (loop $l (if (i32.eqz (local.get $2)) (then (br_if $b (local.get $2)) ${code})) (br_if $l (local.get $2))))`],
  ];
  for (const [title, within] of places) test(`whose try stands ${title}`, async () => {
    const { bytes, report } = instrumentSync(await program(withSetjmp({ within })));
    assert.deepEqual(report.warnings, []);
    assert.equal(runs(bytes), 107);
  });
  test('out of a call that the compiler has left outside of the try', async () => {
    const bytes = await program(withSetjmp({ endless: '(drop (i32.add (i32.const 3) (call $spin (i32.const 4))))' }));
    assert.equal(runs(instrumentSync(bytes).bytes), 107);
    assert.throws(() => runs(instrumentAsPlanned(bytes, {}, planLooks, false).bytes), isException);
  });
  test('but one to another function goes on to that', async () => {
    const bytes = await program(withSetjmp({ env: ENV + 512 }));
    assert.throws(() => runs(instrumentSync(bytes).bytes), isException);
  });
  test('also in an instruction of the newer encoding, as Binaryen sees it', async () => {
    const binaryen = (await import('binaryen')).default;
    const { bytes, report } = instrumentSync(await program(withSetjmp({ newer: true })), { validate: false });
    assert.deepEqual(report.warnings, []);
    const module = binaryen.readBinary(bytes);
    module.setFeatures(binaryen.Features.All);
    assert.ok(module.validate());
    assert.match(module.emitText(), /\(try_table \(catch \S+ \S+\)\s+\(drop\s+\(call/);
    module.dispose();
  });
  test('but one whose handler no way leads to is told of, and one of a language\'s exceptions is left to itself', async () => {
    const inCatch = withSetjmp({ within: (code) => `(try (do (call $longjmp_ (i32.const 0))) (catch_all ${code}))` });
    const { report } = instrumentSync(await program(inCatch));
    assert.match(report.warnings.join(), /longjmp out of a signal handler .* does not land at the setjmp in them: run$/);
    // Thrown with what the function was given: not longjmp.
    const other = (await program(withSetjmp())).slice();
    const text = Buffer.from(other).toString('latin1').replace('\x20\x00\x41\x08\x6a\x08\x00', '\x41\x00\x1a\x20\x00\x08\x00');
    const foreign = Uint8Array.from(Buffer.from(text, 'latin1'));
    assert.throws(() => runs(instrumentSync(foreign).bytes), isException);
  });
  test('whose try stands in a loop of short rounds', async () => {
    const { report } = instrumentSync(await program(`(func (export "run") (result i32) (local $2 i32)
      (loop $l (try (do (local.set $2 (i32.const 0))) (catch $longjmp (drop (pop i32)))) (br_if $l (local.get $2))) (i32.const 1))`));
    assert.deepEqual(report.warnings, []);
  });
  /** @type {[string, string, string?][]} */
  const NO_WAY = [
    ['where a value lies on the stack', '(i32.add (i32.const 1) WHOLE)'],
    ['where more than a condition does', '(i32.add (i32.const 1) (if (result i32) (local.get $2) (then WHOLE) (else (i32.const 2))))'],
    ['where nothing comes, and so every value that is asked for is there', '(block $b (br_if $b (local.get $2)) (drop (i32.add (i32.const 123456) WHOLE))) (loop $l (br_if $l (local.get $2))) (i32.const 1)'],
    ['with a local that is never null', '(local.set $f (ref.func $call)) (drop WHOLE) (call_ref $fn (local.get $f)) (i32.const 1)', '(local $f (ref $fn))'],
  ];
  for (const [title, around, local = ''] of NO_WAY) test(`but not ${title}, also where no engine has judged it`, async () => {
    const binaryen = (await import('binaryen')).default;
    const whole = (/** @type {string} */ inner) => around.replace('WHOLE', `(block (result i32) (block $out (try (do (call $call)) (catch $longjmp (drop (pop i32))))) (loop $endless (br_if $endless (local.get $2))) ${inner})`);
    const input = await program(`(type $fn (func)) (elem declare func $call) (func (export "run") (result i32) (local $2 i32) ${local} ${whole('(i32.const 5)')})`, '', binaryen.Features.GC);
    const dead = Buffer.from(Buffer.from(input).toString('latin1').replace('\x41\xc0\xc4\x07', '\x00\x01\x01\x01'), 'latin1'); // the constant becomes `unreachable`
    const { bytes, report } = instrumentSync(new Uint8Array(dead), { validate: false });
    assert.match(report.warnings.join(), /does not land at the setjmp in them: run$/);
    const module = binaryen.readBinary(bytes);
    module.setFeatures(binaryen.Features.All);
    assert.ok(module.validate());
    module.dispose();
  });
  test('but not where what is thrown is no address: that is no longjmp', async () => {
    const input = await program(`(tag $other (param i64 i32)) (func (export "run") (result i32) (local $2 i32)
      (try (do (throw $other (i64.const 1) (i32.const 2))) (catch $other (tuple.drop 2 (pop (tuple i64 i32)))))
      (loop $l (br_if $l (local.get $2))) (i32.const 1))`);
    const { bytes, report } = instrumentSync(input);
    assert.deepEqual(report.warnings, []);
    assert.equal(runs(bytes), 1);
  });
  test('but not where longjmp is Emscripten\'s older one, by JavaScript: the functions that may have a setjmp are told of', async () => {
    const imports = (/** @type {string} */ thrower) => `(import "env" "invoke_v" (func $invoke_v (param i32))) (import "env" "${thrower}" (func $throw))`;
    const older = (/** @type {string} */ thrower) => program(`(func (export "run") (call $invoke_v (i32.const 1)) (loop $l (br $l))) (func (export "other") (loop $l (br $l)))`, imports(thrower));
    assert.match(instrumentSync(await older('_emscripten_throw_longjmp')).report.warnings.join(), /^a longjmp out of .* these functions: run\. Link with -sSUPPORT_LONGJMP=wasm$/);
    assert.deepEqual(instrumentSync(await older('something_else')).report.warnings, []);
  });
  test('but a jump out of the look at its entry leaves it, as nothing of it has run', async () => {
    const caller = `(func (export "run") (result i32) (call $ring) (try (result i32) (do (call $inner (i32.const 1))) (catch $longjmp (drop (pop i32)) (i32.const 55))))
      (func $inner (param i32) (result i32) (local $1 i32) (local $2 i32)
        (if (i32.gt_s (local.get 0) (i32.const 5)) (then (return (call $inner (local.get 0)))))
        (loop $dispatch (try (do (call $call)) (catch $longjmp (drop (pop i32)) (local.set $1 (i32.const 9)) (br $dispatch))))
        (loop $l (br_if $l (local.get $2)))
        (local.get $1))`;
    const { bytes, report } = instrumentSync(await program(caller));
    assert.equal(report.functions.look_at_entry, 1);
    assert.equal(runs(bytes), 55);
  });
});
