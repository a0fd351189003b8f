// @ts-check
// Where safe points are put and where they are not: each loop that is left out, and its look-alikes that are not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instrumentSync } from '../../../js/instrument/index.js';
import { leb, sleb } from '../../support/wasm_binary.js';
import { FUNCTION, I32, VOID, assemble } from '../../support/wasm_modules.js';

const FIRST = FUNCTION.first;
/** kMaxWork of src/instrument/plan/work.hpp, in instructions. */
const MAX_WORK = 2 ** 18;
const i32 = (/** @type {number} */ value) => [0x41, ...sleb(value)];
const get = (/** @type {number} */ local) => [0x20, local];
const set = (/** @type {number} */ local) => [0x21, local];
const call = (/** @type {number} */ index) => [0x10, ...leb(FIRST + index)];
const loop = (/** @type {number[][]} */ ...code) => [0x03, VOID, ...code.flat(), 0x0b];
const block = (/** @type {number[][]} */ ...code) => [0x02, VOID, ...code.flat(), 0x0b];
const when = (/** @type {number[]} */ condition, /** @type {number[][]} */ ...code) => [
  ...condition,
  0x04,
  VOID,
  ...code.flat(),
  0x0b,
];
const br = (/** @type {number} */ depth) => [0x0c, depth];
const brIf = (/** @type {number} */ depth, /** @type {number[]} */ condition) => [...condition, 0x0d, depth];
const nops = (/** @type {number} */ count) => new Array(count).fill(0x01);
const NE = 0x47;
const LT_S = 0x48;
const LE_U = 0x4d;
/** local += step, and whether it is not at the bound. */
const counts = (/** @type {number} */ local, step = 1, bound = 10, compare = NE) => [
  ...get(local),
  ...i32(step),
  0x6a,
  0x22,
  local,
  ...i32(bound),
  compare,
];
/** local += step, and whether it is not 0. */
const countsToZero = (/** @type {number} */ local, step = -1) => [...get(local), ...i32(step), 0x6a, 0x22, local];

/** The report on functions (i32) -> i32 with four more locals. @param {number[][]} bodies */
const reportOn = (...bodies) => instrumentSync(program(bodies)).report;
/** @param {number[][]} bodies */
const program = (bodies) =>
  assemble({
    functions: bodies.map((code) => ({ type: 2, locals: [I32, I32, I32, I32], code: [...code, ...get(0)] })),
  });
/** What became of the loops of one function. @param {number[]} code */
const fate = (code) => {
  const { loops } = reportOn(code);
  return { looks: loops.instrumented, ...loops.why };
};

