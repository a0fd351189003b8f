// @ts-check
// Proves of instrumented modules, from their bytes alone, that nothing runs for ever without a check: every cycle in the flow of a function, and every cycle of
// calls, passes one. Excepted are loops of which the same bytes show that they end after few instructions.
import { instrumentSync } from '../../../js/instrument/index.js';
import { EXIT, isCall, readFunctions } from './control_flow.mjs';
import { flowProgram } from './flow_programs.mjs';

/** @typedef {import('./control_flow.mjs').Functions} Functions */
/** @typedef {import('./control_flow.mjs').Instruction} Instruction */
/** @typedef {import('./control_flow.mjs').Body} Body */

/** The most instructions that a loop without a check may run: kShortLoop of src/instrument/plan/placement.hpp, and its last round. */
const MOST = 4096;

/** From one place, after which what they do not have in common counts as unknown. */
const MOST_STARTS = 64;

/** Of linked programs. */
const MEMORIES = /** @type {const} */ (['shared', 'keep']);

/** @typedef {{functions: number, checks: number, short: number, longest: number, faults: string[]}} Flow  `longest`: instructions of a short loop */

/**
 * @param {Uint8Array} bytes  an instrumented module
 * @param {{doorbell: number | null, look: string}} report  of instrument()
 * @returns {Flow}
 */
export function proveFlow(bytes, { doorbell, look }) {
  return new Proof(readFunctions(bytes), doorbell, look).prove();
}

class Proof {
  /** @param {Functions} module @param {number | null} doorbell @param {string} look */
  constructor(module, doorbell, look) {
    this.module = module;
    this.doorbell = doorbell;
    this.isCountdown = look === 'countdown';
    const injected = module.exports.get('wasmsig_set_safe_point');
    /** The slow path. */
    this.safePoint = injected === undefined ? module.exports.get('wasmsig_safe_point') : injected - 1;
    /** What a check calls: of a countdown the last function. */
    this.slow = this.isCountdown ? module.imported + module.bodies.length - 1 : this.safePoint;
    /** What belongs to the runtime: it need not check. */
    this.runtime = new Set([
      this.slow,
      ...(injected === undefined
        ? ['wasmsig_safe_point', 'wasmsig_block', 'wasmsig_deliver'].map((name) => module.exports.get(name))
        : [injected - 2, injected - 1, injected]),
    ]);
    this.count = module.globals - 2;
    this.rounds = module.globals - 1;
    /** @type {Set<number>[]} the checks of each function */
    this.checks = [];
    /** Functions of which every way out passes a check. @type {Set<number>} */
    this.checking = new Set();
    /** @type {Flow} */
    this.flow = { functions: module.bodies.length, checks: 0, short: 0, longest: 0, faults: [] };
  }

  prove() {
    const { module, flow } = this;
    if (this.isCountdown) this.checkRefill();
    this.checks = module.bodies.map((body, i) => this.findChecks(body, i));
    for (const checks of this.checks) flow.checks += checks.size;
    for (let before = -1; before !== this.checking.size; ) {
      before = this.checking.size;
      for (const [i, body] of module.bodies.entries()) if (this.alwaysChecks(body, i)) this.checking.add(this.index(i));
    }
    for (const [i, body] of module.bodies.entries()) if (!this.runtime.has(this.index(i))) this.proveFunction(body, i);
    this.proveCalls();
    return flow;
  }

  index(/** @type {number} */ i) {
    return this.module.imported + i;
  }

  /** @param {number} i @param {string} what */
  fault(i, what) {
    this.flow.faults.push(`function ${this.index(i)}: ${what}`);
  }

  /** Where a body checks. Each check is looked at: it must lead to the slow path, and count. @param {Body} body @param {number} i */
  findChecks({ code }, i) {
    /** @type {Set<number>} */
    const checks = new Set();
    const counters = this.counters(code);
    if (this.isCountdown && this.index(i) === this.slow) return checks;
    for (const [at, { op, value }] of code.entries()) {
      if (op === 0x10 && value === this.slow) checks.add(at);
      const { decides, counter } = this.condition(code, at, counters);
      if (decides < 0) continue;
      if (!this.leadsToSlowPath(code, decides, counter))
        this.fault(i, `the check at ${at} does not lead to the safe point`);
      else if (this.isCountdown && counter === undefined && !this.counts(code, decides))
        this.fault(i, `the check at ${at} does not count`);
      else checks.add(at);
    }
    if (this.isCountdown && !this.runtime.has(this.index(i))) this.checkCount(code, i, counters);
    return checks;
  }

