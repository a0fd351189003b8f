// @ts-check
/**
 * Threads that do nothing but send, terminated again and again. WASMSIG_TERMINATIONS=20000 is the long form. queue_steps.test.js tries each step; this tries the engine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CODE, ERRNO } from '../../../js/abi/index.js';
import { Queue } from '../../../js/link/queue.js';
import { ENDED, GOING, PLAIN, SENT, TAKES, VALUED, WORDS } from './terminated_words.js';

const TERMINATIONS = Number(process.env.WASMSIG_TERMINATIONS ?? 320);
const AT_A_TIME = 4;
/** Of each thread, the last one ended with the thread. */
const LIVES = 20;
/** Rounds of sends after which a thread is terminated: it runs. */
const ROUNDS = 20;

/** Those of each thread that runs at a time; real-time and job control are everybody's. @param {number} place */
const signalsAt = (place) => ({
  realTime: 40,
  plain: [1, 2, 3, 4][place],
  valued: [10, 12, 14, 15][place],
  jobs: [18, 19, 20],
});

test(`${TERMINATIONS} terminations of senders: no signal dead, none lost, none doubled`, {
  timeout: 60_000 + TERMINATIONS * 1_000,
}, async (t) => {
  const queue = Queue.create({ pid: 2, ppid: 1 });
  /** @type {Map<number, {progress: Int32Array, next: number, signals: ReturnType<typeof signalsAt>, last: Map<number, number>}>} */
  const senders = new Map();
  let takes = 0;
  let probes = 0;
  let inTheMiddle = 0;

  /** Takes, and checks what came. */
  const take = () => {
    takes = (takes + 1) | 0;
    for (const { progress } of senders.values()) Atomics.store(progress, TAKES, takes);
    const { sent } = queue.drain();
    for (const { signo, pid, code, value } of sent) {
      if (signo <= 31) {
        // What a terminated sender has left may come with the next one's.
        if (code === CODE.queue) assert.equal(value, pid === 1 ? probes : pid, `a value of another sender than ${pid}`);
        for (const { signals, last } of senders.values())
          if (signo === signals.plain || signo === signals.valued) last.set(signo, takes);
      } else if (pid !== 1) {
        const from = senders.get(pid);
        assert.ok(from, `a real-time signal of sender ${pid}, which ended long ago`);
        assert.equal(value, from.next++, `a real-time signal of sender ${pid} was lost, doubled or out of order`);
      }
    }
    return sent;
  };

  /** Another sender's signals all work. @param {number[]} signals */
  const probe = (signals) => {
    for (const signo of signals) {
      probes++;
      // A full ring has to be taken first, and others fill it again.
      while (queue.send(signo, { code: CODE.queue, pid: 1, value: probes }) === ERRNO.EAGAIN) take();
      /** @type {import('../../../js/link/queue.js').Sent[]} */
      let came = [];
      while (!came.some((one) => one.signo === signo && (signo <= 31 || (one.pid === 1 && one.value === probes)))) {
        came = take();
        assert.ok(came.length > 0, `signal ${signo} is dead`);
      }
    }
  };

  const turn = () => new Promise((resolve) => setImmediate(resolve));
  let started = 0;
  let terminated = 0;
  /** @param {number} place  threads there, one after the other */
  const thread = async (place) => {
    while (started < TERMINATIONS) {
      const lives = Math.min(LIVES, TERMINATIONS - started);
      const first = 2 + started;
      started += lives;
      const signals = signalsAt(place);
      const shared = new SharedArrayBuffer(4 * WORDS * lives);
      const worker = new Worker(new URL('./terminated_sender.js', import.meta.url), {
        workerData: { buffer: queue.buffer, first, lives, signals, shared },
      });
      /** @type {Error | undefined} */
      let broken;
      worker.once('error', (error) => (broken = error));
      for (let life = 0; life < lives; life++) {
        const pid = first + life;
        const progress = new Int32Array(shared, 4 * WORDS * life, WORDS);
        /** @type {Map<number, number>} */
        const last = new Map();
        const own = { progress, next: 0, signals, last };
        Atomics.store(progress, TAKES, takes);
        senders.set(pid, own);
        const isOver =
          life < lives - 1 ? () => Atomics.load(progress, ENDED) === 1 : () => Atomics.load(progress, GOING) >= ROUNDS;
        while (!isOver()) {
          if (broken) throw broken;
          take();
          await turn();
        }
        if (life === lives - 1) await worker.terminate();
        terminated++;
        take();
        const sent = Atomics.load(progress, SENT);
        assert.ok(
          own.next === sent || own.next === sent + 1,
          `sender ${pid} was told that ${sent} real-time signals were sent, and ${own.next} came`,
        );
        if (own.next > sent) inTheMiddle++;
        for (const [signo, word] of /** @type {[number, number][]} */ ([
          [signals.plain, PLAIN],
          [signals.valued, VALUED],
        ])) {
          assert.ok(
            (last.get(signo) ?? 0) >= Atomics.load(progress, word),
            `signal ${signo} of sender ${pid} was lost`,
          );
        }
        probe([signals.plain, signals.valued, signals.realTime]);
        senders.delete(pid);
        Atomics.store(progress, ENDED, 2);
        Atomics.notify(progress, ENDED);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, place) => thread(place)));
  assert.equal(terminated, TERMINATIONS);
  probe([...Array.from({ length: 31 }, (_, i) => i + 1).filter((signo) => signo !== 9), 35, 40, 64]);
  assert.deepEqual(queue.drain().sent, []);
  t.diagnostic(`${inTheMiddle} of ${terminated} after their signal was in the queue and before they were told`);
});