describe('a loop that ends after a fixed, small number of rounds gets no safe point', () => {
  /** @type {[string, number[]][]} */
  const short = [
    ['counting up', [...i32(0), ...set(1), ...loop(brIf(0, counts(1)))]],
    ['counting down to zero', [...i32(16), ...set(1), ...loop(brIf(0, countsToZero(1)))]],
    ['with other comparisons', [...i32(-5), ...set(1), ...loop(brIf(0, counts(1, 3, 20, LT_S)))]],
    [
      'with a block that skips a part of the body',
      [...i32(0), ...set(1), ...loop(block(brIf(0, get(0)), [0x01]), brIf(0, counts(1)))],
    ],
    [
      'in a block that was entered after the counter was set',
      [...i32(0), ...set(1), ...block(brIf(0, get(0)), loop(brIf(0, counts(1))))],
    ],
    ['that an exit may end earlier', [...i32(0), ...set(1), ...block(loop(brIf(1, get(0)), brIf(0, counts(1))))]],
    [
      'around another one',
      [...i32(0), ...set(1), ...loop(i32(0), set(2), loop(brIf(0, counts(2))), brIf(0, counts(1)))],
    ],
  ];
  for (const [title, code] of short) test(title, () => assert.equal(fate(code).looks, 0, JSON.stringify(fate(code))));

  /** @type {[string, number[]][]} */
  const alike = [
    ['the start is not a constant', [...get(0), ...set(1), ...loop(brIf(0, counts(1)))]],
    ['the start is not there', loop(brIf(0, counts(1)))],
    [
      'the start is set on one of two ways',
      [...i32(0), ...set(1), ...when(get(0), i32(11), set(1)), ...loop(brIf(0, counts(1)))],
    ],
    [
      'the start is set in a block that may be left before',
      [...block(brIf(0, get(0)), i32(0), set(1)), ...loop(brIf(0, counts(1)))],
    ],
    [
      'the start is set in the other part of an if',
      [...get(0), 0x04, VOID, ...i32(0), ...set(1), 0x05, ...loop(brIf(0, counts(1))), 0x0b],
    ],
    [
      'the bound is not a constant',
      [...i32(0), ...set(1), ...loop(brIf(0, [...get(1), ...i32(1), 0x6a, 0x22, 1, ...get(0), NE]))],
    ],
    ['the bound is never met', [...i32(0), ...set(1), ...loop(brIf(0, counts(1, 3)))]],
    ['the comparison is always true', [...i32(0), ...set(1), ...loop(brIf(0, counts(1, 1, -1, LE_U)))]],
    [
      'the counter wraps around below the bound',
      [...i32(0), ...set(1), ...loop(brIf(0, counts(1, 0x40000000, 0x7fffffff, LT_S)))],
    ],
    ['the step is zero', [...i32(5), ...set(1), ...loop(brIf(0, countsToZero(1, 0)))]],
    ['the counter is changed in the body', [...i32(0), ...set(1), ...loop(i32(3), set(1), brIf(0, counts(1)))]],
    [
      'the counter is changed in a part of the body',
      [...i32(0), ...set(1), ...loop(when(get(0), i32(3), set(1)), brIf(0, counts(1)))],
    ],
    [
      'the counter is set behind the branch, and another branch leads back',
      [...i32(0), ...set(1), ...loop(brIf(0, counts(1)), i32(0), set(1), br(0))],
    ],
    ['another branch leads back past the step', [...i32(0), ...set(1), ...loop(brIf(0, get(0)), brIf(0, counts(1)))]],
    [
      'an exception handler leads back',
      [...i32(0), ...set(1), ...loop([0x06, VOID, 0x10, FUNCTION.ring, 0x19, 0x0c, 1, 0x0b], brIf(0, counts(1)))],
    ],
    ['the step is made in a part only', [...i32(0), ...set(1), ...loop(when(get(0), brIf(1, counts(1))), br(0))]],
    [
      'it is not the counter that is compared',
      [
        ...i32(0),
        ...set(1),
        ...loop(get(1), i32(1), [0x6a], set(1), brIf(0, [...get(2), ...i32(1), 0x6a, 0x22, 2, ...i32(10), NE])),
      ],
    ],
    ['there are many rounds', [...i32(0), ...set(1), ...loop(brIf(0, counts(1, 1, 5000)))]],
    ['a round is long', [...i32(0), ...set(1), ...loop(Array(900).fill(0x01), brIf(0, counts(1)))]],
    ['a round calls a function', [...i32(0), ...set(1), ...loop([0x10, FUNCTION.ring], brIf(0, counts(1)))]],
    ['a round grows the memory', [...i32(0), ...set(1), ...loop([...i32(0), 0x40, 0, 0x1a], brIf(0, counts(1)))]],
    [
      'the counter is set before a loop around it',
      [...i32(0), ...set(1), ...loop(loop(brIf(0, counts(1))), i32(7), set(1), brIf(0, get(0)))],
    ],
  ];
  for (const [title, code] of alike)
    test(`but one where ${title} gets one`, () => assert.equal(fate(code).short, undefined));
});

