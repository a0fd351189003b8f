// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  BELL,
  BLOCK_BYTES,
  BLOCK_WORDS,
  CELL,
  CELLS,
  CODE,
  ERRNO,
  MAGIC,
  STATE,
  VERSION,
  WAITED,
  WORD,
} from '../../../js/abi/index.js';
import { Queue } from '../../../js/link/queue.js';
import { Sender } from '../../../js/link/sender.js';

const LIMIT = { timeout: 60_000 };
const create = (pid = 2) => Queue.create({ pid, ppid: 1, uid: 0 });
const words = (/** @type {Queue} */ queue) => new Int32Array(queue.buffer, queue.offset, BLOCK_WORDS);

test('a new block says what it is, and nothing is in it', LIMIT, () => {
  const queue = create(77);
  assert.equal(words(queue)[WORD.magic], MAGIC);
  assert.deepEqual(queue.header, { pid: 77, ppid: 1, uid: 0, extended: false, ignored: [], blocked: [] });
  assert.deepEqual(queue.drain(), { bits: 0, sent: [] });
});

test('what is sent is drained: standard signals by number, then real-time ones in order', LIMIT, () => {
  const queue = create();
  queue.send(40, { code: CODE.queue, value: -5, pid: 9 });
  queue.send(15, { pid: 4 });
  queue.send(2, { code: CODE.kernel, pid: 1 });
  queue.send(36);
  queue.send(31, { code: CODE.queue, value: 7 });
  assert.deepEqual(queue.drain(), {
    bits: BELL.signals,
    sent: [
      { signo: 2, code: CODE.kernel, pid: 1, value: 0 },
      { signo: 15, code: CODE.user, pid: 4, value: 0 },
      { signo: 31, code: CODE.queue, pid: 0, value: 7 },
      { signo: 40, code: CODE.queue, pid: 9, value: -5 },
      { signo: 36, code: CODE.user, pid: 0, value: 0 },
    ],
  });
  assert.deepEqual(queue.drain().sent, []);
});

test('a standard signal that is pending coalesces and keeps its first sender', LIMIT, () => {
  const queue = create();
  queue.send(10, { pid: 5 });
  queue.send(10, { pid: 6, code: CODE.queue, value: 1 });
  assert.deepEqual(queue.drain().sent, [{ signo: 10, code: CODE.user, pid: 5, value: 0 }]);
  queue.send(10, { pid: 6, code: CODE.queue, value: 1 });
  assert.deepEqual(queue.drain().sent, [{ signo: 10, code: CODE.queue, pid: 6, value: 1 }]);
});

test('a signal for a quiet doorbell is sent inline, the next ones have records', LIMIT, () => {
  const queue = create();
  queue.send(31, { pid: 0xffff, code: CODE.tkill });
  assert.equal(words(queue)[WORD.doorbell] & 0xff, BELL.inline);
  assert.equal(words(queue)[WORD.std_bits], 0);
  assert.ok(queue.pending(31) && !queue.pending(2));
  queue.send(2, { pid: 3 });
  queue.send(31, { pid: 4 });
  queue.ring(BELL.timer);
  assert.ok(queue.pending(2));
  const expected = [
    { signo: 31, code: CODE.tkill, pid: 0xffff, value: 0 },
    { signo: 2, code: CODE.user, pid: 3, value: 0 },
  ];
  const other = create();
  assert.deepEqual(queue.moveTo(other), { bits: BELL.signals | BELL.timer, done: true });
  assert.deepEqual(other.drain(), { bits: BELL.signals | BELL.timer, sent: expected.toReversed() });
  assert.deepEqual(queue.drain(), { bits: 0, sent: [] });
  queue.send(31, { pid: 0xffff, code: CODE.tkill });
  queue.send(2, { pid: 3 });
  assert.deepEqual(queue.drain(), { bits: BELL.signals, sent: expected });
});

