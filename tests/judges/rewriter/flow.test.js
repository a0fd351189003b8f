// @ts-check
/** The proof of the flow on few modules, and whether it sees what is wrong (npm run prove-instrument for many). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instrumentSync } from '../../../js/instrument/index.js';
import { HEADER, leb, name, section, vector } from '../../support/wasm_binary.js';
import { I32, VOID } from '../../support/wasm_modules.js';
import { loadJudge } from './binaryen.mjs';
import { checkFlow, proveFlow } from './flow.mjs';
import { flowProgram } from './flow_programs.mjs';
import { findWasmOpt } from './generated.mjs';
import { checkInjected } from './injected.mjs';

const LIMIT = { timeout: 120_000 };

test('every cycle in random modules passes a check, or is a short loop', LIMIT, () => {
  const { modules, checks, short, failures } = checkFlow(1, 60);
  assert.deepEqual(failures, []);
  assert.equal(modules, 180);
  assert.ok(checks > modules && short > 0, `${checks} checks, ${short} short loops`);
});

test('modules of a generator do the same with an injected runtime', LIMIT, async () => {
  const { failures, inV8, asked } = await checkInjected(findWasmOpt(undefined), await loadJudge(), 1, 4);
  assert.deepEqual(failures, []);
  assert.ok(inV8 > 0 && asked > 0, `${inV8} in V8, ${asked} checks`);
});

test('a rewriter that changes what a module computes is seen', LIMIT, async () => {
  /** @type {import('./injected.mjs').Transform} */
  const wrong = (input, validate) => {
    const { bytes } = instrumentSync(input, { runtime: 'injected', validate });
    // The first loop's check traps instead of asking.
    const { index } = SLOW.exec(Buffer.from(bytes).toString('latin1')) ?? {};
    if (index !== undefined) bytes[index] = 0x00;
    return { bytes, loops: 0, leftOut: [] };
  };
  const { failures } = await checkInjected(findWasmOpt(undefined), await loadJudge(), 1, 3, wrong);
  assert.notDeepEqual(failures, []);
});

/** The slow path of a loop: `i32.const 1`, `local.set`, `call`. */
const SLOW = /\x41\x01\x21[^\x80-\xff]\x10/s;

/** A foreign module of functions i32 -> i32, which have one more local. @param {number[][]} bodies */
function foreign(...bodies) {
  const body = (/** @type {number[]} */ code) => [...leb(code.length + 4), 1, 1, I32, ...code, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector([[0x60, 1, I32, 1, I32]])),
    ...section(3, vector(bodies.map(() => [0]))),
    ...section(7, vector([[...name('f'), 0, 0]])),
    ...section(10, vector(bodies.map(body))),
  ]);
}

/** `while (a);`, with something in it that makes it long. */
const ENDLESS = [0x03, VOID, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0];
/** `for (b = 0; ++b < 10;);` */
const COUNTED = [0x41, 0, 0x21, 1, 0x03, VOID, 0x20, 1, 0x41, 1, 0x6a, 0x22, 1, 0x41, 10, 0x48, 0x0d, 0, 0x0b, 0x20, 0];
/** `return f(a)` without a look at it. */
const RECURSIVE = [0x20, 0, 0x10, 0];
const BOTH = foreign(ENDLESS, COUNTED, [0x20, 0, 0x10, 2]);

/** @param {number[]} from @param {number[]} to @param {Uint8Array} [input] */
function faultsWith(from, to, input = BOTH) {
  const { bytes, report } = instrumentSync(input);
  const text = Buffer.from(bytes);
  let at = text.indexOf(Buffer.from(from));
  assert.ok(at >= 0, 'the fault has no place');
  for (; at >= 0; at = text.indexOf(Buffer.from(from), at + 1)) bytes.set(to, at);
  return proveFlow(bytes, report).faults.join('\n');
}

test('a module as the rewriter made it has no fault', LIMIT, () => {
  const { bytes, report } = instrumentSync(BOTH);
  const { faults, short, checks } = proveFlow(bytes, report);
  assert.deepEqual(faults, []);
  assert.equal(short, 1);
  assert.ok(checks >= 2);
});

/** Global 0 is the count, global 1 the rounds; local 2 counts in a loop. @type {[string, RegExp, () => string][]} */
const FAULTS = [
  ['does not branch', /cycle at \d+ passes no check/, () => faultsWith([0x45, 0x0d, 0x01], [0x45, 0x1a, 0x01])],
  [
    'does not count',
    /does not count/,
    () => faultsWith([0x41, 0x7f, 0x6a, 0x24, 0], [0x41, 0, 0x6a, 0x24, 0], foreign(RECURSIVE)),
  ],
  [
    'does not count in a loop',
    /passes no check/,
    () => faultsWith([0x41, 0x7f, 0x6a, 0x22, 2, 0x45], [0x41, 0, 0x6a, 0x22, 2, 0x45]),
  ],
  ['calls something else', /passes no check/, () => callsElse()],
  ['begins without rounds', /has not begun to count/, () => faultsWith([0x4a, 0x1b, 0x21, 2], [0x4a, 0x1b, 0x21, 1])],
  ['begins without counting', /has not begun to count/, () => faultsWith([0x22, 2, 0x24, 0], [0x21, 2, 0x01, 0x01])],
  [
    'gets no rounds',
    /it does not give rounds/,
    () => faultsWith([0x4a, 0x1b, 0x21, 1, 0x20], [0x4b, 0x1b, 0x21, 1, 0x20]),
  ],
  [
    'sets the count to something else',
    /the count is written/,
    () => faultsWith([0x41, 0x7f, 0x6a, 0x24, 0], [0x41, 0x7f, 0x6b, 0x24, 0], foreign(RECURSIVE)),
  ],
  [
    'is not in a loop that is not short',
    /cycle at \d+ passes no check: more/,
    () => faultsWith([0x41, 1, 0x6a, 0x22, 1], [0x41, 0, 0x6a, 0x22, 1]),
  ],
  [
    'is not in a recursive function',
    /cycle of calls passes no check/,
    () => faultsWith([0x23, 0, 0x41, 1, 0x48, 0x04, VOID], [0x41, 0, 0x41, 1, 0x46, 0x04, VOID], foreign(RECURSIVE)),
  ],
];

function callsElse() {
  const { bytes, report } = instrumentSync(BOTH);
  const found = SLOW.exec(Buffer.from(bytes).toString('latin1'));
  assert.ok(found);
  bytes[found.index + found[0].length]--;
  return proveFlow(bytes, report).faults.join('\n');
}

for (const [what, said, faults] of FAULTS)
  test(`the proof sees a check that ${what}`, LIMIT, () => {
    assert.match(faults(), said);
  });

test('the proof sees functions that were left without a check', LIMIT, () => {
  let faults = 0;
  for (let seed = 1; seed <= 20; ++seed) {
    const { bytes, report } = instrumentSync(flowProgram(seed, true), { memory: 'shared', skip: [/^f\d/] });
    faults += proveFlow(bytes, report).faults.length;
  }
  assert.ok(faults > 20, `${faults} faults`);
});