  /** The locals of a countdown: what the slow path returns is stored there. @param {Instruction[]} code @returns {Set<number | undefined>} */
  counters(code) {
    return new Set(
      code.flatMap(({ op, value }, at) => (op === 0x21 && matches(code, at - 1, [[0x10, this.slow]]) ? [value] : [])),
    );
  }

  /** The branch that decides a check which begins here, or -1, and the local that counts. @param {Instruction[]} code @param {number} at @param {Set<number | undefined>} counters @returns {{decides: number, counter?: number}} */
  condition(code, at, counters) {
    const is = (/** @type {(number | (number | null | undefined)[])[]} */ ...wanted) => matches(code, at, wanted);
    const decides = (/** @type {number} */ k) => ([0x04, 0x0d].includes(code[at + k]?.op ?? -1) ? at + k : -1);
    if (this.isCountdown) {
      if (is([0x23, this.count], [0x41, 1], 0x48)) return { decides: decides(3) };
      const counter = code[at].value;
      if (!counters.has(counter) || !is(0x20, [0x41, -1], 0x6a, [0x22, counter], 0x45)) return { decides: -1 };
      return { decides: decides(5), counter };
    }
    if (!is([0x41, this.doorbell]) || ![0xfe12, 0xfe10, 0x28].includes(code[at + 1]?.op)) return { decides: -1 };
    return { decides: matches(code, at + 2, [0x23, 0x47]) ? decides(4) : decides(2) };
  }

  /** Whether the taken side calls the slow path, or a copy that begins with it, and sets the local that counts. @param {Instruction[]} code @param {number} decides @param {number} [counter] */
  leadsToSlowPath(code, decides, counter) {
    let at =
      code[decides].op === 0x04 ? decides + 1 : (code[decides].next.find((next) => next !== decides + 1) ?? EXIT);
    if (counter !== undefined) {
      while (at !== EXIT && code[at].op === 0x0b) at++;
      return (
        at !== EXIT &&
        matches(code, at, [
          [0x41, 1],
          [0x21, counter],
          [0x10, this.slow],
          [0x21, counter],
        ])
      );
    }
    while (at !== EXIT && [0x0b, 0x20].includes(code[at].op)) at++;
    const call = code[at];
    if (call?.op !== 0x10) return false;
    const [begin] = this.module.bodies[call.value - this.module.imported]?.code ?? [];
    return call.value === this.slow || (begin?.op === 0x10 && begin.value === this.slow);
  }

  /** Whether the other side takes one from the count. @param {Instruction[]} code @param {number} decides */
  counts(code, decides) {
    const { op, next } = code[decides];
    let at = op === 0x04 ? (next.find((each) => each !== decides + 1) ?? EXIT) : decides + 1;
    if (op === 0x04 && at !== EXIT) at++; // behind the end
    return matches(code, at, [[0x23, this.count], [0x41, -1], 0x6a, [0x24, this.count]]);
  }

  /** The function that a countdown calls asks if the count is used up, and what it returns is at least 1. */
  checkRefill() {
    const { code } = this.module.bodies[this.module.bodies.length - 1];
    const [count, rounds] = [this.count, this.rounds];
    const isRefill = matches(code, 0, [
      ...[[0x23, count], [0x23, rounds], 0x6b, [0x22, 0], [0x41, 1], 0x48, 0x04],
      ...[[0x10, this.safePoint], [0x21, 0], 0x0b, [0x20, 0], [0x22, 1], [0x24, count]],
      ...[[0x20, 1], [0x41, 1], [0x20, 1], [0x41, 1], 0x4a, 0x1b, [0x21, 1]],
      ...[[0x20, 1], [0x41, 64], [0x20, 1], [0x41, 64], 0x48, 0x1b, [0x21, 1]],
      ...[[0x20, 1], [0x24, rounds], [0x20, 1], [0x41, 1], 0x6a, 0x0b],
    ]);
    if (!isRefill) this.fault(this.module.bodies.length - 1, 'it does not give rounds');
  }

