// @ts-check
// 'delivery' events: who is told, of what, and that nobody looks when nobody listens.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { DeliveryWatcher } from '../../../js/owner/delivery_watcher.js';
import { programs } from '../../guests/wat_guests.js';
import { LIMIT, start } from '../../support/watched_guest.js';

/** A queue whose signals are taken when the test says so, and that counts how often it is looked at. */
function scripted() {
  /** @type {Set<number>} */
  const pending = new Set();
  const state = { looks: 0, position: 0 };
  /** @type {[number, number, number][]} */
  const told = [];
  const deliveries = new DeliveryWatcher(
    () => ({
      get position() {
        return state.position;
      },
      pending: (signo) => (state.looks++, pending.has(signo)),
    }),
    (...one) => told.push(one),
  );
  return {
    deliveries,
    told,
    state,
    pending,
    send: (/** @type {number} */ signo) => {
      deliveries.before();
      pending.add(signo);
      deliveries.sent(signo);
    },
  };
}

/** @param {() => boolean} condition */
async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const listener = () => {};

test('the queue is not read before there is a listener, nor after the last one is gone', LIMIT, async () => {
  const { deliveries, state, send, told } = scripted();
  const idle = async () => {
    const before = state.looks;
    await new Promise((resolve) => setTimeout(resolve, 100)); // twice its longest pause
    return state.looks === before;
  };
  send(2);
  assert.equal(state.looks, 0);
  const abort = new AbortController();
  /** @type {[string, (wrapped: any) => void, object | undefined][]} */
  const ways = [
    ['removal', () => deliveries.forget(listener), undefined],
    ['an AbortSignal', () => abort.abort(), { signal: abort.signal }],
    ['once', (wrapped) => wrapped(new Event('delivery')), { once: true }],
  ];
  for (const [way, end, options] of ways) {
    const wrapped = deliveries.listen(listener, /** @type {any} */ (options));
    send(10);
    const { looks } = state;
    await until(() => state.looks > looks + 3);
    end(wrapped);
    await new Promise((resolve) => setTimeout(resolve, 60)); // the pause that it may be in
    assert.ok(await idle(), way);
  }
  assert.deepEqual(told, []);
});

test('listeners are told apart as EventTarget does', LIMIT, () => {
  const { deliveries } = scripted();
  assert.ok(deliveries.listen(listener));
  assert.equal(deliveries.listen(listener), null, 'the same one again');
  assert.equal(deliveries.listen(listener, { capture: false, once: true }), null);
  assert.ok(deliveries.listen(listener, true));
  assert.equal(deliveries.listen(null), null);
  assert.equal(
    deliveries.listen(() => {}, { signal: AbortSignal.abort() }),
    null,
  );
  assert.equal(
    deliveries.forget(() => {}),
    null,
  );
  assert.ok(deliveries.forget(listener, { capture: true }));
  assert.equal(deliveries.forget(listener, true), null);
  assert.ok(deliveries.forget(listener));
});

test('each delivery is told once, with the time of the send', LIMIT, async () => {
  const { deliveries, pending, send, told } = scripted();
  deliveries.listen(listener);
  const began = performance.now();
  send(10);
  send(10); // coalesces
  pending.delete(10);
  send(10); // the one before is told of now
  assert.equal(told.length, 1);
  pending.clear();
  await until(() => told.length === 2);
  for (const [signo, sentAt, seenAt] of told) {
    assert.equal(signo, 10);
    assert.ok(sentAt >= began && seenAt >= sentAt && seenAt <= performance.now());
  }
});

for (const shared of [false, true]) {
  test(
    `of a guest, ${shared ? 'shared' : 'synced'}: also of what was sent before it ran; real-time signals one by one`,
    LIMIT,
    async () => {
      const { child, prints } = start('spin', { shared, blocked: ['SIGUSR1', 'SIGRTMIN'] });
      /** @type {string[]} */
      const seen = [];
      child.addEventListener('delivery', ({ signal, sentAt = 0, seenAt = 0, latency }) => {
        assert.equal(latency, seenAt - sentAt);
        seen.push(signal);
      });
      child.kill('SIGUSR1');
      child.kill('SIGRTMIN', { value: 1 });
      await prints('READY');
      child.kill('SIGRTMIN', { value: 2 });
      child.kill('SIGRTMAX', { value: 3 });
      await until(() => seen.length === 4);
      assert.deepEqual(seen, ['SIGUSR1', 'SIGRTMIN', 'SIGRTMIN', 'SIGRTMAX']);
      await child.close();
    },
  );
}

test('a signal that is never drained is not reported; a listener that was removed hears nothing', LIMIT, async () => {
  const { child, prints } = start(programs.deaf);
  await prints('READY');
  const heard = () => assert.fail('a delivery');
  child.addEventListener('delivery', heard);
  child.kill('SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 30));
  child.removeEventListener('delivery', heard);
  await child.close();
});

test('an object with handleEvent, and events.once, listen too', LIMIT, async () => {
  const { child, prints } = start('spin');
  await prints('READY');
  let handled = 0;
  const object = { handleEvent: () => void handled++ };
  child.addEventListener('delivery', object);
  const first = once(child, 'delivery');
  child.kill('SIGINT');
  assert.equal((await first)[0].signal, 'SIGINT');
  await until(() => handled === 1);
  child.removeEventListener('delivery', object);
  await child.close();
});
