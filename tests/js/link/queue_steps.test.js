// @ts-check
/**
 * All interleavings of a few senders and a drain, by the atomic steps of js/link/queue.js itself, each sender terminated at each of its steps.
 *
 * An agent is run again for each of its steps: its Atomics answer what they answered before, then one of them works on the block, and at the next one the agent
 * is stopped. So agents take turns in one thread, and a state (the block, and what each agent was answered) can be gone back to. In each state that can be
 * reached those who have not finished may be terminated for good: what is left must do its work for others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BELL,
  BLOCK_WORDS,
  CELLS,
  CODE,
  ERRNO,
  LAST_STANDARD,
  PAIR_WORDS,
  INLINE,
  WORD,
} from '../../../js/abi/index.js';
import { Queue } from '../../../js/link/queue.js';

const LIMIT = { timeout: 120_000 };
const STOPPED = Symbol('stopped before its next step');
/** Steps after which an agent that is alone goes on for ever: a full ring takes some thousand. */
const ENDLESS = 50_000;

/** @typedef {{signo: number, pid: number, code: number, value: number}} Sent */
/** @typedef {{name: string, array: unknown, index: number, answer: any}} Step */
/** @typedef {{steps: Step[], finished: boolean, sent: number[], taken: Sent[], before: number[]}} Progress  sent: errno numbers; before: takes of that signal when each send began */
/** @typedef {(queue: Queue, me: Progress) => void} Agent */

/** @type {{steps: Step[], at: number, left: number} | undefined} the agent that runs */
let current;
/** Words that nobody writes here: reading one is no step. @type {Set<number>} */
let constant = new Set();
const methods = /** @type {Record<string, Function>} */ (/** @type {unknown} */ (Atomics));
for (const name of ['load', 'store', 'add', 'or', 'exchange', 'compareExchange']) {
  const real = methods[name];
  methods[name] = (/** @type {unknown} */ array, /** @type {number} */ index, /** @type {unknown[]} */ ...values) => {
    if (!current) return real(array, index, ...values);
    if (current.at < current.steps.length) return current.steps[current.at++].answer;
    if (array instanceof Int32Array && constant.has(index)) assert.equal(name, 'load');
    else if (current.left-- === 0) throw STOPPED;
    const answer = real(array, index, ...values);
    current.steps.push({ name, array, index, answer });
    current.at++;
    return answer;
  };
}

/**
 * Runs an agent on: `most` steps, or to its end.
 * @param {Queue} queue
 * @param {Agent} agent
 * @param {Progress} before
 * @param {number} most
 * @returns {Progress}
 */
function goOn(queue, agent, before, most) {
  const after = { steps: [...before.steps], finished: false, sent: [], taken: [], before: before.before };
  current = { steps: after.steps, at: 0, left: most };
  try {
    agent(queue, after);
    after.finished = true;
  } catch (error) {
    if (error !== STOPPED) throw error;
  } finally {
    current = undefined;
  }
  return after;
}

/** @param {Sent[]} sends @returns {Agent} */
const sender =
  (...sends) =>
  (queue, me) => {
    for (const { signo, ...info } of sends) me.sent.push(queue.send(signo, info));
  };

/** @param {number} times @returns {Agent} */
const drains = (times) => (queue, me) => {
  for (let i = 0; i < times; i++) me.taken.push(...queue.drain().sent);
};

/** @type {Agent} takes one real-time signal, as docs/host-abi.md says */
const takeOne = (queue, me) => {
  const words = new Int32Array(queue.buffer);
  const head = Atomics.load(words, WORD.rt_head);
  const cell = WORD.rt_cell / PAIR_WORDS + (head & (CELLS - 1));
  const pairs = new BigInt64Array(queue.buffer);
  const content = Atomics.load(pairs, cell);
  const low = Number(BigInt.asUintN(32, content));
  if (low >>> 30 !== (2 | ((head / CELLS) & 1))) return;
  Atomics.store(pairs, cell, BigInt(head + CELLS) << 32n);
  Atomics.store(words, WORD.rt_head, head + 1);
  me.taken.push({
    signo: ((low >> 24) & 31) + 33,
    code: CODE.queue,
    pid: low & 0xffffff,
    value: Number(content >> 32n),
  });
};