describe('a loop of short rounds has a safe point in one of four', () => {
  const strips = (/** @type {number[]} */ code) => reportOn(code).loops.strips;
  const round = brIf(0, get(0)); // two instructions
  test('of up to 24 instructions', () =>
    assert.deepEqual([strips(loop(round)), strips(loop(nops(22), round)), strips(loop(nops(23), round))], [1, 1, 0]));
  test('within another one, which has a safe point in each round, or passes that one', () => {
    const { loops } = reportOn(loop(when(get(1), loop(round)), brIf(0, get(2))));
    assert.deepEqual([loops.instrumented, loops.strips], [2, 1]);
    assert.deepEqual(fate(loop(loop(round), brIf(0, get(2)))), { looks: 1, passes: 1 });
  });
  test('but not where the file shall stay small', () => {
    const { loops } = instrumentSync(program([loop(round)]), { preferSize: true }).report;
    assert.deepEqual([loops.instrumented, loops.strips], [1, 0]);
  });
  test('but not with a call in it, a growing memory, or a table of many labels', () => {
    assert.equal(strips(loop([0x10, FUNCTION.ring], round)), 0);
    assert.equal(strips(loop([...i32(0), 0x40, 0, 0x1a], round)), 0);
    const table = (/** @type {number} */ labels) => loop(get(0), [0x0e, labels, ...new Array(labels + 1).fill(0)]);
    assert.deepEqual([strips(table(20)), strips(table(30))], [1, 0]);
  });
});

describe('a loop of which every round passes another safe point gets none', () => {
  const busy = loop(brIf(0, get(0)));
  test('an inner loop on every way', () => {
    assert.deepEqual(fate(loop(busy, brIf(0, get(1)))), { looks: 1, passes: 1 });
    assert.deepEqual(fate(loop(get(1), [0x04, VOID], busy, [0x05], busy, [0x0b], brIf(0, get(1)))), {
      looks: 2,
      passes: 1,
    });
    assert.deepEqual(fate(loop(loop(busy, brIf(0, get(1))), brIf(0, get(2)))), { looks: 1, passes: 2 });
  });
  test('an exit out of the inner loop back to the outer one', () =>
    assert.deepEqual(fate(loop(loop(brIf(1, get(1)), brIf(0, get(0))))), { looks: 1, passes: 1 }));
  test('but one with a way around it gets one', () => {
    assert.deepEqual(fate(loop(when(get(1), busy), brIf(0, get(2)))), { looks: 2 });
    assert.deepEqual(fate(loop(brIf(0, get(2)), busy)), { looks: 2 });
    assert.deepEqual(fate(loop(block(brIf(0, get(2)), busy), brIf(0, get(1)))), { looks: 2 });
    assert.deepEqual(fate(loop(block(block([...get(1), 0x0e, 1, 0, 1]), busy), brIf(0, get(1)))), { looks: 2 });
  });
  test('but one whose inner loop has no safe point itself gets one', () => {
    assert.deepEqual(fate(loop(i32(0), set(1), loop(brIf(0, counts(1))), brIf(0, get(2)))), { looks: 1, short: 1 });
    assert.deepEqual(fate(loop(loop([0x01]), brIf(0, get(2)))), { looks: 1, straight: 1 });
  });
  test('but a safe point before the loop, or in the loop before it, is none', () => {
    assert.deepEqual(fate([...busy, ...loop(brIf(0, get(1)))]), { looks: 2 });
    assert.deepEqual(fate(loop(busy, loop(brIf(0, get(1))), brIf(0, get(2)))), { looks: 2, passes: 1 });
  });
  test('but a safe point in one part of an if is none in the other', () => {
    assert.deepEqual(fate(loop(get(1), [0x04, VOID], [0x01], [0x05], busy, [0x0b], brIf(0, get(2)))), { looks: 2 });
    assert.deepEqual(fate(loop(get(1), [0x04, VOID], busy, [0x05], [0x01], [0x0b], brIf(0, get(2)))), { looks: 2 });
  });
  test('but a safe point in a loop that was left, by its end or by a branch, is none for the next one', () => {
    const next = loop(brIf(0, get(2)));
    assert.deepEqual(fate(loop(loop(busy, brIf(0, get(1))), next, brIf(0, get(3)))), { looks: 2, passes: 2 });
    assert.deepEqual(fate(loop(block(loop(busy, brIf(1, get(1)), br(0))), next, brIf(0, get(3)))), {
      looks: 2,
      passes: 2,
    });
  });
  test('but one that an exception handler leads back to, before the safe point, gets one', () => {
    assert.deepEqual(fate(loop([0x06, VOID, 0x10, FUNCTION.ring], busy, [0x19, 0x0c, 1, 0x0b])), { looks: 2 });
  });
  test('a call of a function with a safe point at its entry', () => {
    const recursive = [...when(get(0), get(0), call(0), [0x1a])];
    const { loops, functions } = reportOn(recursive, loop(get(0), call(0), [0x1a], brIf(0, get(1))));
    assert.deepEqual(loops, { found: 1, instrumented: 0, strips: 0, left_out: 1, why: { passes: 1 } });
    assert.equal(functions.look_at_entry, 1);
  });
});