test('what does not fit into a doorbell is not sent inline: a large pid, a value, a real-time signal', LIMIT, () => {
  const sends = [
    [10, { pid: 0x10000 }],
    [10, { pid: 2, code: CODE.queue, value: -1 }],
    [35, { pid: 2 }],
  ];
  for (const [signo, info] of /** @type {[number, {pid: number, code?: number, value?: number}][]} */ (sends)) {
    const queue = create();
    queue.send(signo, info);
    assert.equal(words(queue)[WORD.doorbell], BELL.signals);
    assert.deepEqual(queue.drain().sent, [{ signo, code: CODE.user, value: 0, ...info }]);
  }
});

test('a doorbell with the number of no signal holds none', LIMIT, () => {
  const queue = create();
  words(queue)[WORD.doorbell] = BELL.inline | -0x10000;
  assert.deepEqual(queue.drain(), { bits: 0, sent: [] });
});

test('numbers that are no signals are refused', LIMIT, () => {
  const queue = create();
  for (const signo of [0, -1, 32, 33, 34, 65, 1e9, NaN, 1.5e300])
    assert.equal(queue.send(signo), ERRNO.EINVAL, String(signo));
  assert.deepEqual(queue.drain(), { bits: 0, sent: [] });
});

test('a full real-time ring refuses, counts that, and loses nothing', LIMIT, () => {
  const queue = create();
  for (let i = 0; i < CELLS; i++) assert.equal(queue.send(50, { code: CODE.queue, value: i }), 0);
  assert.equal(queue.send(50), ERRNO.EAGAIN);
  assert.equal(queue.send(2), 0);
  assert.equal(words(queue)[WORD.rt_dropped], 1);
  const values = queue
    .drain()
    .sent.filter((sent) => sent.signo === 50)
    .map((sent) => sent.value);
  assert.deepEqual(
    values,
    Array.from({ length: CELLS }, (_, i) => i),
  );
  assert.equal(queue.send(50), 0);
});

test('moving keeps info, values and order, and rings the other block', LIMIT, () => {
  const [from, to] = [create(), create()];
  for (let i = 0; i < 10; i++) from.send(35 + i, { code: CODE.queue, value: i, pid: 3 });
  from.send(2, { pid: 8 });
  from.ring(BELL.event);
  to.addWaiters(1);
  const before = to.ringCount;
  assert.deepEqual(from.moveTo(to), { bits: BELL.signals | BELL.event, done: true });
  assert.equal(to.ringCount, before + 1);
  assert.deepEqual(from.drain(), { bits: 0, sent: [] });
  const { bits, sent } = to.drain();
  assert.equal(bits, BELL.signals | BELL.event);
  assert.deepEqual(
    sent.map((one) => [one.signo, one.pid, one.value]),
    [[2, 8, 0], ...Array.from({ length: 10 }, (_, i) => [35 + i, 3, i])],
  );
});

test('what does not fit into the other block stays and is moved later', LIMIT, () => {
  const [from, to] = [create(), create()];
  for (let i = 0; i < CELLS; i++) from.send(40, { code: CODE.queue, value: i });
  for (let i = 0; i < CELLS - 10; i++) to.send(41, { code: CODE.queue, value: i });
  assert.equal(from.moveTo(to).done, false);
  assert.equal(from.doorbell & BELL.signals, BELL.signals);
  const first = to.drain().sent;
  from.moveTo(to);
  const values = [...first, ...to.drain().sent].filter((sent) => sent.signo === 40).map((sent) => sent.value);
  assert.deepEqual(
    values,
    Array.from({ length: CELLS }, (_, i) => i),
  );
});

test('synced mode copies the ring count also when there is nothing to move', LIMIT, () => {
  const host = create();
  const guest = new Queue(new WebAssembly.Memory({ initial: 1 }), 4096);
  guest.init({ pid: 2 });
  host.ring(BELL.event);
  assert.equal(host.syncTo(guest), BELL.event);
  host.ring(BELL.event);
  host.drain();
  assert.equal(host.syncTo(guest), 0);
  assert.equal(guest.ringCount, host.ringCount);
});

