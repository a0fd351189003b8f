// @ts-check
// Features of wasm that a program may use besides its loops: each keeps its meaning in the instrumented module, or is refused with what to do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { instrumentSync } from '../../../js/instrument/index.js';
import { loadJudge } from '../../judges/rewriter/binaryen.mjs';
import { instrumentEverywhere } from '../../support/changed_rewriter.js';
import { Reader, readModule, readSections } from '../../support/wasm_binary.js';
import { BLOCK, DOORBELL, FUNCTION, VOID, assemble, runtimeText } from '../../support/wasm_modules.js';

const LIMIT = { timeout: 60_000 };
const folder = mkdtempSync(join(tmpdir(), 'wasmsig-features-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} text of a whole module */
async function wasm(text) {
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** What the exported `run` gives in Binaryen's interpreter, which knows what this engine may not. @param {Uint8Array} bytes */
function result(bytes) {
  const [tool, file] = [
    join(dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-opt'),
    join(folder, 'run.wasm'),
  ];
  writeFileSync(file, bytes);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tool, file, '-all', '--fuzz-exec-before', '-o', join(folder, 'out.wasm')],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .filter((line) => line.includes('run => '))
    .join();
}

/** A program whose doorbell is rung in each round: `$ring`. @param {string} text @param {string} [memory] */
const program = (text, memory = '(memory (export "memory") 1)') =>
  `(module ${memory} ${runtimeText('(i32.const 1)')} ${text})`;

/** @type {[title: string, text: string, wanted: string][]} */
const FEATURES = [
  [
    'tail calls, direct and through a table',
    `
    (type $fn (func (param i32 i32) (result i32))) (table 1 funcref) (elem (i32.const 0) $even)
    (func $odd (param $n i32) (param $sum i32) (result i32) (call $ring)
      (if (i32.eqz (local.get $n)) (then (return (local.get $sum))))
      (return_call_indirect (type $fn) (i32.sub (local.get $n) (i32.const 1)) (i32.add (local.get $sum) (i32.const 3)) (i32.const 0)))
    (func $even (param $n i32) (param $sum i32) (result i32)
      (if (i32.eqz (local.get $n)) (then (return (local.get $sum))))
      (return_call $odd (i32.sub (local.get $n) (i32.const 1)) (i32.add (local.get $sum) (i32.const 1))))
    (func (export "run") (result i32) (call $even (i32.const 100) (i32.const 0)))`,
    '200',
  ],
  [
    'reference types',
    `
    (type $fn (func (result i32))) (table $t 4 funcref) (elem declare func $one $two)
    (func $one (type $fn) (i32.const 1)) (func $two (type $fn) (i32.const 2))
    (func (export "run") (result i32) (local $f funcref) (local $i i32) (local $sum i32)
      (loop $again (call $ring)
        (local.set $f (if (result funcref) (i32.and (local.get $i) (i32.const 1)) (then (ref.func $one)) (else (ref.func $two))))
        (table.set $t (i32.const 3) (local.get $f))
        (local.set $sum (i32.add (local.get $sum) (call_indirect $t (type $fn) (i32.const 3))))
        (if (ref.is_null (table.get $t (i32.const 0))) (then (local.set $sum (i32.add (local.get $sum) (i32.const 10)))))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))
      (local.get $sum))`,
    '69',
  ],
  [
    'SIMD, also on the operand stack around a loop',
    `
    (func (export "run") (result i32) (local $v v128) (local $i i32)
      (i32x4.extract_lane 2 (i32x4.add (v128.const i32x4 1 2 3 4)
        (loop $again (result v128) (call $ring)
          (local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $i))))
          (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10)))
          (local.get $v)))))`,
    '48',
  ],
  [
    'exceptions, the former encoding',
    `
    (tag $e (param i32))
    (func (export "run") (result i32) (local $i i32) (local $sum i32)
      (loop $again (call $ring)
        (try (do (loop $inner (call $ring)
            (if (i32.eq (i32.rem_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)) (i32.const 0)) (then (throw $e (local.get $i))))
            (br $inner)))
          (catch $e (local.set $sum (i32.add (local.get $sum)))))
        (br_if $again (i32.lt_u (local.get $i) (i32.const 9))))
      (local.get $sum))`,
    '18',
  ],
  [
    'exceptions, try_table',
    `
    (tag $e (param i32))
    (func (export "run") (result i32) (local $i i32) (local $sum i32)
      (loop $again (call $ring)
        (local.set $sum (i32.add (local.get $sum) (block $caught (result i32)
          (try_table (catch $e $caught) (loop $inner (call $ring)
            (if (i32.eq (i32.rem_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)) (i32.const 0)) (then (throw $e (local.get $i))))
            (br $inner)))
          (unreachable))))
        (br_if $again (i32.lt_u (local.get $i) (i32.const 9))))
      (local.get $sum))`,
    '18',
  ],
  [
    'several values of a block',
    `
    (func (export "run") (result i32) (local $i i32)
      (i32.const 1) (i32.const 100)
      (loop $again (param i32 i32) (result i32 i32) (call $ring)
        (i32.add (i32.const 1))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
      (i32.add))`,
    '106',
  ],
];

/** The same loop over a second memory; `$ring` and the runtime use the first or the second. */
const LOOP_OVER_BOTH = (/** @type {string} */ other) => `
  (func (export "run") (result i32) (local $i i32)
    (loop $again (call $ring)
      (i32.store ${other} (i32.const 16) (i32.add (i32.load ${other} (i32.const 16)) (local.get $i)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))
    (i32.add (i32.load ${other} (i32.const 16)) (i32.mul (i32.const 1000) (i32.load $program (i32.const 2048)))))`;
const inProgramMemory = (/** @type {string} */ text) =>
  text.replaceAll(
    /i32\.(store|load) \(i32\.const (\d+)\)/g,
    (_, access, address) => `i32.${access} $program (i32.const ${address})`,
  );

describe('keeps its meaning:', () => {
  for (const [title, text, wanted] of FEATURES) {
    test(title, LIMIT, async () => {
      const original = await wasm(program(text));
      const before = result(original);
      assert.match(before, new RegExp(`run => ${wanted}$`));
      for (const memory of /** @type {const} */ (['shared', 'keep'])) {
        const { bytes } = instrumentEverywhere(original, { memory, validate: false });
        assert.ok((await loadJudge()).validates(bytes), memory);
        assert.equal(result(bytes), before, memory);
      }
    });
  }
});

describe('several memories', () => {
  /** @param {string} declared the memories in their order @param {object} [options] */
  const make = async (declared, options) =>
    instrumentEverywhere(
      await wasm(`(module ${declared} ${inProgramMemory(runtimeText('(i32.const 1)'))} ${LOOP_OVER_BOTH('$other')})`),
      { validate: false, ...options },
    );
  const PROGRAM = '(memory $program (export "memory") 1)';
  const OTHER = '(memory $other 1)';

  for (const [title, declared, index] of /** @type {[string, string, number][]} */ ([
    ["the program's first", PROGRAM + OTHER, 0],
    ["the program's second", OTHER + PROGRAM, 1],
  ])) {
    test(`${title}: it alone becomes shared and has the doorbell, the other stays`, LIMIT, async () => {
      const { bytes } = await make(declared);
      assert.ok((await loadJudge()).validates(bytes));
      const { memories } = readModule(bytes);
      assert.deepEqual(
        memories.map(({ flags }) => flags & 2),
        index === 0 ? [2, 0] : [0, 2],
      );
      // The doorbell is rung in each of 10 rounds, and taken by the look of the next; the interpreter has called the slow path once before, as it does every export.
      assert.match(result(bytes), /run => 10045$/);
    });
  }

  test("without a way to know the program's are refused", LIMIT, async () => {
    await assert.rejects(make('(memory $other 1) (memory $program 1)'), {
      code: 'no-memory',
      message: /2 memories.*export the one/,
    });
  });

  test('whose numbers an import would change are refused', LIMIT, async () => {
    await assert.rejects(make(OTHER + PROGRAM, { importMemory: { module: 'env', name: 'memory' } }), {
      code: 'bad-option',
      message: /leave importMemory out/,
    });
    const { bytes } = await make(PROGRAM + OTHER, { importMemory: { module: 'env', name: 'memory' } });
    assert.deepEqual(
      readModule(bytes).memories.map(({ imported }) => imported),
      ['memory', undefined],
    );
  });
});

test('a 64-bit memory is refused, also where the engine does not know it', LIMIT, async () => {
  const wide = await wasm('(module (memory i64 1))');
  for (const validate of [true, false]) {
    assert.throws(() => instrumentSync(wide, { validate, runtime: 'linked' }), { code: 'memory64' });
  }
  assert.throws(() => instrumentSync(assemble({ functions: [], memory: [4, 1] })), {
    code: 'memory64',
    message: /build it for wasm32/,
  });
});

/** A program with a host that rings: one that has imports of WASI only counts down instead. */
const OUR_HOST = '(import "wasmsig" "pause" (func $pause))';

describe('the load of a safe point', () => {
  /** Of the one loop of a module whose loop calls `callee`. @param {string} imports @param {string} callee */
  const loadOf = async (imports, callee) => {
    const input =
      await wasm(`(module ${OUR_HOST} ${imports} (type $fn (func)) (memory (export "memory") 1) (table 1 funcref) (elem (i32.const 0) $pure)
      (func $wasmsig_block (export "wasmsig_block") (result i32) (i32.const ${BLOCK}))
      (func $wasmsig_safe_point (export "wasmsig_safe_point") (result i32) (i32.store (i32.const ${DOORBELL}) (i32.const 0)) (i32.const 0))
      (func $wasmsig_deliver (export "wasmsig_deliver") (result i32) (i32.const 0))
      (func $pure) (func $through (call $outside)) (func $further (call $through))
      (func (export "run") (param $n i32) (loop $again ${callee} (br_if $again (local.get $n)))))`);
    const { bytes, report } = instrumentSync(input);
    assert.equal(report.loops.instrumented, 1);
    assert.equal(report.look, 'shared');
    const view = readModule(bytes);
    const { start, end } = view.bodies[view.bodies.length - 1];
    const has = (/** @type {number[]} */ ...load) =>
      Buffer.from(bytes.subarray(start, end)).includes(Buffer.from(load));
    return has(0xfe, 0x12, 0, 0) ? 'atomic' : has(0x28, 2, 0) ? 'plain' : 'none';
  };
  const WASI = '(import "wasi_snapshot_preview1" "sched_yield" (func $outside))';
  const OTHER = '(import "env" "maybe_sin" (func $outside))';

  test('is plain in a loop with a call that leads to WASI, directly or not', LIMIT, async () => {
    for (const callee of ['(call $outside)', '(call $through)', '(call $further)'])
      assert.equal(await loadOf(WASI, callee), 'plain', callee);
  });

  test('is atomic in every other loop: an engine could take a plain one out', LIMIT, async () => {
    for (const callee of ['', '(call $pure)', '(call_indirect (type $fn) (i32.const 0))'])
      assert.equal(await loadOf(WASI, callee), 'atomic', callee);
    assert.equal(await loadOf(OTHER, '(call $outside)'), 'atomic');
  });
});

/** Its text is the worker's. @param {{parentPort: any, workerData: {bytes: BufferSource}}} given */
function runInWorker({ parentPort, workerData: { bytes } }) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    wasmsig: { pause() {} },
    wasi_snapshot_preview1: { sched_yield() {} },
  });
  const { memory, run } = /** @type {{memory: any, run: any}} */ (/** @type {unknown} */ (exports));
  parentPort.postMessage(memory.buffer);
  try {
    run(1);
  } catch (error) {
    parentPort.postMessage(String(error));
  }
}