describe('functions that call each other in cycles', () => {
  /** How many look at their entry. @param {number[][]} bodies */
  const entries = (...bodies) => reportOn(...bodies).functions;
  const and = (/** @type {number} */ index) => [...get(0), ...call(index), 0x1a];
  test('one of each cycle has a safe point at its entry', () => {
    assert.equal(entries(and(0)).look_at_entry, 1);
    assert.equal(entries(and(1), and(2), and(0)).look_at_entry, 1);
    assert.equal(entries([...and(0), ...and(1)], [...and(1), ...and(0)]).look_at_entry, 2);
    assert.equal(entries(and(1), [0x01]).look_at_entry, 0);
    assert.deepEqual(entries(and(1), and(2), and(1)), {
      total: 8,
      with_loops: 0,
      in_cycles: 2,
      look_at_entry: 1,
      long: 0,
      copied: 1,
    });
  });
  test('but none where every call has a safe point of its function before it', () => {
    assert.equal(entries(loop(and(1), brIf(0, get(0))), and(0)).look_at_entry, 0);
    assert.equal(entries([...loop(brIf(0, get(0))), ...and(0)]).look_at_entry, 0);
  });
  test('a small one that calls itself in each round of its loops has its safe point at its entry instead', () => {
    const itself = loop(and(0), brIf(0, get(0)));
    const decided = (/** @type {number[][]} */ bodies, /** @type {{memory?: 'keep'}} */ options = {}) => {
      const { loops, functions } = instrumentSync(program(bodies), options).report;
      return [functions.look_at_entry, functions.copied, loops.instrumented];
    };
    assert.deepEqual(decided([itself]), [1, 1, 0]);
    assert.deepEqual(decided([[...nops(600), ...itself]]), [0, 0, 1], 'not small');
    assert.deepEqual(
      decided([[...loop(brIf(0, get(1))), ...itself]]),
      [0, 0, 2],
      'one of its loops needs a safe point all the same',
    );
    assert.deepEqual(decided([itself], { memory: 'keep' }), [0, 0, 1], 'each check would count down');
  });
  test('a large one with a safe point at its entry has no copy', () => {
    const { functions } = reportOn([...nops(600), ...and(0)]);
    assert.deepEqual([functions.look_at_entry, functions.copied], [1, 0]);
  });
  test('one whose check counts down has no copy, nor one that shall stay small', () => {
    for (const options of /** @type {const} */ ([{ memory: 'keep' }, { preferSize: true }])) {
      const { functions } = instrumentSync(program([and(0)]), options).report;
      assert.deepEqual([functions.look_at_entry, functions.copied], [1, 0]);
    }
  });
  test('a loop keeps the safe point that was the one before a call when another call replaces it', () => {
    // f0 looks at its entry. f1 goes in a circle behind the header of its loop, of which each round calls f0 later on.
    const { loops, functions } = reportOn(and(0), loop(and(1), and(0), brIf(0, get(0))));
    assert.equal(loops.instrumented + functions.look_at_entry, 2);
  });
  test('also by tail calls', () => {
    assert.equal(
      instrumentSync(
        assemble({
          functions: [
            { type: 2, code: [0x20, 0, 0x12, FIRST + 1] },
            { type: 2, code: [0x20, 0, 0x12, FIRST] },
          ],
        }),
      ).report.functions.look_at_entry,
      1,
    );
  });
  test("the caller's wish is kept, and what it leaves without a safe point is said", () => {
    const input = assemble({ functions: [{ type: 2, code: [...and(0), ...get(0)] }] });
    const { report } = instrumentSync(input, { skip: ['f0'] });
    assert.equal(report.functions.look_at_entry, 0);
    assert.match(report.warnings.join(), /recursion without a safe point.*f0/);
    const two = assemble({
      functions: [
        { type: 2, code: [...and(1), ...get(0)] },
        { type: 2, code: [...and(0), ...get(0)] },
      ],
    });
    assert.deepEqual(
      instrumentSync(two, { skip: ['f0'] }).report.per_function.map((one) => [one.function, one.entry]),
      [['f1', true]],
    );
  });
});

