// @ts-check
// Random modules of six functions for the proof of the flow: every structure and branch, legacy exceptions, calls of all kinds, and counted loops whose
// starts, steps and bounds are at the limits of 32 bits. Nothing of them is run.
import { HEADER, leb, name, section, sleb, vector } from '../../support/wasm_binary.js';
import { assemble, FUNCTION, I32, random, VOID } from '../../support/wasm_modules.js';

const FUNCTIONS = 6;
const LOCALS = 4;
/** Of i32 to i32, in both kinds of modules. */
const TYPE = 2;
const TAG_TYPE = 3;
const LIMITS = [0, 1, 2, 3, 7, 10, 100, 1000, 0x7fffffff, 0x7ffffffe, -1, -2, -10, -0x80000000, -0x7fffffff];

/**
 * @param {number} seed
 * @param {boolean} linked  with what stands in for the library
 * @returns {Uint8Array}
 */
export function flowProgram(seed, linked) {
  const first = linked ? FUNCTION.first : 0;
  const functions = Array.from({ length: FUNCTIONS }, (_, i) => ({
    type: TYPE,
    locals: Array(LOCALS).fill(I32),
    code: new Writer(random(seed * FUNCTIONS + i), first).body(),
  }));
  const table = [first, first + 3];
  const types = [[0x60, 1, I32, 0]];
  if (linked) return assemble({ functions, types, tags: [TAG_TYPE], table });
  const all = [[0x60, 0, 1, I32], [0x60, 0, 0], [0x60, 1, I32, 1, I32], ...types];
  const body = (/** @type {number[]} */ code) => {
    const content = [...vector(Array(LOCALS).fill([1, I32])), ...code, 0x0b];
    return [...leb(content.length), ...content];
  };
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector(all)),
    ...section(3, vector(functions.map(() => [TYPE]))),
    ...section(4, vector([[0x70, 0, ...leb(table.length)]])),
    ...section(5, vector([[0, 1]])),
    ...section(13, vector([[0, TAG_TYPE]])),
    ...section(7, vector([[...name('f0'), 0, 0]])),
    ...section(9, vector([[0, 0x41, 0, 0x0b, ...vector(table.map((index) => leb(index)))]])),
    ...section(10, vector(functions.map(({ code }) => body(code)))),
  ]);
}

class Writer {
  /** @param {(below: number) => number} below @param {number} first */
  constructor(below, first) {
    this.below = below;
    this.first = first;
    /** @type {number[]} */
    this.code = [];
    this.depth = 0;
    this.budget = 25;
  }

  body() {
    this.statements(4);
    this.emit(0x20, 0);
    return this.code;
  }

  /** @param {number[]} bytes */
  emit(...bytes) {
    this.code.push(...bytes);
  }

  constant() {
    this.emit(0x41, ...sleb(LIMITS[this.below(LIMITS.length)] + (this.below(4) ? 0 : this.below(5) - 2)));
  }

  local() {
    return this.below(LOCALS + 1);
  }

  value() {
    if (this.below(3)) this.emit(0x20, this.local());
    else this.constant();
  }

  /** @param {number[]} open @param {number} deep */
  inside(open, deep) {
    this.emit(...open);
    this.depth++;
    this.statements(deep - 1);
    this.depth--;
  }

  /** @param {number} deep */
  statements(deep) {
    for (let i = this.below(4) + (deep > 3 ? 1 : 0); i > 0; --i) this.statement(deep);
  }

  /** @param {number} deep */
  statement(deep) {
    if (--this.budget < 0) return;
    const { below } = this;
    const kind = below(deep > 0 ? 17 : 7);
    if (kind === 0) {
      this.value();
      this.emit(0x21, this.local());
    } else if (kind === 1) this.branch();
    else if (kind === 2) {
      if (this.depth === 0) return; // the function's own label takes a value
      this.value();
      this.emit(0x0d, ...leb(below(this.depth)));
    } else if (kind === 3) this.call();
    else if (kind === 4) {
      this.value();
      this.emit(0x08, 0);
    } else if (kind < 7) {
      this.value();
      this.value();
      this.emit(0x6a, 0x21, this.local());
    } else if (kind < 11) this.counted(deep);
    else if (kind < 13) {
      this.inside([0x03, VOID], deep);
      if (below(2)) {
        this.value();
        this.emit(0x0d, 0);
      }
      this.emit(0x0b);
    } else if (kind === 13) {
      this.inside([0x02, VOID], deep);
      this.emit(0x0b);
    } else if (kind === 14) {
      this.value();
      this.inside([0x04, VOID], deep);
      if (below(2)) this.inside([0x05], deep);
      this.emit(0x0b);
    } else this.attempt(deep);
  }

  /** What leaves ends its block, so it stands in an if. The function's own label takes a value. */
  branch() {
    const { below } = this;
    this.value();
    this.emit(0x04, VOID);
    const labels = this.depth + 2;
    const target = () => below(labels - 1); // not the function's
    const kind = below(5);
    if (kind === 0) this.emit(0x20, 0, 0x0f);
    else if (kind === 1) this.emit(0x00);
    else if (kind < 4) this.emit(0x0c, ...leb(target()));
    else {
      this.value();
      this.emit(0x0e, 2, ...leb(target()), ...leb(target()), ...leb(target()));
    }
    this.emit(0x0b);
  }

  call() {
    const { below } = this;
    const callee = leb(this.first + below(FUNCTIONS));
    this.value();
    const kind = below(6);
    if (kind < 3) this.emit(0x10, ...callee, 0x21, this.local());
    else if (kind === 3) {
      this.value();
      this.emit(0x11, TYPE, 0, 0x21, this.local());
    } else {
      this.emit(0x21, 1);
      this.value();
      this.emit(0x04, VOID, 0x20, 1);
      if (kind === 4) this.emit(0x12, ...callee);
      else {
        this.value();
        this.emit(0x13, TYPE, 0);
      }
      this.emit(0x0b);
    }
  }

  /** @param {number} deep */
  counted(deep) {
    const { below } = this;
    const counter = this.local();
    const early = below(5) === 0;
    this.constant();
    this.emit(0x21, counter);
    if (early) this.statements(1);
    this.emit(0x03, VOID);
    this.depth++;
    if (below(2)) this.statements(below(3) ? 0 : deep - 1);
    if (below(6) === 0) this.statement(deep - 1);
    this.emit(0x20, below(12) ? counter : this.local());
    this.constant();
    this.emit(below(8) ? 0x6a : 0x6b);
    if (below(8)) this.emit(0x22, counter);
    else this.emit(0x21, counter, 0x20, counter);
    if (below(5)) {
      this.constant();
      this.emit(0x46 + below(10));
    } else if (below(3) === 0) this.emit(0x45);
    this.emit(0x0d, below(10) ? 0 : below(this.depth));
    this.depth--;
    this.emit(0x0b);
  }

  /** @param {number} deep */
  attempt(deep) {
    const { below } = this;
    this.inside([0x06, VOID], deep);
    const kind = below(4);
    if (kind === 0) return this.emit(0x18, ...leb(below(this.depth + 1)));
    if (kind > 1) {
      this.emit(0x07, 0, 0x21, this.local());
      this.depth++;
      this.statements(deep - 1);
      if (below(4) === 0) this.emit(0x09, 0);
      this.depth--;
    }
    if (kind !== 2) this.inside([0x19], deep);
    this.emit(0x0b);
  }
}
