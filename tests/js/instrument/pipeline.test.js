// @ts-check
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { VERSION } from '../../../js/abi/index.js';
import { InstrumentError, instrument, instrumentSync } from '../../../js/instrument/index.js';
import { instrumentEverywhere, operandsOf } from '../../support/changed_rewriter.js';
import { HEADER, custom, leb, name, readModule, readSections, section, sleb } from '../../support/wasm_binary.js';
import {
  BLOCK,
  DOORBELL,
  FUNCTION,
  I32,
  PROGRESS,
  SLOW_COUNT,
  STOP,
  VOID,
  addRuntime,
  assemble,
  observe,
  random,
  randomProgram,
  runtimeText,
} from '../../support/wasm_modules.js';

/** Larger runs by hand: WASMSIG_FUZZ=20 makes twenty times as many random programs. */
const FUZZ = Number(process.env.WASMSIG_FUZZ ?? 1);
const LIMIT = 20_000;

const scratch = mkdtempSync(path.join(tmpdir(), 'wasmsig-instrument-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const loadBinaryen = async () => (await import('binaryen')).default;
const binaryenTool = (/** @type {string} */ tool) =>
  path.join(path.dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin', tool);

/** @param {string[]} args */
function runWasmOpt(args) {
  const child = spawnSync(process.execPath, [binaryenTool('wasm-opt'), ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(
    child.status,
    0,
    child.stderr
      .split('\n')
      .filter((line) => line.length < 400)
      .join('\n'),
  );
  return child.stdout;
}

/** Calls all exports in Binaryen's interpreter, which knows features that this engine may lack. @param {Uint8Array} bytes */
function interpret(bytes) {
  const file = path.join(scratch, 'interpret.wasm');
  writeFileSync(file, bytes);
  return runWasmOpt([file, '-all', '--fuzz-exec-before', '-o', path.join(scratch, 'out.wasm')])
    .trimEnd()
    .split('\n');
}

/** @param {string} text the fields of a module; the stand-in runtime and a memory are added */
async function assembleText(text, { memory = '(memory (export "memory") 1)', result = '(i32.const 0)' } = {}) {
  const binaryen = await loadBinaryen();
  const module = binaryen.parseText(`(module ${memory} ${runtimeText(result)} ${text})`);
  module.setFeatures(binaryen.Features.All);
  assert.ok(module.validate());
  module.setFeatures(binaryen.Features.MVP | binaryen.Features.ExceptionHandling | binaryen.Features.Multivalue);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** @param {Uint8Array} bytes @param {WebAssembly.Imports} [imports] */
const instantiate = (bytes, imports = {}) =>
  new WebAssembly.Instance(new WebAssembly.Module(/** @type {any} */ (bytes)), imports).exports;

/** @param {Uint8Array} bytes */
function markOf(bytes) {
  const found = readSections(bytes).filter((s) => s.id === 0 && s.name === 'wasmsig');
  assert.equal(found.length, 1);
  return JSON.parse(Buffer.from(bytes.subarray(found[0].body, found[0].end)).toString('utf8'));
}

const FORMS = /** @type {const} */ (['shared', 'keep']);
const plain = () => assemble({ functions: [{ type: 2, code: [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0] }] });

describe('instrumented programs compute the same', () => {
  const ring = '(call $ring)';
  /** @type {[string, string][]} */
  const programs = [
    [
      'a loop in statement position',
      `(func (export "run") (param i32) (result i32) (local i32)
      (loop $l ${ring} (local.set 1 (i32.add (local.get 1) (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $l (i32.gt_s (local.get 0) (i32.const 0)))) (local.get 1))`,
    ],
    [
      'loops in operand position',
      `(func (export "run") (param i32) (result i32) (local i32)
      (i32.sub
        (i32.mul (local.get 0) (loop $a (result i32) ${ring} (local.set 1 (i32.add (local.get 1) (i32.const 3))) (br_if $a (i32.lt_s (local.get 1) (local.get 0))) (local.get 1)))
        (loop $b (result i32) ${ring} (local.set 1 (i32.sub (local.get 1) (i32.const 2))) (br_if $b (i32.gt_s (local.get 1) (i32.const 0))) (i32.add (local.get 1) (i32.const 5)))))`,
    ],
    [
      'a loop as argument of a call, of a store and as a condition',
      `(func $f (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
      (func (export "run") (param i32) (result i32) (local i32)
        (i32.store offset=4096 (i32.const 0) (loop $a (result i32) ${ring} (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $a (i32.lt_s (local.get 1) (i32.const 9))) (local.get 1)))
        (if (loop $c (result i32) ${ring} (local.set 1 (i32.shr_s (local.get 1) (i32.const 1))) (br_if $c (local.get 1)) (local.get 0))
          (then (local.set 1 (i32.const 77))))
        (call $f (i32.load offset=4096 (i32.const 0)) (loop $b (result i32) ${ring} (i32.add (local.get 1) (local.get 0)))))`,
    ],
    [
      'nested loops, with branches from the inner to the outer one',
      `(func (export "run") (param i32) (result i32) (local i32 i32 i32)
      (block $out (loop $o ${ring} (local.set 2 (i32.const 0))
        (loop $i ${ring} (local.set 3 (i32.add (local.get 3) (local.get 2))) (local.set 2 (i32.add (local.get 2) (i32.const 1)))
          (br_if $out (i32.gt_s (local.get 3) (i32.const 500)))
          (br_if $i (i32.lt_s (local.get 2) (local.get 1)))
          (local.set 1 (i32.add (local.get 1) (i32.const 1)))
          (br_if $o (i32.lt_s (local.get 1) (local.get 0)))))) (local.get 3))`,
    ],
    [
      'br_table to labels of loops',
      `(func (export "run") (param i32) (result i32) (local i32)
      (block $out (loop $a ${ring} (loop $b ${ring} (loop $c ${ring}
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if $out (i32.gt_s (local.get 1) (i32.const 60)))
        (br_table $a $b $c $out $b (i32.rem_u (i32.add (local.get 1) (local.get 0)) (i32.const 7))))))) (local.get 1))`,
    ],
    [
      'i64, f32 and f64 results',
      `(func (export "run") (param i32) (result f64) (local i32)
      (f64.add (f64.convert_i64_s (loop $a (result i64) ${ring} (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $a (i32.lt_s (local.get 1) (local.get 0))) (i64.extend_i32_s (local.get 1))))
        (f64.mul (loop $b (result f64) ${ring} (f64.const 1.5)) (f64.promote_f32 (loop $c (result f32) ${ring} (f32.const 0.25))))))`,
    ],
    [
      'a return and a trap out of a loop',
      `(func (export "run") (param i32) (result i32) (local i32)
      (loop $l ${ring} (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (if (i32.gt_s (local.get 1) (i32.const 30)) (then (unreachable)))
        (if (i32.eq (local.get 1) (local.get 0)) (then (return (i32.const 42))))
        (br $l)) (unreachable))`,
    ],
    [
      'loops inside try, catch and catch_all, with rethrow',
      `(tag $t (param i32))
      (func (export "run") (param i32) (result i32) (local i32 i32)
        (try $outer (do
          (loop $l ${ring} (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (try $inner (do (loop $m ${ring} (if (i32.eq (local.get 1) (i32.const 3)) (then (throw $t (i32.const 5)))) (local.set 2 (i32.add (local.get 2) (i32.const 1))) (br_if $m (i32.rem_u (local.get 2) (i32.const 3)))))
              (catch $t (drop (pop i32)) (loop $n ${ring} (local.set 2 (i32.add (local.get 2) (i32.const 10))) (br_if $n (i32.lt_s (local.get 2) (i32.const 50))))
                (if (i32.eqz (local.get 0)) (then (rethrow $inner))) (br $l)))
            (br_if $l (i32.lt_s (local.get 1) (local.get 0)))))
          (catch_all (local.set 2 (i32.add (local.get 2) (i32.const 1000)))))
        (local.get 2))`,
    ],
    [
      'delegate out of loops',
      `(tag $t)
      (func (export "run") (param i32) (result i32) (local i32)
        (try $outer (do
          (loop $l ${ring} (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (try (do (if (i32.gt_s (local.get 1) (local.get 0)) (then (throw $t)))) (delegate $outer))
            (br $l)))
          (catch $t (local.set 1 (i32.add (local.get 1) (i32.const 100)))))
        (local.get 1))`,
    ],
  ];
  for (const [title, text] of programs) {
    for (const memory of FORMS) {
      test(`${title} (${memory})`, async () => {
        const original = await assembleText(text, { result: '(i32.and (i32.load (i32.const 2048)) (i32.const 3))' });
        const { bytes, report } = instrumentEverywhere(original, { memory });
        assert.equal(report.left_out.length, 0);
        assert.equal(report.loops.instrumented, report.loops.found);
        assert.ok(report.loops.found >= 1);
        const attempt = (/** @type {Uint8Array} */ module) => {
          const exports = instantiate(module);
          const results = [0, 1, 2, 3, 7, 20, -4].map((arg) => {
            try {
              return /** @type {Function} */ (exports.run)(arg);
            } catch (error) {
              return String(error);
            }
          });
          return {
            results,
            slow: new Int32Array(/** @type {WebAssembly.Memory} */ (exports.memory).buffer)[SLOW_COUNT / 4],
          };
        };
        const before = attempt(original);
        const instrumented = attempt(bytes);
        assert.deepEqual(instrumented.results, before.results);
        assert.deepEqual(attempt(instrumentSync(original, { memory }).bytes).results, before.results);
        assert.equal(before.slow, 0);
        assert.ok(instrumented.slow > 0, 'the slow path ran');
      });
    }
  }

  test('a doorbell that is not rung costs no call', () => {
    const exports = instantiate(instrumentSync(plain()).bytes);
    assert.equal(/** @type {Function} */ (exports.f0)(0), 0);
    assert.equal(new Int32Array(/** @type {WebAssembly.Memory} */ (exports.memory).buffer)[SLOW_COUNT / 4], 0);
  });

  test('random programs: loops with parameters, unreachable loops, every kind of branch, exceptions', () => {
    let slow = 0;
    for (let seed = 1; seed <= 400 * FUZZ; ++seed) {
      const program = randomProgram(seed, [0x41, seed % 4]);
      const before = observe(program.bytes, program.functions);
      for (const memory of FORMS) {
        for (const transform of [instrumentSync, instrumentEverywhere]) {
          const { bytes, report } = transform(program.bytes, { memory });
          assert.equal(report.loops.found, program.loops);
          const instrumented = observe(bytes, program.functions);
          assert.deepEqual(instrumented.seen, before.seen, `seed ${seed}, ${memory}, ${transform.name}`);
          slow += instrumented.slow;
        }
      }
    }
    assert.ok(slow > 100_000, `the slow path ran ${slow} times`);
  });

  test("programs of Binaryen's own fuzz-input generator, in its interpreter", { timeout: 120_000 * FUZZ }, () => {
    let loops = 0;
    let slow = 0;
    for (let seed = 1; seed <= 6 * FUZZ; ++seed) {
      const original = addRuntime(fuzzModule(seed));
      if (!original) continue;
      const { bytes, report } = instrumentSync(original, { memory: seed % 3 ? 'keep' : 'shared', validate: false });
      assert.deepEqual(report.left_out, []);
      loops += report.loops.found;
      const before = interpret(original);
      const instrumented = interpret(bytes);
      assert.ok(before.length > 1);
      assert.deepEqual(instrumented.slice(0, -1), before.slice(0, -1), `seed ${seed}`);
      assert.ok(operandsOf(original) > 50, `${operandsOf(original)} ends of constructs`);
      slow += countOf(instrumented) - countOf(before);
    }
    assert.ok(loops > 20 && slow > 0, `${loops} loops, ${slow} slow paths`);
  });

  /** The stand-in of `addRuntime` exports last how often its slow path ran. @param {string[]} lines */
  const countOf = (lines) => Number(lines.at(-1)?.match(/=> (\d+)/)?.[1]);

  /** @param {number} seed */
  function fuzzModule(seed) {
    const below = random(seed);
    const input = path.join(scratch, 'fuzz.bin');
    const output = path.join(scratch, 'fuzz.wasm');
    writeFileSync(
      input,
      Uint8Array.from({ length: 4000 + below(12000) }, () => below(256)),
    );
    // All that the generator knows and a 32-bit program can have.
    const without = [
      'memory64',
      'multimemory',
      'strings',
      'stack-switching',
      'shared-everything',
      'fp16',
      'threads',
      'custom-descriptors',
    ];
    runWasmOpt([
      input,
      '-ttf',
      '-all',
      ...without.map((feature) => `--disable-${feature}`),
      '--no-fuzz-oob',
      '-o',
      output,
    ]);
    return readFileSync(output);
  }
});

describe('endless loops are stopped', () => {
  const forever = [0x0c, 0];
  /** @type {[string, number[]][]} a function () -> i32 */
  const shapes = [
    ['an empty loop', [0x03, VOID, ...forever, 0x0b, 0x00]],
    ['a conditional branch', [0x03, VOID, 0x41, 1, 0x0d, 0, 0x0b, 0x41, 0]],
    ['operand position', [0x41, 1, 0x03, I32, ...forever, 0x0b, 0x6a]],
    ['operand position with a result that would come', [0x41, 1, 0x03, I32, 0x41, 1, 0x0d, 0, 0x41, 9, 0x0b, 0x6a]],
    ['a parameter', [0x41, 1, 0x03, 2, ...forever, 0x0b]],
    ['a parameter on top of operands', [0x41, 4, 0x41, 1, 0x03, 2, 0x41, 1, 0x6a, 0x41, 1, 0x0d, 0, 0x0b, 0x6a]],
    ['the outer of two loops', [0x03, VOID, 0x03, VOID, 0x0c, 1, 0x0b, 0x0b, 0x00]],
    ['a loop around a short one', [0x03, VOID, 0x03, VOID, 0x41, 0, 0x0d, 0, 0x0b, 0x0c, 0, 0x0b, 0x00]],
    ['br_table', [0x03, VOID, 0x02, VOID, 0x41, 1, 0x0e, 1, 0, 1, 0x0b, 0x0b, 0x41, 0]],
    ['a branch out of an if', [0x03, VOID, 0x41, 1, 0x04, VOID, 0x0c, 1, 0x05, 0x0b, 0x0b, 0x41, 0]],
    ['inside try', [0x06, VOID, 0x03, VOID, ...forever, 0x0b, 0x19, 0x0b, 0x00]],
    ['a throw and a catch in each round', [0x03, VOID, 0x06, VOID, 0x08, 0, 0x19, 0x0c, 1, 0x0b, 0x0b, 0x00]],
    ['a catch that loops', [0x06, VOID, 0x08, 0, 0x19, 0x03, VOID, ...forever, 0x0b, 0x0b, 0x00]],
    [
      'behind code that is never reached',
      [0x02, VOID, 0x0c, 0, 0x03, VOID, ...forever, 0x0b, 0x0b, 0x03, VOID, ...forever, 0x0b, 0x00],
    ],
  ];
  const withProgress = (/** @type {number[]} */ code) => [0x41, ...sleb(PROGRESS), 0x41, 1, 0x36, 2, 0, ...code];
  const program = (/** @type {number[]} */ code, /** @type {number[] | undefined} */ safePointResult = undefined) =>
    assemble({ functions: [{ type: 0, code: withProgress(code) }], tags: [1], safePointResult });

  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(workerData), {});
    if (exports.memory.buffer instanceof SharedArrayBuffer) parentPort.postMessage(exports.memory.buffer);
    let end; try { end = 'returned ' + exports.f0(); } catch (error) { end = error.message; }
    parentPort.postMessage(end);`;

  /** @param {Uint8Array} bytes @param {(buffer: SharedArrayBuffer) => Promise<void>} onMemory */
  async function runUntilStopped(bytes, onMemory) {
    const worker = new Worker(source, { eval: true, workerData: bytes });
    try {
      /** @type {Promise<string>} */
      const ended = new Promise((resolve, reject) => {
        worker.on('message', (message) =>
          typeof message === 'string' ? resolve(message) : onMemory(message).catch(reject),
        );
        worker.on('error', reject);
      });
      const timer = new AbortController();
      const late = delay(LIMIT, 'still running', { signal: timer.signal }).catch(() => '');
      const end = await Promise.race([ended, late]);
      timer.abort();
      return end;
    } finally {
      await worker.terminate();
    }
  }

  for (const [title, code] of shapes) {
    test(`${title} (shared): a store from another thread`, async () => {
      const { bytes, report } = instrumentSync(program(code));
      assert.equal(report.look, 'shared');
      const end = await runUntilStopped(bytes, async (buffer) => {
        const words = new Int32Array(buffer);
        while (Atomics.load(words, PROGRESS / 4) === 0) await delay(1);
        Atomics.store(words, STOP / 4, 1);
        Atomics.store(words, DOORBELL / 4, 1);
      });
      assert.equal(end, 'unreachable');
    });
  }
  test('every shape (countdown): the slow path comes again and again', async () => {
    // Traps at the thousandth slow path; leaves out 0 to 3 looks.
    const result = [
      0x41,
      ...sleb(SLOW_COUNT),
      0x28,
      2,
      0,
      0x41,
      ...sleb(1000),
      0x4e,
      0x04,
      VOID,
      0x00,
      0x0b,
      0x41,
      ...sleb(SLOW_COUNT),
      0x28,
      2,
      0,
      0x41,
      3,
      0x71,
    ];
    for (const [title, code] of shapes) {
      const { bytes, report } = instrumentSync(program(code, result), { memory: 'keep' });
      assert.equal(report.look, 'countdown');
      assert.equal(await runUntilStopped(bytes, async () => {}), 'unreachable', title);
    }
  });
});

describe('the countdown', () => {
  // f0(n): n rounds of one loop, too long for strips; and of a short one, of which four rounds share a look.
  const rounds = (/** @type {number[]} */ ...longer) => [
    0x03,
    VOID,
    ...longer,
    0x20,
    0,
    0x41,
    1,
    0x6b,
    0x22,
    0,
    0x0d,
    0,
    0x0b,
    0x20,
    0,
  ];
  // A negative number is none.
  for (const [result, expected] of /** @type {[number, number][]} */ ([
    [0, 1000],
    [1, 1000],
    [2, 500],
    [8, 125],
    [9, 112],
    [998, 2],
    [1000, 1],
    [-1, 1000],
  ])) {
    for (const [title, code, count] of /** @type {[string, number[], number][]} */ ([
      ['', rounds(...new Array(24).fill(0x01)), 1000],
      [', in strips', rounds(), 4000],
    ])) {
      test(`leaves out no more checks than the slow path allows (${result}${title})`, () => {
        const { bytes } = instrumentSync(
          assemble({ functions: [{ type: 2, code }], safePointResult: [0x41, ...sleb(result)] }),
          { memory: 'keep' },
        );
        const exports = instantiate(bytes);
        /** @type {Function} */ (exports.f0)(count);
        assert.equal(
          new Int32Array(/** @type {WebAssembly.Memory} */ (exports.memory).buffer)[SLOW_COUNT / 4],
          expected,
        );
      });
    }
  }
});

describe('the output', () => {
  test('has the custom section of instrumented modules, and the report says the same', async () => {
    const { bytes, report } = await instrument(plain());
    assert.deepEqual(markOf(bytes), { abi: VERSION, look: 'shared', safe_points: 1, block: BLOCK });
    assert.equal(report.block, BLOCK);
    assert.equal(report.doorbell, DOORBELL);
    assert.deepEqual(report.loops, { found: 1, instrumented: 1, strips: 1, left_out: 0, why: {} });
    assert.deepEqual(report.bytes, { before: plain().length, after: bytes.length });
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
    assert.equal(markOf(instrumentSync(plain(), { memory: 'keep' }).bytes).look, 'countdown');
  });

  test('is the same for the same input, which is not changed', () => {
    const { bytes } = randomProgram(5);
    const copy = bytes.slice();
    const first = instrumentSync(bytes);
    assert.deepEqual(instrumentSync(bytes).bytes, first.bytes);
    assert.deepEqual(instrumentSync(bytes.buffer).bytes, first.bytes);
    assert.deepEqual(instrumentSync(Buffer.from(bytes)).bytes, first.bytes);
    assert.deepEqual(bytes, copy);
  });

  test('needs no feature that the input did not, but atomics for the atomic load', async () => {
    const binaryen = await loadBinaryen();
    const validWith = (/** @type {Uint8Array} */ bytes, /** @type {number} */ features) => {
      const module = binaryen.readBinary(bytes);
      module.setFeatures(features);
      const { error } = console;
      const { write } = process.stderr;
      console.error = () => {};
      process.stderr.write = () => true;
      try {
        return Boolean(module.validate());
      } finally {
        console.error = error;
        process.stderr.write = write;
        module.dispose();
      }
    };
    const { MVP, Atomics: Threads, MutableGlobals } = binaryen.Features;
    const input = assemble({ functions: [{ type: 2, code: [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0] }] });
    // The stand-in exports a mutable global, which is a feature of its own.
    assert.ok(validWith(input, MVP | MutableGlobals));
    assert.ok(validWith(instrumentSync(input, { memory: 'keep' }).bytes, MVP | MutableGlobals));
    assert.ok(validWith(instrumentSync(input).bytes, MVP | MutableGlobals | Threads));
    assert.ok(!validWith(instrumentSync(input).bytes, MVP | MutableGlobals));
  });

  test('names atomics in target_features where the check uses them', () => {
    const features = custom('target_features', [1, 0x2b, ...name('sign-ext')]);
    const input = assemble({ functions: [], customs: [features] });
    const content = (/** @type {Uint8Array} */ bytes) => {
      const found = readSections(bytes).find((s) => s.name === 'target_features');
      assert.ok(found);
      return Buffer.from(bytes.subarray(found.body, found.end)).toString('latin1');
    };
    assert.equal(content(instrumentSync(input).bytes), '\x02+\x08sign-ext+\x07atomics');
    assert.equal(content(instrumentSync(input, { memory: 'keep' }).bytes), '\x01+\x08sign-ext');
  });

  test('keeps names and foreign sections, renumbers labels, drops what points into moved code', () => {
    // f0: block, loop, block, loop: labels 0..3 of function 5.
    const code = [0x02, VOID, 0x03, VOID, 0x02, VOID, 0x03, VOID, 0x0b, 0x0b, 0x0b, 0x0b, 0x20, 0];
    const functionNames = [1, 5, ...name('my_function')];
    const labelNames = [1, 5, 4, 0, ...name('a'), 1, ...name('b'), 2, ...name('c'), 3, ...name('d')];
    const names = custom('name', [...section(1, functionNames), ...section(3, labelNames)]);
    const input = assemble({
      functions: [{ type: 2, code }],
      customs: [
        custom('my_data', [1, 2, 3]),
        custom('.debug_line', [0]),
        custom('metadata.code.branch_hint', [0]),
        names,
      ],
    });
    const { bytes, report } = instrumentEverywhere(input);
    const sections = readSections(bytes);
    assert.deepEqual(
      sections.filter((s) => s.id === 0).map((s) => s.name),
      ['metadata.code.branch_hint', 'my_data', 'name', 'wasmsig'],
    );
    assert.deepEqual(report.dropped_sections, ['.debug_line', 'metadata.code.branch_hint']);
    assert.match(report.warnings.join(), /\.debug_line/);
    const found = sections.find((s) => s.name === 'name');
    assert.ok(found);
    assert.deepEqual(
      [...bytes.subarray(found.body, found.end)],
      [
        ...section(1, functionNames),
        ...section(3, [1, 5, 4, 1, ...name('a'), 5, ...name('b'), 6, ...name('c'), 10, ...name('d')]),
      ],
    ); // one more for the entry
  });

  test('renumbers labels behind the rounds of an unrolled loop', () => {
    // f0: loop, block in it, block behind it: labels 0..2. Every round has the inner block once; a round's own block comes before it.
    const code = [0x03, VOID, 0x02, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0, 0x0d, 0, 0x0b, 0x02, VOID, 0x0b, 0x20, 0];
    const labels = (/** @type {[number, string][]} */ ...all) =>
      section(3, [1, 5, all.length, ...all.flatMap(([index, text]) => [index, ...name(text)])]);
    const { bytes, report } = instrumentSync(
      assemble({
        functions: [{ type: 2, code }],
        customs: [custom('name', labels([0, 'loop'], [1, 'inner'], [2, 'behind']))],
      }),
    );
    assert.equal(report.loops.strips, 1);
    const found = readSections(bytes).find((s) => s.name === 'name');
    assert.ok(found);
    // done, again, look, loop, round, inner, round, inner, round, inner, inner, behind
    assert.deepEqual([...bytes.subarray(found.body, found.end)], labels([3, 'loop'], [5, 'inner'], [11, 'behind']));
  });

  test('names the outlined copy of a function with a safe point at its entry', () => {
    const names = (/** @type {[number, string][]} */ ...all) =>
      section(1, [all.length, ...all.flatMap(([index, text]) => [index, ...name(text)])]);
    const functions = [
      { type: 2, code: [0x20, 0] },
      { type: 2, code: [0x20, 0, 0x10, FUNCTION.first + 1] },
    ];
    const { bytes, report } = instrumentSync(
      assemble({ functions, customs: [custom('name', names([1, 'one'], [FUNCTION.first + 1, 'again']))] }),
    );
    assert.equal(report.functions.copied, 1);
    const sections = readSections(bytes);
    const found = sections.find((s) => s.name === 'name');
    assert.ok(found);
    const { importedFunctions, bodies } = readModule(bytes);
    const copy = importedFunctions + bodies.length - 1;
    assert.deepEqual(
      [...bytes.subarray(found.body, found.end)],
      names([1, 'one'], [FUNCTION.first + 1, 'again'], [copy, 'again.cold']),
    );
  });

  test('copies functions without loops byte for byte', () => {
    const code = [0x02, VOID, 0x20, 0, 0x0d, 0x80, 0x80, 0x00, 0x0b, 0x20, 0]; // with a padded label
    const input = assemble({ functions: [{ type: 2, code }] });
    const { bytes } = instrumentSync(input);
    const view = readModule(bytes);
    const body = view.bodies[FUNCTION.first];
    assert.deepEqual([...bytes.subarray(body.start, body.end)], [0, ...code, 0x0b]);
  });
});

describe('functions are left out', () => {
  const loop = [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0];
  const functions = Array.from({ length: 6 }, () => ({ type: 2, code: loop }));
  const functionNames = [
    '_ZN7wasmsig5queue4takeEv',
    'wsig_poll',
    'void wasmsig::process::deliver<int>(wasmsig::Process&)',
    'user_loop',
    'take(wasmsig::Signal)',
    '_ZN4user7wasmsigEv',
  ];
  const names = custom(
    'name',
    section(1, [6, ...functionNames.flatMap((text, i) => [FUNCTION.first + i, ...name(text)])]),
  );
  const input = assemble({ functions, customs: [names] });

  test("that are the runtime's exports; those that are only named like parts of it are not, and without names the code is the same", () => {
    const { bytes, report } = instrumentSync(input);
    assert.deepEqual(report.left_out, []);
    assert.deepEqual(report.loops, { found: 6, instrumented: 6, strips: 6, left_out: 0, why: {} });
    const codeOf = (/** @type {Uint8Array} */ module) =>
      readSections(module)
        .filter(({ id }) => id === 10)
        .map(({ body, end }) => Buffer.from(module.subarray(body, end)).toString('hex'));
    assert.deepEqual(codeOf(bytes), codeOf(instrumentSync(assemble({ functions })).bytes));
    const looping = Uint8Array.from(
      Buffer.from(
        Buffer.from(assemble({ functions: [{ type: 0, code: [0x03, VOID, 0x41, 0, 0x0d, 0, 0x0b, 0x41, 0] }] }))
          .toString('latin1')
          .replace(
            `wasmsig_deliver\0${String.fromCharCode(FUNCTION.deliver)}`,
            `wasmsig_deliver\0${String.fromCharCode(FUNCTION.first)}`,
          ),
        'latin1',
      ),
    );
    assert.deepEqual(
      instrumentSync(looping).report.left_out.map(({ function: name, reason }) => [name, reason]),
      [['wasmsig_deliver', 'part of the wasmsig runtime']],
    );
  });

  test('that the caller names, by function name, export name or expression', () => {
    for (const skip of ['user_loop', 'f3', /^user_/, '/^user_/']) {
      const { report } = instrumentSync(input, { skip: [skip] });
      assert.deepEqual(
        report.left_out.map((entry) => entry.index),
        [FUNCTION.first + 3],
        String(skip),
      );
      assert.equal(report.left_out[0].reason, 'named in skip');
      assert.deepEqual(report.warnings, []);
    }
    assert.match(instrumentSync(input, { skip: ['nobody'] }).report.warnings.join(), /no function is named nobody/);
  });

  test('that hold an instruction which is not known, with the reason', () => {
    const strange = assemble({
      functions: [
        { type: 2, code: [...loop, 0xfd, ...leb(0x3ff)] },
        { type: 2, code: loop },
      ],
    });
    const { report } = instrumentSync(strange, { validate: false });
    assert.equal(report.left_out.length, 1);
    assert.equal(report.left_out[0].loops, 1);
    assert.match(report.left_out[0].reason, /unknown instruction \(0xfd 1023\)/);
    assert.deepEqual(report.loops, { found: 2, instrumented: 1, strips: 1, left_out: 1, why: { unreadable: 1 } });
  });
});

describe('memory', () => {
  const functions = [{ type: 2, code: [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0] }];
  const limits = (
    /** @type {number[]} */ memory,
    /** @type {import('../../../js/instrument/index.js').InstrumentOptions} */ options,
  ) => {
    const { bytes, report } = instrumentSync(assemble({ functions, memory }), options);
    const [{ flags, minimum, maximum }] = readModule(bytes).memories;
    assert.equal(report.memory.shared, (flags & 2) !== 0);
    assert.equal(report.memory.maximum ?? undefined, maximum);
    return [flags, minimum, maximum, report.look];
  };
  test('becomes shared, with a maximum', () => {
    assert.deepEqual(limits([0, 2], {}), [3, 2, 32768, 'shared']);
    assert.deepEqual(limits([0, ...leb(40000)], {}), [3, 40000, 40000, 'shared']);
    assert.deepEqual(limits([0, 2], { maximumPages: 100 }), [3, 2, 100, 'shared']);
    assert.deepEqual(limits([1, 2, 50], {}), [3, 2, 50, 'shared']);
    assert.deepEqual(limits([1, 2, 50], { maximumPages: 100 }), [3, 2, 50, 'shared']);
    assert.deepEqual(limits([1, 2, 50], { maximumPages: 10 }), [3, 2, 10, 'shared']);
  });
  test('is kept where asked, with the form of the check that fits', () => {
    assert.deepEqual(limits([0, 2], { memory: 'keep' }), [0, 2, undefined, 'countdown']);
    assert.deepEqual(limits([1, 2, 50], { memory: 'keep' }), [1, 2, 50, 'countdown']);
    assert.deepEqual(limits([3, 2, 50], { memory: 'keep' }), [3, 2, 50, 'shared']);
    assert.deepEqual(limits([3, 2, 50], { maximumPages: 5 }), [3, 2, 50, 'shared']);
  });
  for (const memory of FORMS) {
    test(`becomes an import (${memory}), and its data goes into the host's memory`, async () => {
      const original = await assembleText(`(data (i32.const 5000) "hello") (global $g (mut i32) (i32.const 3))
        (func (export "run") (result i32) (loop $l (result i32) (global.set $g (i32.sub (global.get $g) (i32.const 1))) (br_if $l (global.get $g)) (i32.load8_u (i32.const 5001))))`);
      const { bytes, report } = await instrument(original, {
        memory,
        maximumPages: 9,
        importMemory: { module: 'host', name: 'mem' },
      });
      assert.deepEqual(report.memory.import, { module: 'host', name: 'mem' });
      const mem = new WebAssembly.Memory(
        memory === 'shared' ? { initial: 1, maximum: 9, shared: true } : { initial: 1 },
      );
      const exports = instantiate(bytes, { host: { mem } });
      assert.equal(/** @type {Function} */ (exports.run)(), 'e'.charCodeAt(0));
      assert.equal(exports.memory, mem);
      assert.equal(new Uint8Array(mem.buffer)[5000], 'h'.charCodeAt(0));
    });
  }
  test('that is imported is shared in place, or imported under another name', async () => {
    const original = await assembleText('(func (export "run") (result i32) (loop $l (result i32) (memory.size)))', {
      memory: '(import "env" "memory" (memory 1 9))',
    });
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 9, shared: true });
    const first = await instrument(original);
    assert.deepEqual(first.report.memory.import, { module: 'env', name: 'memory' });
    assert.equal(/** @type {Function} */ (instantiate(first.bytes, { env: { memory: shared } }).run)(), 1);
    const renamed = await instrument(original, { importMemory: { module: 'a', name: 'b' } });
    assert.equal(/** @type {Function} */ (instantiate(renamed.bytes, { a: { b: shared } }).run)(), 1);
  });
});