test('a block in memory that grew is still the block', LIMIT, () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
  const guest = new Queue(memory, 64);
  guest.init({ pid: 5 });
  guest.send(2);
  memory.grow(2);
  guest.send(3);
  assert.deepEqual(
    guest.drain().sent.map((sent) => sent.signo),
    [2, 3],
  );
});

test('a block that is none, of another version, misplaced or cut off is an error', LIMIT, () => {
  const fails = (/** @type {() => unknown} */ run, /** @type {RegExp} */ message) =>
    assert.throws(run, { code: 'ERR_BLOCK', message });
  fails(() => Queue.open(new SharedArrayBuffer(BLOCK_BYTES)), /not a control block/);
  fails(() => Queue.open(new SharedArrayBuffer(64)), /no control block fits/);
  fails(() => new Queue(new SharedArrayBuffer(2 * BLOCK_BYTES), 4), /no control block fits/);
  fails(() => new Queue(new SharedArrayBuffer(BLOCK_BYTES), -64), /no control block fits/);
  const queue = create();
  words(queue)[WORD.version] = VERSION + 1;
  fails(
    () => Queue.open(queue.buffer),
    new RegExp(
      `version ${VERSION + 1} and ${BLOCK_WORDS} words; this host speaks version ${VERSION}, of ${BLOCK_WORDS} words`,
    ),
  );
  fails(
    () => Sender.from({ kind: 'wasmsig', pid: 2, buffer: queue.buffer, offset: 0, host: queue.buffer }),
    new RegExp(`version ${VERSION + 1}`),
  );
  const longer = create();
  words(longer)[WORD.size]++;
  fails(() => Queue.open(longer.buffer), new RegExp(`version ${VERSION} and ${BLOCK_WORDS + 1} words`));
  assert.throws(() => Sender.from(/** @type {any} */ ({})), TypeError);
});

test('a block whose header or ring its guest has damaged refuses sends and says so', LIMIT, () => {
  const damage = [
    (/** @type {Int32Array} */ raw) => (raw[WORD.magic] ^= 1),
    (/** @type {Int32Array} */ raw) => (raw[WORD.version] = 9),
    (/** @type {Int32Array} */ raw) => (raw[WORD.size] = 1 << 30),
    (/** @type {Int32Array} */ raw) => (raw[WORD.rt_cell] = 5), // neither empty nor filled
    (/** @type {Int32Array} */ raw) => (raw[WORD.rt_cell + 1] = 5), // empty for a position of another cell
    (/** @type {Int32Array} */ raw) => (raw[WORD.rt_cell + 1] = -CELLS), // empty for a position of the lap before
  ];
  for (const [index, write] of damage.entries()) {
    const queue = create();
    write(words(queue));
    const before = words(queue).slice();
    assert.equal(queue.send(40), ERRNO.EIO, `damage ${index}`);
    assert.equal(queue.send(2), index < 3 ? ERRNO.EIO : 0);
    if (index < 3) assert.deepEqual(words(queue), before);
    const from = create();
    from.send(40);
    assert.throws(() => from.moveTo(queue), { code: 'ERR_BLOCK', message: /process 2/ });
    assert.throws(
      () => Sender.from({ kind: 'wasmsig', pid: 2, buffer: queue.buffer, offset: 0, host: create().buffer }).kill(40),
      { code: 'ERR_BLOCK' },
    );
  }
});

test('a full ring is not a damaged one, in its first lap and in later ones', LIMIT, () => {
  const queue = create();
  for (let lap = 0; lap < 3; lap++) {
    for (let i = 0; i < CELLS; i++) assert.equal(queue.send(36), 0);
    assert.equal(queue.send(36), ERRNO.EAGAIN);
    assert.equal(queue.drain().sent.length, CELLS);
  }
});

