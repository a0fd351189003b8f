// @ts-check
// Mode host of npm run parity: random programs (tests/guests/driven.c) that others send to. On Linux these are processes (kernel_driver.c); here the owner, by
// Process.kill(), and other agents, by Senders.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { STATE } from '../../../js/abi/index.js';
import { spawn } from '../../../js/node/index.js';
import { Queue } from '../../../js/link/queue.js';
import { signalNumber } from '../../../js/signals/signal_names.js';
import { ROOT, guest } from '../../support/program.js';

/**
 * @typedef {{signo: number, value: number | undefined, sender: number}} Send  without a value by kill(), otherwise by sigqueue()
 * @typedef {{kind: 'step' | 'read' | 'hold' | 'many', sends: Send[], stop: number, ordered: boolean}} Step  stop: the signal that holds the program meanwhile; 0: none
 * @typedef {{ignored: number[], blocked: number[], early: Send[], words: string[], steps: Step[], operations: number}} Program
 */

const MARK = 64;
const [SIGKILL, SIGCONT, SIGSTOP] = [9, 18, 19];
/** How long a program may take, and after what time a mark is sent once more: it may have come before the call that it is to end. */
const LIMIT_MS = 20_000;
const AGAIN_MS = 20;
const SENDERS = 3;
const STATES = ['c', 's', 'p', 'k', 'w', 'r'];
const ALPHABET = [1, 2, 3, 10, 12, 14, 15, 17, 18, 20, 21, 23, 28, 35, 40, 63];
const STOPS = [19, 20, 21, 22];
const HARMLESS = [17, 18, 23, 28];

/** @param {Iterable<number>} signals */
const hex = (signals) => [...signals].reduce((bits, signo) => bits | (1n << BigInt(signo - 1)), 0n).toString(16);

/** @param {number} seed @param {number} index @returns {(limit: number) => number} */
function randomNumbers(seed, index) {
  let state = BigInt.asUintN(64, (BigInt(seed) * 0x9e3779b97f4a7c15n) ^ (BigInt(index + 1) * 0xd1342543de82ef95n));
  return (limit) => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return Number((z ^ (z >> 31n)) % BigInt(limit));
  };
}

