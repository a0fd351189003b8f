// @ts-check
// Stack switching: yields, stops and handlers that return promises. Node 20 has none; tests/e2e/node24.test.js runs this.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard } from '../../../js/guard/index.js';
import { LIMIT, TOP, coded, program } from './program.js';

const skip = !('Suspending' in WebAssembly) && 'no stack switching';
const SWITCHING = { ...LIMIT, skip };

/** @param {(n: number) => void} [call] */
function guarded(call) {
  const guard = new Guard();
  const { exports } = guard.bind(program(call));
  return { guard, exports };
}

/** @param {number} ms */
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until the program has computed on. @param {any} exports */
async function progress(exports) {
  const { value } = exports.rounds;
  while (exports.rounds.value === value) await delay(1);
}

test('without stack switching promising() is refused', { ...LIMIT, skip: !skip }, () => {
  const { guard, exports } = guarded();
  assert.throws(() => guard.promising(exports.spin), coded('ERR_NO_STACK_SWITCHING'));
});

test('a computation yields to the event loop, and timers and other calls go on', SWITCHING, async () => {
  const { guard, exports } = guarded();
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 1);
  const call = guard.promising(exports.spin, { yieldEvery: 2 })();
  while (ticks < 5) await delay(1);
  assert.equal(
    guard.run(() => exports.count(1000), { timeout: 1000 }),
    1000,
  );
  assert.throws(() => guard.run(() => exports.spin(), { budget: 100 }), coded('ERR_BUDGET'));
  await progress(exports);
  clearInterval(ticking);
  exports.interrupt(0);
  assert.equal(await call, 130);
  assert.equal(exports.__stack_pointer.value, TOP);
});

test('yieldEvery: Infinity does not yield', SWITCHING, async () => {
  const { guard, exports } = guarded();
  let ticks = 0;
  setTimeout(() => ticks++, 0);
  await assert.rejects(guard.promising(exports.spin, { yieldEvery: Infinity, timeout: 50 })(), coded('ERR_TIMEOUT'));
  assert.equal(ticks, 0);
});

test('limits end a call that yields, and the stack pointer is restored', SWITCHING, async () => {
  const { guard, exports } = guarded();
  const spin = (/** @type {any} */ limits) => guard.promising(exports.spin, limits)();
  await assert.rejects(spin({ timeout: 30 }), coded('ERR_TIMEOUT'));
  await assert.rejects(spin({ signal: AbortSignal.timeout(20) }), coded('ERR_ABORTED'));
  assert.equal(exports.__stack_pointer.value, TOP);
  for (let i = 0; i < 3; i++) {
    exports.rounds.value = 0;
    await assert.rejects(spin({ budget: 500_000, yieldEvery: 0.5 }), coded('ERR_BUDGET'));
    assert.equal(exports.rounds.value, 500_000 + 1 + 31 * 8 + 1, 'a yield is a safe point like others');
  }
  await assert.rejects(spin({ timeout: -1 }), RangeError);
  await assert.rejects(spin({ timeOut: 1 }), TypeError);
  assert.equal(await guard.promising(exports.count)(1000), 1000);
});

test('a signal from the event loop ends it, or runs its handler', SWITCHING, async () => {
  const { guard, exports } = guarded();
  const call = guard.promising(exports.spin)();
  await progress(exports);
  guard.kill('SIGTERM');
  await assert.rejects(call, coded('ERR_SIGNAL', { signal: 'SIGTERM' }));
  guard.on('SIGINT', 'interrupt', { args: [0] });
  const second = guard.promising(exports.spin)();
  await progress(exports);
  guard.kill('SIGINT');
  assert.equal(await second, 130);
});

test('it stops and continues', SWITCHING, async () => {
  const { guard, exports } = guarded();
  const call = guard.promising(exports.spin, { yieldEvery: 1 })();
  await progress(exports);
  guard.kill('SIGSTOP');
  await delay(20);
  const { value } = exports.rounds;
  await delay(50);
  assert.equal(exports.rounds.value, value, 'stopped');
  assert.equal(exports.count(10), 10, 'other calls go on');
  guard.kill('SIGCONT');
  await progress(exports);
  guard.kill('SIGSTOP');
  await delay(20);
  guard.kill('SIGTERM');
  await delay(20);
  assert.equal(await Promise.race([call.catch(() => 'ended'), delay(20)]), undefined, 'SIGTERM waits for SIGCONT');
  guard.kill('SIGCONT');
  await assert.rejects(call, coded('ERR_SIGNAL', { signal: 'SIGTERM' }));
  assert.equal(exports.__stack_pointer.value, TOP);
});