describe('a program that is instrumented already', () => {
  const once = instrumentSync(
    assemble({ functions: [{ type: 2, code: [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0] }] }),
    { maximumPages: 7 },
  );
  test('is passed through, and the report says so', () => {
    assert.equal(once.report.already_instrumented, false);
    for (const options of /** @type {import('../../../js/instrument/index.js').InstrumentOptions[]} */ ([
      {},
      { memory: 'keep' },
      { skip: ['f0'] },
    ])) {
      const { bytes, report } = instrumentSync(once.bytes, options);
      assert.deepEqual(bytes, once.bytes);
      assert.notEqual(bytes.buffer, once.bytes.buffer);
      assert.equal(report.already_instrumented, true);
      assert.deepEqual(report.warnings, ['the module is instrumented already: it stays as it is']);
      assert.deepEqual(
        [report.look, report.block, report.doorbell, report.memory],
        [
          'shared',
          once.report.block,
          once.report.doorbell,
          { minimum: 1, maximum: 7, shared: true, was_shared: true, import: null },
        ],
      );
      assert.deepEqual([report.loops.found, report.bytes.before], [0, report.bytes.after]);
    }
  });
});

describe('a program of the stand-alone library, whose doorbell is not rung', () => {
  const made = (
    /** @type {string} */ imported,
    /** @type {import('../../../js/instrument/index.js').InstrumentOptions} */ options = {},
  ) =>
    assembleText(`(func (export "run") (loop $l (br $l)))`, {
      memory: `${imported} (memory (export "memory") 1)`,
    }).then((input) => {
      const { look, memory } = instrumentSync(input, options).report;
      return [look, memory.shared];
    });
  const wasi = '(import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))';
  test('keeps its memory and counts down, and counts down in a shared one too', async () => {
    assert.deepEqual(await made(wasi), ['countdown', false]);
    assert.deepEqual(await made(wasi, { memory: 'shared' }), ['countdown', true]);
  });
  test('but one with imports of a host of ours gets loads', async () => {
    assert.deepEqual(await made(`${wasi} (import "wasmsig" "attach" (func $a (param i32 i32) (result i32)))`), [
      'shared',
      true,
    ]);
    assert.deepEqual(await made(`${wasi} (import "env" "wsig_js_attach" (func $a (param i32 i32) (result i32)))`), [
      'shared',
      true,
    ]);
    assert.deepEqual(
      await made('(import "a" "b" (func $y (result i32)))'),
      ['shared', true],
      'Emscripten shortens all names',
    );
  });
});