/** How often the drain has removed a standard signal. @param {Progress | undefined} progress @param {number} signo */
function takes(progress, signo) {
  return (progress?.steps ?? []).filter(
    ({ name, array, index, answer }, i, steps) =>
      (name === 'exchange' || (name === 'compareExchange' && answer === steps[i - 1].answer)) &&
      (array instanceof BigInt64Array
        ? index === WORD.std_sent / PAIR_WORDS + signo - 1 && answer !== 0n
        : index === WORD.doorbell &&
          (answer & BELL.inline) !== 0 &&
          ((answer >> INLINE.signo_shift) & INLINE.signo_mask) === signo),
  ).length;
}

/**
 * @typedef {object} Scenario
 * @property {(queue: Queue) => void} [before]
 * @property {Sent[][]} sends   of each sender
 * @property {Agent} [takes]
 * @property {(sends: Sent[]) => Agent} [sendsAs]
 * @property {Sent[]} [present] in the ring before
 */

/**
 * @param {Scenario} scenario
 * @returns {{states: number, problem: string | undefined}}
 */
function explore({ before = () => {}, sends, takes: taking, sendsAs = (list) => sender(...list), present = [] }) {
  const queue = Queue.create({ pid: 2, ppid: 1 });
  before(queue);
  for (const { signo, ...info } of present) queue.send(signo, info);
  const words = new Int32Array(queue.buffer);
  const start = words.slice();
  const agents = [...(taking ? [taking] : []), ...sends.map(sendsAs)];
  const senders = agents.slice(taking ? 1 : 0);
  const signals = new Set(sends.flat().map(({ signo }) => signo));
  constant = new Set([WORD.waiters]);
  const text = (/** @type {Sent} */ { signo, pid, code, value }) => `${signo} ${pid} ${code} ${value}`;
  const meant = new Set([...present, ...sends.flat()].map(text));

  /** What is wrong if all who have not finished are terminated now, except the drain. @param {Int32Array} memory @param {Progress[]} progress */
  const verdict = (memory, progress) => {
    words.set(memory);
    let all = /** @type {Sent[]} */ ([]);
    let last = taking && progress[0];
    if (taking && last) {
      last = goOn(queue, taking, last, ENDLESS);
      if (!last.finished) return 'the drain does not end';
      all = last.taken;
      const has = (/** @type {(other: Sent) => boolean} */ like) => taking !== takeOne && all.some(like);
      for (const list of sends) {
        for (const [n, one] of list.entries()) {
          const late = list
            .slice(0, n)
            .find(({ signo }) => signo <= LAST_STANDARD && !isJob(signo) && !has((other) => other.signo === signo));
          const first = list.find(({ signo }) => signo === one.signo);
          if (
            sends.length === 1 &&
            first &&
            first !== one &&
            !isJob(one.signo) &&
            has((other) => text(other) === text(one)) &&
            !all
              .slice(
                0,
                all.findIndex((other) => text(other) === text(one)),
              )
              .some((other) => text(other) === text(/** @type {Sent} */ (first)))
          ) {
            return `of ${one.signo} the later one was told`;
          }
          if (one.signo > LAST_STANDARD && late && has((other) => text(other) === text(one)))
            return `${one.signo} of ${one.pid} overtook ${late.signo}`;
        }
      }
    }
    const rest = goOn(queue, drains(1), { steps: [], finished: false, sent: [], taken: [], before: [] }, ENDLESS);
    all = [...all, ...rest.taken];
    for (const [k, { sent, before: seen }] of progress.slice(taking ? 1 : 0).entries()) {
      for (const [n, one] of sends[k].entries()) {
        const found = all.filter((other) => text(other) === text(one)).length;
        if (one.signo > 31) {
          const answered = n < sent.length;
          if (found > (answered && sent[n] !== 0 ? 0 : 1))
            return `${one.signo} of ${one.pid} was taken ${found} times, and its sender was told ${sent[n]}`;
          if (answered && sent[n] === 0 && found !== 1) return `${one.signo} of ${one.pid} was lost`;
          if (answered && sent[n] !== 0 && sent[n] !== ERRNO.EAGAIN) return `${one.pid} was told ${sent[n]}`;
        } else if (n < sent.length && takes(last, one.signo) + takes(rest, one.signo) <= seen[n] && !isJob(one.signo))
          return `${one.signo} of ${one.pid} was lost`;
      }
    }
    for (const one of all) {
      if (one.signo === 19 && one.pid === 0) continue; // the mark of a SIGCONT that undid a stop
      if (!meant.has(text(one))) return `nobody has sent ${JSON.stringify(one)}`;
    }
    for (const list of [present, ...sends]) {
      const values = all.filter((one) => one.signo > 31 && one.pid === list[0]?.pid).map((one) => one.value);
      if (values.some((value, n) => n > 0 && value < values[n - 1]))
        return `those of ${list[0].pid} came in another order`;
    }
    for (const signo of [...signals, ...signals]) {
      const one = { signo, pid: 99, code: CODE.queue, value: 99 };
      const errno = queue.send(signo, one);
      if (errno !== 0) return `${signo} cannot be sent any more: ${errno}`;
      const came = queue.drain().sent;
      if (came.length !== 1 || came[0].signo !== signo) return `${signo} is dead: ${JSON.stringify(came)} came`;
      if (signo > 31 && came[0].value !== 99) return `a stale ${signo} came`;
    }
    if (queue.drain().sent.length) return 'something came that nobody sent';
    return undefined;
  };

  /** @type {Set<string>} */
  const seen = new Set();
  const key = (/** @type {Int32Array} */ memory, /** @type {Progress[]} */ progress) => {
    let text = progress.map((one) => `${one.before}:${one.steps.map(({ answer }) => answer)}`).join(';');
    for (let i = 0; i < BLOCK_WORDS; i++) if (memory[i] !== start[i]) text += `|${i}=${memory[i]}`;
    return text;
  };
  const none = () => ({ steps: [], finished: false, sent: [], taken: [], before: [] });
  /** @type {{memory: Int32Array, progress: Progress[]}[]} */
  const open = [{ memory: start, progress: agents.map(none) }];
  while (open.length) {
    const { memory, progress } = /** @type {{memory: Int32Array, progress: Progress[]}} */ (open.pop());
    for (let k = 0; k < agents.length; k++) {
      if (progress[k].finished) continue;
      words.set(memory);
      const list = taking ? sends[k - 1] : sends[k];
      // A send begins with its first step.
      const begins =
        list && progress[k].sent.length >= progress[k].before.length
          ? [...progress[k].before, takes(taking && progress[0], list[progress[k].before.length].signo)]
          : progress[k].before;
      const next = progress.with(k, goOn(queue, agents[k], { ...progress[k], before: begins }, 1));
      const after = words.slice();
      const state = key(after, next);
      if (seen.has(state)) continue;
      seen.add(state);
      const problem = verdict(after, next);
      if (problem)
        return {
          states: seen.size,
          problem: `${problem}\nafter ${next.map((one, i) => `agent ${i}: ${one.steps.map((step) => `${step.name} ${step.index} -> ${step.answer}`).join(', ')}`).join('\n')}`,
        };
      open.push({ memory: after, progress: next });
    }
  }
  assert.equal(senders.length, sends.length);
  return { states: seen.size, problem: undefined };
}