test('SIGKILL, a time-out and an AbortSignal end it while it is stopped', SWITCHING, async () => {
  const { guard, exports } = guarded();
  const stopped = async (/** @type {any} */ limits) => {
    const call = guard.promising(exports.spin, limits)();
    call.catch(() => {});
    await progress(exports);
    guard.kill('SIGSTOP');
    await delay(10);
    return { call };
  };
  const { call: killed } = await stopped({});
  guard.kill('SIGKILL');
  await assert.rejects(killed, coded('ERR_SIGNAL', { signal: 'SIGKILL' }));
  guard.kill('SIGCONT');
  await delay(5);
  await assert.rejects((await stopped({ timeout: 100 })).call, coded('ERR_TIMEOUT'));
  const controller = new AbortController();
  const { call: aborted } = await stopped({ signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, coded('ERR_ABORTED'));
  assert.equal(await guard.promising(exports.count)(100), 100, 'it is not stopped any more');
});

test('a handler that returns a promise is waited for', SWITCHING, async () => {
  const { guard, exports } = guarded();
  /** @type {string[]} */ const seen = [];
  guard.on('SIGUSR1', async () => {
    seen.push(guard.blocked.join());
    await delay(10); // it waits from the next safe point on
    const { value } = exports.rounds;
    await delay(30);
    seen.push(exports.rounds.value === value ? 'it waited' : 'it went on');
  });
  const call = guard.promising(exports.spin)();
  guard.kill('SIGUSR1');
  while (seen.length < 2) await delay(1);
  await progress(exports);
  assert.deepEqual(seen, ['SIGUSR1', 'it waited']);
  assert.deepEqual(guard.blocked, []);
  const mine = new Error('mine');
  guard.on('SIGUSR2', async () => {
    await delay(1);
    throw mine;
  });
  guard.kill('SIGUSR2');
  await assert.rejects(call, coded('ERR_HANDLER', { cause: mine, signal: 'SIGUSR2' }));
});

test('one such call at a time; nested ones are ordinary calls', SWITCHING, async () => {
  const { guard, exports } = guarded();
  const call = guard.promising(exports.spin)();
  await assert.rejects(guard.promising(exports.spin)(), coded('ERR_BUSY'));
  await progress(exports);
  exports.interrupt(0);
  assert.equal(await call, 130);
  assert.equal(await guard.promising(exports.count)(5), 5);
});

test('JavaScript on the stack: it cannot be suspended there, and goes on', SWITCHING, async () => {
  /** @type {any} */ let inner;
  const { guard, exports } = guarded(() => {
    inner = exports.count(3_000_000);
  });
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 1);
  assert.equal(await guard.promising(exports.call, { yieldEvery: 1 })(0), 10);
  assert.equal(inner, 3_000_000);
  clearInterval(ticking);
  const { guard: other, exports: program } = guarded(() => program.spin());
  await assert.rejects(other.promising(program.call, { yieldEvery: 1, timeout: 60 })(0), coded('ERR_TIMEOUT'));
  assert.equal(program.__stack_pointer.value, TOP);
});

test('an ordinary call within one that can be suspended does not yield', SWITCHING, async () => {
  let ticks = 0;
  const { guard, exports } = guarded(() => guard.run(() => exports.count(1_000_000)));
  setTimeout(() => ticks++, 0);
  const call = guard.promising(exports.call, { yieldEvery: 0 })(0);
  assert.equal(await call, 10);
});

test('a leaf function keeps what is below the stack pointer while it is suspended', SWITCHING, async () => {
  const { guard, exports } = guarded();
  const scribbling = setInterval(() => exports.scribble(), 0);
  assert.equal(await guard.promising(exports.leaf, { yieldEvery: 0.2 })(3_000_000), 1);
  clearInterval(scribbling);
});

test('a direct call right after a stop was asked for is not suspended', SWITCHING, async () => {
  const { guard, exports } = guarded();
  guard.kill('SIGSTOP');
  assert.equal(exports.count(1000), 1000, 'it cannot wait');
  const call = guard.promising(exports.count)(10);
  assert.equal(await Promise.race([call, delay(30)]), undefined);
  guard.kill('SIGCONT');
  assert.equal(await call, 10);
});