test('positions wrap: the ring goes on after 4,294,967,296 real-time signals', LIMIT, () => {
  const queue = create();
  const raw = words(queue);
  const start = -10 * CELLS - 3;
  raw[WORD.rt_head] = raw[WORD.rt_tail] = start;
  for (let position = start; position < start + CELLS; position++)
    raw[WORD.rt_cell + 2 * (position & (CELLS - 1)) + 1] = position;
  let value = 0;
  for (let lap = 0; lap < 20; lap++) {
    const first = value;
    for (; value < first + CELLS; value++) assert.equal(queue.send(36, { code: CODE.queue, value }), 0);
    assert.equal(queue.send(36), ERRNO.EAGAIN);
    assert.deepEqual(
      queue.drain().sent.map((one) => one.value),
      Array.from({ length: CELLS }, (_, i) => first + i),
    );
  }
  assert.equal(raw[WORD.rt_tail], start + 20 * CELLS);
});

test('every real-time signal, code and width of pid and value comes out as it went in', LIMIT, () => {
  const queue = create();
  const sent = [];
  for (let signo = 35; signo <= 64; signo++) {
    for (const code of [CODE.user, CODE.queue, CODE.kernel, CODE.timer, CODE.tkill]) {
      for (const pid of [0, 1, 0x400000, 0xffffff]) {
        for (const value of code === CODE.queue ? [0, -1, 1, 0x7fffffff, -0x80000000] : [0])
          sent.push({ signo, code, pid, value });
      }
    }
  }
  for (let from = 0; from < sent.length; from += CELLS) {
    const part = sent.slice(from, from + CELLS);
    for (const { signo, ...info } of part) assert.equal(queue.send(signo, info), 0);
    assert.deepEqual(queue.drain().sent, part);
  }
});

/**
 * What a kernel has pending after these sends to a process that takes nothing: SIGCONT discards stops, a stop discards SIGCONT.
 * @param {number[]} sends
 */
function pendingAfter(sends) {
  const pending = new Set();
  for (const signo of sends) {
    for (const other of [...pending]) if ((other === 18) !== (signo === 18)) pending.delete(other);
    pending.add(signo);
  }
  return [...pending].sort();
}

test(
  'SIGCONT and stops are drained so that what was sent last holds, in every order of up to six sends, drained at once or between',
  LIMIT,
  () => {
    const signals = [10, 18, 19, 20];
    let sequences = 0;
    for (let length = 1; length <= 6; length++) {
      for (let n = 0; n < signals.length ** length; n++) {
        const sends = Array.from({ length }, (_, at) => signals[Math.floor(n / signals.length ** at) % signals.length]);
        const jobs = sends.filter((signo) => signo !== 10);
        for (const between of new Set([0, length >> 1])) {
          const queue = create();
          /** @type {number[]} */
          const taken = [];
          sends.forEach((signo, at) => {
            if (at === between) taken.push(...queue.drain().sent.map((one) => one.signo));
            queue.send(signo, { pid: at + 2 });
          });
          taken.push(...queue.drain().sent.map((one) => one.signo));
          assert.deepEqual(
            pendingAfter(taken.filter((signo) => signo !== 10)),
            pendingAfter(jobs),
            `sent ${sends}, taken after ${between}: ${taken}`,
          );
          assert.deepEqual(queue.drain().sent, []);
          sequences++;
        }
      }
    }
    assert.ok(sequences > 8000);
  },
);

test('moving keeps the order of SIGCONT and stops', LIMIT, () => {
  for (const sends of [
    [10, 19, 18],
    [18, 20, 18],
    [18, 19],
    [20, 18, 19, 20],
  ]) {
    const [from, to] = [create(), create()];
    for (const signo of sends) from.send(signo);
    from.moveTo(to);
    const taken = to.drain().sent.map((one) => one.signo);
    assert.deepEqual(
      pendingAfter(taken.filter((signo) => signo !== 10)),
      pendingAfter(sends.filter((signo) => signo !== 10)),
      `${sends}: ${taken}`,
    );
  }
});