describe('the address of the block is read', () => {
  /** @type {[string, string][]} */
  const forms = [
    [
      'as unoptimised compilers write it',
      '(func $b (result i32) (local i32) (local.set 0 (i32.const 2048)) (return (local.get 0)))',
    ],
    ['from an immutable global', '(global $g i32 (i32.const 2048)) (func $b (result i32) (global.get $g))'],
    [
      'through a wrapper of the linker',
      '(func $ctors) (func $inner (result i32) (i32.add (i32.const 2000) (i32.const 48))) (func $b (result i32) (call $ctors) (call $inner))',
    ],
  ];
  const rest =
    '(func (export "wasmsig_safe_point") (result i32) (i32.const 0)) (func (export "wasmsig_deliver") (result i32) (i32.const 0)) (export "wasmsig_block" (func $b))';
  const make = async (/** @type {string} */ text) => {
    const binaryen = await loadBinaryen();
    return binaryen.parseText(`(module ${text} (memory 1) ${rest})`).emitBinary();
  };
  for (const [title, text] of forms)
    test(title, async () => assert.equal(instrumentSync(await make(text)).report.doorbell, 2112));
  /** @type {[string, string][]} */
  const refused = [
    ['a mutable global', '(global $g (mut i32) (i32.const 2048)) (func $b (result i32) (global.get $g))'],
    [
      'an imported global (position-independent code)',
      '(import "env" "__memory_base" (global $g i32)) (func $b (result i32) (i32.add (global.get $g) (i32.const 64)))',
    ],
    ['a load', '(func $b (result i32) (i32.load (i32.const 8)))'],
    ['endless recursion', '(func $b (result i32) (call $b))'],
    ['an address outside of the memory', '(func $b (result i32) (i32.const 65536))'],
    ['an address that is not aligned', '(func $b (result i32) (i32.const 1028))'],
  ];
  for (const [title, text] of refused) {
    test(`but not ${title}`, async () => {
      const module = await make(text);
      assert.throws(() => instrumentSync(module), { code: 'bad-block' });
    });
  }
});

