// @ts-check
// Programs that never end by themselves, each made of an endless core in some places around it.
import { leb, sleb } from '../../support/wasm_binary.js';
import { FUNCTION, I32, PROGRESS, VOID, assemble, random } from '../../support/wasm_modules.js';

const i32 = (/** @type {number} */ value) => [0x41, ...sleb(value)];
const get = (/** @type {number} */ local) => [0x20, local];
const set = (/** @type {number} */ local) => [0x21, local];
const NE = 0x47;
const LE_U = 0x4d;
const END = 0x0b;
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
const loop = (/** @type {number[][]} */ ...code) => [0x03, VOID, ...code.flat(), END];
const brIf = (/** @type {number} */ depth, /** @type {number[]} */ condition) => [...condition, 0x0d, depth];
const TRUE = [0x20, 4, 0x45]; // local 4 is 0 where it counts nothing
/** How deep trees of calls are: too deep to end, not too deep for a stack. */
const DEPTH = 300;

/** @typedef {{type: number, locals: number[], code: number[]}} Code */

/** Functions of one program. `add` gives the index of the new function. */
class Program {
  constructor() {
    /** @type {(Code | null)[]} */
    this.functions = [null];
  }

  /** @param {(self: number) => number[]} code of a function (i32) -> i32 */
  add(code) {
    const at = this.functions.push(null) - 1;
    this.functions[at] = { type: 2, locals: [I32, I32, I32, I32, I32], code: code(FUNCTION.first + at) };
    return FUNCTION.first + at;
  }

  /** Two functions that know each other. @param {(self: number, other: number) => number[]} code */
  addTwo(code) {
    const first = FUNCTION.first + this.functions.length;
    this.add((self) => code(self, first + 1));
    this.add((self) => code(self, first));
    return first;
  }
}

const direct = (/** @type {number} */ index) => [0x10, ...leb(index)];
const indirect = (/** @type {number} */ index) => [...i32(index - FUNCTION.first), 0x11, 2, 0];
/** n > 0 ? call(n - 1), call(n - 1) : n */
const tree = (/** @type {number[]} */ call) => [
  ...get(0),
  0x04,
  VOID,
  ...get(0),
  ...i32(1),
  0x6b,
  ...call,
  0x1a,
  ...get(0),
  ...i32(1),
  0x6b,
  ...call,
  0x1a,
  END,
  ...get(0),
];
const callTree = (/** @type {number} */ index) => [...i32(DEPTH), ...direct(index), 0x1a];

/** @type {Record<string, (program: Program) => number[]>} */
export const CORES = {
  'an empty loop': () => loop([0x0c, 0]),
  'a conditional branch': () => loop(brIf(0, i32(1))),
  'a loop in operand position': () => [...i32(1), 0x03, I32, 0x0c, 0, END, 0x6a, 0x1a],
  'a loop with a result that would come': () => [...i32(1), 0x03, I32, ...brIf(0, i32(1)), ...i32(5), END, 0x6a, 0x1a],
  'a loop with a parameter': () => [
    ...i32(4),
    ...i32(1),
    0x03,
    2,
    ...i32(1),
    0x6a,
    ...brIf(0, i32(1)),
    END,
    0x6a,
    0x1a,
  ],
  'the outer one of two loops': () => loop(loop([0x0c, 1])),
  'a way around the inner loop': () => loop([...get(4), 0x04, VOID], loop(brIf(0, get(4))), [END], [0x0c, 0]),
  'a short loop in each round': () => loop(i32(0), set(1), loop(brIf(0, counts(1))), [0x0c, 0]),
  br_table: () => loop([0x02, VOID, ...i32(1), 0x0e, 2, 0, 1, 1, END]),
  'a throw and a catch in each round': () => loop([0x06, VOID, 0x08, 0, 0x19, 0x0c, 1, END]),
  'a loop in a catch': () => [0x06, VOID, 0x08, 0, 0x19, ...loop([0x0c, 0]), END],
  'a step of zero': () => [...i32(5), ...set(1), ...loop(brIf(0, counts(1, 0)))],
  'a bound that is never met': () => [...i32(0), ...set(1), ...loop(brIf(0, counts(1, 2, 9)))],
  'a comparison that is always true': () => [...i32(0), ...set(1), ...loop(brIf(0, counts(1, 1, -1, LE_U)))],
  'a counter that wraps around': () => [...i32(0), ...set(1), ...loop(brIf(0, counts(1, 0x40000000, 5)))],
  'a counter set in the body': () => [...i32(0), ...set(1), ...loop(i32(3), set(1), brIf(0, counts(1)))],
  'a counter set in a part of the body': () => [
    ...i32(0),
    ...set(1),
    ...loop(TRUE, [0x04, VOID], i32(3), set(1), [END], brIf(0, counts(1))),
  ],
  'a counter set behind the branch': () => [
    ...i32(0),
    ...set(1),
    ...loop(brIf(0, counts(1)), i32(0), set(1), [0x0c, 0]),
  ],
  'a start on one of two ways': () => [
    ...i32(0),
    ...set(1),
    ...TRUE,
    0x04,
    VOID,
    ...i32(1),
    ...set(1),
    END,
    ...loop(brIf(0, counts(1, 2))),
  ],
  'a bound that runs away': () => [
    ...i32(0),
    ...set(1),
    ...i32(1),
    ...set(2),
    ...loop(get(2), i32(1), [0x6a], set(2), brIf(0, [...get(1), ...i32(1), 0x6a, 0x22, 1, ...get(2), NE])),
  ],
  'a counted loop whose exit leads back': () => loop(i32(0), set(1), loop(brIf(0, counts(1))), [0x0c, 0]),
  'calls of a function without a safe point': (program) => {
    const leaf = program.add(() => get(0));
    return loop(get(0), direct(leaf), [0x1a, 0x0c, 0]);
  },
  'calls of a function with a safe point': (program) => {
    const looks = program.add((self) => [...get(0), 0x04, VOID, ...get(0), ...direct(self), 0x1a, END, ...get(0)]);
    return loop(i32(0), direct(looks), [0x1a, 0x0c, 0]);
  },
  'a tree of calls': (program) => callTree(program.add((self) => tree(direct(self)))),
  'a tree of calls of two functions': (program) => callTree(program.addTwo((_, other) => tree(direct(other)))),
  'a tree of calls through a table': (program) => callTree(program.add((self) => tree(indirect(self)))),
  'a tree of calls, one half of them through a table': (program) =>
    callTree(program.addTwo((self, other) => tree(self < other ? direct(other) : indirect(other)))),
  'a tree of calls behind a loop': (program) =>
    callTree(program.add((self) => [...i32(0), ...set(1), ...loop(brIf(0, counts(1))), ...tree(direct(self))])),
  'a tree of calls in short loops': (program) =>
    callTree(
      program.add((self) => [
        ...get(0),
        0x45,
        0x04,
        VOID,
        ...get(0),
        0x0f,
        END,
        ...i32(0),
        ...set(1),
        ...loop(get(0), i32(1), [0x6b], direct(self), [0x1a], brIf(0, counts(1, 1, 3))),
        ...get(0),
      ]),
    ),
  'a tail call to itself': (program) => [
    ...i32(0),
    ...direct(program.add((self) => [...get(0), 0x12, ...leb(self)])),
    0x1a,
  ],
  'tail calls of two functions': (program) => [
    ...i32(0),
    ...direct(program.addTwo((_, other) => [...get(0), 0x12, ...leb(other)])),
    0x1a,
  ],
  'tail calls through a table': (program) => [
    ...i32(0),
    ...direct(program.addTwo((_, other) => [...get(0), ...i32(other - FUNCTION.first), 0x13, 2, 0])),
    0x1a,
  ],
};

