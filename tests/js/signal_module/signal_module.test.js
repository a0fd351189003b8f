// @ts-check
// The module wasmsig/signal, function by function, in one process. What ends, stops or waits is in signal_module_process.test.js.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import signal, {
  ItimerError,
  Killed,
  KeyboardInterrupt,
  OSError,
  OverflowError,
  RuntimeError,
  Signal,
  ValueError,
  create,
} from '../../../js/signal_module/node.js';
import * as web from '../../../js/signal_module/index.js';
import { Queue } from '../../../js/link/queue.js';
import { Sender } from '../../../js/link/sender.js';
import { start as startGuest } from '../../support/watched_guest.js';

const LIMIT = { timeout: 30_000 };

/** Nothing that these tests do may end this process. */
const die = () => {};

/** @param {import('node:test').TestContext} t @param {import('../../../js/signal_module/public_types.js').CreateOptions} [options] */
function extended(t, options = {}) {
  const made = create({ die, ...options, edition: 'extended' });
  t.after(() => made.close());
  return made;
}

/** @param {import('node:test').TestContext} t @param {import('../../../js/signal_module/public_types.js').CreateOptions} [options] */
function documented(t, options = {}) {
  const made = create({ die, ...options, edition: 'documented' });
  t.after(() => made.close());
  return made;
}

/** A handler that remembers its calls. */
function recorder() {
  /** @type {[import('../../../js/signal_module/enums.js').SignalNumber, unknown][]} */
  const calls = [];
  /** @type {import('../../../js/signal_module/public_types.js').SignalHandler} */
  const handler = (signum, frame) => calls.push([signum, frame]);
  return { calls, handler };
}

/** @param {Function} error @param {string} message @param {Record<string, unknown>} [more] */
function like(error, message, more = {}) {
  return { constructor: error, name: error.name, message, ...more };
}

const OUT_OF_RANGE = like(ValueError, 'signal number out of range');
const INVALID = like(OSError, 'Invalid argument', { errno: 22, code: 'EINVAL' });

// --- the module object -------------------------------------------------------------------------------------------------------

test('the default export is the documented edition: what Python does not have on WASI is not there', LIMIT, () => {
  assert.equal(signal.SIGINT.value, 2);
  assert.equal('pause' in signal, false);
  assert.equal('SIGRTMIN' in signal, false);
  // @ts-expect-error the type does not have it either
  assert.equal(signal.pthread_sigmask, undefined);
  assert.equal(Object.keys(signal).length, 45);
  assert.equal(Object.hasOwn(signal, 'checkSignals'), false, "only Python's names are its own properties");
});

test('an edition or option that does not exist is a TypeError', LIMIT, () => {
  const bad = (/** @type {any} */ options) => () => create(options);
  assert.throws(bad({ edition: 'full' }), like(TypeError, "an edition is 'documented' or 'extended', not full"));
  for (const edition of ['toString', 1, null]) assert.throws(bad({ edition }), TypeError);
  assert.throws(bad({ keep: ['SIGHUP'] }), like(TypeError, 'what can be kept is SIGPIPE, SIGXFSZ, SIGINT, not SIGHUP'));
});

test('members have a name and a number, exist once, and count as their number', LIMIT, (t) => {
  const x = extended(t);
  assert.ok(x.SIGINT instanceof Signal);
  assert.deepEqual({ ...x.SIGINT }, { name: 'SIGINT', value: 2 });
  assert.equal(x.SIGINT, signal.SIGINT);
  assert.equal(x.SIGINT, x.Signals.SIGINT);
  assert.equal(x.SIGIOT, x.SIGABRT);
  assert.equal(x.SIGCLD, x.SIGCHLD);
  assert.equal(x.SIGPOLL, x.SIGIO);
  assert.equal(+x.SIGRTMIN, 35);
  assert.equal(+x.SIGRTMAX, 64);
  assert.equal(String(x.SIGINT), 'Signals.SIGINT');
  assert.equal(String(x.SIG_IGN), 'Handlers.SIG_IGN');
  assert.equal(String(x.SIG_BLOCK), 'Sigmasks.SIG_BLOCK');
  assert.deepEqual([+x.SIG_DFL, +x.SIG_IGN, +x.SIG_BLOCK, +x.SIG_UNBLOCK, +x.SIG_SETMASK], [0, 1, 0, 1, 2]);
  assert.deepEqual([x.ITIMER_REAL, x.ITIMER_VIRTUAL, x.ITIMER_PROF, x.NSIG], [0, 1, 2, 65]);
  assert.deepEqual(Object.keys(x.Handlers), ['SIG_DFL', 'SIG_IGN']);
  assert.deepEqual(Object.keys(x.Sigmasks), ['SIG_BLOCK', 'SIG_UNBLOCK', 'SIG_SETMASK']);
  assert.throws(() => Object.assign(x.SIGINT, { value: 3 }), TypeError);
  assert.throws(() => Object.assign(x.Signals, { SIGINT: 3 }), TypeError);
  assert.equal(x.ItimerError, ItimerError);
});

test('two modules are two processes', LIMIT, (t) => {
  const [one, two] = [extended(t), extended(t)];
  const { calls, handler } = recorder();
  one.signal(one.SIGUSR1, handler);
  two.signal(two.SIGUSR1, two.SIG_IGN);
  two.raise_signal(two.SIGUSR1);
  assert.equal(calls.length, 0);
  one.raise_signal(one.SIGUSR1);
  assert.deepEqual(calls, [[one.SIGUSR1, null]]);
});