test('a stop that is sent again after SIGCONT has the sender of the second one', LIMIT, () => {
  const queue = create();
  queue.send(20, { pid: 5 });
  queue.send(18, { pid: 6 });
  queue.send(20, { code: CODE.queue, pid: 7, value: 70 });
  queue.send(20, { pid: 8 });
  assert.deepEqual(queue.drain().sent.at(-1), { signo: 20, code: CODE.queue, pid: 7, value: 70 });
});

test('from four threads SIGCONT and stops end as one of the last sends says', LIMIT, async () => {
  // Each thread sends a stop and then SIGCONT: whatever the order among them, the last one of all is a SIGCONT that undoes all stops.
  const queue = create();
  const senders = Array.from(
    { length: 4 },
    () =>
      new Worker(
        `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.url).then(({ Queue }) => {
      const queue = Queue.open(workerData.buffer);
      for (let i = 0; i < 20000; i++) { queue.send(19 + (i & 3)); queue.send(18); }
      parentPort.postMessage('done');
    });`,
        {
          eval: true,
          workerData: { url: new URL('../../../js/link/queue.js', import.meta.url).href, buffer: queue.buffer },
        },
      ),
  );
  let open = senders.length;
  for (const sender of senders) sender.once('message', () => open--);
  /** @type {number[]} */
  let last = [];
  let taken = 0;
  const take = () => {
    const sent = queue.drain().sent.map((one) => one.signo);
    taken += sent.length;
    if (sent.length) last = pendingAfter([...last, ...sent]);
  };
  while (open > 0) {
    for (let i = 0; i < 100; i++) take();
    await new Promise((resolve) => setImmediate(resolve));
  }
  take();
  assert.deepEqual(last, [18]);
  assert.ok(taken > 10, String(taken));
  await Promise.all(senders.map((sender) => sender.terminate()));
});

test('a sender to a process that has ended gets false', LIMIT, () => {
  const [queue, host] = [create(), create()];
  const sender = Sender.from({ kind: 'wasmsig', pid: 2, buffer: queue.buffer, offset: 0, host: host.buffer });
  assert.equal(sender.kill('SIGINT'), true);
  queue.state = STATE.ended; // what a guest says of itself is not believed
  assert.equal(sender.kill('SIGINT'), true);
  host.state = STATE.ended;
  assert.equal(sender.kill('SIGINT'), false);
  assert.throws(() => sender.kill('SIGFOO'), TypeError);
  assert.throws(() => sender.kill(0), RangeError);
  assert.throws(() => sender.kill(40, { value: 1.5 }), RangeError);
});

test('the pid of a sender is one that a signal can carry', LIMIT, () => {
  const queue = create();
  const handle = /** @type {import('../../../js/link/sender.js').Handle} */ ({
    kind: 'wasmsig',
    pid: 2,
    buffer: queue.buffer,
    offset: 0,
    host: create().buffer,
  });
  for (const pid of [-1, 0x1000000, 2 ** 32, 1.5, NaN, /** @type {any} */ ('7')])
    assert.throws(() => Sender.from(handle, { pid }), RangeError, String(pid));
  for (const pid of [0, 0xffffff]) {
    Sender.from(handle, { pid }).kill(40);
    assert.equal(queue.drain().sent[0].pid, pid);
  }
});

test('waiting ends when the ring count is another one, and with the time', LIMIT, () => {
  const queue = create();
  queue.ring(BELL.event);
  assert.equal(queue.ringCount, 0); // nobody waits
  queue.addWaiters(1);
  const count = queue.ringCount;
  assert.equal(queue.wait(count, 1e5), WAITED.timedOut);
  queue.ring(BELL.event);
  assert.equal(queue.wait(count, -1), WAITED.woken);
  queue.addWaiters(-1);
  assert.equal(words(queue)[WORD.waiters], 0);
});