describe('trees of calls', () => {
  /** Each of `depth` functions calls the next one `times` times. @param {number} depth @param {number} times */
  const tree = (depth, times) => [
    ...Array.from({ length: depth }, (_, i) =>
      Array(times)
        .fill([...get(0), ...call(i + 1), 0x1a])
        .flat(),
    ),
    [0x01],
  ];
  const entries = (/** @type {number[][]} */ bodies) => {
    const { functions, per_function: each } = reportOn(...bodies);
    assert.equal(functions.look_at_entry, functions.long);
    return each.filter(({ entry }) => entry).map(({ index }) => index - FIRST);
  };
  test('whose work has no small bound have safe points at entries, between which it has one', () => {
    const chosen = entries(tree(60, 2));
    assert.ok(chosen.length >= 3 && chosen.length <= 6, chosen.join());
    for (const [i, at] of [...chosen, 60].entries())
      if (i > 0)
        assert.ok(2 ** (at - chosen[i - 1]) * 10 < 3 * MAX_WORK, `2^${at - chosen[i - 1]} calls without a safe point`);
  });
  test('but those of little work do not', () => {
    assert.deepEqual(entries(tree(10, 2)), []);
    assert.deepEqual(entries(tree(200, 1)), []);
  });
  test('also through a table', () => {
    // Each function has a type of its own, by its number of parameters, or the calls would be circles.
    const depth = 60;
    const types = Array.from({ length: depth + 1 }, (_, i) => [0x60, i + 1, ...Array(i + 1).fill(I32), 1, I32]);
    const next = (/** @type {number} */ i) => [
      ...Array(i + 2)
        .fill(get(0))
        .flat(),
      ...i32(i + 1),
      0x11,
      ...leb(4 + i),
      0,
      0x1a,
    ];
    const functions = types.map((_, i) => ({
      type: 3 + i,
      code: [...(i < depth ? [...next(i), ...next(i)] : []), ...get(0)],
    }));
    const { functions: counts } = instrumentSync(
      assemble({ functions, types, table: functions.map((_, i) => FIRST + i) }),
    ).report;
    assert.ok(counts.long >= 3 && counts.in_cycles === 0, JSON.stringify(counts));
  });
  test('count a short loop with its rounds', () => {
    const short = [...i32(0), ...set(1), ...loop(nops(300), brIf(0, counts(1)))]; // 3,060 instructions
    const calling = (/** @type {number[]} */ leaf) => [
      Array.from({ length: 200 }, () => [...get(0), ...call(1), 0x1a]).flat(),
      leaf,
    ];
    assert.deepEqual(entries(calling(short)), [0]);
    assert.deepEqual(entries(calling(nops(300))), []);
  });
  test('behind a safe point of their function count nothing for it', () => {
    const [root, ...rest] = tree(12, 3);
    assert.deepEqual(entries([root, ...rest]).length > 0, true);
    assert.deepEqual(entries([[...loop(brIf(0, get(0))), ...root], ...rest.slice(0, 8), [0x01]]), []);
  });
});