/** Program number `index` of a seed, always the same. @param {number} seed @param {number} index @returns {Program} */
function generate(seed, index) {
  const below = randomNumbers(seed, index);
  const oneIn = (/** @type {number} */ n) => below(n) === 0;
  const some = (/** @type {number[]} */ list, n = 3) => list.filter(() => oneIn(n));
  const pick = (/** @type {any[]} */ list) => list[below(list.length)];
  const alphabet = ALPHABET.filter(() => !oneIn(2));
  if (alphabet.length < 3) alphabet.push(10, 12, 35);
  const ignored = oneIn(3) ? some(alphabet, 4) : [];
  const blocked = oneIn(2) ? some(alphabet) : [];
  let operations = 0;
  /** With several senders a real-time signal says whose it is. */
  const send = (/** @type {number} */ signo, sender = 0, many = false) => (
    operations++, { signo, value: oneIn(2) && !(many && signo > 31) ? undefined : (sender << 16) | below(1000), sender }
  );

  /** What each signal does: 'handle', 'restart', 'ignore' or 'default'. */
  const does = new Map(Array.from({ length: 64 }, (_, i) => [i + 1, ignored.includes(i + 1) ? 'ignore' : 'default']));
  const masked = new Set(blocked);
  /** What may be pending. @type {Set<number>} */
  const waiting = new Set();
  const early = (oneIn(2) ? [...blocked, ...ignored, ...HARMLESS, ...(oneIn(8) ? alphabet : [])] : [])
    .filter((signo) => oneIn(2) && (masked.has(signo) || !STOPS.includes(signo)) && signo !== SIGCONT)
    .map((signo) => send(signo));
  for (const { signo } of early) if (masked.has(signo)) waiting.add(signo);

  /** @type {string[]} */ const words = [];
  const install = (/** @type {number} */ signo) => {
    const how = below(10);
    operations++;
    if (how === 0 && HARMLESS.includes(signo)) words.push(`d${signo}`), does.set(signo, 'default');
    else if (how === 1) words.push(`i${signo}`), does.set(signo, 'ignore'), waiting.delete(signo);
    else {
      const flag = pick(signo > 31 ? ['-', 'r'] : ['-', '-', 'r', 'n']); // nested, those of a number would have no order
      words.push(`h${signo},${flag},${hex(oneIn(2) ? [] : some(alphabet))}`);
      does.set(signo, flag === 'r' ? 'restart' : 'handle');
    }
  };
  for (const signo of alphabet) if (!oneIn(12)) install(signo);

  /** @type {Step[]} */ const steps = [];
  const length = 10 + below(30);
  for (let i = 0; i < length; i++) {
    if (oneIn(3)) {
      const block = oneIn(2);
      // A stop that waits, and that nothing handles, stays: nobody would continue the program.
      const set = some(alphabet, 2).filter(
        (signo) => block || !(STOPS.includes(signo) && waiting.has(signo) && does.get(signo) === 'default'),
      );
      operations++;
      words.push(`${block ? 'b' : 'u'}${hex(set)}`);
      for (const signo of set) block ? masked.add(signo) : (masked.delete(signo), waiting.delete(signo));
    }
    if (oneIn(5)) install(pick(alphabet));
    const kind = /** @type {Step['kind']} */ (pick(['step', 'step', 'step', 'hold', 'hold', 'many', 'read']));
    const state = kind === 'read' ? 'f' : pick(STATES);
    // What waits already is let through by none: whether it comes before what is sent would be open.
    const set =
      state === 'k'
        ? [...new Set([...some(alphabet, 2), ...waiting])]
        : state === 'w'
          ? some(alphabet, 2).filter((signo) => !waiting.has(signo))
          : [];
    const accepted = (/** @type {number} */ signo) => state === 'w' && set.includes(signo);
    /** Whether it acts while the step lasts. @param {number} signo */
    const open = (signo) => (state === 'k' ? !set.includes(signo) : !masked.has(signo) && !accepted(signo));
    const stops = [
      SIGSTOP,
      ...STOPS.filter((signo) => signo !== SIGSTOP && does.get(signo) === 'default' && open(signo)),
    ];
    const many = kind === 'many';
    const stop = kind === 'hold' || (many && oneIn(2)) ? pick(stops) : 0;
    const byDefault = (/** @type {number} */ signo) => does.get(signo) === 'default' && !HARMLESS.includes(signo);
    // What ends it by default is sent alone (README.md), and what stops it while it is held.
    const usable = alphabet.filter(
      (signo) =>
        (stop && (signo === SIGCONT || STOPS.includes(signo))
          ? signo !== SIGCONT
          : !byDefault(signo) || accepted(signo) || (masked.has(signo) && !open(signo))) &&
        !(many && !accepted(signo) && masked.has(signo)),
    ); // what several have sent, and waits, has no order
    const count = usable.length === 0 ? 0 : many ? 3 + below(12) : kind === 'step' && oneIn(2) ? 1 : 1 + below(8);
    let chosen = Array.from({ length: count }, () => pick(usable));
    // Sent to a program that runs, the second of a standard signal may coalesce or not; to one that is held, the wrong sender may be told (README.md).
    if (!many) chosen = chosen.filter((signo, i) => signo > 31 || chosen.indexOf(signo) === i);
    const fatal =
      kind === 'step' && oneIn(40)
        ? alphabet.find((signo) => byDefault(signo) && !STOPS.includes(signo) && open(signo))
        : undefined;
    if (fatal) chosen = [fatal];
    const ordered = !many && (stop !== 0 || chosen.length === 1);
    // SIGCONT and the stops discard each other, or not, where their order is open.
    const job = [...chosen, ...waiting].filter((signo) => signo === SIGCONT || STOPS.includes(signo));
    if (!ordered && job.includes(SIGCONT) && job.some((signo) => signo !== SIGCONT))
      chosen = chosen.filter((signo) => !job.includes(signo));
    const sends = chosen.map((signo) => (many ? send(signo, below(SENDERS), true) : send(signo)));
    for (const signo of stop ? [...chosen, SIGCONT] : chosen)
      if (masked.has(signo) && !accepted(signo)) waiting.add(signo);
    words.push(
      kind === 'read'
        ? chosen.every((signo) => does.get(signo) !== 'handle' || !open(signo))
          ? 'f'
          : 'F'
        : `${state}${state === 'k' || state === 'w' ? hex(set) : ''}`,
    );
    operations += 2;
    steps.push({ kind, sends, stop, ordered });
  }
  return { ignored, blocked, early, words, steps, operations };
}

