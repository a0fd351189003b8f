// @ts-check
// Signals at a guard: handlers, masks, default actions, order, and other threads.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Guard } from '../../../js/guard/index.js';
import { Sender } from '../../../js/link/sender.js';
import { standardSignals } from '../../../js/signals/index.js';
import { LIMIT, PROGRAM_BYTES, TOP, coded, program } from './program.js';

/** @param {(n: number) => void} [call] */
function guarded(call) {
  const guard = new Guard();
  const { exports } = guard.bind(program(call));
  return { guard, exports };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('every default action is that of signal(7)', LIMIT, async () => {
  for (const { name, action } of standardSignals) {
    const { guard, exports } = guarded(() => guard.kill(name));
    if (action === 'terminate' || action === 'core')
      assert.throws(() => guard.run(() => exports.call(0)), coded('ERR_SIGNAL', { signal: name }));
    else if (action !== 'stop')
      assert.equal(
        guard.run(() => exports.call(0)),
        10,
        name,
      );
    else assert.ok(['SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'].includes(name));
    guard.close();
  }
  const { guard, exports } = guarded(() => guard.kill('SIGRTMIN+2'));
  assert.throws(() => guard.run(() => exports.call(0)), coded('ERR_SIGNAL', { signal: 'SIGRTMIN+2' }));
});

test('a signal is acted on at the very next safe point', LIMIT, () => {
  let round = 0;
  const { guard, exports } = guarded(() => guard.kill('SIGTERM'));
  guard.on('SIGTERM', () => (round = exports.rounds.value));
  exports.count(100_000); // many checks are skipped by now
  exports.rounds.value = 0;
  guard.run(() => exports.call(0));
  assert.equal(round, 1);
});

test('without run() an end is thrown by the call of the export', LIMIT, () => {
  const { guard, exports } = guarded(() => guard.kill('SIGTERM'));
  assert.throws(() => exports.call(0), coded('ERR_SIGNAL', { signal: 'SIGTERM' }));
  assert.equal(exports.count(10), 10, 'it ends one call');
  const trapping = new Guard();
  const instance = trapping.bind(
    program(() => trapping.kill('SIGTERM')),
    { end: 'trap' },
  );
  assert.throws(() => instance.exports.call(0), WebAssembly.RuntimeError);
});

test('a handler sets the flag of the program, which ends in its own way', LIMIT, () => {
  const { guard, exports } = guarded();
  guard.on('SIGALRM', () => exports.interrupt(0));
  assert.equal(
    guard.run(() => exports.spin(), { timeout: 10, killSignal: 'SIGALRM' }),
    130,
  );
  guard.on('SIGINT', 'interrupt', { args: [1] });
  assert.equal(
    guard.run(() => exports.spin(), { budget: 100, killSignal: 'SIGINT' }),
    130,
  );
  assert.equal(exports.__stack_pointer.value, TOP);
});

test('a limit is reported once', LIMIT, () => {
  const { guard, exports } = guarded();
  let ran = 0;
  guard.on('SIGTERM', () => void ran++);
  assert.equal(
    guard.run(() => exports.count(3_000_000), { timeout: 0 }),
    3_000_000,
  );
  assert.equal(ran, 1);
  guard.ignore('SIGTERM');
  assert.equal(
    guard.run(() => exports.count(1000), { budget: 5 }),
    1000,
  );
  assert.throws(() => guard.run(() => exports.spin(), { budget: 5, killSignal: 'SIGKILL' }), coded('ERR_BUDGET'));
  guard.off('SIGTERM');
  assert.throws(() => guard.run(() => exports.spin(), { budget: 5 }), coded('ERR_BUDGET'));
});

test('a handler is told signal, number, sender and value', LIMIT, () => {
  /** @type {object[]} */ const seen = [];
  const { guard, exports } = guarded(() => {
    guard.kill('SIGRTMIN', { value: 7 });
    guard.kill('SIGINT', { terminal: true });
    guard.kill('SIGUSR1');
  });
  for (const signal of ['SIGRTMIN', 'SIGINT', 'SIGUSR1']) guard.on(signal, (info) => seen.push({ ...info }));
  exports.call(0);
  assert.deepEqual(seen, [
    { signal: 'SIGINT', number: 2, pid: 0, value: 0 },
    { signal: 'SIGUSR1', number: 10, pid: 1, value: 0 },
    { signal: 'SIGRTMIN', number: 35, pid: 1, value: 7 },
  ]);
});

test('standard signals coalesce, real-time signals queue, the lowest number is first', LIMIT, () => {
  /** @type {string[]} */ const seen = [];
  const { guard, exports } = guarded(() => {
    for (const [signal, value] of /** @type {const} */ ([
      ['SIGRTMIN+1', 1],
      ['SIGUSR2', 2],
      ['SIGRTMIN', 3],
      ['SIGRTMIN+1', 4],
      ['SIGUSR2', 5],
      ['SIGHUP', 6],
      ['SIGRTMIN', 7],
    ]))
      guard.kill(signal, { value });
  });
  for (const signal of ['SIGRTMIN+1', 'SIGUSR2', 'SIGRTMIN', 'SIGHUP'])
    guard.on(signal, ({ value }) => seen.push(`${signal} ${value}`));
  exports.call(0);
  assert.deepEqual(seen, ['SIGHUP 6', 'SIGUSR2 2', 'SIGRTMIN 3', 'SIGRTMIN 7', 'SIGRTMIN+1 1', 'SIGRTMIN+1 4']);
});

test('what is blocked stays pending, once, though it is ignored until then', LIMIT, () => {
  let ran = 0;
  const { guard, exports } = guarded();
  guard.block('SIGCHLD');
  for (let i = 0; i < 3; i++) {
    guard.kill('SIGCHLD');
    exports.count(10); // drains
  }
  guard.on('SIGCHLD', () => void ran++).unblock('SIGCHLD');
  exports.count(10);
  assert.equal(ran, 1);
});

test(
  'a signal that is ignored when it is sent is gone, also if a handler is set before the next safe point',
  LIMIT,
  () => {
    /** @type {string[]} */ const seen = [];
    const { guard, exports } = guarded();
    const handler = (/** @type {{signal: string}} */ { signal }) => void seen.push(signal);
    guard.ignore('SIGUSR1').kill('SIGUSR1');
    guard.kill('SIGCHLD');
    guard.on('SIGUSR1', handler).on('SIGCHLD', handler);
    exports.count(10);
    assert.deepEqual(seen, []);
    guard.kill('SIGCHLD');
    exports.count(10);
    assert.deepEqual(seen, ['SIGCHLD']);
  },
);

test('no real-time signal is lost: when 1,024 wait the sender gets EAGAIN', LIMIT, () => {
  /** @type {number[]} */ const seen = [];
  const { guard, exports } = guarded();
  guard.block('SIGRTMIN').on('SIGRTMIN', ({ value }) => seen.push(value));
  let sent = 0;
  for (let i = 0; i < 5; i++) {
    assert.throws(() => {
      for (;;) {
        guard.kill('SIGRTMIN', { value: sent });
        sent++;
      }
    }, coded('EAGAIN'));
    exports.count(10); // drains
  }
  assert.equal(sent, 1024);
  guard.unblock('SIGRTMIN');
  exports.count(10);
  assert.deepEqual(
    seen,
    Array.from({ length: 1024 }, (_, i) => i),
  );
});

test('a mask holds signals and limits back, SIGKILL passes', LIMIT, () => {
  const { guard, exports } = guarded();
  const all = () => {
    guard.kill('SIGTERM');
    guard.kill('SIGRTMAX');
    return exports.count(3_000_000);
  };
  assert.throws(
    () =>
      guard.run(() => {
        assert.equal(guard.critical(all), 3_000_000);
        assert.deepEqual(guard.blocked, []);
        exports.rounds.value = 0;
        exports.spin();
      }),
    coded('ERR_SIGNAL', { signal: 'SIGTERM' }),
  );
  assert.ok(exports.rounds.value < 1000, 'it begins with the next safe point after the section');
  guard.ignore('SIGRTMAX');
  exports.count(1);
  assert.equal(
    guard.run(() => guard.critical(() => exports.count(100_000)), { budget: 10 }),
    100_000,
  );
  assert.throws(
    () => guard.critical(() => guard.run(() => exports.spin(), { budget: 10, killSignal: 'SIGKILL' })),
    coded('ERR_BUDGET', { signal: 'SIGKILL' }),
  );
  assert.deepEqual(guard.blocked, []);
});

test('a mask of some signals, also over a promise', LIMIT, async () => {
  const { guard, exports } = guarded();
  let ran = 0;
  guard.on('SIGUSR1', () => void ran++);
  const section = guard.critical(async () => {
    await turn();
    guard.kill('SIGUSR1');
    exports.count(1000);
    assert.deepEqual(guard.blocked, ['SIGUSR1', 'SIGUSR2']);
    assert.equal(ran, 0);
  }, ['SIGUSR2', 'SIGUSR1', 'SIGKILL']);
  await section;
  exports.count(1000);
  assert.equal(ran, 1);
  assert.throws(() =>
    guard.critical(() => {
      throw new Error('mine');
    }),
  );
  assert.deepEqual(guard.blocked, []);
  assert.equal(guard.block().blocked.length, 31 - 2 + 30);
  assert.deepEqual(guard.unblock().blocked, []);
});

test('a handler runs with its own signal and its mask blocked', LIMIT, () => {
  /** @type {string[]} */ const seen = [];
  const { guard, exports } = guarded();
  guard.on(
    'SIGUSR1',
    () => {
      seen.push('in');
      if (seen.length === 1) for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP']) guard.kill(signal);
      exports.count(1000);
      seen.push('out');
    },
    { mask: ['SIGHUP'] },
  );
  guard.on('SIGUSR2', () => seen.push('nested'));
  guard.on('SIGHUP', () => seen.push('held'));
  guard.kill('SIGUSR1');
  exports.count(1000);
  assert.deepEqual(seen, ['in', 'nested', 'out', 'held', 'in', 'out']);
});

test('a handler that throws ends the innermost call, and nothing else is changed', LIMIT, () => {
  const mine = new Error('mine');
  const { guard, exports } = guarded();
  guard.on('SIGUSR1', () => {
    throw mine;
  });
  const ended = coded('ERR_HANDLER', { cause: mine, signal: 'SIGUSR1' });
  const inner = () => {
    guard.kill('SIGUSR1');
    return exports.spin();
  };
  assert.equal(
    guard.run(() => {
      assert.throws(() => guard.run(inner), ended);
      return exports.count(100);
    }),
    100,
  );
  assert.deepEqual(guard.blocked, []);
  assert.equal(exports.__stack_pointer.value, TOP);
  assert.throws(inner, ended);
});

test('handlers run below what a leaf function keeps under the stack pointer', LIMIT, () => {
  const { guard, exports } = guarded();
  guard.on('SIGUSR1', 'scribble');
  guard.kill('SIGUSR1');
  assert.equal(exports.leaf(1000), 1);
  exports.__stack_pointer.value = TOP;
  exports.scribble();
  guard.off('SIGUSR1').on('SIGUSR1', () => void exports.scribble());
  guard.kill('SIGUSR1');
  assert.equal(exports.leaf(1000), 1);
});

test('an export that does not exist is refused, and nothing is changed', LIMIT, () => {
  const { guard, exports } = guarded();
  let ran = 0;
  guard.on('SIGINT', () => void ran++);
  for (const name of ['sqlite3_interrupt', 'memory'])
    assert.throws(() => guard.on('SIGINT', name), coded('ERR_EXPORT', { message: new RegExp(`'${name}'.*SIGINT`) }));
  guard.kill('SIGINT');
  exports.count(10);
  assert.equal(ran, 1);

  const early = new Guard().on('SIGINT', 'PyErr_SetInterrupt');
  const instance = program();
  assert.throws(() => early.bind(instance), coded('ERR_EXPORT'));
  early.on('SIGINT', 'interrupt', { args: [0] }).bind(instance);
  early.kill('SIGINT');
  assert.equal(
    early.run(() => /** @type {any} */ (instance.exports).spin()),
    130,
  );
});

test('SIGKILL and SIGSTOP have the default action, unknown signals do not exist', LIMIT, () => {
  const { guard } = guarded();
  for (const signal of ['SIGKILL', 'SIGSTOP']) {
    assert.throws(() => guard.on(signal, () => {}), /can be neither handled nor ignored/);
    assert.throws(() => guard.ignore(signal), TypeError);
  }
  for (const call of [
    () => guard.on('SIGFOO', () => {}),
    () => guard.on('SIGINT', /** @type {any} */ (5)),
    () => guard.on('SIGINT', () => {}, { mask: ['SIGFOO'] }),
    () => guard.kill('SIGFOO'),
    () => guard.block('SIGINT', 'SIGFOO'),
  ])
    assert.throws(call, TypeError);
  assert.throws(() => guard.kill(0), RangeError);
  assert.throws(() => guard.kill('SIGRTMIN', { value: 2 ** 40 }), RangeError);
  assert.deepEqual(guard.blocked, []);
});

test('an idle guard acts in a later turn of the event loop', LIMIT, async () => {
  const { guard, exports } = guarded();
  let ran = 0;
  guard.on('SIGUSR1', () => void ran++);
  guard.kill('SIGUSR1');
  guard.kill('SIGTERM');
  assert.equal(ran, 0);
  await turn();
  assert.equal(ran, 1);
  assert.equal(
    guard.run(() => exports.count(100_000)),
    100_000,
    'there was no computation to end',
  );
  guard.block('SIGTERM').kill('SIGTERM');
  await turn();
  guard.unblock();
  assert.throws(() => guard.run(() => exports.spin()), coded('ERR_SIGNAL'), 'a blocked one stays pending');
});

test('ignoring discards what is pending', LIMIT, () => {
  const { guard, exports } = guarded();
  guard.block('SIGUSR1').kill('SIGUSR1');
  exports.count(10);
  guard.ignore('SIGUSR1').off('SIGUSR1').unblock();
  assert.equal(exports.count(1000), 1000);
});

/** A worker that computes under a guard whose handle it posts. @param {string} body of an async function */
function computing(body) {
  const text = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { Guard } = await import(workerData.guard);
    const guard = new Guard();
    const call = () => parentPort.postMessage({ called: true });
    const { exports } = guard.bind(new WebAssembly.Instance(new WebAssembly.Module(workerData.bytes), { env: { call } }));
    parentPort.postMessage({ handle: guard.handle() });
    let result;
    try { result = await (async () => { ${body} })(); } catch (error) { result = error.code + ' ' + error.signal; }
    parentPort.postMessage({ result });`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), {
    workerData: { guard: new URL('../../../js/guard/index.js', import.meta.url).href, bytes: PROGRAM_BYTES },
  });
  /** @type {any[]} */ const messages = [];
  /** @type {(() => void)[]} */ const waiting = [];
  worker.on('message', (message) => {
    messages.push(message);
    for (const wake of waiting.splice(0)) wake();
  });
  worker.on('error', (error) => messages.push({ result: error }));
  /** @param {string} key */
  const next = async (key) => {
    for (;;) {
      const found = messages.findIndex((message) => key in message);
      if (found >= 0) return messages.splice(found, 1)[0][key];
      await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    }
  };
  return { next };
}

test('another thread ends a computation by its handle', LIMIT, async () => {
  const { next } = computing(`return guard.run(() => { call(); return exports.spin(); })`);
  const sender = Sender.from(await next('handle'));
  await next('called');
  assert.equal(sender.kill('SIGINT'), true);
  assert.equal(await next('result'), 'ERR_SIGNAL SIGINT');
});

test('another thread runs a handler', LIMIT, async () => {
  const { next } = computing(
    `let seen;
     guard.on('SIGRTMIN+3', ({ value, pid }) => { seen = [value, pid]; exports.interrupt(0); });
     guard.run(() => { call(); exports.spin(); });
     return seen.join();`,
  );
  const sender = Sender.from(await next('handle'), { pid: 5 });
  await next('called');
  sender.kill('SIGRTMIN+3', { value: 9 });
  assert.equal(await next('result'), '9,5');
});

test('a stopped computation accepts nothing but SIGKILL', LIMIT, async () => {
  const { next } = computing(
    `guard.on('SIGUSR1', () => call());
     return guard.run(() => { call(); return exports.spin(); })`,
  );
  const sender = Sender.from(await next('handle'));
  await next('called');
  sender.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 100));
  sender.kill('SIGUSR1');
  const handler = next('called').then(() => 'the handler ran');
  const pause = new Promise((resolve) => setTimeout(resolve, 200, 'nothing'));
  assert.equal(await Promise.race([handler, pause]), 'nothing');
  sender.kill('SIGKILL');
  assert.equal(await next('result'), 'ERR_SIGNAL SIGKILL');
});

test('another thread stops a computation and continues it', LIMIT, async () => {
  const other = computing(
    `let before, after; guard.run(() => { call(); before = performance.now(); exports.count(5_000_000); after = performance.now(); });
     return after - before;`,
  );
  const second = Sender.from(await other.next('handle'));
  second.kill('SIGSTOP');
  await other.next('called');
  await new Promise((resolve) => setTimeout(resolve, 400));
  second.kill('SIGCONT');
  const took = await other.next('result');
  assert.ok(took >= 300, `${took} ms`);
});

test('a limit ends a stopped computation too', LIMIT, async () => {
  const { next } = computing(
    `return guard.run(() => { guard.kill('SIGTSTP'); return exports.spin(); }, { timeout: 50 })`,
  );
  await next('handle');
  assert.equal(await next('result'), 'ERR_TIMEOUT SIGTERM');
});

test('an idle guard acts on what another thread sends', LIMIT, async () => {
  const { next } = computing(
    `return new Promise((resolve) => { guard.on('SIGHUP', ({ signal }) => resolve(signal)); call(); setTimeout(() => resolve('late'), 15000); })`,
  );
  const sender = Sender.from(await next('handle'));
  await next('called');
  sender.kill('SIGHUP');
  assert.equal(await next('result'), 'SIGHUP');
});

test('a sender learns that the guard was closed', LIMIT, () => {
  const { guard } = guarded();
  const sender = Sender.from(guard.handle());
  assert.equal(sender.kill('SIGWINCH'), true);
  guard.close();
  assert.equal(sender.kill('SIGWINCH'), false);
});

test('a stop that nothing could continue is refused', { ...LIMIT, skip: 'Suspending' in WebAssembly }, () => {
  const { guard, exports } = guarded();
  assert.throws(() => guard.kill('SIGSTOP'), coded('ERR_CANNOT_STOP'));
  assert.equal(exports.count(100), 100);
  guard.on('SIGTSTP', () => {});
  assert.equal(guard.kill('SIGTSTP'), true);
  guard.handle();
  assert.equal(guard.kill('SIGSTOP'), true);
  guard.kill('SIGCONT');
  assert.equal(exports.count(100), 100, 'SIGCONT has undone it');
});

test('SIGCONT and the stops undo each other', LIMIT, () => {
  /** @type {string[]} */ const seen = [];
  const { guard, exports } = guarded();
  guard.handle();
  guard.block();
  guard.on('SIGCONT', () => seen.push('SIGCONT')).on('SIGTSTP', () => seen.push('SIGTSTP'));
  guard.kill('SIGTSTP');
  exports.count(10);
  guard.kill('SIGCONT');
  exports.count(10);
  guard.unblock();
  exports.count(10);
  assert.deepEqual(seen.splice(0), ['SIGCONT']);
  guard.block().kill('SIGCONT');
  exports.count(10);
  guard.kill('SIGTSTP');
  exports.count(10);
  guard.unblock();
  exports.count(10);
  assert.deepEqual(seen, ['SIGTSTP']);
});

test('the numbers of the check interval are those of the library', LIMIT, () => {
  const [here, there] = ['js/engine/check_interval.js', 'src/process/check_interval.cpp'].map((file) =>
    readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'),
  );
  for (const [ours, theirs] of [
    ['CHECK_INTERVAL_NS', 'kCheckInterval_ns'],
    ['MAX_COUNT', 'kMaxCount'],
    ['FIRST_COUNT', 'kFirstCount'],
  ]) {
    const number = new RegExp(`${ours} = ([^;]+);`).exec(here)?.[1];
    assert.ok(number);
    assert.equal(number, new RegExp(`${theirs} = ([^;]+);`).exec(there)?.[1]);
  }
});
