// @ts-check
// What the tests and the judge of the rewriter share: a small assembler for modules that text assemblers would normalise (unreachable
// code, loops with parameters), the runtime that stands in for libwasmsig, and a generator of random programs.
import { HEADER, leb, name, readModule, section, sleb, vector } from './wasm_binary.js';

export const BLOCK = 1024;
export const DOORBELL = BLOCK + 64;
/** Where the stand-in counts how often its slow path ran. */
export const SLOW_COUNT = 2048;
/** What the slow path does when this word is not 0: trap. */
export const STOP = 2052;
/** Where a program counts its progress, so that a test knows that it runs. */
export const PROGRESS = 2056;
/** The memory that random programs write. */
export const SCRATCH = [4096, 8192];

export const I32 = 0x7f;
export const I64 = 0x7e;
export const VOID = 0x40;

/** The stand-in for libwasmsig as text, to be put into a module with one memory. Returns `$result` looks to leave out. */
export function runtimeText(result = '(i32.const 0)') {
  return `
    (func $wasmsig_block (export "wasmsig_block") (result i32) (i32.const ${BLOCK}))
    (func $wasmsig_safe_point (export "wasmsig_safe_point") (result i32)
      (i32.store (i32.const ${DOORBELL}) (i32.const 0))
      (i32.store (i32.const ${SLOW_COUNT}) (i32.add (i32.load (i32.const ${SLOW_COUNT})) (i32.const 1)))
      (if (i32.load (i32.const ${STOP})) (then (unreachable)))
      ${result})
    (func $wasmsig_deliver (export "wasmsig_deliver") (result i32) (i32.const 0))
    (func $ring (i32.store (i32.const ${DOORBELL}) (i32.const 1)))`;
}

/**
 * Function indices of an assembled module: the stand-in runtime first, then the given functions.
 */
export const FUNCTION = Object.freeze({ block: 0, safePoint: 1, deliver: 2, ring: 3, burn: 4, first: 5 });

/**
 * Assembles a module: the stand-in runtime and the given functions, exported as f0, f1 ...
 * `burn` takes one unit of fuel (global 0, exported) and returns whether there is none left.
 *
 * @param {{functions: {type: number, locals?: number[], code: number[]}[], types?: number[][], memory?: number[], tags?: number[],
 *   safePointResult?: number[], customs?: number[][], names?: string[], atEnd?: number[], table?: number[]}} spec
 *   `table`: the functions in table 0; `types`: encoded types from index 3 on; type 0 is () -> i32, type 1 () -> (), type 2 (i32) -> i32
 */
export function assemble({
  functions,
  types = [],
  memory = [0, 1],
  tags = [],
  safePointResult = [0x41, 0],
  customs = [],
  atEnd = [],
  table = [],
}) {
  const body = (/** @type {number[]} */ locals, /** @type {number[]} */ code) => {
    const content = [...vector(locals.map((type) => [1, type])), ...code, 0x0b];
    return [...leb(content.length), ...content];
  };
  const store = (/** @type {number} */ address, /** @type {number[]} */ value) => [
    0x41,
    ...sleb(address),
    ...value,
    0x36,
    2,
    0,
  ];
  const load = (/** @type {number} */ address) => [0x41, ...sleb(address), 0x28, 2, 0];
  const bodies = [
    body([], [0x41, ...sleb(BLOCK)]),
    body(
      [],
      [
        ...store(DOORBELL, [0x41, 0]),
        ...store(SLOW_COUNT, [...load(SLOW_COUNT), 0x41, 1, 0x6a]),
        ...load(STOP),
        0x04,
        VOID,
        0x00,
        0x0b,
        ...safePointResult,
      ],
    ),
    body([], [0x41, 0]),
    // The doorbell rings at about every other call, and the same in every run: global 1 is a linear congruential generator.
    body(
      [],
      [
        0x23,
        1,
        0x41,
        ...sleb(1103515245),
        0x6c,
        0x41,
        ...sleb(12345),
        0x6a,
        0x24,
        1,
        0x23,
        1,
        0x41,
        ...sleb(0x10000),
        0x71,
        0x04,
        VOID,
        ...store(DOORBELL, [0x41, 1]),
        0x0b,
      ],
    ),
    body([], [0x23, 0, 0x41, 1, 0x6b, 0x24, 0, 0x23, 0, 0x41, 0, 0x48]),
    ...functions.map(({ locals = [], code }) => body(locals, code)),
  ];
  const functionTypes = [0, 0, 0, 1, 0, ...functions.map(({ type }) => type)];
  const exported = [
    ['wasmsig_block', 0, 0],
    ['wasmsig_safe_point', 0, 1],
    ['wasmsig_deliver', 0, 2],
    ['memory', 2, 0],
    ['fuel', 3, 0],
    ...functions.map((_, i) => [`f${i}`, 0, FUNCTION.first + i]),
  ];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector([[0x60, 0, 1, I32], [0x60, 0, 0], [0x60, 1, I32, 1, I32], ...types])),
    ...section(3, vector(functionTypes.map((type) => leb(type)))),
    ...(table.length > 0 ? section(4, vector([[0x70, 0, ...leb(table.length)]])) : []),
    ...section(5, vector([memory])),
    ...(tags.length > 0 ? section(13, vector(tags.map((type) => [0, ...leb(type)]))) : []),
    ...section(
      6,
      vector([
        [I32, 1, 0x41, 0, 0x0b],
        [I32, 1, 0x41, 7, 0x0b],
      ]),
    ),
    ...section(
      7,
      vector(exported.map(([text, kind, index]) => [...name(String(text)), Number(kind), ...leb(Number(index))])),
    ),
    ...(table.length > 0 ? section(9, vector([[0, 0x41, 0, 0x0b, ...vector(table.map((index) => leb(index)))]])) : []),
    ...section(10, vector(bodies)),
    ...customs.flat(),
    ...atEnd,
  ]);
}