describe('bad input is refused in one line, with a code', () => {
  const good = plain();
  const without = (/** @type {string} */ what) => {
    const text = Buffer.from(good).toString('latin1').replace(what, what.replace('w', 'x'));
    return Uint8Array.from(Buffer.from(text, 'latin1'));
  };
  /** @type {[string, () => unknown, string, RegExp, import('../../../js/instrument/index.js').InstrumentOptions?][]} */
  const cases = [
    ['an empty file', () => new Uint8Array(0), 'not-wasm', /empty/],
    ['JavaScript', () => Buffer.from('export default 1;'), 'not-wasm', /not a wasm file/],
    ['the text form', () => Buffer.from('(module)'), 'not-wasm', /assemble it/],
    ['half a header', () => good.slice(0, 6), 'not-wasm', /ends within its header/],
    ['an unknown version', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0), 'not-wasm', /unknown version/],
    ['a component', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), 'component', /component/],
    ['a truncated module', () => good.slice(0, good.length - 3), 'invalid', /too early/],
    [
      'an invalid module',
      () => assemble({ functions: [{ type: 0, code: [0x6a] }] }),
      'invalid',
      /not a valid wasm module.*i32\.add/,
    ],
    ['an empty module', () => Uint8Array.from(HEADER), 'no-memory', /no memory/, { runtime: 'linked' }],
    [
      'a module without our exports',
      () => Uint8Array.from([...HEADER, ...section(5, [1, 0, 1])]),
      'missing-exports',
      /wasmsig_block, wasmsig_safe_point and wasmsig_deliver.*-lwasmsig/,
      { runtime: 'linked' },
    ],
    [
      'a module without one of them',
      () => without('wasmsig_deliver'),
      'missing-exports',
      /does not export wasmsig_deliver/,
    ],
    [
      'an export of another kind',
      () => {
        const m = without('wasmsig_deliver');
        return Uint8Array.from(
          Buffer.from(
            Buffer.from(m).toString('latin1').replace('xasmsig_deliver\x00\x02', 'wasmsig_deliver\x00\x03'),
            'latin1',
          ),
        );
      },
      'bad-exports',
      /not a function/,
    ],
    [
      'a module that another version has instrumented',
      () =>
        Uint8Array.from([...good, ...custom('wasmsig', [...Buffer.from('{"abi":1,"look":"shared","block":1024}')])]),
      'already-instrumented',
      /already instrumented, by another version/,
    ],
    [
      'a module with a mark that says nothing',
      () => Uint8Array.from([...good, ...custom('wasmsig', [1, 2])]),
      'already-instrumented',
      /already instrumented, by another version/,
    ],
    ['an object file', () => Uint8Array.from([...good, ...custom('linking', [2])]), 'object-file', /link it first/],
    ['something else than bytes', () => 'a.wasm', 'bad-option', /Uint8Array/],
  ];
  for (const [title, make, code, message, options] of cases) {
    test(title, async () => {
      const check = (/** @type {unknown} */ error) => {
        assert.ok(error instanceof InstrumentError);
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      };
      const input = /** @type {Uint8Array} */ (make());
      await assert.rejects(instrument(input, options), check);
    });
  }
  test('a 64-bit memory, also where the exports are those of a 64-bit program or are missing', () => {
    const wide = assemble({ functions: [], memory: [4, 1] });
    assert.throws(() => instrumentSync(wide, { validate: false }), { code: 'memory64' });
    // wasmsig_block: () -> i64
    const wider = Uint8Array.from(
      Buffer.from(Buffer.from(wide).toString('latin1').replace('\x60\x00\x01\x7f', '\x60\x00\x01\x7e'), 'latin1'),
    );
    assert.throws(() => instrumentSync(wider, { validate: false }), { code: 'memory64' });
    const other = Uint8Array.from([...HEADER, ...section(5, [1, 4, 1])]);
    assert.throws(() => instrumentSync(other, { validate: false, runtime: 'linked' }), { code: 'memory64' });
  });
  test('a minimum above the wanted maximum', () => {
    assert.throws(() => instrumentSync(assemble({ functions: [], memory: [0, 9] }), { maximumPages: 8 }), {
      code: 'memory-limits',
    });
  });
  for (const options of [
    { memory: 'both' },
    { runtime: 'none' },
    { maximumPages: 0 },
    { maximumPages: 65537 },
    { maximumPages: 1.5 },
    { importMemory: {} },
    { importMemory: true },
    { skip: 'f' },
    { skip: [3] },
    { skip: ['/(/'] },
    { preferSize: 'yes' },
    { validate: 1 },
    { colour: 'red' },
    null,
  ]) {
    test(`the options ${JSON.stringify(options)}`, () =>
      assert.throws(() => instrumentSync(good, /** @type {any} */ (options)), { code: 'bad-option' }));
  }
  test('every truncation and many damaged copies: an InstrumentError or a valid result, never anything else', {
    timeout: 120_000,
  }, () => {
    const { bytes } = randomProgram(3);
    const attempt = (/** @type {Uint8Array} */ input, /** @type {boolean} */ validate) => {
      try {
        const result = instrumentSync(input, { validate });
        if (validate) assert.ok(WebAssembly.validate(/** @type {any} */ (result.bytes)));
      } catch (error) {
        assert.ok(error instanceof InstrumentError, String(error));
        assert.notEqual(error.code, 'internal', error.message);
      }
    };
    for (let length = 0; length < bytes.length; length += 7) attempt(bytes.slice(0, length), false);
    const below = random(11);
    for (let i = 0; i < 1500; ++i) {
      const damaged = bytes.slice();
      for (let j = below(3); j >= 0; --j) damaged[below(damaged.length)] = below(256);
      attempt(damaged, true);
      attempt(damaged, false);
    }
  });
});