/** @param {Send[]} sends */
const textOfSends = (sends) => sends.map(({ signo, value, sender }) => ` ${signo}:${value ?? '-'}:${sender}`).join('');

/** What kernel_driver.c reads. @param {Program} program */
function textOf({ ignored, blocked, early, words, steps }) {
  const lines = steps.map(
    ({ kind, sends, stop }) => `${kind}${kind === 'hold' ? ` ${stop}` : stop ? ` @${stop}` : ''}${textOfSends(sends)}`,
  );
  return [
    `start ${hex(ignored)} ${hex(blocked)}`,
    `early${textOfSends(early)}`,
    ...words.map((word) => `word ${word}`),
    ...lines,
    'end',
    '',
  ].join('\n');
}

/** @param {string} program */
const native = (program) => join(ROOT, 'build', 'native', 'tests', 'judges', 'parity', program);

/** On this machine's kernel. @param {Program[]} programs @returns {string[]} */
function onLinux(programs) {
  const { stdout, stderr, status, signal, error } = spawnSync(native('parity_driver'), [native('parity_driven')], {
    input: programs.map(textOf).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (error || status !== 0) throw error ?? new Error(`parity_driver ended with ${signal ?? status}: ${stderr}`);
  return stdout.split('---\n').slice(0, -1);
}

/** Agents that send. */
class Senders {
  #workers = Array.from({ length: SENDERS }, () => new Worker(new URL('host_sender.mjs', import.meta.url)));

  /** @param {import('../../../js/link/sender.js').Handle} handle @param {Send[]} sends */
  async send(handle, sends) {
    await Promise.all(
      this.#workers.map(
        (worker, sender) =>
          new Promise((resolve, reject) => {
            worker.once('message', (message) => (message === 'sent' ? resolve(undefined) : reject(new Error(message))));
            worker.postMessage({ handle, sends: sends.filter((one) => one.sender === sender) });
          }),
      ),
    );
  }

  close() {
    return Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/**
 * On a real host.
 * @param {string} preset
 * @param {Program} program
 * @param {Senders} senders
 * @param {boolean | {memory: 'shared' | 'keep'}} instrument
 */
async function onHost(preset, { ignored, blocked, early, words, steps }, senders, instrument) {
  const child = spawn(guest('driven', preset), {
    args: words,
    ignored,
    blocked,
    instrument,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  let heard = '';
  let over = false;
  let changed = () => {};
  const notice = () => changed();
  child.stdin.on('error', () => {}); // it has ended
  child.stdout
    .setEncoding('utf8')
    .on('data', (text) => {
      heard += text;
      notice();
    })
    .on('close', () => {
      over = true;
      notice();
    });
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    child.kill(SIGKILL);
  }, LIMIT_MS);
  /** Until then, or its end. @param {() => boolean} condition @param {() => void} [again] called now and then @param {number} [ms] how often */
  const until = async (condition, again, ms = AGAIN_MS) => {
    while (!condition() && !over) {
      const timer = again && setTimeout(notice, ms);
      await new Promise((/** @type {(value?: unknown) => void} */ resolve) => (changed = resolve));
      clearTimeout(timer);
      if (again && !condition() && !over) again();
    }
    return condition();
  };
  const send = (/** @type {{signo: number, value?: number}} */ { signo, value }) =>
    child.kill(signo, value === undefined ? {} : { value });

  early.forEach(send);
  for (const [index, { kind, sends, stop }] of steps.entries()) {
    const number = index + 1;
    if (!(await until(() => heard.includes(`at ${number}\n`)))) break;
    if (stop) {
      child.kill(stop);
      // The program says so itself. The event may come before that: docs/limits.md.
      const host = Queue.open(child.handle().host);
      if (
        !(await until(
          () => host.state === STATE.stopped,
          () => {},
          1,
        ))
      )
        break;
    }
    if (kind === 'many') await senders.send(child.handle(), sends);
    else sends.forEach(send);
    if (stop) child.kill(SIGCONT);
    const mark = () => child.kill(MARK, { value: number });
    if (kind === 'read') child.stdin.write('x');
    else mark();
    if (!(await until(() => heard.includes(`done ${number} `), kind === 'read' ? undefined : mark))) break;
  }
  const { code, signal, error } = await child.exited;
  await until(() => false);
  clearTimeout(limit);
  if (error) throw error;
  const end = late ? 'stuck' : signal ? `killed ${signalNumber(signal)}` : `exit ${code}`;
  return `${heard}${end}\n`;
}

/**
 * A trace without what Linux leaves open (README.md, "Through the real host"): in a step whose signals are not sent to a program that is held, their order, and whether a standard signal coalesces.
 * @param {string} trace
 * @param {Program} program
 */
function comparable(trace, { steps }) {
  const result = [];
  /** @type {string[]} */ let open = [];
  let ordered = true;
  const close = () => {
    const numberIn = (/** @type {string} */ line) => Number(line.split(' ')[1]);
    const senderIn = (/** @type {string} */ line) => Number(line.split(' ')[3]) >> 16;
    const known = open.map((line) =>
      numberIn(line) < 32 ? line.split(' ').slice(0, 2).join(' ') : line.replace(/ blocked .*/, ''),
    );
    const distinct = known.filter((line, i) => numberIn(line) >= 32 || known.indexOf(line) === i);
    result.push(
      ...distinct
        .map((line, i) => ({ line, i }))
        .sort((a, b) => numberIn(a.line) - numberIn(b.line) || senderIn(a.line) - senderIn(b.line) || a.i - b.i)
        .map(({ line }) => line),
    );
    open = [];
    ordered = true;
  };
  for (const line of trace.split('\n')) {
    if (!ordered && /^(handles|takes) /.test(line)) open.push(line);
    else {
      if (open.length) close();
      const [, number] = /^at (\d+)$/.exec(line) ?? [];
      ordered = number === undefined || steps[Number(number) - 1].ordered;
      result.push(line);
    }
  }
  return result.join('\n');
}

/** Programs that are made, and judged, at a time. */
const BATCH = 50;

/**
 * As many programs as make so many operations: sends, and what the program does.
 * @param {string} preset
 * @param {number} seed
 * @param {number} ops
 * @param {(line: string) => void} say
 */
export async function hostParity(preset, seed, ops, say) {
  const started = performance.now();
  const senders = new Senders();
  const result = {
    programs: 0,
    operations: 0,
    divergences: 0,
    seconds: 0,
    first: /** @type {string | undefined} */ (undefined),
  };
  try {
    while (result.operations < ops) {
      const programs = Array.from({ length: BATCH }, (_, i) => generate(seed, result.programs + i));
      const judged = onLinux(programs);
      for (const [i, program] of programs.entries()) {
        if (result.operations >= ops) break;
        // A WASI program's memory is shared, or the host moves signals into it before each drain.
        const ours = await onHost(
          preset,
          program,
          senders,
          preset.includes('emscripten') ? true : { memory: i % 2 ? 'keep' : 'shared' },
        );
        result.programs++;
        result.operations += program.operations;
        if (comparable(ours, program) === comparable(judged[i], program)) continue;
        result.first ??= textOf(program);
        if (result.divergences++ === 0)
          say(
            `--- ${preset}: program ${result.programs - 1} differs\n\n${textOf(program)}\nLinux:\n${judged[i]}\n${preset}:\n${ours}`,
          );
      }
      console.error(
        `parity: ${preset}: ${result.programs} programs, ${result.operations} operations, ${result.divergences} divergences, ${((performance.now() - started) / 1000).toFixed(0)} s`,
      );
    }
  } finally {
    await senders.close();
  }
  result.seconds = (performance.now() - started) / 1000;
  return result;
}