/** A small generator of pseudo-random numbers (mulberry32). @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return (/** @type {number} */ below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Types of the random programs: 3 is the tag's, 4.. are of loops and blocks with parameters. */
const EXTRA_TYPES = [
  [0x60, 1, I32, 0],
  [0x60, 1, I64, 1, I32],
  [0x60, 1, I32, 1, I64],
  [0x60, 2, I32, I64, 1, I32],
  [0x60, 2, I64, I32, 1, I64],
];
const PARAMETER_LOOPS = [
  { index: 2, params: [I32], result: I32 },
  { index: 4, params: [I64], result: I32 },
  { index: 5, params: [I32], result: I64 },
  { index: 6, params: [I32, I64], result: I32 },
  { index: 7, params: [I64, I32], result: I64 },
];

/**
 * A random program of structured control: loops in every position, with parameters and results, branches of all kinds to them and
 * out of them, legacy exceptions, code that is never reached. It ends when its fuel does.
 *
 * @param {number} seed
 * @param {number[]} [safePointResult]
 */
export function randomProgram(seed, safePointResult) {
  const below = random(seed);
  /** @type {number[]} */
  let code = [];
  /** @type {{types: number[], kind: string}[]} */
  let labels = [];
  let budget = 0;
  let loops = 0;
  const LOCALS = [I32, I32, I32, I64, I64];
  const localOf = (/** @type {number} */ type) => (type === I32 ? below(3) : 3 + below(2));
  const emit = (/** @type {number[]} */ ...bytes) => void code.push(...bytes);
  const constant = (/** @type {number} */ type) =>
    emit(type === I32 ? 0x41 : 0x42, ...sleb(below(4) ? below(200) - 100 : below(0x7fffffff)));
  const leaf = (/** @type {number} */ type) => (below(2) ? constant(type) : emit(0x20, localOf(type)));
  const within = (/** @type {string} */ kind, /** @type {number[]} */ types, /** @type {() => void} */ inner) => {
    labels.push({ types, kind });
    inner();
    labels.pop();
  };
  /** A label of the given branch types: its depth, or -1. @param {number[]} types */
  const target = (types) => {
    const fits = labels
      .map((label, i) => (label.types.join() === types.join() ? labels.length - 1 - i : -1))
      .filter((depth) => depth >= 0);
    return fits.length === 0 ? -1 : fits[below(fits.length)];
  };
  const header = () => {
    loops++;
    emit(0x10, FUNCTION.burn, 0x04, VOID, 0x20, below(3), 0x0f, 0x0b); // no fuel: return a local
    if (below(4)) emit(0x10, FUNCTION.ring);
  };

  /** @param {number} type @param {number} depth */
  const expression = (type, depth) => {
    if (depth <= 0 || --budget < 0) return leaf(type);
    switch (below(11)) {
      case 0:
      case 1:
        expression(type, depth - 1);
        expression(type, depth - 1);
        return emit([0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x77][below(7)] + (type === I64 ? 0x12 : 0));
      case 2:
        expression(type, depth - 1);
        return emit(0x22, localOf(type));
      case 3:
        emit(0x02, type);
        within('block', [type], () => {
          statements(depth - 1);
          expression(type, depth - 1);
        });
        return emit(0x0b);
      case 4:
        emit(0x03, type);
        within('loop', [], () => {
          header();
          statements(depth - 1);
          expression(I32, depth - 1);
          emit(0x0d, 0);
          expression(type, depth - 1);
        });
        return emit(0x0b);
      case 5: {
        const loop = PARAMETER_LOOPS[below(PARAMETER_LOOPS.length)];
        for (const param of loop.params) expression(param, depth - 1);
        emit(0x03, loop.index);
        within('loop', loop.params, () => {
          header();
          statements(depth - 1);
          if (below(2)) {
            for (const param of [...loop.params].reverse()) emit(0x21, localOf(param));
            for (const param of loop.params) expression(param, depth - 1);
          }
          expression(I32, depth - 1);
          emit(0x0d, 0);
          for (const param of [...loop.params].reverse()) emit(0x21, localOf(param));
          expression(loop.result, depth - 1);
        });
        emit(0x0b);
        if (loop.result !== type) emit(type === I32 ? 0xa7 : 0xac);
        return;
      }
      case 6:
        expression(I32, depth - 1);
        emit(0x04, type);
        within('if', [type], () => {
          expression(type, depth - 1);
          emit(0x05);
          expression(type, depth - 1);
        });
        return emit(0x0b);
      case 7: {
        const depthOf = target([type]);
        expression(type, depth - 1);
        if (depthOf < 0) return;
        expression(I32, depth - 1);
        return emit(0x0d, ...leb(depthOf));
      }
      case 8: {
        const targets = [target([type]), target([type]), target([type])];
        expression(type, depth - 1);
        if (targets[0] < 0) return;
        emit(0x20, below(3), 0x04, VOID); // only sometimes, so that the rest has a chance
        labels.push({ types: [], kind: 'if' });
        expression(type, depth - 1);
        expression(I32, depth - 1);
        emit(0x0e, 2, ...targets.flatMap((t) => leb(t + 1)));
        if (below(2)) {
          // code that is never reached, with a loop in operand position
          emit(0x03, I32, 0x10, FUNCTION.ring, 0x41, 1, 0x0b, 0x1a);
          emit(0x03, 0x02, 0x0b, 0x1a); // its parameter comes from the polymorphic stack
          loops++;
          loops++;
        }
        labels.pop();
        return emit(0x0b);
      }
      case 9:
        expression(type === I32 ? I64 : I32, depth - 1);
        return emit(type === I32 ? 0xa7 : 0xac);
      default:
        expression(I32, depth - 1);
        emit(0x41, ...sleb(0xfff8 & (SCRATCH[1] - SCRATCH[0] - 8)), 0x71);
        return emit(type === I32 ? 0x28 : 0x29, 0, ...leb(SCRATCH[0]));
    }
  };

  /** @param {number} depth */
  const statement = (depth) => {
    if (--budget < 0) return;
    switch (below(10)) {
      case 0: {
        const type = below(2) ? I32 : I64;
        expression(type, depth);
        return emit(0x21, localOf(type));
      }
      case 1:
        expression(I32, depth - 1);
        emit(0x41, ...sleb(0xfff8 & (SCRATCH[1] - SCRATCH[0] - 8)), 0x71);
        expression(I32, depth - 1);
        return emit(0x36, 0, ...leb(SCRATCH[0]));
      case 2: {
        const depthOf = target([]);
        if (depthOf < 0) return;
        expression(I32, depth - 1);
        return emit(0x0d, ...leb(depthOf));
      }
      case 3:
        emit(0x02, VOID);
        within('block', [], () => statements(depth - 1));
        return emit(0x0b);
      case 4:
      case 5:
        emit(0x03, VOID);
        within('loop', [], () => {
          header();
          statements(depth - 1);
          expression(I32, depth - 1);
          emit(0x0d, 0);
        });
        return emit(0x0b);
      case 6:
        expression(I32, depth - 1);
        emit(0x04, VOID);
        within('if', [], () => {
          statements(depth - 1);
          emit(0x05);
          statements(depth - 1);
        });
        return emit(0x0b);
      case 7: {
        // try, catch with the tag's value, sometimes thrown again
        emit(0x06, VOID);
        within('try', [], () => statements(depth - 1));
        emit(0x07, 0, 0x21, below(3));
        within('catch', [], () => {
          statements(depth - 1);
          const caught = labels
            .map((label, i) => (label.kind === 'catch' ? labels.length - 1 - i : -1))
            .filter((d) => d >= 0);
          emit(0x20, below(3), 0x41, 7, 0x71, 0x45, 0x04, VOID, 0x09, ...leb(caught[below(caught.length)] + 1), 0x0b);
        });
        if (below(2)) {
          emit(0x19);
          within('catch', [], () => statements(depth - 1));
        }
        return emit(0x0b);
      }
      case 8:
        emit(0x06, VOID);
        within('try', [], () => statements(depth - 1));
        return emit(0x18, ...leb(below(labels.length)));
      default:
        expression(I32, depth - 1);
        emit(0x04, VOID, 0x20, below(3), 0x08, 0, 0x0b); // throw
    }
  };

  /** @param {number} depth */
  const statements = (depth) => {
    for (let count = below(3); depth > 0 && count > 0; --count) statement(depth);
  };

  const functions = [];
  for (let i = 0; i < 3; ++i) {
    code = [];
    labels = [];
    budget = 120;
    within('function', [I32], () => {
      statements(6);
      expression(I32, 6);
    });
    functions.push({ type: 2, locals: LOCALS.slice(1), code });
  }
  return {
    bytes: assemble({ functions, types: EXTRA_TYPES, tags: [3], safePointResult }),
    loops,
    functions: functions.length,
  };
}