describe('large and deep modules', () => {
  const nested = (/** @type {number} */ depth, /** @type {number[]} */ open, /** @type {number[]} */ inner) => [
    ...Array.from({ length: depth }, () => open).flat(),
    ...inner,
    ...Array(depth).fill(0x0b),
  ];

  test('a loop inside 20,000 blocks, with a branch out of all of them', () => {
    const depth = 20000;
    const code = [
      ...nested(depth, [0x02, VOID], [0x03, VOID, 0x10, FUNCTION.ring, 0x20, 0, 0x0d, ...leb(depth), 0x0b]),
      0x41,
      7,
    ];
    const { bytes } = instrumentSync(assemble({ functions: [{ type: 2, code }] }));
    assert.equal(/** @type {Function} */ (instantiate(bytes).f0)(1), 7);
  });
  test('20,000 loops in each other, with a branch out of all of them from each, take a time that grows with their number', () => {
    const seconds = (/** @type {number} */ depth) => {
      const loops = Array.from({ length: depth }, (_, i) => [
        0x03,
        VOID,
        0x20,
        0,
        0x0d,
        ...leb(i + 1),
        0x10,
        FUNCTION.ring,
      ]).flat();
      const input = assemble({
        functions: [{ type: 2, code: [0x02, VOID, ...loops, ...nested(0, [], Array(depth + 1).fill(0x0b)), 0x20, 0] }],
      });
      const { user: before } = process.cpuUsage();
      const { report } = instrumentSync(input, { validate: false });
      assert.deepEqual(report.loops.why, { straight: depth });
      return (process.cpuUsage().user - before) / 1e6;
    };
    seconds(2000); // compiled now
    const [few, many] = [seconds(5000), seconds(20000)];
    assert.ok(many < 1, `${many} s`);
    assert.ok(many < 10 * few + 0.1, `${few} s for a quarter of them, ${many} s`);
  });
  test('2,000 loops in each other', () => {
    const code = [...nested(2000, [0x03, VOID], [0x10, FUNCTION.ring]), 0x41, 7];
    const { bytes, report } = instrumentEverywhere(assemble({ functions: [{ type: 2, code }] }));
    assert.equal(report.loops.instrumented, 2000);
    assert.equal(/** @type {Function} */ (instantiate(bytes).f0)(1), 7);
  });
  test('one function of more than 1 MB with 20,000 loops', () => {
    const one = [0x03, VOID, 0x41, 0, 0x0d, 0, 0x0b, ...Array.from({ length: 24 }, () => [0x41, 1, 0x1a]).flat()];
    /** @type {number[]} */
    const code = [];
    for (let i = 0; i < 20000; ++i) for (const byte of one) code.push(byte);
    const input = assemble({ functions: [{ type: 0, code: code.concat([0x41, 3]) }] });
    assert.ok(input.length > 1e6);
    const { report, bytes } = instrumentSync(input);
    assert.equal(report.loops.instrumented, 20000);
    assert.equal(report.loops.strips, 0, 'with strips it would be larger than engines accept');
    assert.ok(report.milliseconds < 5000);
    assert.equal(/** @type {Function} */ (instantiate(bytes).f0)(), 3);
  });
});