test('a closed module throws, and says so', LIMIT, async () => {
  const x = create({ edition: 'extended' });
  x.close();
  x.close();
  await x.exited;
  const closed = like(RuntimeError, 'the signal module was closed');
  for (const call of [
    () => x.raise_signal(2),
    () => x.getsignal(2),
    () => x.checkSignals(1),
    () => x.handle(),
    () => x.getIdent(),
    () => x.setInterrupt(2),
  ])
    assert.throws(call, closed);
  assert.equal(x.kill('SIGINT'), false);
});

// --- handlers ----------------------------------------------------------------------------------------------------------------

test(
  'at the start SIGINT has default_int_handler, SIGPIPE and SIGXFSZ are ignored, the others have their default',
  LIMIT,
  (t) => {
    const x = extended(t);
    for (const member of new Set(Object.values(x.Signals))) {
      const expected =
        member === x.SIGINT
          ? x.default_int_handler
          : member === x.SIGPIPE || member === x.SIGXFSZ
            ? x.SIG_IGN
            : x.SIG_DFL;
      assert.equal(x.getsignal(member), expected, member.name);
    }
    const kept = extended(t, { keep: ['SIGINT', 'SIGPIPE', 'SIGXFSZ'] });
    for (const member of [kept.SIGINT, kept.SIGPIPE, kept.SIGXFSZ]) assert.equal(kept.getsignal(member), kept.SIG_DFL);
  },
);

test('signal() returns the former handler, which getsignal() told', LIMIT, (t) => {
  const x = documented(t);
  const { handler } = recorder();
  assert.equal(x.signal(x.SIGTERM, handler), x.SIG_DFL);
  assert.equal(x.getsignal(15), handler);
  assert.equal(x.signal(15, x.SIG_IGN), handler);
  assert.equal(x.signal(x.SIGTERM, x.default_int_handler), x.SIG_IGN);
  assert.equal(x.signal(x.SIGTERM, x.SIG_DFL), x.default_int_handler);
  assert.equal(x.getsignal(x.SIGTERM), x.SIG_DFL);
  assert.equal(x.signal(x.SIGINT, x.SIG_DFL), x.default_int_handler);
});