test('random words in a block neither crash nor hang draining, moving and sending', LIMIT, () => {
  let seed = 12345;
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) | 0);
  const queue = create();
  const other = create();
  const raw = words(queue);
  const interesting = [0, 1, -1, 0x7fffffff, -0x80000000, 1023, 1024];
  for (let round = 0; round < 3000; round++) {
    for (let i = 0; i < 200; i++)
      raw[(random() >>> 3) % BLOCK_WORDS] = round % 2 ? random() : interesting[(random() >>> 5) % interesting.length];
    if (round % 7 === 0)
      for (let i = 0; i < CELLS; i++)
        [raw[WORD.rt_cell + 2 * i], raw[WORD.rt_cell + 2 * i + 1]] =
          round % 2 ? [0, raw[WORD.rt_tail] + 5] : [CELL.filled | random(), random()];
    const { sent } = queue.drain();
    for (const { signo, code, pid } of sent) {
      assert.ok((signo >= 1 && signo <= 31) || (signo >= 35 && signo <= 64));
      assert.ok(code >= 0 && code <= 7 && pid >= 0 && pid <= 0xffffff);
    }
    assert.ok(sent.length <= 31 + CELLS);
    queue.send(2);
    assert.ok([0, ERRNO.EAGAIN, ERRNO.EIO].includes(queue.send(40)));
    assert.equal(typeof queue.armed.time, 'number');
    queue.moveTo(other);
    try {
      other.moveTo(queue);
    } catch (error) {
      assert.equal(/** @type {any} */ (error).code, 'ERR_BLOCK');
    }
    other.drain();
    void queue.exit;
    queue.header;
  }
});

for (const where of ['its own memory', 'the memory of a guest']) {
  test(`1,000,000 sends from 4 threads into ${where}: none lost, real-time values once and in order`, {
    timeout: 120_000,
  }, async () => {
    const queue =
      where === 'its own memory'
        ? create()
        : new Queue(new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true }), 65536);
    queue.init({ pid: 2, state: STATE.running });
    const senders = 4;
    const each = where === 'its own memory' ? 250_000 : 50_000;
    // progress[k]: how many standard signals of thread k were sent, before and after the send
    const progress = new Int32Array(new SharedArrayBuffer(4 * 3 * senders));
    const workers = Array.from(
      { length: senders },
      (_, k) =>
        new Worker(new URL('./queue_sender.js', import.meta.url), {
          workerData: {
            handle: { kind: 'wasmsig', pid: 2, buffer: queue.buffer, offset: queue.offset, host: create().buffer },
            k,
            each,
            progress,
          },
        }),
    );
    const next = new Int32Array(senders);
    const standard = new Int32Array(senders);
    let taken = 0;
    queue.addWaiters(1);
    const done = () => Atomics.load(progress, 3 * senders - 1) === senders;
    for (let last = false; ; ) {
      const count = queue.ringCount;
      const { sent } = queue.drain();
      for (const { signo, pid, value } of sent) {
        if (signo < 32) {
          assert.equal(signo, pid); // each thread has a signal of its own
          standard[pid - 1]++;
          // Acknowledge: the thread sends the next only after this one ran, so that coalescing cannot hide a loss.
          Atomics.add(progress, senders + pid - 1, 1);
          Atomics.notify(progress, senders + pid - 1);
          continue;
        }
        assert.equal(value, next[pid - 1]++, `a real-time value of sender ${pid} was lost, doubled or out of order`);
        taken++;
      }
      if (last && sent.length === 0) break;
      last = done();
      if (sent.length === 0 && !last) assert.equal(queue.wait(count, 20e9), WAITED.woken, 'a ring was lost');
    }
    assert.equal(taken, senders * (each - each / 50));
    assert.deepEqual([...standard], Array(senders).fill(each / 50));
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
}
