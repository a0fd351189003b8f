// @ts-check
// Every call into the host is a look: a program without safe points runs its handlers, and ends, when it calls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, start } from '../../support/watched_guest.js';

const READY = '(call $write (i32.const 22) (i32.const 6))';
/** Programs without end that call and never wait. */
const calls = {
  clock_time_get: '(drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 600)))',
  fd_fdstat_get: '(drop (call $fd_fdstat_get (i32.const 1) (i32.const 600)))',
  fd_write:
    '(i32.store (i32.const 128) (i32.const 0)) (drop (call $fd_write (i32.const 2) (i32.const 128) (i32.const 0) (i32.const 136)))',
  'a call that fails': '(drop (call $fd_fdstat_get (i32.const 99) (i32.const 600)))',
};

for (const shared of [true, false]) {
  const mode = shared ? 'shared' : 'synced';
  for (const [name, call] of Object.entries(calls)) {
    test(`${mode}: ${name} delivers what was sent`, LIMIT, async () => {
      const run = start(`${READY} (loop $next ${call} (br $next))`, { shared, stderr: 'ignore' });
      await run.prints('READY');
      run.child.kill('SIGUSR1');
      await run.prints('USR1');
      run.child.kill('SIGTERM');
      assert.deepEqual(await run.ends(), { code: null, signal: 'SIGTERM', core: false });
    });
  }

  test(`${mode}: a program that prints without end dies of SIGTERM`, LIMIT, async () => {
    const run = start(`${READY} (loop $next (call $write (i32.const 28) (i32.const 4)) (br $next))`, {
      shared,
      stdout: 'ignore',
    });
    await run.child.ready;
    run.child.kill('SIGTERM');
    assert.deepEqual(await run.exited, { code: null, signal: 'SIGTERM', core: false });
  });

  test(`${mode}: a call that does not wait succeeds though a handler ran in it`, LIMIT, async () => {
    // It interrupts, and every write of the program has to answer 0.
    const run = start(
      `${READY} (loop $next
      (i32.store (i32.const 128) (i32.const 28)) (i32.store (i32.const 132) (i32.const 1))
      (local.set $n (call $fd_write (i32.const 2) (i32.const 128) (i32.const 1) (i32.const 136)))
      (if (local.get $n) (then (call $number (local.get $n) (i32.const 10)) (call $proc_exit (i32.const 1))))
      (br $next))`,
      { shared, stderr: 'ignore' },
    );
    await run.prints('READY');
    for (let i = 1; i <= 20; i++) {
      run.child.kill('SIGINT');
      await run.prints('INT\n'.repeat(i));
    }
    run.child.kill('SIGHUP');
    assert.deepEqual(await run.ends(), { code: 3, signal: null, core: false });
  });
}