test(
  'a loop whose check is a plain load, and whose call is never made, is stopped after the optimising compiler has had it',
  LIMIT,
  async () => {
    const { bytes } = instrumentSync(
      await wasm(`(module ${OUR_HOST} (import "wasi_snapshot_preview1" "sched_yield" (func $outside)) (memory (export "memory") 1)
    (func $wasmsig_block (export "wasmsig_block") (result i32) (i32.const ${BLOCK}))
    (func $wasmsig_safe_point (export "wasmsig_safe_point") (result i32) (unreachable))
    (func $wasmsig_deliver (export "wasmsig_deliver") (result i32) (i32.const 0))
    (func (export "run") (param $n i32) (loop $again (if (i32.eqz (local.get $n)) (then (call $outside))) (br $again))))`),
    );
    const worker = new Worker(`(${runInWorker})(require('node:worker_threads'))`, {
      eval: true,
      workerData: { bytes },
    });
    try {
      /** @type {unknown[]} */
      const said = [];
      worker.on('message', (message) => said.push(message));
      const [memory] = await once(worker, 'message');
      await delay(500);
      assert.equal(said.length, 1, 'it runs until the doorbell rings');
      const stopped = once(worker, 'message');
      Atomics.store(new Int32Array(memory), DOORBELL / 4, 1);
      assert.match((await stopped)[0], /unreachable/);
    } finally {
      await worker.terminate();
    }
  },
);