  /**
   * Nothing but checks and the slow path may change the count and the locals that count; and such a local has begun
   * wherever it is checked.
   *
   * @param {Instruction[]} code @param {number} i @param {Set<number | undefined>} counters
   */
  checkCount(code, i, counters) {
    const { count, rounds, slow } = this;
    /** @type {Set<number>} */
    const begins = new Set();
    for (const [at, { op, value }] of code.entries()) {
      const isStep = matches(code, at - 3, [[0x23, count], [0x41, -1], 0x6a, [0x24, count]]);
      const counter = code[at - 1]?.value;
      const isFirst =
        counters.has(counter) &&
        matches(code, at - 4, [[0x23, count], [0x41, -1], 0x6a, [0x22, counter], [0x24, count]]);
      if (op === 0x24 && value === count && !isStep && !isFirst) this.fault(i, `the count is written at ${at}`);
      if (op === 0x24 && value === rounds) this.fault(i, `the rounds are written at ${at}`);
      if (!counters.has(value)) continue;
      const begin = [[0x24, count], [0x23, rounds], [0x41, 1], [0x20, value], [0x41, 0], 0x4a, 0x1b];
      if (op === 0x21 && matches(code, at - 7, begin)) begins.add(at);
      else if (op === 0x21 && !matches(code, at - 1, [[0x10, slow]]) && !matches(code, at - 1, [[0x41, 1]]))
        this.fault(i, `the local that counts is written at ${at}`);
      if (op === 0x22 && !matches(code, at - 2, [[0x41, -1], 0x6a]))
        this.fault(i, `the local that counts is written at ${at}`);
    }
    const seen = reachable(code, (at) => begins.has(at));
    for (const at of seen)
      if (this.condition(code, at, counters).counter !== undefined)
        this.fault(i, `the check at ${at} has not begun to count`);
  }

  /** @param {number} i @param {Instruction} one @param {number} at */
  isCheck(i, one, at) {
    return this.checks[i].has(at) || (one.op === 0x10 && this.checking.has(one.value));
  }

  /** What is reached from the entry before a check, and the checks behind it. @param {Body} body @param {number} i */
  before({ code }, i) {
    const seen = new Set([0]);
    const frontier = new Set();
    const list = [0];
    for (let at = list.pop(); at !== undefined; at = list.pop()) {
      if (this.isCheck(i, code[at], at)) {
        frontier.add(at);
        continue;
      }
      for (const next of code[at].next)
        if (next !== EXIT && !seen.has(next)) {
          seen.add(next);
          list.push(next);
        }
    }
    return { seen, frontier };
  }

  /** @param {Body} body @param {number} i */
  alwaysChecks(body, i) {
    if (this.runtime.has(this.index(i))) return false;
    const { seen, frontier } = this.before(body, i);
    return [...seen].every((at) => {
      const { op, next, throws, value } = body.code[at];
      if (frontier.has(at)) return true;
      if (op === 0x12 && this.checking.has(value)) return true;
      return !throws && !next.includes(EXIT);
    });
  }

  /** Every cycle of a function passes a check, or is short. @param {Body} body @param {number} i */
  proveFunction(body, i) {
    const { code } = body;
    const reached = reachable(code);
    const isOut = (/** @type {number} */ at) => at === EXIT || !reached.has(at) || this.isCheck(i, code[at], at);
    const components = cycles(code.length, (at) => (isOut(at) ? [] : code[at].next.filter((next) => !isOut(next))));
    if (components.length === 0) return;
    const values = propagate(body);
    const isCheck = (/** @type {number} */ at) => this.isCheck(i, code[at], at);
    /** With the checks. @type {number[][] | undefined} */
    let whole;
    for (const component of components) {
      let bound = boundOf(body, new Set(component), values, isCheck);
      if (bound.why) {
        // A check in the midst of a round forgets what was known of the counter. So it is run from where the loop around is entered, through its checks.
        whole ??= cycles(code.length, (at) => code[at].next.filter((next) => next !== EXIT && reached.has(next)));
        const around = whole.find((each) => each.includes(component[0])) ?? [];
        if (!callsOrWaits(code, component))
          bound = boundOf(body, new Set(around), forget(values, code, components.flat()), isCheck);
      }
      if (bound.why) this.fault(i, `a cycle at ${Math.min(...component)} passes no check: ${bound.why}`);
      else this.flow.short++;
      this.flow.longest = Math.max(this.flow.longest, bound.instructions);
    }
  }