/**
 * What a program does, seen from outside: results, traps and exceptions of every function, memory and fuel.
 *
 * @param {Uint8Array} bytes
 * @param {number} functions
 * @param {number[]} args
 */
export function observe(bytes, functions, args = [0, 1, -5, 123456]) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(/** @type {any} */ (bytes)), {});
  const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
  const fuel = /** @type {WebAssembly.Global} */ (exports.fuel);
  const seen = [];
  for (let i = 0; i < functions; ++i) {
    for (const arg of args) {
      fuel.value = 400;
      try {
        seen.push(String(/** @type {Function} */ (exports[`f${i}`])(arg)));
      } catch (error) {
        seen.push(error instanceof /** @type {any} */ (WebAssembly).Exception ? 'exception' : String(error));
      }
      seen.push(fuel.value);
    }
  }
  seen.push(Buffer.from(memory.buffer.slice(SCRATCH[0], SCRATCH[1])).toString('base64'));
  return { seen, slow: new Int32Array(memory.buffer)[SLOW_COUNT / 4] };
}

/**
 * Gives a foreign module the stand-in runtime, with its block in a page that is added to the memory, which is exported as `wasmsig_memory`. The export
 * `wasmsig_zz_count`, the last one, returns how often its slow path ran. Null: the module has no memory that could be extended.
 *
 * @param {Uint8Array} bytes
 */