/** What may stand around a core: its code is what is given, and has no label of theirs. @type {Record<string, (code: number[], program: Program) => number[]>} */
const PLACES = {
  'in a block': (code) => [0x02, VOID, ...code, END],
  'in an if': (code) => [...TRUE, 0x04, VOID, ...code, END],
  'in an else': (code) => [...get(4), 0x04, VOID, 0x05, ...code, END],
  'in a try': (code) => [0x06, VOID, ...code, 0x19, END],
  'in a catch': (code) => [0x06, VOID, 0x08, 0, 0x07, 0, ...code, END],
  'in a loop that runs once': (code) => loop(code),
  'in a loop': (code) => loop(code, brIf(0, i32(1))),
  'in a short loop': (code) => [...i32(0), ...set(5), ...loop(code, brIf(0, counts(5)))],
  'behind a short loop': (code) => [...i32(0), ...set(5), ...loop(brIf(0, counts(5))), ...code],
  'behind code that is never reached': (code) => [0x02, VOID, 0x0c, 0, ...loop([0x0c, 0]), END, ...code],
  'on top of operands': (code) => [...i32(7), 0x02, I32, ...code, ...i32(3), END, 0x6a, 0x1a],
  'in a function': (code, program) => [...i32(0), ...direct(program.add(() => [...code, ...get(0)])), 0x1a],
  'in a function behind a table': (code, program) => [
    ...i32(0),
    ...indirect(program.add(() => [...code, ...get(0)])),
    0x1a,
  ],
};

/**
 * @param {number} seed programs of consecutive seeds have all cores in turn
 * @returns {{title: string, bytes: Uint8Array}} it exports f0 and counts PROGRESS up when it begins
 */
export function endlessProgram(seed) {
  const below = random(seed);
  const program = new Program();
  const cores = Object.keys(CORES);
  const core = cores[seed % cores.length];
  let code = CORES[core](program);
  let title = core;
  for (let places = below(5); places > 0; --places) {
    const keys = Object.keys(PLACES);
    const place = keys[below(keys.length)];
    code = PLACES[place](code, program);
    title += `, ${place}`;
  }
  program.functions[0] = {
    type: 2,
    locals: [I32, I32, I32, I32, I32],
    code: [...i32(PROGRESS), ...i32(1), 0x36, 2, 0, ...code, ...get(0)],
  };
  const functions = /** @type {Code[]} */ (program.functions);
  return { title, bytes: assemble({ functions, tags: [1], table: functions.map((_, i) => FUNCTION.first + i) }) };
}