  /** Every cycle of calls passes a check. */
  proveCalls() {
    const { bodies, functionTypes, imported, types, taken } = this.module;
    const ofType = (/** @type {number} */ type) =>
      [...taken].filter((each) => types[functionTypes[each]].text === types[type].text && each >= imported);
    const edges = bodies.map((body, i) => {
      if (this.runtime.has(this.index(i))) return [];
      const { seen } = this.before(body, i);
      return [...seen].flatMap((at) => {
        const { op, value } = body.code[at];
        if (!isCall(op)) return [];
        const callees = op === 0x10 || op === 0x12 ? [value] : ofType(value);
        return callees.filter((each) => each >= imported && !this.runtime.has(each)).map((each) => each - imported);
      });
    });
    for (const component of cycles(bodies.length, (at) => edges[at]))
      this.fault(component[0], `a cycle of calls passes no check: ${component.map((each) => this.index(each))}`);
  }
}

/** Whether these instructions are there: of each the opcode, or with what it names. @param {Instruction[]} code @param {number} at @param {(number | (number | null | undefined)[])[]} wanted */
function matches(code, at, wanted) {
  return wanted.every((one, k) => {
    const found = code[at + k];
    if (typeof one === 'number') return found?.op === one;
    return found?.op === one[0] && found.value === one[1];
  });
}

/** @param {Instruction[]} code @param {(at: number) => boolean} [stops] */
function reachable(code, stops = () => false) {
  const seen = new Set([0]);
  const list = [0];
  for (let at = list.pop(); at !== undefined; at = list.pop())
    for (const next of stops(at) ? [] : code[at].next)
      if (next !== EXIT && !seen.has(next)) {
        seen.add(next);
        list.push(next);
      }
  return seen;
}

/**
 * The strongly connected components of a graph that have a cycle (Tarjan, without recursion).
 *
 * @param {number} count @param {(node: number) => number[]} nextOf
 * @returns {number[][]}
 */