describe('wasm that this engine may not run', () => {
  test("the newer exception encoding (try_table): same results in Binaryen's interpreter", async () => {
    // f0(n): a loop around a try_table around a loop; the handler's label is the outer loop's block, behind rewritten loops.
    const code = [
      0x02,
      I32, // block $caught (result i32)
      0x03,
      VOID, // loop $outer
      0x1f,
      VOID,
      1,
      0,
      0,
      1, // try_table, catch tag 0 -> $caught (from outside: loop 0, block 1)
      0x03,
      VOID, // loop $inner
      0x10,
      FUNCTION.ring,
      0x20,
      0,
      0x41,
      1,
      0x6b,
      0x22,
      0,
      0x41,
      0,
      0x4a,
      0x0d,
      0, // n = n - 1; br_if $inner while n > 0
      0x20,
      0,
      0x41,
      0x7c,
      0x46,
      0x04,
      VOID,
      0x41,
      ...sleb(42),
      0x08,
      0,
      0x0b, // n == -4: throw 42
      0x0c,
      2, // br $outer
      0x0b,
      0x0b,
      0x0b,
      0x41,
      1,
      0x0b, // ends; 1 if nothing was caught
    ];
    const original = assemble({ functions: [{ type: 2, code }], types: [[0x60, 1, I32, 0]], tags: [3] });
    const { bytes, report } = instrumentEverywhere(original, { validate: false, memory: 'keep' });
    assert.deepEqual(report.loops, { found: 2, instrumented: 2, strips: 0, left_out: 0, why: {} });
    const results = (/** @type {Uint8Array} */ module) => interpret(module).filter((line) => line.includes('f0'));
    assert.match(results(original).join(), /f0 => 42/);
    assert.deepEqual(results(bytes), results(original));
  });

  test('reference types, garbage collection and tail calls are read over', async () => {
    const binaryen = await loadBinaryen();
    const module = binaryen.parseText(`(module (memory (export "memory") 1) ${runtimeText()}
      (type $pair (struct (field (mut i32)) (field (mut i64)))) (type $list (array (mut i32))) (type $fn (func (param i32) (result i32)))
      (table $t 4 funcref)
      (func $step (type $fn) (return_call $step2 (local.get 0)))
      (func $step2 (type $fn) (i32.add (local.get 0) (i32.const 1)))
      (func (export "run") (param $n i32) (result i32) (local $p (ref null $pair)) (local $l (ref null $list)) (local $a anyref)
        (local.set $p (struct.new $pair (i32.const 1) (i64.const 2)))
        (local.set $l (array.new $list (i32.const 5) (i32.const 10)))
        (block $out (loop $again
          (struct.set $pair 0 (local.get $p) (call_ref $fn (struct.get $pair 0 (local.get $p)) (ref.func $step)))
          (array.set $list (local.get $l) (i32.const 3) (array.len (local.get $l)))
          (array.fill $list (local.get $l) (i32.const 0) (i32.const 9) (i32.const 2))
          (drop (ref.test (ref $pair) (local.get $a)))
          (drop (block $cast (result anyref) (drop (br_on_cast $cast anyref (ref $pair) (local.get $a))) (br_if $again (i32.lt_s (struct.get $pair 0 (local.get $p)) (local.get $n))) (br $out)))
          (table.set $t (i32.const 0) (ref.func $step))
          (memory.fill (i32.const 5000) (i32.const 1) (i32.const 8))
          (memory.copy (i32.const 5000) (i32.const 6000) (i32.const 8))
          (drop (i32x4.extract_lane 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i32x4 1 2 3 4) (v128.load (i32.const 5008)))))
          (br $again)))
        (struct.get $pair 0 (local.get $p)))
      (elem declare func $step))`);
    module.setFeatures(binaryen.Features.All);
    assert.ok(module.validate());
    const { bytes, report } = instrumentSync(module.emitBinary(), { validate: false });
    assert.deepEqual(report.loops, { found: 1, instrumented: 1, strips: 0, left_out: 0, why: {} });
    const again = binaryen.readBinary(bytes);
    again.setFeatures(binaryen.Features.All);
    assert.ok(again.validate());
  });
});
