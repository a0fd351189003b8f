// @ts-check
// A longjmp out of a look lands where the function's handler of longjmp is, wherever the look stands.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instrumentSync } from '../../../js/instrument/index.js';
import { instrumentWithoutLandings } from '../../support/changed_rewriter.js';
import { BLOCK, DOORBELL, FUNCTION, I32, VOID, assemble } from '../../support/wasm_modules.js';

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
    (func $longjmp_ (param i32) (i32.store offset=8 (local.get 0) (local.get 0)) (i32.store offset=12 (local.get 0) (i32.const 1)) (throw $longjmp (i32.add (local.get 0) (i32.const 8))))
    ;; gives whether the jump is one to this jmp_buf, as __wasm_setjmp_test does
    (func $isTo (param $jump i32) (param $env i32) (result i32) (i32.eq (local.get $jump) (local.get $env)))
    (tag $never)
    (func $call (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (if (i32.lt_s (global.get $calls) (i32.const 0)) (then (throw $never)))) ;; may throw, for all that is known
    (func $ring (i32.store (i32.const ${DOORBELL}) (i32.const 1)))
    ${run})`);
  module.setFeatures(
    binaryen.Features.MVP |
      binaryen.Features.ExceptionHandling |
      binaryen.Features.ReferenceTypes |
      binaryen.Features.Multivalue |
      features,
  );
  assert.ok(module.validate());
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** @param {Uint8Array} bytes @returns {number} what `run` gives */
function runs(bytes) {
  return /** @type {{run: () => number}} */ (
    /** @type {unknown} */ (
      new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (bytes))).exports
    )
  ).run();
}

/** @param {unknown} error */
const isException = (error) => error instanceof /** @type {any} */ (WebAssembly).Exception;
/** Reads the words that a jump comes with: a handler is told by that. */
const reads = (/** @type {string} */ operand, local = '$thrown') =>
  `(local.set ${local} ${operand}) (drop (i32.load offset=4 (local.get ${local}))) (local.set ${local} (i32.load (local.get ${local})))`;
const CALLS =
  '(if (local.get $jumped) (then (return (i32.add (i32.const 100) (local.get $1))))) (call $call) (call $ring) (br $out)';

/** A function with setjmp as a compiler writes it: its handler gives 100 and what local 1 holds. */
const withSetjmp = (
  /** @type {{within?: (code: string) => string, newer?: boolean, endless?: string, env?: number}} */
  { within = (code) => code, newer = false, endless = '(loop $endless (br $endless))', env = ENV } = {},
) => `
  (func (export "run") (result i32) (local $1 i32) (local $2 i32) (local $jumped i32) (local $thrown i32)
    (local.set $1 (i32.const 7))
    ${within(
      `(block $out (loop $dispatch ${
        newer
          ? `${reads(`(block $caught (result i32) (try_table (catch $longjmp $caught) ${CALLS}) (unreachable))`)} (local.set $jumped (call $isTo (local.get $thrown) (i32.const ${ENV})))`
          : `(try (do ${CALLS}) (catch $longjmp ${reads('(pop i32)')} (local.set $jumped (call $isTo (local.get $thrown) (i32.const ${env})))
      (if (i32.eqz (local.get $jumped)) (then (call $longjmp_ (i32.const ${ENV}))))))`
      } (br $dispatch)))`,
    )}
    (local.set $1 (i32.const 13)) ;; its value is not needed any more, for all that a compiler knows
    ${endless}
    (i32.const 1))
  (func $spin (param i32) (result i32) (loop $endless (br $endless)) (local.get 0))`;

describe('a longjmp out of a safe point lands in its function', () => {
  for (const memory of /** @type {const} */ (['shared', 'keep'])) {
    test(`behind the try, with the locals of the last call (${memory})`, async () => {
      const bytes = await program(withSetjmp());
      assert.equal(runs(instrumentSync(bytes, { memory }).bytes), 107);
      assert.throws(() => runs(instrumentWithoutLandings(bytes, { memory }).bytes), isException);
    });
  }
  /** @type {[string, (code: string) => string][]} */
  const places = [
    ['in a block', (code) => `(block $b (br_if $b (local.get $2)) ${code})`],
    ['in a loop with a safe point', (code) => `(loop $l ${code} (br_if $l (local.get $2)))`],
    ['in an if', (code) => `(if (i32.eqz (local.get $2)) (then ${code}))`],
    ['in an else', (code) => `(if (local.get $2) (then (call $call)) (else ${code}))`],
    [
      'in an else behind an unrolled loop',
      (code) => `(if (local.get $2) (then (loop $l (br_if $l (local.get $2)))) (else ${code}))`,
    ],
    ['in another try', (code) => `(try (do (call $call) ${code}) (catch_all (return (i32.const 2))))`],
    [
      'in several of them',
      (code) =>
        `(block $b (call $call) (loop $l (if (i32.eqz (local.get $2)) (then (br_if $b (local.get $2)) ${code})) (br_if $l (local.get $2))))`,
    ],
  ];
  for (const [title, within] of places)
    test(`whose try stands ${title}`, async () => {
      const { bytes, report } = instrumentSync(await program(withSetjmp({ within })));
      assert.deepEqual(report.warnings, []);
      assert.equal(runs(bytes), 107);
    });
  test('out of a call that the compiler has left outside of the try', async () => {
    const bytes = await program(withSetjmp({ endless: '(drop (i32.add (i32.const 3) (call $spin (i32.const 4))))' }));
    assert.equal(runs(instrumentSync(bytes).bytes), 107);
    assert.throws(() => runs(instrumentWithoutLandings(bytes).bytes), isException);
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
  test("but one whose handler no way leads to is reported, and one of a language's exceptions is left to itself", async () => {
    const inCatch = withSetjmp({ within: (code) => `(try (do (call $longjmp_ (i32.const 0))) (catch_all ${code}))` });
    const { report } = instrumentSync(await program(inCatch));
    assert.match(
      report.warnings.join(),
      /longjmp out of a signal handler .* does not land at the setjmp in them: run$/,
    );
    // Thrown with what the function was given: not longjmp.
    const other = (await program(withSetjmp())).slice();
    const text = Buffer.from(other)
      .toString('latin1')
      .replace('\x20\x00\x41\x08\x6a\x08\x00', '\x41\x00\x1a\x20\x00\x08\x00');
    const foreign = Uint8Array.from(Buffer.from(text, 'latin1'));
    assert.throws(() => runs(instrumentSync(foreign).bytes), isException);
  });
  test('whose try stands in a loop of short rounds', async () => {
    const { report } = instrumentSync(
      await program(`(func (export "run") (result i32) (local $2 i32) (local $thrown i32)
      (loop $l (try (do (local.set $2 (i32.const 0))) (catch $longjmp ${reads('(pop i32)')})) (br_if $l (local.get $2))) (i32.const 1))`),
    );
    assert.deepEqual(report.warnings, []);
  });
  /** @type {[string, (code: string) => string][]} */
  const operands = [
    ['an operand', (code) => `(drop (i32.add (call $seven) ${code}))`],
    [
      'several operands of all types',
      (code) =>
        `(drop (i32.add (call $seven) (call $wide (i64.const 1) (f32.const 2) (f64.const 3) (global.get $calls) ${code})))`,
    ],
    [
      'an operand and a condition',
      (code) =>
        `(drop (i32.add (call $seven) (if (result i32) (i32.eqz (local.get $2)) (then ${code}) (else (i32.const 3)))))`,
    ],
  ];
  const WIDE =
    '(func $seven (result i32) (i32.const 7)) (func $wide (param i64 f32 f64 i32 i32) (result i32) (i32.add (local.get 4) (i32.trunc_f64_u (local.get 2))))';
  for (const [title, within] of operands)
    test(`whose try stands where ${title} lie on the stack, which are there again`, async () => {
      // What is there is added to 100 * the number of jumps, and given when the loop is left behind the second one.
      const whole = within(`(block $value (result i32)
      (block $out (loop $dispatch (try (do (call $call) (br_if $out (i32.eqz (local.get $jumped))) (br $value (i32.mul (local.get $jumped) (i32.const 100))))
        (catch $longjmp ${reads('(pop i32)')} (if (i32.eqz (call $isTo (local.get $thrown) (i32.const ${ENV}))) (then (call $longjmp_ (local.get $thrown)))) (local.set $jumped (i32.add (local.get $jumped) (i32.const 1))))) (br $dispatch)))
      (call $ring) (loop $endless (br $endless)))`).replace('(drop', '(return');
      const { bytes, report } = instrumentSync(
        await program(
          `${WIDE} (func (export "run") (result i32) (local $2 i32) (local $jumped i32) (local $thrown i32) ${whole})`,
        ),
      );
      assert.deepEqual(report.warnings, []);
      assert.equal(runs(bytes), title.startsWith('several') ? 110 : 107);
    });

  /** A setjmp of a function that Binaryen has put here: gives `number` if the jump is to it. @param {number} env @param {number} number @param {string} then @param {string} [thrower] */
  const inlined = (
    env,
    number,
    then,
    thrower = '(call $longjmp_ (local.get $thrown))',
  ) => `(block $out${number} (loop $dispatch${number}
    (try (do (if (local.get $jumped${number}) (then (return (i32.const ${number})))) (call $call) (br $out${number}))
      (catch $longjmp ${reads('(pop i32)')} (if (i32.eqz (call $isTo (local.get $thrown) (i32.const ${env}))) (then ${thrower})) (local.set $jumped${number} (i32.const 1))))
    (br $dispatch${number}))) ${then}`;
  const several = (/** @type {string} */ code) =>
    `(func (export "run") (result i32) (local $2 i32) (local $thrown i32) (local $jumped1 i32) (local $jumped2 i32) (local $jumped3 i32) ${code} (i32.const 9))`;
  const FOREIGN = ENV + 512;
  const LOOKS = '(call $ring) (loop $l (br $l))';
  /** @type {[string, string, number][]} */
  const others = [
    ['to the last of several handlers', inlined(FOREIGN, 1, '') + inlined(FOREIGN, 2, '') + inlined(ENV, 3, LOOKS), 3],
    [
      'to the one in front of the safe point',
      inlined(FOREIGN, 1, '') + inlined(ENV, 2, LOOKS) + inlined(FOREIGN, 3, ''),
      2,
    ],
    [
      'to one behind the safe point, in the next round of a loop',
      `(loop $round (if (local.get $2) (then ${LOOKS})) ${inlined(FOREIGN, 1, '')} ${inlined(ENV, 3, '')} (local.set $2 (i32.const 1)) (br $round))`,
      3,
    ],
    [
      'not to one of a function that has returned, for all that its jmp_buf says',
      `(if (i32.eqz (local.get $2)) (then ${inlined(ENV, 1, '')})) ${inlined(ENV, 2, LOOKS)}`,
      2,
    ],
    [
      'to a handler in the handler of another one',
      `(try (do (call $longjmp_ (i32.const ${FOREIGN}))) (catch $longjmp ${reads('(pop i32)')} ${inlined(ENV, 1, LOOKS)}))`,
      1,
    ],
    [
      'to the inner one of two',
      `(try (do ${inlined(ENV, 2, LOOKS)}) (catch $longjmp ${reads('(pop i32)')} (return (i32.const 5))))`,
      2,
    ],
    [
      'to the outer one of two',
      `(block $done ${inlined(ENV, 1, '').replace('(call $call)', `(call $call) ${inlined(FOREIGN, 2, LOOKS)}`)})`,
      1,
    ],
    [
      'to the second arm of an if',
      `(if (local.get $2) (then ${inlined(FOREIGN, 1, '')}) (else ${inlined(FOREIGN, 2, '')} ${inlined(ENV, 3, LOOKS)}))`,
      3,
    ],
  ];
  for (const [title, code, result] of others)
    test(`${title}, where functions were inlined`, async () => {
      const input = await program(several(code));
      const { bytes, report } = instrumentSync(input);
      assert.deepEqual(report.warnings, []);
      assert.equal(runs(bytes), result);
      const { bytes: without } = instrumentWithoutLandings(input);
      if (title === 'to the inner one of two') assert.equal(runs(without), 5);
      else if (title === 'to the outer one of two')
        assert.equal(runs(without), result, 'its try is around the safe point');
      else assert.throws(() => runs(without), isException);
    });
  test('and goes on to the caller if it is to none of them', async () => {
    const { bytes } = instrumentSync(
      await program(several(inlined(FOREIGN, 1, '') + inlined(FOREIGN, 2, '') + inlined(FOREIGN, 3, LOOKS))),
    );
    assert.throws(() => runs(bytes), isException);
  });
  /** @type {[string, string, string?][]} */
  const NO_WAY = [
    [
      'where nothing comes, and so every value that is asked for is there',
      '(block $b (br_if $b (local.get $2)) (drop (i32.add (i32.const 123456) WHOLE))) (loop $l (br_if $l (local.get $2))) (i32.const 1)',
    ],
    [
      'with a local that is never null',
      '(local.set $f (ref.func $call)) (drop WHOLE) (call_ref $fn (local.get $f)) (i32.const 1)',
      '(local $f (ref $fn))',
    ],
    ['where an operand is a reference of a type of its own', '(call $takes (ref.func $call) WHOLE)'],
  ];
  for (const [title, around, local = ''] of NO_WAY)
    test(`but not ${title}, also where no engine has judged it`, async () => {
      const binaryen = (await import('binaryen')).default;
      const whole = (/** @type {string} */ inner) =>
        around.replace(
          'WHOLE',
          `(block (result i32) (block $out (try (do (call $call)) (catch $longjmp ${reads('(pop i32)')}))) (loop $endless (br_if $endless (local.get $2))) ${inner})`,
        );
      const input = await program(
        `(type $fn (func)) (elem declare func $call) (func $takes (param (ref $fn) i32) (result i32) (local.get 1))
      (func (export "run") (result i32) (local $2 i32) (local $thrown i32) ${local} ${whole('(i32.const 5)')})`,
        '',
        binaryen.Features.GC,
      );
      const dead = Buffer.from(
        Buffer.from(input).toString('latin1').replace('\x41\xc0\xc4\x07', '\x00\x01\x01\x01'),
        'latin1',
      ); // the constant becomes `unreachable`
      const { bytes, report } = instrumentSync(new Uint8Array(dead), { validate: false });
      assert.match(report.warnings.join(), /does not land at the setjmp in them: run$/);
      const module = binaryen.readBinary(bytes);
      module.setFeatures(binaryen.Features.All);
      assert.ok(module.validate());
      module.dispose();
    });
  test('but an exception of C++ does not, though the function that throws it was inlined into another, which computes its address', async () => {
    const code = `(tag $cpp (param i32)) (func (export "run") (result i32) (local $thrown i32)
      (try (do (call $throws (i32.const 16))) (catch $cpp (local.set $thrown (pop i32)) (i32.store (i32.const 32) (i32.const 1)) (drop (i32.load (local.get $thrown))) (drop (i32.load offset=4 (local.get $thrown)))))
      (call $call) (loop $l (br_if $l (i32.eqz (local.get $thrown)))) (i32.const 1))
      (func $throws (param i32) (throw $cpp (i32.add (local.get 0) (i32.const 8))))`;
    const input = await program(code);
    const { bytes, report } = instrumentSync(input);
    assert.deepEqual(report.warnings, []);
    const tries = (/** @type {Uint8Array} */ of) => Buffer.from(of).toString('latin1').split('\x06\x40').length;
    assert.equal(tries(bytes), tries(input), 'no safe point catches anything');
  });
  test('but not where what is thrown is no address: that is no longjmp', async () => {
    const input = await program(`(tag $other (param i64 i32)) (func (export "run") (result i32) (local $2 i32)
      (try (do (throw $other (i64.const 1) (i32.const 2))) (catch $other (tuple.drop 2 (pop (tuple i64 i32)))))
      (loop $l (br_if $l (local.get $2))) (i32.const 1))`);
    const { bytes, report } = instrumentSync(input);
    assert.deepEqual(report.warnings, []);
    assert.equal(runs(bytes), 1);
  });
  /** @type {[string, (n: number) => number[]][]} the handlers, of `assemble`'s code: a call in a try */
  const many = [
    [
      'in each other',
      (n) => [
        ...Array(n).fill([0x06, VOID, 0x10, FUNCTION.ring]).flat(),
        ...SHORT_LOOP,
        ...Array(n).fill(HANDLER).flat(),
      ],
    ],
    [
      'behind each other',
      (n) =>
        Array(n)
          .fill([0x06, VOID, 0x10, FUNCTION.ring, ...HANDLER])
          .flat(),
    ],
    [
      'above as many operands',
      (n) => [
        ...Array(n).fill([0x41, 1]).flat(),
        ...Array(n)
          .fill([0x06, VOID, 0x10, FUNCTION.ring, ...HANDLER])
          .flat(),
        ...Array(n).fill(0x1a),
      ],
    ],
    [
      'in many blocks',
      (n) => [
        ...Array(n).fill([0x02, VOID]).flat(),
        0x06,
        VOID,
        0x10,
        FUNCTION.ring,
        ...HANDLER,
        ...Array(n).fill(0x0b),
      ],
    ],
  ];
  const SHORT_LOOP = [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b];
  const HANDLER = [0x07, 0, 0x21, 0, 0x20, 0, 0x28, 2, 0, 0x20, 0, 0x28, 2, 4, 0x6a, 0x1a, 0x0b];
  for (const [title, code] of many)
    test(`and handlers ${title} take a time that grows with their number`, () => {
      const seconds = (/** @type {number} */ n) => {
        const input = assemble({
          types: [[0x60, 1, I32, 0]],
          tags: [3],
          functions: [
            { type: 3, code: [0x20, 0, 0x41, 8, 0x6a, 0x08, 0] },
            { type: 0, locals: [I32], code: [...code(n), ...SHORT_LOOP, 0x41, 0] },
          ],
        });
        const { user: before } = process.cpuUsage();
        const { report, bytes } = instrumentSync(input, { validate: false });
        assert.equal(report.loops.instrumented > 0, true);
        assert.ok(WebAssembly.validate(/** @type {BufferSource} */ (bytes)));
        return (process.cpuUsage().user - before) / 1e6;
      };
      seconds(1000); // compiled now
      const [few, lots] = [seconds(4000), seconds(16000)];
      assert.ok(lots < 12 * few + 0.3, `${few} s for a quarter of them, ${lots} s`);
    });
  test("but not where longjmp is Emscripten's older one, by JavaScript, and its words cannot be found: the functions that may have a setjmp are reported", async () => {
    const imports = (/** @type {string} */ thrower) =>
      `(import "env" "invoke_v" (func $invoke_v (param i32))) (import "env" "${thrower}" (func $throw))`;
    const older = (/** @type {string} */ thrower) =>
      program(
        `(func (export "run") (call $invoke_v (i32.const 1)) (loop $l (br $l))) (func (export "other") (loop $l (br $l)))`,
        imports(thrower),
      );
    assert.match(
      instrumentSync(await older('_emscripten_throw_longjmp')).report.warnings.join(),
      /^a longjmp out of .* these functions: run\. Link with -sSUPPORT_LONGJMP=wasm$/,
    );
    assert.deepEqual(instrumentSync(await older('something_else')).report.warnings, []);
  });
  /** @type {[string, string, number][]} bodies of setThrew, and how many warnings there are */
  const forms = [
    [
      'two words of memory',
      '(if (i32.eqz (i32.load (i32.const 32))) (then (i32.store (i32.const 36) (local.get 1)) (i32.store (i32.const 32) (local.get 0))))',
      0,
    ],
    [
      'two variables of a thread',
      '(local i32) (if (i32.eqz (i32.load (local.tee 2 (i32.add (global.get $calls) (i32.const 48))))) (then (i32.store (local.get 2) (local.get 0)) (i32.store offset=52 (global.get $calls) (local.get 1))))',
      0,
    ],
    ['something else', '(call $call) (i32.store (i32.const 36) (local.get 1))', 1],
    [
      'one word',
      '(if (i32.eqz (i32.load (i32.const 32))) (then (i32.store (i32.const 32) (local.get 1)) (i32.store (i32.const 32) (local.get 0))))',
      1,
    ],
  ];
  for (const [title, setThrew, warnings] of forms)
    test(`where the older longjmp is known by ${title}, ${warnings ? 'that is reported' : 'a safe point catches it'}`, async () => {
      const bytes = await program(
        `(global $stack (mut i32) (i32.const 0)) (func (export "setThrew") (param i32 i32) ${setThrew}) (func (export "_emscripten_stack_restore") (param i32) (global.set $stack (local.get 0)))
      (func (export "run") (local i32) (call $invoke_v (i32.const 1)) (loop $l (br_if $l (local.get 0))))`,
        '(import "env" "invoke_v" (func $invoke_v (param i32))) (import "env" "_emscripten_throw_longjmp" (func $throw))',
      );
      const { bytes: after, report } = instrumentSync(bytes);
      assert.equal(report.warnings.length, warnings, report.warnings.join());
      assert.equal(
        /\x1a\x19[\x23\x41]/.test(Buffer.from(after).toString('latin1')),
        warnings === 0,
        'catch_all behind the slow path',
      );
    });
  test('but a jump out of the safe point at its entry leaves it, as nothing of it has run', async () => {
    const caller = `(func (export "run") (result i32) (call $ring) (try (result i32) (do (call $inner (i32.const 1))) (catch $longjmp (drop (pop i32)) (i32.const 55))))
      (func $inner (param i32) (result i32) (local $1 i32) (local $2 i32) (local $thrown i32)
        (if (i32.gt_s (local.get 0) (i32.const 5)) (then (return (call $inner (local.get 0)))))
        (loop $dispatch (try (do (call $call)) (catch $longjmp ${reads('(pop i32)')} (local.set $1 (i32.const 9)) (br $dispatch))))
        (loop $l (br_if $l (local.get $2)))
        (local.get $1))`;
    const { bytes, report } = instrumentSync(await program(caller));
    assert.equal(report.functions.look_at_entry, 1);
    assert.equal(runs(bytes), 55);
  });
});