describe('branch hints', () => {
  /** @param {Uint8Array} bytes @returns {[functionIndex: number, at: number, hint: number][]} */
  const hints = (bytes) => {
    const found = readSections(bytes).find(({ name }) => name === 'metadata.code.branch_hint');
    if (!found) return [];
    const reader = new Reader(bytes, found.body, found.end);
    return Array.from({ length: reader.u32() }, () => {
      const index = reader.u32();
      return Array.from(
        { length: reader.u32() },
        () => /** @type {[number, number, number]} */ ([index, reader.u32(), (reader.u32(), reader.u8())]),
      );
    }).flat();
  };

  test('say of each safe point that its slow path is unlikely, in front of the code', LIMIT, () => {
    const { bytes } = instrumentEverywhere(
      assemble({
        functions: [
          { type: 2, code: [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0] },
        ],
      }),
    );
    const view = readModule(bytes);
    const mine = hints(bytes).filter(([index]) => index === FUNCTION.first);
    assert.deepEqual(
      mine.map(([, at, hint]) => [bytes[view.bodies[FUNCTION.first].start + at], hint]),
      [
        [0x04, 0],
        [0x0d, 0],
        [0x0d, 0],
      ],
    );
    const order = view.sections.map(({ id, name }) => name || id);
    assert.equal(order[order.indexOf('metadata.code.branch_hint') + 1], 10);
  });

  test('are not there where there is no safe point', LIMIT, () => {
    const { bytes } = instrumentSync(assemble({ functions: [{ type: 2, code: [0x20, 0] }] }));
    assert.deepEqual(hints(bytes), []);
    assert.ok(!readSections(bytes).some(({ name }) => name.startsWith('metadata')));
  });
});
