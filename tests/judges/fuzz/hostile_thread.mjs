// @ts-check
/** The two threads of a life in hostile.mjs: one writes nonsense into the guest's block, one sends into it with a handle. */
import { workerData } from 'node:worker_threads';
import { BLOCK_WORDS, CELL, CELLS, EXIT, INFO_SENT, PAIR_WORDS, WORD } from '../../../js/abi/index.js';
import { Sender } from '../../../js/link/sender.js';

const { role, buffer, offset, handle, seed, writes, progress } = workerData;
const words = new Int32Array(buffer, offset, BLOCK_WORDS);

/** xorshift32: the same writes for the same seed. */
let state = Math.imul(seed + 1, 0x9e3779b9) | 1;
const random = () => {
  state ^= state << 13;
  state ^= state >>> 17;
  return (state ^= state << 5) >>> 0;
};
/** @param {number} count */
const below = (count) => random() % count;
/** @template T @param {T[]} list @returns {T} */
const oneOf = (list) => list[below(list.length)];

/** @param {number} word @param {number} value */
const write = (word, value) => void Atomics.store(words, word, value | 0);
const cell = () => WORD.rt_cell + below(CELLS) * PAIR_WORDS;
const HUGE = [0, 1, -1, 2, 0x7fffffff, -0x80000000, 0x7ffffffe, 1023, 1024, 1025, -1024, -1023];

/** Ways to write nonsense, from blunt to nearly right. A life has one or two, so that the subtle ones are not drowned by the blunt. */
const WAYS = [
  function anything() {
    write(below(BLOCK_WORDS), random());
  },
  function anythingButTheHeader() {
    write(3 + below(BLOCK_WORDS - 3), oneOf([random(), oneOf(HUGE)]));
  },
  function flippedBits() {
    Atomics.xor(words, 3 + below(BLOCK_WORDS - 3), 1 << below(32));
  },
  function emptyCells() {
    const at = cell();
    const tail = Atomics.load(words, oneOf([WORD.rt_tail, WORD.rt_head]));
    write(at, oneOf([0, 0, 0, 1]));
    write(at + 1, tail + oneOf([-1, 0, 1, 2, CELLS, CELLS + 1, -CELLS, 1 - CELLS, CELLS - 1]));
  },
  function filledCells() {
    const at = cell();
    write(at, oneOf([CELL.filled, CELL.filled | CELL.lap, CELL.filled | CELL.value, CELL.lap]) | below(0x20000000));
    write(at + 1, oneOf([random(), below(8)]));
  },
  function theNextCell() {
    const tail = Atomics.load(words, WORD.rt_tail);
    write(WORD.rt_cell + (tail & (CELLS - 1)) * PAIR_WORDS + 1, tail + oneOf([-1, 1, 2, CELLS, -CELLS, 1 - CELLS]));
  },
  function headAndTail() {
    Atomics.add(words, oneOf([WORD.rt_head, WORD.rt_tail]), oneOf([-1, 1, 1024, -1024, 512]));
  },
  function forgedSignals() {
    const i = below(31);
    write(WORD.std_sent + PAIR_WORDS * i, oneOf([INFO_SENT, 0]) | (below(8) << 24) | below(0x1000000));
    write(WORD.std_sent + PAIR_WORDS * i + 1, random());
    write(WORD.std_bits, random());
  },
  function statesAndEnds() {
    write(WORD.state, oneOf([0, 1, 2, 3, 4, -1]));
    write(WORD.exit, oneOf([0, EXIT.exited, EXIT.killed + 9, EXIT.core + 77, random()]));
    write(WORD.stop_signal, below(256));
    write(oneOf([WORD.pid, WORD.ppid, WORD.uid, WORD.flags]), random());
  },
  function bellsAndWaiters() {
    write(oneOf([WORD.doorbell, WORD.ring, WORD.waiters, WORD.rt_dropped]), oneOf([random(), oneOf(HUGE)]));
  },
  function times() {
    write(
      oneOf([WORD.timer_seq, WORD.timer_low, WORD.timer_high, WORD.timer_signal, WORD.attention]),
      oneOf([random(), oneOf(HUGE)]),
    );
  },
  function defaultActions() {
    write(WORD.ignored + below(6), oneOf([random(), 0, -1]));
  },
];

function scribble() {
  const ways = [oneOf(WAYS), oneOf(WAYS)];
  // A way may write more than one word; that counts as one write.
  for (let done = 0; done < writes && !Atomics.load(progress, 1); done++) {
    ways[done % ways.length]();
    Atomics.store(progress, 0, done + 1);
  }
}

function send() {
  const sender = Sender.from(handle);
  for (let signo = 1; !Atomics.load(progress, 1); signo = (signo % 63) + 1) {
    if ([1, 3, 9, 13, 15, 18, 19, 20, 32, 33, 34].includes(signo)) continue;
    const began = performance.now();
    try {
      sender.kill(signo, signo % 3 ? {} : { value: signo });
    } catch (error) {
      if (!['EAGAIN', 'ERR_BLOCK'].includes(/** @type {any} */ (error).code)) throw error;
    }
    const took = Math.round((performance.now() - began) * 1000);
    if (took > Atomics.load(progress, 3)) Atomics.store(progress, 3, took);
    Atomics.add(progress, 2, 1);
  }
}

if (role === 'scribbler') scribble();
else send();
