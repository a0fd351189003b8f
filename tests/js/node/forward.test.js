// @ts-check
// Signals of the Node process on their way to guests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORWARDED, Sender, forward } from '../../../js/node/index.js';
import { start as command } from '../../support/program.js';
import { LIMIT, start } from '../../support/watched_guest.js';

const listeners = () => FORWARDED.map((signal) => process.listenerCount(signal));

test('a bound signal goes to the guest, and its listener away with close(), twice or by disposing', LIMIT, async () => {
  const before = listeners();
  const run = start('spin');
  await run.prints('READY');
  const bound = forward(run.child, ['SIGUSR2', 'SIGUSR2']);
  assert.equal(process.listenerCount('SIGUSR2'), before[FORWARDED.indexOf('SIGUSR2')] + 1);
  process.kill(process.pid, 'SIGUSR2');
  await run.prints('SIG 12');
  bound.close();
  bound.close();
  assert.deepEqual(listeners(), before);
  forward(run.child)[Symbol.dispose]();
  assert.deepEqual(listeners(), before);
  await run.child.close();
});

test('several bindings at once each get the signal; closing one leaves the other', LIMIT, async () => {
  const before = listeners();
  const [one, two] = [start('spin'), start('spin')];
  const bound = [one, two].map(({ child }) => forward(child, ['SIGUSR2']));
  await Promise.all([one.prints('READY'), two.prints('READY')]);
  process.kill(process.pid, 'SIGUSR2');
  await Promise.all([one.prints('SIG 12'), two.prints('SIG 12')]);
  bound[0].close();
  process.kill(process.pid, 'SIGUSR2');
  await two.prints('SIG 12\nSIG 12');
  await two.child.close();
  assert.deepEqual(listeners(), before);
  await one.child.close();
  assert.equal(one.output, 'READY\nSIG 12\n');
});

test('the end of the guest unbinds', LIMIT, async () => {
  const before = listeners();
  const run = start('spin');
  forward(run.child);
  assert.notDeepEqual(listeners(), before);
  await run.child.close();
  assert.deepEqual(listeners(), before);
  const late = forward(run.child);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(listeners(), before);
  late.close();
});

test(
  'a sender whose process has ended, or has damaged its block, is unbound by the first signal that finds no process',
  LIMIT,
  async () => {
    const before = listeners();
    for (const damage of [false, true]) {
      const run = start('spin', { shared: true });
      await run.child.ready;
      const handle = run.child.handle();
      if (damage) new Int32Array(handle.buffer, handle.offset)[0] = 0;
      else await run.child.close();
      forward(Sender.from(handle), ['SIGUSR2']);
      process.kill(process.pid, 'SIGUSR2');
      while (String(listeners()) !== String(before)) await new Promise((resolve) => setTimeout(resolve, 5));
      await run.child.close();
    }
  },
);

test('what cannot be bound is an error, and nothing is bound', LIMIT, async () => {
  const before = listeners();
  const run = start('spin');
  assert.throws(() => forward(run.child, ['SIGUSR2', /** @type {any} */ ('SIGFOO')]), TypeError);
  assert.throws(() => forward(run.child, ['SIGUSR2', 'SIGKILL']), /EINVAL/);
  assert.deepEqual(listeners(), before);
  await run.child.close();
});

test('after the last binding is gone the signal acts on the Node process again', LIMIT, async () => {
  const program = command(
    [
      process.execPath,
      '--no-warnings',
      '--input-type=module',
      '-e',
      `
    import { forward } from '${new URL('../../../js/node/index.js', import.meta.url)}';
    const sent = [];
    const bound = [1, 2].map(() => forward({ kill: (signal) => sent.push(signal) > 0 }, ['SIGINT']));
    process.kill(process.pid, 'SIGINT');
    setInterval(() => {
      if (sent.length !== 2) return;
      for (const one of bound) one.close();
      console.log(sent.join());
      process.kill(process.pid, 'SIGINT');
    }, 5);`,
    ],
    { input: '' },
  );
  const { code, signal } = await program.ended;
  assert.deepEqual(
    { code, signal, out: program.out, err: program.err },
    { code: null, signal: 'SIGINT', out: 'SIGINT,SIGINT\n', err: '' },
  );
});