export function addRuntime(bytes) {
  const view = readModule(bytes);
  const [memory] = view.memories;
  if (view.memories.length !== 1 || memory.imported !== undefined) return null;
  const block = memory.minimum * 65536;
  const store = (/** @type {number} */ address, /** @type {number[]} */ value) => [
    0x41,
    ...sleb(address),
    ...value,
    0x36,
    2,
    0,
  ];
  const count = [0x41, ...sleb(block + 128), 0x28, 2, 0];
  const bodies = [
    [0, 0x41, ...sleb(block), 0x0b],
    [0, ...store(block + 64, [0x41, 0]), ...store(block + 128, [...count, 0x41, 1, 0x6a]), 0x41, 3, 0x0b],
    [0, 0x41, 0, 0x0b],
    [0, ...count, 0x0b],
  ];
  const first = view.importedFunctions + view.bodies.length;
  const exported = ['wasmsig_block', 'wasmsig_safe_point', 'wasmsig_deliver', 'wasmsig_zz_count'];
  const added = new Map([
    [1, { count: view.typeEntries, entries: [[0x60, 0, 1, I32]] }],
    [3, { count: view.bodies.length, entries: bodies.map(() => leb(view.types)) }],
    [
      7,
      {
        count: view.exports,
        entries: [
          [...name('wasmsig_memory'), 2, 0],
          ...exported.map((text, i) => [...name(text), 0, ...leb(first + i)]),
        ],
      },
    ],
    [10, { count: view.bodies.length, entries: bodies.map((body) => [...leb(body.length), ...body]) }],
  ]);
  /** @type {Uint8Array[]} */
  const out = [Uint8Array.from(HEADER)];
  const add = (/** @type {number} */ id, /** @type {number[]} */ content) =>
    out.push(Uint8Array.from(section(id, content)));
  for (const { id, start, body, end } of view.sections) {
    const extra = added.get(id);
    if (id === 5) {
      const minimum = memory.minimum + 1;
      add(5, [1, 1, ...leb(minimum), ...leb(Math.max(memory.maximum ?? 0, minimum))]);
    } else if (extra) {
      const old = bytes.subarray(body + leb(extra.count).length, end);
      add(id, [...leb(extra.count + extra.entries.length), ...old, ...extra.entries.flat()]);
    } else out.push(bytes.subarray(start, end));
  }
  return new Uint8Array(Buffer.concat(out));
}
