// @ts-check
// wasmsig/signal in pages: the same module, whose process is the page or a worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, browserForTests, skip } from '../support/chromium.js';

const { open } = browserForTests();
const MODULE = '../../js/signal_module/index.js';

for (const kind of /** @type {const} */ (['isolated', 'plain', 'strict'])) {
  test(`${kind} page: handlers, masks, errors, an alarm that the event loop fires, and no wait on the main thread`, {
    ...LIMIT,
    skip,
  }, async () => {
    const page = await open(kind);
    try {
      const result = await page.evaluate(async (module) => {
        const { create, default: documented, KeyboardInterrupt } = await import(new URL(module, location.href).href);
        const signal = create({ edition: 'extended' });
        /** @type {string[]} */
        const calls = [];
        signal.signal(signal.SIGUSR1, (/** @type {any} */ signum) => calls.push(signum.name));
        signal.raise_signal(signal.SIGUSR1);
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGRTMIN]);
        signal.raise_signal(signal.SIGUSR1);
        const pending = [...signal.sigpending()].map(String);
        const accepted = String(signal.sigwait([signal.SIGUSR1]));
        const timeout = signal.sigtimedwait([signal.SIGRTMIN], 0);
        const rang = new Promise((resolve) =>
          signal.signal(signal.SIGALRM, (/** @type {any} */ signum) => resolve(signum.name)),
        );
        signal.setitimer(signal.ITIMER_REAL, 0.02);
        const alarm = await rang;
        const fails = (/** @type {() => unknown} */ call) => {
          try {
            call();
            return 'no error';
          } catch (error) {
            const { name, code = '' } = /** @type {any} */ (error);
            return `${name} ${code}`.trim();
          }
        };
        return {
          calls,
          pending,
          accepted,
          timeout,
          alarm,
          interrupt: fails(() => signal.raise_signal(signal.SIGINT)),
          known: typeof KeyboardInterrupt,
          range: fails(() => signal.signal(65, () => {})),
          fd: fails(() => signal.set_wakeup_fd(1)),
          blocked: fails(() => signal.pause()),
          absent: ['pause' in documented, 'raise_signal' in documented],
        };
      }, MODULE);
      assert.deepEqual(result, {
        calls: ['SIGUSR1'],
        pending: ['Signals.SIGUSR1'],
        accepted: 'Signals.SIGUSR1',
        timeout: null,
        alarm: 'SIGALRM',
        interrupt: 'KeyboardInterrupt',
        known: 'function',
        range: 'ValueError',
        fd: 'OSError EBADF',
        blocked: 'OSError EDEADLK',
        absent: [false, true],
      });
    } finally {
      await page.close();
    }
  });
}

test('a worker of an isolated page sleeps in pause() until the page sends, and in sigtimedwait() until the time is over', {
  ...LIMIT,
  skip,
}, async () => {
  const page = await open('isolated');
  try {
    const result = await page.evaluate(async (module) => {
      const { Sender } = /** @type {any} */ (globalThis).tools.wasmsig;
      const source = `
        const { create } = await import(${JSON.stringify(new URL(module, location.href).href)});
        const signal = create({ edition: 'extended' });
        let seen = '';
        signal.signal(signal.SIGUSR1, (signum) => (seen = signum.name));
        postMessage(signal.handle());
        signal.pause();
        postMessage([seen, signal.sigtimedwait([signal.SIGUSR2], 0.05)]);`;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), {
        type: 'module',
      });
      const message = () =>
        new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => reject(new Error(event.message));
        });
      const handle = await message();
      const answer = message();
      Sender.from(handle).kill('SIGUSR1');
      const result = await answer;
      worker.terminate();
      return result;
    }, MODULE);
    assert.deepEqual(result, ['SIGUSR1', null]);
  } finally {
    await page.close();
  }
});