test('a handler stays installed, and gets the member and no frame', LIMIT, (t) => {
  const x = documented(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  x.raise_signal(x.SIGUSR1);
  x.raise_signal(10);
  assert.deepEqual(calls, [
    [x.SIGUSR1, null],
    [x.SIGUSR1, null],
  ]);
});

test('what signal() refuses changes nothing', LIMIT, (t) => {
  const x = documented(t);
  const { handler } = recorder();
  x.signal(x.SIGTERM, handler);
  const text = 'signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object';
  // @ts-expect-error enumerations are different types
  assert.throws(() => x.signal(x.SIGTERM, x.SIGINT), like(TypeError, text));
  for (const bad of [null, undefined, 0, 1, 'SIG_IGN', {}])
    assert.throws(() => x.signal(x.SIGTERM, /** @type {any} */ (bad)), like(TypeError, text));
  for (const number of [0, -1, 65, 1000, 0x7fffffff]) assert.throws(() => x.signal(number, handler), OUT_OF_RANGE);
  for (const number of [9, 19, 32, 33, 34]) assert.throws(() => x.signal(number, handler), INVALID);
  for (const number of [65, 0]) assert.throws(() => x.getsignal(number), OUT_OF_RANGE);
  assert.equal(x.getsignal(x.SIGTERM), handler);
  assert.equal(x.getsignal(x.SIGKILL), x.SIG_DFL);
});

test('a number has to be a whole one that fits', LIMIT, (t) => {
  const x = documented(t);
  for (const bad of ['SIGINT', '2', 2.5, NaN, null, undefined, {}, 2n, true]) {
    assert.throws(() => x.raise_signal(/** @type {any} */ (bad)), {
      constructor: TypeError,
      message: /^an integer or a member of an enumeration is needed, not /,
    });
  }
  assert.throws(() => x.raise_signal(2 ** 31), like(OverflowError, 'signed integer is greater than maximum'));
  assert.throws(() => x.raise_signal(-(2 ** 31) - 1), like(OverflowError, 'signed integer is less than minimum'));
  assert.throws(() => x.raise_signal(2 ** 32 + 2), OverflowError);
});

test('default_int_handler throws KeyboardInterrupt', LIMIT, (t) => {
  const x = documented(t);
  assert.throws(() => x.default_int_handler(), like(KeyboardInterrupt, ''));
  assert.throws(() => x.raise_signal(x.SIGINT), like(KeyboardInterrupt, ''));
  x.signal(x.SIGTERM, x.default_int_handler);
  assert.throws(() => x.raise_signal(x.SIGTERM), KeyboardInterrupt);
  x.raise_signal(x.SIGWINCH); // nothing is left of it
});

test('siginterrupt() checks its number', LIMIT, (t) => {
  const x = extended(t);
  assert.equal(x.siginterrupt(x.SIGUSR1, false), undefined);
  assert.equal(x.siginterrupt(x.SIGUSR1, true), undefined);
  assert.throws(() => x.siginterrupt(65, true), OUT_OF_RANGE);
  assert.throws(() => x.siginterrupt(0, true), OUT_OF_RANGE);
  assert.throws(() => x.siginterrupt(x.SIGKILL, true), INVALID);
});

// --- numbers and sets --------------------------------------------------------------------------------------------------------

test('strsignal() describes signals', LIMIT, (t) => {
  const x = extended(t);
  assert.equal(x.strsignal(x.SIGINT), 'Interrupt');
  assert.equal(x.strsignal(9), 'Killed');
  assert.equal(x.strsignal(x.SIGRTMIN), 'Real-time signal 0');
  assert.equal(x.strsignal(33), null);
  for (const number of [0, 65, -5]) assert.throws(() => x.strsignal(number), OUT_OF_RANGE);
});

test('valid_signals() is a set of members, and of numbers where there is no name', LIMIT, (t) => {
  const x = extended(t);
  const all = x.valid_signals();
  assert.ok(all instanceof Set);
  assert.equal(all.size, 61);
  assert.ok(all.has(x.SIGINT) && all.has(x.SIGRTMIN) && all.has(36) && all.has(x.SIGRTMAX));
  for (const number of [2, 32, 33, 34, 35]) assert.equal(all.has(number), false);
});

// --- raising and safe points -------------------------------------------------------------------------------------------------

test('raise_signal() runs the handler before it returns, and throws what it throws', LIMIT, (t) => {
  const x = documented(t);
  const error = new Error('mine');
  let after = false;
  x.signal(x.SIGUSR1, () => {
    throw error;
  });
  assert.throws(
    () => {
      x.raise_signal(x.SIGUSR1);
      after = true;
    },
    (thrown) => thrown === error,
  );
  assert.equal(after, false);
  for (const number of [65, -1]) assert.throws(() => x.raise_signal(number), INVALID);
  x.raise_signal(0); // only checks, as raise(3)
});

test('what is not an Error can be thrown too', LIMIT, (t) => {
  const x = documented(t);
  for (const thing of [undefined, null, 0, 'text']) {
    x.signal(x.SIGUSR1, () => {
      throw thing;
    });
    let caught = /** @type {unknown} */ ('nothing');
    try {
      x.raise_signal(x.SIGUSR1);
    } catch (error) {
      caught = error;
    }
    assert.equal(caught, thing);
  }
});

test('a default action ends the process: the call throws Killed, and so do all later ones', LIMIT, async () => {
  /** @type {Killed[]} */
  const told = [];
  const x = create({ edition: 'extended', die: (killed) => told.push(killed) });
  const killed = {
    constructor: Killed,
    name: 'Killed',
    message: 'killed by SIGQUIT',
    signal: x.SIGQUIT,
    signum: 3,
    core: true,
  };
  assert.throws(() => x.raise_signal(x.SIGQUIT), killed);
  assert.equal(told.length, 1);
  assert.equal(told[0].signum, 3);
  await x.exited;
  assert.throws(() => x.raise_signal(x.SIGWINCH), killed);
  assert.throws(() => x.getsignal(2), killed);
  assert.equal(x.kill('SIGINT'), false);
  x.close();
  const nameless = create({ edition: 'extended', die });
  assert.throws(() => nameless.raise_signal(36), { message: 'killed by signal 36', signal: 36, core: false });
});

test('a process killed inside a handler ends all calls that are on the way', LIMIT, () => {
  const x = create({ edition: 'extended', die });
  /** @type {unknown} */ let inside;
  x.signal(x.SIGUSR1, () => {
    try {
      x.raise_signal(x.SIGTERM);
    } catch (error) {
      inside = error;
    }
  });
  assert.throws(() => x.raise_signal(x.SIGUSR1), Killed);
  assert.ok(inside instanceof Killed);
  assert.throws(() => x.checkSignals({}), Killed);
});

test('several signals: handlers run once each, lowest number first', LIMIT, (t) => {
  const x = extended(t);
  /** @type {number[]} */
  const order = [];
  for (const number of [40, 15, 10, 1]) x.signal(number, (signum) => order.push(+signum));
  for (const number of [40, 15, 10, 15, 1, 40]) x.kill(number);
  x.checkSignals();
  assert.deepEqual(order, [1, 10, 15, 40]);
  x.checkSignals();
  assert.equal(order.length, 4);
});

test('a handler that throws stops the walk; the signals behind it are handled by the next call', LIMIT, (t) => {
  const x = extended(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGHUP, () => {
    throw new Error('first');
  });
  x.signal(x.SIGUSR1, handler);
  x.signal(x.SIGTERM, handler);
  for (const name of ['SIGTERM', 'SIGUSR1', 'SIGHUP']) x.kill(name);
  assert.throws(() => x.checkSignals(), { message: 'first' });
  assert.equal(calls.length, 0);
  x.checkSignals();
  assert.deepEqual(
    calls.map(([signum]) => signum),
    [x.SIGUSR1, x.SIGTERM],
  );
});

test('checkSignals() hands its frame on, also when calls are nested', LIMIT, (t) => {
  const x = documented(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  x.signal(x.SIGUSR2, () => {
    x.kill(x.SIGUSR1);
    x.checkSignals('inner');
  });
  x.kill(x.SIGUSR2);
  x.signal(x.SIGHUP, x.SIG_IGN); // runs what waits, without a frame
  assert.deepEqual(calls, [[x.SIGUSR1, 'inner']]);
  x.kill(x.SIGUSR2);
  const frame = { line: 1 };
  x.checkSignals(frame);
  x.kill(x.SIGUSR1);
  x.checkSignals(frame);
  assert.deepEqual(calls.slice(1), [
    [x.SIGUSR1, 'inner'],
    [x.SIGUSR1, frame],
  ]);
});

test('a handler may change handlers, its own too', LIMIT, (t) => {
  const x = documented(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, () => x.signal(x.SIGUSR1, handler));
  x.raise_signal(x.SIGUSR1);
  assert.equal(calls.length, 0);
  x.raise_signal(x.SIGUSR1);
  assert.equal(calls.length, 1);
});

test('a signal whose handler went away meanwhile is reported, and kills no process', LIMIT, (t) => {
  /** @type {[OSError, string][]} */
  const reports = [];
  const x = documented(t, { unraisable: (...report) => reports.push(report) });
  x.signal(x.SIGTERM, () => assert.fail('it has no handler any more'));
  x.signal(x.SIGUSR1, () => x.signal(x.SIGTERM, x.SIG_DFL));
  x.kill(x.SIGTERM);
  x.kill(x.SIGUSR1);
  x.checkSignals();
  assert.equal(reports.length, 1);
  assert.equal(reports[0][0].message, 'Signal 15 ignored due to race condition');
  assert.equal(x.getsignal(x.SIGTERM), x.SIG_DFL);
});

test('a hook "unraisable" that throws is reported; without one the error is printed', LIMIT, (t) => {
  const print = mock.method(console, 'error', () => {});
  t.after(() => print.mock.restore());
  const race = (/** @type {import('../../../js/signal_module/public_types.js').SignalModule} */ x) => {
    x.signal(x.SIGTERM, () => {});
    x.signal(x.SIGUSR1, () => x.signal(x.SIGTERM, x.SIG_DFL));
    x.kill(x.SIGTERM);
    x.kill(x.SIGUSR1);
    x.checkSignals();
  };
  race(documented(t));
  assert.deepEqual(
    print.mock.calls.map(({ arguments: [what, error] }) => [what, error.message]),
    [['Exception ignored:', 'Signal 15 ignored due to race condition']],
  );
  race(
    documented(t, {
      unraisable: () => {
        throw new Error('hook');
      },
    }),
  );
  assert.deepEqual(
    print.mock.calls[1].arguments.map((argument) => argument.message ?? argument),
    ['Exception ignored in the hook "unraisable":', 'hook'],
  );
});

test('a handler that raises its own signal without end comes to a RangeError, and the module goes on', LIMIT, (t) => {
  const x = documented(t);
  let calls = 0;
  x.signal(x.SIGUSR1, () => {
    calls++;
    x.raise_signal(x.SIGUSR1);
  });
  assert.throws(() => x.raise_signal(x.SIGUSR1), {
    constructor: RangeError,
    message: /^200 calls of the signal module inside each other/,
  });
  assert.equal(calls, 200);
  const after = recorder();
  x.signal(x.SIGUSR1, after.handler);
  x.raise_signal(x.SIGUSR1);
  assert.equal(after.calls.length, 1);
});

test('setInterrupt() simulates an arrival, and never kills', LIMIT, async (t) => {
  const x = documented(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  assert.equal(x.setInterrupt(x.SIGUSR1), true);
  assert.equal(calls.length, 0);
  x.checkSignals('here');
  assert.deepEqual(calls, [[x.SIGUSR1, 'here']]);
  assert.equal(x.setInterrupt(x.SIGTERM), true); // its action is the default
  assert.equal(x.setInterrupt(x.SIGPIPE), true);
  assert.equal(x.setInterrupt(0), false);
  assert.equal(x.setInterrupt(65), false);
  x.setInterrupt(x.SIGUSR1);
  while (calls.length < 2) await turn();
});

// --- sending -----------------------------------------------------------------------------------------------------------------

test('kill() queues; the handler runs when the event loop turns', LIMIT, async (t) => {
  const x = documented(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  assert.equal(x.kill('SIGUSR1'), true);
  assert.equal(x.kill(x.SIGUSR1), true);
  assert.equal(calls.length, 0);
  while (calls.length < 1) await turn();
  await turn();
  assert.deepEqual(calls, [[x.SIGUSR1, null]]);
  assert.throws(() => x.kill('SIGNOTHING'), TypeError);
  assert.throws(() => x.kill(0), RangeError);
  assert.throws(() => x.kill('SIGUSR1', { value: 0.5 }), RangeError);
});

test('a full queue of real-time signals is told to the sender, and nothing that was queued is lost', LIMIT, (t) => {
  const x = extended(t);
  x.pthread_sigmask(x.SIG_BLOCK, [40]);
  let sent = 0;
  assert.throws(
    () => {
      for (; ; sent++) x.kill(40, { value: sent });
    },
    like(OSError, 'Resource temporarily unavailable', { errno: 11, code: 'EAGAIN' }),
  );
  assert.equal(sent, 1024);
  let taken = 0;
  while (x.sigtimedwait([40], 0)) taken++;
  assert.equal(taken, sent);
});

test('pthread_kill() sends to the thread, runs the handler, and checks', LIMIT, (t) => {
  const x = extended(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  const thread = x.getIdent();
  assert.equal(x.pthread_kill(thread, x.SIGUSR1), undefined);
  assert.deepEqual(calls, [[x.SIGUSR1, null]]);
  x.pthread_kill(thread, 0);
  assert.equal(calls.length, 1);
  assert.throws(
    () => x.pthread_kill(thread + 8, x.SIGUSR1),
    like(OSError, 'No such process', { errno: 3, code: 'ESRCH' }),
  );
  assert.throws(() => x.pthread_kill(thread, 65), INVALID);
});

test('the hook "audit" comes before the action, and can prevent it', LIMIT, (t) => {
  /** @type {unknown[]} */
  const log = [];
  let refuse = false;
  const x = extended(t, {
    audit: (...event) => {
      log.push(event);
      if (refuse) throw new Error('refused');
    },
  });
  x.signal(x.SIGUSR1, () => log.push('handler'));
  const thread = x.getIdent();
  x.pthread_kill(thread, x.SIGUSR1);
  refuse = true;
  assert.throws(() => x.pthread_kill(thread, x.SIGUSR1), { message: 'refused' });
  assert.deepEqual(log, [['signal.pthread_kill', thread, 10], 'handler', ['signal.pthread_kill', thread, 10]]);
});

test('a handle sends from elsewhere; the handler runs when the event loop turns', LIMIT, async (t) => {
  const x = extended(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  const sender = Sender.from(x.handle());
  assert.equal(sender.kill('SIGUSR1'), true);
  while (calls.length < 1) await turn();
  sender.kill('SIGUSR1');
  while (calls.length < 2) await turn();
  x.close();
  assert.equal(sender.kill('SIGUSR1'), false);
});

test('a queue that was there before the module: what was sent before is not lost', LIMIT, async (t) => {
  const queue = Queue.create({ pid: 7, blocked: [2] }); // otherwise its default action would hold, as on Linux
  queue.send(2);
  const x = extended(t, { queue });
  await assert.rejects(async () => {
    x.pthread_sigmask(x.SIG_UNBLOCK, [x.SIGINT]);
    x.checkSignals();
  }, KeyboardInterrupt);
  assert.equal(x.handle().pid, 7);
  assert.throws(() => create({ queue }), like(TypeError, "this queue is another process's already"));
});

test('pidfd_send_signal() sends to what a handle stands for, and is the sender there', LIMIT, (t) => {
  const x = extended(t, { queue: Queue.create({ pid: 77 }) });
  const y = extended(t);
  y.pthread_sigmask(y.SIG_BLOCK, [y.SIGUSR1]);
  const fd = x.openPidfd(y.handle());
  x.pidfd_send_signal(fd, x.SIGUSR1);
  const info = y.sigtimedwait([y.SIGUSR1], 0);
  assert.deepEqual([info?.si_code, info?.si_pid], [0, 77]);
  x.pidfd_send_signal(fd, 0, null, 0);
  assert.deepEqual(y.sigpending(), new Set(), '0 only checks');
  y.close();
  assert.throws(() => x.pidfd_send_signal(fd, 0), like(OSError, 'No such process', { errno: 3, code: 'ESRCH' }));
  assert.throws(() => x.pidfd_send_signal(fd, x.SIGUSR1), { code: 'ESRCH' });
});

test('pidfd_send_signal() sends to the process itself', LIMIT, async (t) => {
  const x = extended(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  x.pidfd_send_signal(x.openPidfd(x.handle()), x.SIGUSR1);
  while (calls.length < 1) await turn();
});

test('pidfd_send_signal() sends to a program that was spawned', LIMIT, async (t) => {
  const x = extended(t);
  const { child, ends, prints } = startGuest('spin');
  t.after(() => child.close());
  await prints('READY');
  const fd = x.openPidfd(child);
  x.pidfd_send_signal(fd, 0);
  x.pidfd_send_signal(fd, x.SIGTERM);
  assert.equal((await ends()).signal, 'SIGTERM');
  assert.throws(() => x.pidfd_send_signal(fd, 0), { code: 'ESRCH' });
  assert.throws(() => x.pidfd_send_signal(fd, x.SIGTERM), { code: 'ESRCH' });
});

test('pidfd_send_signal() refuses siginfo, flags, and descriptors of no process', LIMIT, (t) => {
  const x = extended(t);
  const y = extended(t);
  const fd = x.openPidfd(y.handle());
  assert.throws(
    () => x.pidfd_send_signal(fd, x.SIGUSR1, /** @type {any} */ ({})),
    like(TypeError, 'siginfo must be None'),
  );
  assert.throws(() => x.pidfd_send_signal(fd, x.SIGUSR1, null, 1), INVALID);
  assert.throws(() => x.pidfd_send_signal(fd, 65), INVALID);
  assert.throws(
    () => x.pidfd_send_signal(1, x.SIGUSR1),
    like(OSError, 'Bad file descriptor', { errno: 9, code: 'EBADF' }),
  );
  assert.throws(() => x.openPidfd(/** @type {any} */ ({})), TypeError);
  assert.throws(() => x.openPidfd(/** @type {any} */ (null)), TypeError);
  x.closePidfd(fd);
  assert.throws(() => x.closePidfd(fd), { constructor: OSError, code: 'EBADF' });
  assert.throws(() => x.pidfd_send_signal(fd, 0), { code: 'EBADF' });
  for (let opened = 0; opened < 1024; opened++) x.openPidfd(y.handle());
  assert.throws(() => x.openPidfd(y.handle()), { constructor: OSError, code: 'EMFILE', errno: 24 });
});

// --- timers ------------------------------------------------------------------------------------------------------------------

test('alarm() rings once, when the event loop turns, and tells what was left of the former one', LIMIT, async (t) => {
  const x = documented(t);
  assert.equal(x.alarm(100), 0);
  assert.equal(x.alarm(50), 100);
  assert.equal(x.alarm(0), 50);
  assert.equal(x.alarm(0), 0);
  const started = performance.now();
  const rang = new Promise((resolve) => x.signal(x.SIGALRM, (...call) => resolve(call)));
  x.alarm(1);
  assert.deepEqual(await rang, [x.SIGALRM, null]);
  assert.ok(performance.now() - started >= 999);
  assert.equal(x.alarm(0), 0);
  for (const bad of [1.5, '1', null]) assert.throws(() => x.alarm(/** @type {any} */ (bad)), TypeError);
});

test('setitimer() repeats until it is cleared; a computation sees it at its safe points', LIMIT, async (t) => {
  const x = extended(t);
  let rings = 0;
  x.signal(x.SIGALRM, () => rings++);
  assert.deepEqual(x.setitimer(x.ITIMER_REAL, 0.001, 0.002), [0, 0]);
  while (rings < 3) x.checkSignals(); // the event loop does not turn
  while (rings < 6) await turn();
  assert.equal(x.getitimer(x.ITIMER_REAL)[1], 0.002);
  x.setitimer(x.ITIMER_REAL, 100, 5);
  const [left, interval] = x.setitimer(x.ITIMER_REAL, 0);
  assert.ok(left > 90 && left <= 100);
  assert.equal(interval, 5);
  assert.deepEqual(x.getitimer(x.ITIMER_REAL), [0, 0]);
  const before = rings;
  x.setitimer(x.ITIMER_REAL, 1e-9); // not "never"
  while (rings === before) await turn();
});

test('the other two timers count the time that the program computes', LIMIT, (t) => {
  const x = extended(t);
  for (const [which, member] of /** @type {const} */ ([
    [x.ITIMER_VIRTUAL, x.SIGVTALRM],
    [x.ITIMER_PROF, x.SIGPROF],
  ])) {
    const { calls, handler } = recorder();
    x.signal(member, handler);
    const before = process.cpuUsage();
    x.setitimer(which, 0.02);
    while (calls.length === 0) x.checkSignals();
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system >= 20_000, `after ${user + system} us`);
    assert.deepEqual(calls[0][0], member);
  }
});

test('timers that do not exist, and times that are none, are refused', LIMIT, (t) => {
  const x = extended(t);
  const invalid = like(ItimerError, 'Invalid argument', { errno: 22, code: 'EINVAL' });
  x.setitimer(x.ITIMER_REAL, 100, 5);
  assert.throws(() => x.setitimer(3, 1), invalid);
  assert.throws(() => x.setitimer(-1, 1), invalid);
  assert.throws(() => x.setitimer(x.ITIMER_REAL, -1), invalid);
  assert.throws(() => x.setitimer(x.ITIMER_REAL, 1, -1), invalid);
  assert.throws(() => x.getitimer(3), invalid);
  assert.throws(() => x.setitimer(x.ITIMER_REAL, NaN), like(ValueError, 'Invalid value NaN (not a number)'));
  assert.throws(() => x.setitimer(x.ITIMER_REAL, Infinity), { constructor: OverflowError });
  assert.throws(
    () => x.setitimer(x.ITIMER_REAL, /** @type {any} */ ('1')),
    like(TypeError, 'a number is needed, not string'),
  );
  assert.ok(new ItimerError(22, 'EINVAL', '') instanceof OSError);
  const [left, interval] = x.getitimer(x.ITIMER_REAL);
  assert.ok(left > 90 && interval === 5, 'errors changed nothing');
});

// --- masks and waits ---------------------------------------------------------------------------------------------------------

test(
  'pthread_sigmask() blocks, unblocks and replaces; what becomes unblocked is handled before it returns',
  LIMIT,
  (t) => {
    const x = extended(t);
    const { calls, handler } = recorder();
    x.signal(x.SIGUSR1, handler);
    assert.deepEqual(x.pthread_sigmask(x.SIG_BLOCK, [x.SIGUSR1, 12]), new Set());
    assert.deepEqual(x.pthread_sigmask(x.SIG_UNBLOCK, new Set([x.SIGUSR2, x.SIGHUP])), new Set([x.SIGUSR1, x.SIGUSR2]));
    x.raise_signal(x.SIGUSR1);
    assert.equal(calls.length, 0);
    assert.deepEqual(x.sigpending(), new Set([x.SIGUSR1]));
    assert.deepEqual(x.pthread_sigmask(x.SIG_SETMASK, []), new Set([x.SIGUSR1]));
    assert.deepEqual(calls, [[x.SIGUSR1, null]]);
    assert.deepEqual(x.sigpending(), new Set());
    x.pthread_sigmask(2, [x.SIGKILL, x.SIGSTOP, x.SIGHUP]);
    assert.deepEqual(
      x.pthread_sigmask(x.SIG_BLOCK, []),
      new Set([x.SIGHUP]),
      'SIGKILL and SIGSTOP are silently left out',
    );
  },
);

test('masks that cannot be are refused', LIMIT, (t) => {
  const x = extended(t);
  const warn = mock.method(console, 'warn', () => {});
  t.after(() => warn.mock.restore());
  x.pthread_sigmask(x.SIG_BLOCK, [x.SIGHUP]);
  assert.throws(() => x.pthread_sigmask(3, []), INVALID);
  assert.throws(() => x.pthread_sigmask(x.SIG_BLOCK, [65]), like(ValueError, 'signal number 65 out of range [1; 64]'));
  assert.throws(() => x.pthread_sigmask(x.SIG_BLOCK, [0]), like(ValueError, 'signal number 0 out of range [1; 64]'));
  assert.throws(() => x.pthread_sigmask(x.SIG_BLOCK, /** @type {any} */ (['SIGINT'])), TypeError);
  for (const bad of [2, null, undefined, 'SIGINT', {}])
    assert.throws(() => x.pthread_sigmask(x.SIG_BLOCK, /** @type {any} */ (bad)), {
      constructor: TypeError,
      message: /^a set of signals is needed, not /,
    });
  assert.deepEqual(x.pthread_sigmask(x.SIG_BLOCK, [32]), new Set([x.SIGHUP]));
  assert.deepEqual(
    warn.mock.calls.map((call) => call.arguments[0]),
    ['RuntimeWarning: invalid signal number 32, please use valid_signals()'],
  );
  assert.deepEqual(x.pthread_sigmask(x.SIG_BLOCK, []), new Set([x.SIGHUP]));
});

test('a handler that throws out of pthread_sigmask() leaves the mask changed', LIMIT, (t) => {
  const x = extended(t);
  x.pthread_sigmask(x.SIG_BLOCK, [x.SIGINT]);
  x.raise_signal(x.SIGINT);
  assert.throws(() => x.pthread_sigmask(x.SIG_UNBLOCK, [x.SIGINT]), KeyboardInterrupt);
  assert.deepEqual(x.pthread_sigmask(x.SIG_BLOCK, []), new Set());
});

test('sigwait() accepts a pending signal without its handler', LIMIT, (t) => {
  const x = extended(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGUSR1, handler);
  x.pthread_sigmask(x.SIG_BLOCK, [x.SIGUSR1, 36]);
  x.raise_signal(x.SIGUSR1);
  assert.equal(x.sigwait([x.SIGUSR1, x.SIGUSR2]), x.SIGUSR1);
  x.raise_signal(36);
  assert.equal(x.sigwait([36]), 36);
  assert.deepEqual(x.sigpending(), new Set());
  assert.equal(calls.length, 0);
  assert.throws(() => x.sigwait([100]), like(ValueError, 'signal number 100 out of range [1; 64]'));
});

test('sigwaitinfo() and sigtimedwait() tell the sender and the code', LIMIT, (t) => {
  const x = extended(t, { queue: Queue.create({ pid: 77, uid: 5 }) });
  const RT = /** @type {number} */ (+x.SIGRTMIN + 1);
  x.pthread_sigmask(x.SIG_BLOCK, [x.SIGUSR1, RT]);
  x.raise_signal(x.SIGUSR1);
  const info = x.sigwaitinfo([x.SIGUSR1]);
  assert.ok(info instanceof x.struct_siginfo);
  assert.deepEqual(
    { ...info },
    { si_signo: x.SIGUSR1, si_code: -6, si_errno: 0, si_pid: 77, si_uid: 5, si_status: 0, si_band: 0 },
  );
  Sender.from(x.handle(), { pid: 99 }).kill(RT, { value: 1 });
  const queued = /** @type {NonNullable<ReturnType<typeof x.sigtimedwait>>} */ (x.sigtimedwait([RT], 10));
  assert.deepEqual([queued.si_signo, queued.si_code, queued.si_pid], [RT, -1, 99]);
  x.kill('SIGUSR1', { terminal: true });
  assert.equal(x.sigtimedwait([x.SIGUSR1], 0)?.si_code, 128);
  Sender.from(x.handle()).kill('SIGUSR1', { terminal: true });
  assert.equal(x.sigtimedwait([x.SIGUSR1], 0)?.si_code, 128);
});

test('sigtimedwait() polls, waits, and times out', LIMIT, (t) => {
  const x = extended(t);
  assert.equal(x.sigtimedwait([x.SIGUSR1], 0), null);
  const started = performance.now();
  assert.equal(x.sigtimedwait([x.SIGUSR1], 0.05), null);
  assert.ok(performance.now() - started >= 49);
  assert.throws(() => x.sigtimedwait([x.SIGUSR1], -1), like(ValueError, 'timeout must be non-negative'));
  assert.throws(() => x.sigtimedwait([x.SIGUSR1], NaN), ValueError);
  assert.throws(() => x.sigtimedwait([x.SIGUSR1], Infinity), OverflowError);
  assert.throws(() => x.sigtimedwait([x.SIGUSR1], /** @type {any} */ (undefined)), TypeError);
  assert.throws(() => x.sigtimedwait([65], 0), ValueError);
});

test('a wait is interrupted by other signals: their handlers run, and it goes on unless one throws', LIMIT, (t) => {
  const x = extended(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGALRM, handler);
  x.setitimer(x.ITIMER_REAL, 0.005, 0.005);
  const started = performance.now();
  assert.equal(x.sigtimedwait([x.SIGUSR1], 0.1), null);
  assert.ok(performance.now() - started >= 99);
  assert.ok(calls.length >= 2);
  x.signal(x.SIGALRM, x.default_int_handler);
  assert.throws(() => x.sigwait([x.SIGUSR1]), KeyboardInterrupt);
});

test('pause() blocks until a handler has run, and throws what it throws', LIMIT, (t) => {
  const x = extended(t);
  const { calls, handler } = recorder();
  x.signal(x.SIGALRM, handler);
  x.setitimer(x.ITIMER_REAL, 0.02);
  x.pause();
  assert.equal(calls.length, 1);
  x.signal(x.SIGALRM, x.default_int_handler);
  x.setitimer(x.ITIMER_REAL, 0.02);
  assert.throws(() => x.pause(), KeyboardInterrupt);
});

// --- the wakeup descriptor ---------------------------------------------------------------------------------------------------

/** A pipe with both ends non-blocking: reading what is not there is an error, as writing what has no room is. @param {import('node:test').TestContext} t */
function pipe(t) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-signal-'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const fd = openSync(join(folder, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK);
  t.after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return fd;
}

test('set_wakeup_fd(): each arrival writes its number, when the flags are set and before handlers run', LIMIT, (t) => {
  const x = documented(t);
  const fd = pipe(t);
  const bytes = Buffer.alloc(8);
  x.signal(x.SIGUSR1, () => {
    assert.equal(readSync(fd, bytes), 1);
    assert.equal(bytes[0], 10);
  });
  assert.equal(x.set_wakeup_fd(fd), -1);
  x.raise_signal(x.SIGUSR1);
  assert.equal(bytes[0], 10, 'the handler ran');
  x.raise_signal(x.SIGWINCH); // has no handler
  x.setInterrupt(x.SIGUSR1);
  x.checkSignals();
  assert.throws(() => readSync(fd, bytes), { code: 'EAGAIN' });
  assert.equal(x.set_wakeup_fd(-1), fd);
  assert.equal(x.set_wakeup_fd(-1), -1);
  x.signal(x.SIGUSR1, () => {});
  x.raise_signal(x.SIGUSR1);
  assert.throws(() => readSync(fd, bytes), { code: 'EAGAIN' });
});

test('set_wakeup_fd() refuses what is not open, and what blocks', LIMIT, (t) => {
  const x = documented(t);
  const fd = pipe(t);
  x.set_wakeup_fd(fd);
  const blocking = openSync('/dev/null', 'w');
  t.after(() => closeSync(blocking));
  assert.throws(() => x.set_wakeup_fd(1 << 20), like(OSError, 'Bad file descriptor', { errno: 9, code: 'EBADF' }));
  assert.throws(() => x.set_wakeup_fd(-2), { code: 'EBADF' });
  if (process.platform === 'linux')
    assert.throws(() => x.set_wakeup_fd(blocking), like(ValueError, `the fd ${blocking} must be in non-blocking mode`));
  assert.throws(() => x.set_wakeup_fd(/** @type {any} */ ('1')), TypeError);
  assert.equal(x.set_wakeup_fd(-1), fd, 'errors changed nothing');
});

test('a full buffer is reported, unless that is not wanted; other errors always', LIMIT, (t) => {
  /** @type {[OSError, string][]} */
  const reports = [];
  const x = documented(t, { unraisable: (...report) => reports.push(report) });
  x.signal(x.SIGUSR1, () => {});
  const fd = pipe(t);
  assert.throws(
    () => {
      for (;;) writeSync(fd, Buffer.alloc(4096));
    },
    { code: 'EAGAIN' },
  );
  assert.throws(
    () => {
      for (;;) writeSync(fd, Buffer.alloc(1));
    },
    { code: 'EAGAIN' },
  );
  x.set_wakeup_fd(fd);
  x.raise_signal(x.SIGUSR1);
  assert.equal(reports.length, 1);
  assert.deepEqual(
    [reports[0][0].code, reports[0][0].errno, reports[0][1]],
    ['EAGAIN', 11, 'Exception ignored when trying to write to the signal wakeup fd'],
  );
  x.set_wakeup_fd(fd, { warn_on_full_buffer: false });
  x.raise_signal(x.SIGUSR1);
  assert.equal(reports.length, 1);
  const closed = openSync(`/proc/self/fd/${fd}`, constants.O_RDWR | constants.O_NONBLOCK);
  x.set_wakeup_fd(closed, { warn_on_full_buffer: false });
  closeSync(closed);
  x.raise_signal(x.SIGUSR1);
  assert.deepEqual(
    reports.slice(1).map(([{ code }]) => code),
    ['EBADF'],
  );
});

// --- outside of Node ---------------------------------------------------------------------------------------------------------

test("nothing of what other platforms load is Node's", LIMIT, () => {
  /** @type {Set<string>} */
  const seen = new Set();
  const visit = (/** @type {URL} */ file) => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const [, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)) {
      assert.match(from, /^\.\.?\//, `${file.pathname} imports ${from}`);
      visit(new URL(from, file));
    }
  };
  visit(new URL('../../../js/signal_module/index.js', import.meta.url));
  assert.ok(seen.size > 10);
});

test('the module for other platforms: no descriptors, and a default action ends the module only', LIMIT, () => {
  const x = web.create({ edition: 'extended' });
  assert.deepEqual(Object.keys(web.default), Object.keys(signal));
  assert.throws(() => x.set_wakeup_fd(1), { constructor: OSError, code: 'EBADF' });
  assert.equal(x.set_wakeup_fd(-1), -1);
  assert.throws(() => x.raise_signal(x.SIGTERM), Killed);
});
