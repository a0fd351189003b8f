// @ts-check
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { PassThrough } from 'node:stream';
import { CODE, FLAG_SHARED, FLAG_SLEEPS, VERSION, WORD } from '../../../js/abi/index.js';
import { Sender, spawn } from '../../../js/node/index.js';
import { BLOCK, guest, programs } from '../../guests/wat_guests.js';
import { LIMIT, start } from '../../support/watched_guest.js';

const MODES = [
  { shared: false, mode: 'synced' },
  { shared: true, mode: 'shared' },
];

test('a program whose memory is shared is told that it may sleep without its host', LIMIT, async () => {
  const run = start('spin', { shared: true });
  await run.child.ready;
  const { buffer, offset } = run.child.handle();
  assert.equal(new Int32Array(buffer, offset)[WORD.flags], FLAG_SHARED | FLAG_SLEEPS);
  await run.child.close();
});

for (const { shared, mode } of MODES) {
  test(`${mode}: an exit code is an exit code`, LIMIT, async () => {
    assert.deepEqual(await start('exit7', { shared }).ends(), { code: 7, signal: null, core: false });
  });

  test(
    `${mode}: a program that is starting has no handlers, and what it ignores or blocks it inherited`,
    LIMIT,
    async () => {
      for (const [signal, core] of /** @type {[string, boolean][]} */ ([
        ['SIGUSR1', false],
        ['SIGQUIT', true],
        ['SIGRTMIN', false],
      ])) {
        const early = start('spin', { shared });
        for (const harmless of ['SIGCHLD', 'SIGWINCH', 'SIGCONT']) assert.equal(early.child.kill(harmless), true);
        assert.equal(early.child.kill(signal), true);
        assert.equal(early.child.kill('SIGCHLD'), false);
        assert.deepEqual(await early.ends(), { code: null, signal, core });
        assert.equal(early.output, '');
      }
      const inherits = start('spin', { shared, blocked: ['SIGUSR1', 15] });
      for (const signal of ['SIGUSR1', 'SIGTERM']) assert.equal(inherits.child.kill(signal), true);
      await inherits.prints('USR1');
      assert.deepEqual((await inherits.ends()).signal, 'SIGTERM');
      const killed = start('spin', { shared, blocked: ['SIGKILL', 'SIGSTOP'], ignored: ['SIGKILL', 'SIGSTOP'] });
      const ignores = start('deaf', { shared, ignored: ['SIGHUP', 'SIGTERM'] });
      for (const signal of ['SIGHUP', 'SIGTERM']) assert.equal(ignores.child.kill(signal), true);
      assert.equal(ignores.child.phase, 'starting');
      assert.equal(ignores.child.kill('SIGINT'), true);
      assert.deepEqual((await ignores.ends()).signal, 'SIGINT');
      killed.child.kill('SIGKILL');
      assert.deepEqual((await killed.ends()).signal, 'SIGKILL');
    },
  );

  test(
    `${mode}: a default action ends a program that never checks, within 10 ms, and no other signal does`,
    LIMIT,
    async () => {
      for (const [signal, core] of /** @type {[string, boolean][]} */ ([
        ['SIGTERM', false],
        ['SIGQUIT', true],
      ])) {
        const run = start('deaf', { shared });
        await run.prints('READY');
        for (const caught of ['SIGINT', 'SIGUSR1', 'SIGRTMIN', 'SIGCHLD', 'SIGCONT']) run.child.kill(caught);
        await new Promise((resolve) => setTimeout(resolve, 30)); // three times as long as it has
        assert.equal(run.child.phase, 'attached');
        run.child.kill(signal);
        assert.deepEqual(await run.ends(), { code: null, signal, core });
      }
    },
  );

  test(
    `${mode}: a default action ends a program that never checks when another agent sends the signal, and when a timer is due`,
    LIMIT,
    async () => {
      const run = start('deaf', { shared });
      await run.prints('READY');
      const sender = Sender.from(run.child.handle());
      assert.equal(sender.kill('SIGINT'), true);
      assert.equal(sender.kill('SIGTERM'), true);
      assert.equal((await run.ends()).signal, 'SIGTERM');
      const wakes = (
        /** @type {number} */ defaults,
      ) => `(i32.atomic.store (i32.const ${BLOCK + 4 * WORD.defaults}) (i32.const ${defaults}))
      (i32.atomic.store (i32.const ${BLOCK + 4 * WORD.timer_signal}) (i32.const 14)) (drop (call $sync)) (call $arm (f64.const 1000000)) (loop $spin (br $spin))`;
      assert.equal((await start(wakes(1 << 13), { shared }).ends()).signal, 'SIGALRM');
      const caught = start(wakes(0), { shared, timeout: 100, killSignal: 'SIGKILL' });
      assert.equal((await caught.ends()).signal, 'SIGKILL');
    },
  );

  test(
    `${mode}: a program that never checks is stopped and continued by default actions, and what ends it waits for that`,
    LIMIT,
    async () => {
      const run = start('deaf', { shared });
      await run.prints('READY');
      const stopped = once(run.child, 'stopped');
      run.child.kill('SIGTSTP');
      assert.equal((await stopped)[0].signal, 'SIGTSTP');
      run.child.kill('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.equal(run.child.phase, 'attached');
      const continued = once(run.child, 'continued');
      run.child.kill('SIGCONT');
      await continued;
      assert.equal((await run.ends()).signal, 'SIGTERM');
    },
  );

  test(
    `${mode}: everything sent before, during and after the start arrives, real-time signals in order`,
    LIMIT,
    async () => {
      const run = start('spin', { shared, blocked: [40] });
      const { child } = run;
      const count = 1500; // more than the ring holds
      let sent = 0;
      while (sent < count) {
        try {
          child.kill(40, { value: sent });
          sent++;
        } catch (error) {
          assert.equal(/** @type {any} */ (error).code, 'EAGAIN');
          assert.ok(sent >= 1024);
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await run.prints(`RT 40 ${count - 1}\n`);
      child.kill('SIGQUIT');
      assert.deepEqual(await run.ends(), { code: null, signal: 'SIGQUIT', core: true });
      const values = run.output
        .split('\n')
        .filter((line) => line.startsWith('RT'))
        .map((line) => Number(line.split(' ')[2]));
      assert.deepEqual(
        values,
        Array.from({ length: count }, (_, i) => i),
      );
    },
  );

  test(`${mode}: a sleep is woken at once and fails with EINTR`, LIMIT, async () => {
    for (const [signal, line] of [
      ['SIGINT', 'INT'],
      ['SIGUSR1', 'USR1'],
    ]) {
      const run = start('sleep', { shared });
      await run.prints('READY');
      const sent = performance.now();
      run.child.kill(signal);
      assert.equal((await run.ends()).code, 0);
      assert.ok(performance.now() - sent < 10_000);
      assert.equal(run.output, `READY\n${line}\nERR 27\n`);
    }
  });

  test(`${mode}: a read is interrupted, or goes on where all handlers restart`, LIMIT, async () => {
    const run = start('read', { shared, stdin: 'pipe' });
    await run.prints('READY');
    run.child.kill('SIGUSR1');
    await run.prints('USR1');
    run.child.stdin?.write('some input');
    assert.equal((await run.ends()).code, 0);
    assert.equal(run.output, 'READY\nUSR1\nERR 0\nsome input');

    const other = start('read', { shared, stdin: 'pipe' });
    await other.prints('READY');
    other.child.kill('SIGINT');
    await other.ends();
    assert.match(other.output, /^READY\nINT\nERR 27\n/);
  });

  test(`${mode}: the requested deadline rings the doorbell`, LIMIT, async () => {
    const run = start('arm', { shared });
    assert.equal((await run.ends()).code, 0);
    assert.equal(run.output, 'READY\n2\n');
  });

  test(`${mode}: a stopped program is reported, continues, and runs on`, LIMIT, async () => {
    const run = start('spin', { shared });
    await run.prints('READY');
    const stopped = once(run.child, 'stopped');
    run.child.kill('SIGTSTP');
    assert.equal((await stopped)[0].signal, 'SIGTSTP');
    const continued = once(run.child, 'continued');
    run.child.kill('SIGCONT');
    await continued;
    run.child.kill('SIGINT');
    await run.prints('INT');
    await run.child.close();
  });

  test(`${mode}: SIGKILL ends a program that never checks, and one that is stopped`, LIMIT, async () => {
    const deaf = start('deaf', { shared });
    await deaf.prints('READY');
    deaf.child.kill('SIGINT');
    deaf.child.kill('SIGKILL');
    assert.deepEqual(await deaf.ends(), { code: null, signal: 'SIGKILL', core: false });
    const stopped = start('spin', { shared });
    await stopped.prints('READY');
    stopped.child.kill('SIGTSTP');
    await once(stopped.child, 'stopped');
    stopped.child.kill(9);
    assert.equal((await stopped.ends()).signal, 'SIGKILL');
  });

  test(`${mode}: a thread with a handle sends directly while the owner is busy`, LIMIT, async () => {
    const run = start('spin', { shared });
    assert.equal(await run.child.ready, true);
    assert.equal(run.child.mode, mode);
    const worker = new Worker(
      `
      const { workerData } = require('node:worker_threads');
      import(workerData.sender).then(({ Sender }) => Sender.from(workerData.handle, { pid: 77 }).kill('SIGTERM'));
    `,
      {
        eval: true,
        workerData: { handle: run.child.handle(), sender: new URL('../../../js/link/sender.js', import.meta.url).href },
      },
    );
    assert.equal((await run.ends()).signal, 'SIGTERM');
    await worker.terminate();
  });

  test(`${mode}: guests send to guests that they were given, and to no others`, LIMIT, async () => {
    const target = start('spin', { shared });
    await target.child.ready;
    const tell = (/** @type {number} */ pid) =>
      `(local.set $n (call $send (i32.const ${pid}) (i32.const 40) (i32.const ${CODE.queue}) (i32.const 5))) (call $number (local.get $n) (i32.const 10))`;
    const pid = target.child.pid;
    const stranger = start(tell(pid) + tell(1) + tell(999999), { shared });
    await stranger.ends();
    assert.equal(stranger.output, '3\n1\n3\n');
    const friend = start(tell(pid), { shared, peers: [target.child] });
    await friend.ends();
    assert.equal(friend.output, '0\n');
    await target.prints('RT 40 5');
    const late = start('(drop (call $sleep (i32.const 1)))' + tell(pid), { shared, peers: [target.child] });
    await late.ends();
    assert.equal(late.output, '0\n');
    await target.child.close();
    const dead = start(tell(pid), { shared, peers: [target.child] });
    await dead.ends();
    assert.match(dead.output, /^[03]\n$/);
  });
}

test('a send to a program that has ended returns false, and it has no handle', LIMIT, async () => {
  const { child, ends } = start('exit7');
  await ends();
  assert.equal(child.phase, 'ended');
  assert.equal(child.kill('SIGTERM'), false);
  assert.equal(child.kill('SIGKILL'), false);
  assert.equal(child.kill(40, { value: 1 }), false);
  assert.throws(() => child.kill(0), RangeError);
  assert.throws(() => child.handle(), { code: 'ESRCH' });
});

test('signals that are none are errors, and nothing is sent', LIMIT, async () => {
  const { child, ends } = start('exit7');
  for (const signal of [0, 65, -1, 1e9, NaN, 32]) assert.throws(() => child.kill(signal), RangeError);
  assert.throws(() => child.kill('SIGFOO'), TypeError);
  assert.throws(() => child.kill(40, { value: 2 ** 40 }), RangeError);
  assert.throws(() => child.handle(), { code: 'ERR_NOT_READY' });
  assert.equal((await ends()).code, 7);
});

test('a program without the library dies of default actions, and ignores the rest', LIMIT, async () => {
  for (const [signal, core] of /** @type {[string, boolean][]} */ ([
    ['SIGTERM', false],
    ['SIGQUIT', true],
    ['SIGRTMIN+1', false],
  ])) {
    const run = start('deaf', { linked: false });
    await run.prints('READY');
    assert.equal(await run.child.ready, false);
    assert.equal(run.child.mode, 'none');
    run.child.kill('SIGCHLD');
    run.child.kill('SIGWINCH');
    run.child.kill(signal);
    assert.deepEqual(await run.ends(), { code: null, signal, core });
  }
  const stopped = start('deaf', { linked: false });
  await stopped.prints('READY');
  const stops = once(stopped.child, 'stopped');
  stopped.child.kill('SIGTSTP');
  assert.equal((await stops)[0].signal, 'SIGTSTP');
  stopped.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(stopped.child.phase, 'plain');
  stopped.child.kill('SIGCONT');
  assert.equal((await stopped.ends()).signal, 'SIGTERM');
  const early = start('deaf', { linked: false });
  early.child.kill('SIGINT');
  assert.equal((await early.ends()).signal, 'SIGINT');
  const raised = start('(drop (call $proc_raise (i32.const 14))) (call $proc_exit (i32.const 5))', { linked: false });
  assert.equal((await raised.ends()).signal, 'SIGALRM');
});

test('proc_raise of a program with the library runs its handler', LIMIT, async () => {
  const run = start('(drop (call $proc_raise (i32.const 2))) (drop (call $proc_raise (i32.const 16)))');
  await run.ends();
  assert.equal(run.output, 'INT\n' + 'SIG 17\n');
});

test('a trap is the signal that a native program would die of, with the error', LIMIT, async () => {
  for (const [body, signal] of [
    ['(unreachable)', 'SIGILL'],
    ['(drop (i32.load (i32.const -8)))', 'SIGSEGV'],
    ['(drop (i32.div_s (i32.const 1) (i32.const 0)))', 'SIGFPE'],
  ]) {
    const exit = await start(body).ends();
    assert.equal(exit.signal, signal);
    assert.equal(/** @type {any} */ (exit.error).code, 'ERR_CRASH');
  }
});

test('programs that cannot be started are clear errors', LIMIT, async () => {
  const fails = async (/** @type {any} */ source, /** @type {string} */ code, /** @type {RegExp} */ message) => {
    const child = spawn(source, { stdin: 'ignore' });
    await child.ready; // never rejects
    await assert.rejects(child.exited, { code, message });
  };
  await fails('/no/such/file.wasm', 'ERR_START', /no such file/);
  await fails(new TextEncoder().encode('#!/bin/sh\n'), 'ERR_START', /not a wasm file/);
  await fails(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), 'ERR_START', /without memory/);
  await fails(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 9, 9), 'ERR_START', /CompileError|expected|section/i);
  await fails(
    guest(programs.exit7, { version: VERSION + 1 }),
    'ERR_ABI',
    new RegExp(`version ${VERSION + 1} .* version ${VERSION}`),
  );
  await fails(guest(`(drop (call $attach (i32.const ${VERSION}) (i32.const 4096)))`), 'ERR_ABI', /attached twice/);
  assert.throws(() => spawn(/** @type {any} */ (42)), TypeError);
  assert.throws(() => spawn('x.wasm', { killSignal: 'SIGFOO' }), TypeError);
});

test('aborting and time-outs send the kill signal', LIMIT, async () => {
  const controller = new AbortController();
  const run = start('spin', { signal: controller.signal });
  await run.prints('READY');
  controller.abort();
  assert.equal((await run.ends()).signal, 'SIGTERM');
  assert.equal((await start('deaf', { signal: AbortSignal.abort(), killSignal: 'SIGKILL' }).ends()).signal, 'SIGKILL');
  assert.equal((await start('deaf', { timeout: 1, killSignal: 'SIGKILL' }).ends()).signal, 'SIGKILL');
});

test('when and how to stop is checked before anything starts', LIMIT, () => {
  for (const timeout of [-1, NaN, Infinity, 2 ** 31, '5'])
    assert.throws(() => start('deaf', { timeout: /** @type {any} */ (timeout) }), RangeError);
  for (const signal of [null, 'SIGTERM', {}])
    assert.throws(() => start('deaf', { signal: /** @type {any} */ (signal) }), {
      name: 'TypeError',
      message: /AbortSignal/,
    });
});

test('the end of a program aborts what hangs on it, with its exit as the reason', LIMIT, async () => {
  const first = start('spin');
  const second = start('deaf', { signal: first.child.abortSignal, killSignal: 'SIGKILL' });
  await second.prints('READY');
  assert.equal(first.child.abortSignal.aborted, false);
  first.child.kill('SIGTERM');
  assert.equal((await second.ends()).signal, 'SIGKILL');
  assert.deepEqual(first.child.abortSignal.reason, { code: null, signal: 'SIGTERM', core: false });
  const failed = spawn('/no/such/file.wasm', { stdin: 'ignore' });
  const { abortSignal } = failed;
  await assert.rejects(failed.exited);
  assert.equal(abortSignal.reason.code, 'ERR_START');
});

test('close() ends the program, also twice, and disposing does it', LIMIT, async () => {
  const { child } = start('deaf');
  await child.close();
  await child.close();
  assert.equal(child.phase, 'ended');
  const other = start('deaf').child;
  await other[Symbol.asyncDispose]();
  assert.equal(other.phase, 'ended');
});

test('input comes whole and in order, in chunks that do not fit at once, up to the end', LIMIT, async () => {
  const run = start('cat', { stdin: 'pipe' });
  const text = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`).join('');
  run.child.stdin?.end(text);
  assert.equal((await run.ends()).code, 0);
  assert.equal(run.output, text);
});

test('a stream is read only when the program asks', LIMIT, async () => {
  const stdin = new PassThrough();
  stdin.write('kept');
  const run = start('spin', { stdin });
  await run.prints('READY');
  await run.child.close();
  assert.equal(String(stdin.read()), 'kept');
  assert.equal(stdin.listenerCount('data'), 0);
});

test('output to a slow reader does not pile up, and the writer can still be interrupted', LIMIT, async () => {
  const child = spawn(
    guest('(loop $next (call $write (i32.const 0) (i32.const 65536)) (br $next))', { shared: true }),
    { stdin: 'ignore', stdout: 'pipe' },
  );
  await child.ready;
  child.kill('SIGTERM');
  child.stdout?.resume();
  assert.equal((await child.exited).signal, 'SIGTERM');
});

test('deliveries are seen by listeners', LIMIT, async () => {
  const run = start('spin');
  await run.prints('READY');
  const delivery = once(run.child, 'delivery');
  run.child.kill('SIGINT');
  const [event] = await delivery;
  assert.equal(event.signal, 'SIGINT');
  assert.ok(event.latency >= 0);
  await run.child.close();
});