function cycles(count, nextOf) {
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  /** @type {number[]} */
  const open = [];
  const found = [];
  let time = 0;
  for (let root = 0; root < count; ++root) {
    if (order[root] >= 0) continue;
    /** @type {{node: number, next: number[], at: number}[]} */
    const path = [];
    const enter = (/** @type {number} */ node) => {
      order[node] = low[node] = time++;
      isOpen[node] = 1;
      open.push(node);
      path.push({ node, next: nextOf(node), at: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const top = path[path.length - 1];
      if (top.at < top.next.length) {
        const next = top.next[top.at++];
        if (order[next] < 0) enter(next);
        else if (isOpen[next]) low[top.node] = Math.min(low[top.node], order[next]);
        continue;
      }
      path.pop();
      const above = path[path.length - 1];
      if (above) low[above.node] = Math.min(low[above.node], low[top.node]);
      if (low[top.node] !== order[top.node]) continue;
      const component = open.splice(open.lastIndexOf(top.node));
      for (const node of component) isOpen[node] = 0;
      if (component.length > 1 || top.next.includes(top.node)) found.push(component);
    }
  }
  return found;
}

/** Of a local that stays unknown, whatever is written. */
const UNREAD = undefined;

/** What is known of the locals: numbers of 32 bits, or null for anything. @typedef {(number | null | undefined)[]} Locals */
/** The same of the operands on top of the stack; below them may be anything. @typedef {(number | null)[]} Stack */

/** @type {Record<number, (a: number, b: number) => number>} */
const BINARY = {
  0x46: (a, b) => Number(a === b),
  0x47: (a, b) => Number(a !== b),
  0x48: (a, b) => Number(a < b),
  0x49: (a, b) => Number(a >>> 0 < b >>> 0),
  0x4a: (a, b) => Number(a > b),
  0x4b: (a, b) => Number(a >>> 0 > b >>> 0),
  0x4c: (a, b) => Number(a <= b),
  0x4d: (a, b) => Number(a >>> 0 <= b >>> 0),
  0x4e: (a, b) => Number(a >= b),
  0x4f: (a, b) => Number(a >>> 0 >= b >>> 0),
  0x6a: (a, b) => (a + b) | 0,
  0x6b: (a, b) => (a - b) | 0,
};

/**
 * What an instruction does to what is known. Returns the condition of a branch: a number if that is known.
 *
 * @param {Instruction} instruction @param {Locals} locals @param {Stack} stack
 * @returns {number | null}
 */
function step({ op, value }, locals, stack) {
  const pop = () => stack.pop() ?? null;
  const write = (/** @type {number | null} */ what) => void (locals[value] === UNREAD || (locals[value] = what));
  if (op === 0x41) stack.push(value);
  else if (op === 0x20) stack.push(locals[value] ?? null);
  else if (op === 0x21) write(pop());
  else if (op === 0x22) {
    const top = pop();
    write(top);
    stack.push(top);
  } else if (op === 0x1a) pop();
  else if (op === 0x45) {
    const a = pop();
    stack.push(a === null ? null : Number(a === 0));
  } else if (BINARY[op]) {
    const b = pop();
    const a = pop();
    stack.push(a === null || b === null ? null : BINARY[op](a, b));
  } else if (op === 0x0d || op === 0x04) {
    const condition = pop();
    stack.length = 0;
    return condition;
  } else if (op !== 0x01) stack.length = 0; // anything may have happened to the operands, and nothing to the locals
  return null;
}

/** What is known of the locals behind each instruction, whatever way leads there; of the start behind EXIT. @param {Body} body @returns {Map<number, Locals>} */
function propagate({ code, params, locals }) {
  /** @type {(Locals | undefined)[]} before each instruction */
  const known = [];
  /** @type {Map<number, Locals>} */
  const left = new Map();
  // A number of another type than i32 is 0 too, and no instruction here takes it for one.
  const start = Array.from({ length: locals }, (_, i) => (i < params ? null : 0));
  known[0] = [...start];
  left.set(EXIT, start);
  // Within straight code operands are known; where ways meet they are not.
  const ways = new Int32Array(code.length);
  for (const { next } of code) for (const each of next) if (each !== EXIT) ways[each]++;
  const list = [0];
  for (let first = list.pop(); first !== undefined; first = list.pop()) {
    /** @type {number} */
    let at = first;
    const now = [.../** @type {Locals} */ (known[at])];
    /** @type {Stack} */
    const stack = [];
    for (;;) {
      step(code[at], now, stack);
      left.set(at, [...now]);
      /** @type {(number | undefined)[]} */
      const [next, more] = code[at].next;
      if (more !== undefined || next === undefined || next === EXIT || ways[next] > 1) break;
      known[next] = [...now];
      at = next;
    }
    for (const next of code[at].next) {
      if (next === EXIT) continue;
      const there = known[next];
      if (!there) known[next] = [...now];
      else {
        let changed = false;
        for (const [i, value] of there.entries())
          if (value !== null && value !== now[i]) {
            there[i] = null;
            changed = true;
          }
        if (!changed) continue;
      }
      list.push(next);
    }
  }
  return left;
}

/** @param {Instruction[]} code @param {number[]} component */
const callsOrWaits = (code, component) =>
  component.some((at) => isCall(code[at].op) || [0xfe00, 0xfe01, 0xfe02].includes(code[at].op));

/**
 * How many instructions run at most in a component of the flow between its entry, checks and its end. It is run with what is known: where a condition is
 * not, both ways.
 *
 * @param {Body} body @param {Set<number>} component @param {Map<number, Locals>} values @param {(at: number) => boolean} isCheck
 * @returns {{instructions: number, why: string}} `why`: it may be too many
 */
function boundOf({ code }, component, values, isCheck) {
  const inside = [...component];
  if (!inside.some(isCheck) && callsOrWaits(code, inside)) return { instructions: 0, why: 'it calls or waits' };
  /** @type {State[]} */
  const starts = [];
  for (const [from, locals] of values) {
    if (component.has(from)) continue;
    for (const at of from === EXIT ? [0] : code[from].next)
      if (component.has(at)) starts.push({ at, locals, stack: [] });
  }
  const seen = new Set();
  /** What all runs from a place have in common. @type {Map<number, {locals: Locals, times: number}>} */
  const joined = new Map();
  let longest = 0;
  for (let start = starts.pop(); start; start = starts.pop()) {
    // A counter of many rounds with checks takes many values there: after some, any.
    const before = joined.get(start.at) ?? { locals: [...start.locals], times: 0 };
    joined.set(start.at, before);
    for (const [i, value] of start.locals.entries())
      if (before.locals[i] !== value && before.locals[i] !== UNREAD) before.locals[i] = null;
    if (++before.times > MOST_STARTS) start.locals = [...before.locals];
    const key = `${start.at} ${start.locals}`;
    if (seen.has(key)) continue;
    seen.add(key);
    longest = Math.max(longest, longestRun(code, component, start, isCheck, starts));
    if (longest > MOST) return { instructions: 0, why: `more than ${MOST} instructions` };
  }
  return { instructions: longest, why: '' };
}

/** Without locals that no cycle without a check reads: a state less for each of their values. @param {Map<number, Locals>} values @param {Instruction[]} code @param {number[]} cycle */
function forget(values, code, cycle) {
  const read = new Set(cycle.map((at) => (code[at].op === 0x20 ? code[at].value : -1)));
  const kept = (/** @type {Locals} */ locals) => locals.map((value, i) => (read.has(i) ? value : UNREAD));
  return new Map([...values].map(([at, locals]) => [at, kept(locals)]));
}

/** @typedef {{at: number, locals: Locals, stack: Stack}} State */

/**
 * @param {Instruction[]} code @param {Set<number>} component @param {State} start @param {(at: number) => boolean} isCheck
 * @param {State[]} behind  gets the states behind the checks that are met
 */
function longestRun(code, component, start, isCheck, behind) {
  // All ways at once: a run of n instructions has n rounds.
  /** @type {Map<string, State>} */
  let states = new Map([['', start]]);
  for (let count = 0; ; ++count) {
    if (states.size === 0) return count;
    if (count > MOST || states.size > MOST) return Number.POSITIVE_INFINITY;
    /** @type {Map<string, State>} */
    const after = new Map();
    for (const { at, locals, stack } of states.values()) {
      const now = [...locals];
      const operands = [...stack];
      const condition = step(code[at], now, operands);
      for (const next of nextOf(code[at], at, condition)) {
        if (!component.has(next)) continue;
        if (isCheck(at)) {
          behind.push({ at: next, locals: now, stack: [] });
          continue;
        }
        const key = `${next} ${now} ${operands}`;
        if (!after.has(key)) after.set(key, { at: next, locals: now, stack: operands });
      }
    }
    states = after;
  }
}

/** @param {Instruction} instruction @param {number} at @param {number | null} condition */
function nextOf({ op, next }, at, condition) {
  if (condition === null || next.length < 2) return next;
  const other = next.filter((each) => each !== at + 1);
  if (op === 0x0d) return condition ? other : [at + 1];
  return condition ? [at + 1] : other;
}

/**
 * @param {number} seed
 * @param {number} count  how many programs, of which each is instrumented with the injected and with the library's runtime
 * @returns {{modules: number, loops: number, checks: number, short: number, longest: number, failures: string[]}}
 */
export function checkFlow(seed, count) {
  const result = { modules: 0, loops: 0, checks: 0, short: 0, longest: 0, failures: /** @type {string[]} */ ([]) };
  for (let i = seed; i < seed + count && result.failures.length < 20; ++i) {
    for (const memory of [undefined, ...MEMORIES]) {
      const { bytes, report } = instrumentSync(flowProgram(i, memory !== undefined), { memory });
      const flow = proveFlow(bytes, report);
      result.modules++;
      result.loops += report.loops.found;
      result.checks += flow.checks;
      result.short += flow.short;
      result.longest = Math.max(result.longest, flow.longest);
      result.failures.push(...flow.faults.map((fault) => `seed ${i}, ${memory ?? 'injected'}: ${fault}`));
    }
  }
  return result;
}
