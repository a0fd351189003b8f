// @ts-check
// Who waits for a clock by poll_oneoff: the C library, which knows EINTR, and others, which do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, start } from '../../support/watched_guest.js';

const READY =
  '(global.set $delivering (i32.const 1)) (call $write (i32.const 22) (i32.const 6)) (global.set $delivering (i32.const 0))';
const MS = 1_000_000n;

/** Polls for one clock, prints the errno, the number of events and, in ms, how long it took. @param {number} clock @param {bigint} ms @param {{absolute?: boolean}} [options] */
function pollClock(clock, ms, { absolute = false } = {}) {
  const now = (/** @type {number} */ at) =>
    `(drop (call $clock_time_get (i32.const ${clock}) (i64.const 0) (i32.const ${at})))`;
  return `${now(600)} ${READY}
    (memory.fill (i32.const 256) (i32.const 0) (i32.const 48))
    (i32.store (i32.const 272) (i32.const ${clock}))
    (i64.store (i32.const 280) (i64.add ${absolute ? '(i64.load (i32.const 600))' : '(i64.const 0)'} (i64.const ${ms * MS})))
    (i32.store16 (i32.const 296) (i32.const ${absolute ? 1 : 0}))
    (local.set $n (call $poll_oneoff (i32.const 256) (i32.const 320) (i32.const 1) (i32.const 384)))
    ${now(608)}
    (call $number (local.get $n) (i32.const 32))
    (call $number (i32.load (i32.const 384)) (i32.const 32))
    (call $number (i32.wrap_i64 (i64.div_u (i64.sub (i64.load (i32.const 608)) (i64.load (i32.const 600))) (i64.const ${MS}))) (i32.const 10))`;
}

for (const shared of [true, false]) {
  const mode = shared ? 'shared' : 'synced';
  for (const [caller, body] of [
    ['Rust', pollClock(1, 700n)],
    ['an absolute time', pollClock(1, 700n, { absolute: true })],
    ['an absolute real time', pollClock(0, 700n, { absolute: true })],
  ]) {
    test(
      `${mode}: a wait for a clock as ${caller} asks for runs handlers, succeeds and takes its time`,
      LIMIT,
      async () => {
        const run = start(body, { shared });
        await run.prints('READY');
        for (let i = 1; i <= 3; i++) {
          run.child.kill('SIGINT');
          await run.prints('INT\n'.repeat(i));
        }
        assert.equal((await run.ends()).code, 0);
        const [, errno, events, took] = /^READY\n(?:INT\n){3}(\d+) (\d+) (\d+)\n$/.exec(run.output) ?? [];
        assert.deepEqual([errno, events, Number(took) >= 700], ['0', '1', true], run.output);
      },
    );
  }

  test(`${mode}: the same wait as poll() of the C library asks for fails with EINTR`, LIMIT, async () => {
    const run = start(pollClock(0, 60_000n), { shared });
    await run.prints('READY');
    run.child.kill('SIGINT');
    assert.equal((await run.ends()).code, 0);
    assert.match(run.output, /^READY\nINT\n27 /);
  });

  test(`${mode}: a wait for a clock ends by a signal whose default action ends the program`, LIMIT, async () => {
    const run = start(pollClock(1, 60_000n), { shared });
    await run.prints('READY');
    run.child.kill('SIGTERM');
    assert.deepEqual(await run.ends(), { code: null, signal: 'SIGTERM', core: false });
  });
}