const isJob = (/** @type {number} */ signo) => signo >= 18 && signo <= 22;

/** @param {number} signo @param {number} pid @param {number} value */
const queued = (signo, pid, value) => ({ signo, pid, code: CODE.queue, value });
/** @param {number} signo @param {number} pid */
const plain = (signo, pid) => ({ signo, pid, code: CODE.user, value: 0 });
const rung = (/** @type {Queue} */ queue) => queue.ring(BELL.timer);
const full = (/** @type {number} */ length) => Array.from({ length }, (_, value) => queued(50, 9, value));

/** @type {Record<string, Scenario>} */
const SCENARIOS = {
  'two senders of real-time signals and a drain': {
    sends: [[queued(40, 3, 1)], [queued(40, 4, 1)]],
    takes: drains(1),
  },
  'two senders of real-time signals, one of whom sends two': {
    sends: [[queued(40, 3, 1), queued(41, 3, 2)], [plain(40, 4)]],
  },
  'three senders of real-time signals': { sends: [[queued(40, 3, 1)], [queued(40, 4, 1)], [plain(60, 5)]] },
  'a ring with room for one, two senders, and a drain of one': {
    sends: [[queued(40, 3, 1)], [queued(40, 4, 1)]],
    takes: takeOne,
    present: full(CELLS - 1),
  },
  'a full ring, two senders, and a drain of one': {
    sends: [[queued(40, 3, 1)], [queued(40, 4, 1)]],
    takes: takeOne,
    present: full(CELLS),
  },
  'two senders of a standard signal with a value, and a drain': {
    sends: [[queued(10, 3, 5)], [queued(10, 4, 6)]],
    takes: drains(1),
  },
  'the same signal with and without a value, behind a rung doorbell': {
    sends: [[queued(10, 3, 5)], [plain(10, 4)]],
    takes: drains(1),
    before: rung,
  },
  'the same signal sent inline by two, and a drain': {
    sends: [[plain(10, 3), plain(10, 3)], [plain(10, 4)]],
    takes: drains(2),
  },
  'an inline signal and one with a value': { sends: [[plain(10, 3)], [queued(12, 4, 6)]], takes: drains(1) },
  'a signal that is inline and then a real-time one, and a drain': {
    sends: [[plain(10, 3), queued(40, 3, 1)]],
    takes: drains(1),
  },
  'the same with a value, behind a rung doorbell': {
    sends: [[queued(10, 3, 5), queued(40, 3, 1)]],
    takes: drains(1),
    before: rung,
  },
  'a signal without a value and then with one, and a drain': {
    sends: [[plain(10, 3), queued(10, 3, 5)]],
    takes: drains(2),
  },
  'a signal with a value and then without one, and a drain': {
    sends: [[queued(10, 3, 5), plain(10, 3)]],
    takes: drains(2),
  },
  'SIGCONT and a stop, with values, and a drain': {
    sends: [[queued(18, 3, 5)], [queued(20, 4, 6)]],
    takes: drains(1),
  },
  'a stop sent by two, and a drain': { sends: [[queued(20, 3, 5)], [queued(20, 4, 6)]], takes: drains(1) },
};

for (const [what, scenario] of Object.entries(SCENARIOS)) {
  test(`terminated at any step, senders harm no other agent: ${what}`, LIMIT, (t) => {
    const { states, problem } = explore(scenario);
    assert.equal(problem, undefined);
    t.diagnostic(`${states} states`);
    assert.ok(states > 50, `only ${states} states`);
  });
}

// What the exploration is worth: senders of other protocols, of which each is harmful.
/** @param {Queue} queue @param {Sent} sent */
const content = (queue, { signo, pid, value }) => {
  const words = new Int32Array(queue.buffer);
  const pairs = new BigInt64Array(queue.buffer);
  const filled = (/** @type {number} */ tail) =>
    (BigInt(value) << 32n) | BigInt(0xa0000000 + ((signo - 33) << 24) + pid + ((tail & CELLS) << 20));
  return { words, pairs, filled };
};
/** @type {Record<string, {as: (sends: Sent[]) => Agent, scenario?: Partial<Scenario>, finds: RegExp}>} */
const DEFECTS = {
  'one that claims its cell first': {
    as:
      ([sent]) =>
      (queue, me) => {
        const { words, pairs, filled } = content(queue, sent);
        for (;;) {
          const tail = Atomics.load(words, WORD.rt_tail);
          if (Atomics.compareExchange(words, WORD.rt_tail, tail, tail + 1) !== tail) continue;
          Atomics.store(pairs, WORD.rt_cell / PAIR_WORDS + tail, filled(tail));
          Atomics.or(words, WORD.doorbell, BELL.signals);
          return void me.sent.push(0);
        }
      },
    finds: /dead|lost|cannot be sent/,
  },
  'one that fills its cell in two steps': {
    as:
      ([sent]) =>
      (queue, me) => {
        const { words, pairs, filled } = content(queue, sent);
        const tail = Atomics.load(words, WORD.rt_tail);
        if (
          Atomics.compareExchange(
            pairs,
            WORD.rt_cell / PAIR_WORDS + tail,
            BigInt(tail) << 32n,
            filled(tail) & 0xffffffffn,
          ) !==
          BigInt(tail) << 32n
        )
          return;
        Atomics.store(words, WORD.rt_cell + 2 * tail + 1, sent.value);
        Atomics.compareExchange(words, WORD.rt_tail, tail, tail + 1);
        Atomics.or(words, WORD.doorbell, BELL.signals);
        me.sent.push(0);
      },
    finds: /nobody has sent/,
  },
  'one that moves the tail without comparing it': {
    as:
      ([sent]) =>
      (queue, me) => {
        const { words, pairs, filled } = content(queue, sent);
        for (;;) {
          const tail = Atomics.load(words, WORD.rt_tail);
          const won =
            Atomics.compareExchange(pairs, WORD.rt_cell / PAIR_WORDS + tail, BigInt(tail) << 32n, filled(tail)) ===
            BigInt(tail) << 32n;
          Atomics.add(words, WORD.rt_tail, 1);
          if (!won) continue;
          Atomics.or(words, WORD.doorbell, BELL.signals);
          return void me.sent.push(0);
        }
      },
    finds: /dead|lost|cannot be sent/,
  },
  'one that sets no bit where its signal coalesces': {
    as:
      ([sent]) =>
      (queue, me) => {
        const { words, pairs } = content(queue, sent);
        const info = (BigInt(sent.value) << 32n) | BigInt(0x41000000 + sent.pid);
        if (Atomics.compareExchange(pairs, WORD.std_sent / PAIR_WORDS + sent.signo - 1, 0n, info) === 0n)
          Atomics.or(words, WORD.std_bits, 1 << (sent.signo - 1));
        Atomics.or(words, WORD.doorbell, BELL.signals);
        me.sent.push(0);
      },
    scenario: { sends: [[queued(10, 3, 5)], [queued(10, 4, 6)]], takes: drains(1) },
    finds: /lost/,
  },
  'one that writes a value before it has won': {
    as:
      ([sent]) =>
      (queue, me) => {
        const { words } = content(queue, sent);
        const at = WORD.std_sent + PAIR_WORDS * (sent.signo - 1);
        Atomics.store(words, at + 1, sent.value);
        Atomics.compareExchange(words, at, 0, 0x41000000 + sent.pid);
        Atomics.or(words, WORD.std_bits, 1 << (sent.signo - 1));
        Atomics.or(words, WORD.doorbell, BELL.signals);
        me.sent.push(0);
      },
    scenario: { sends: [[queued(10, 3, 5)], [queued(10, 4, 6)]], takes: drains(1) },
    finds: /nobody has sent/,
  },
};

for (const [
  what,
  { as, scenario = { sends: [[queued(40, 3, 1)], [queued(40, 4, 1)]], takes: drains(1) }, finds },
] of Object.entries(DEFECTS)) {
  test(`the exploration finds what a sender does wrong: ${what}`, LIMIT, () => {
    assert.match(explore({ .../** @type {Scenario} */ (scenario), sendsAs: as }).problem ?? 'nothing', finds);
  });
}
