// @ts-check
// attach(): programs that a page or its worker instantiates itself, on browser_wasi_shim or by the factory of an Emscripten program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALARMS, LIMIT, address, browserForTests, skip } from '../support/chromium.js';

const { open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };

/**
 * Starts a program in a worker of the page's own; `answers` are [text that it prints, signal to send then].
 * @param {'isolated' | 'plain'} kind
 * @param {import('./attached.js').Job} job
 * @param {[string, string][]} [answers]
 * @returns {Promise<{exit: {code: number | null, signal: string | null, error?: string}, output: string, mode: string}>}
 */
async function inWorker(kind, job, answers = []) {
  const page = await open(kind);
  try {
    return await page.evaluate(
      ({ job, answers }) => {
        const { wasmsig } = /** @type {any} */ (globalThis).tools;
        const worker = new Worker('attached_worker.js', { type: 'module' });
        let output = '';
        let mode = '';
        /** @type {any} */ let sender;
        return new Promise((resolve, reject) => {
          worker.onerror = (event) => reject(new Error(event.message));
          worker.onmessage = ({ data }) => {
            if (data.handle) sender = wasmsig.Sender.from(data.handle);
            mode = data.mode ?? mode;
            output += data.text ?? '';
            for (; sender && answers.length && output.includes(answers[0][0]); answers.shift())
              sender.kill(answers[0][1]);
            if (data.exit) resolve({ exit: data.exit, output, mode });
          };
          worker.postMessage(job);
        }).finally(() => worker.terminate());
      },
      { job: { ...job, url: new URL(job.url, page.url()).href }, answers },
    );
  } finally {
    await page.close();
  }
}

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
  test(`${preset}: in a worker of an isolated page another thread interrupts a computation`, OPTIONS, async () => {
    const { exit, output, mode } = await inWorker('isolated', { url: address('handlers', preset) }, [
      ['ready', 'SIGINT'],
      ['SIGINT code', 'SIGUSR1'],
      ['SIGUSR1 code', 'SIGQUIT'],
    ]);
    assert.equal(
      output,
      'ready\nSIGINT code=0 pid=1 value=0\nSIGUSR1 code=0 pid=1 value=0\nSIGQUIT code=0 pid=1 value=0\nbye\n',
    );
    assert.equal(mode, 'synced');
    assert.deepEqual(exit, { code: 0, signal: null });
  });

  test(`${preset}: another thread interrupts a wait, and a default action kills the program`, OPTIONS, async () => {
    const { exit, output } = await inWorker('isolated', { url: address('sleeper', preset), args: ['pause'] }, [
      ['ready', 'SIGTERM'],
    ]);
    assert.equal(output, 'ready\n');
    assert.deepEqual(exit, { code: null, signal: 'SIGTERM' });
  });

  for (const kind of /** @type {const} */ (['isolated', 'plain'])) {
    test(
      `${preset}, ${kind}: what is sent before the start arrives, and timers interrupt a computation`,
      OPTIONS,
      async () => {
        const killed = await inWorker(kind, { url: address('default', preset), before: 'SIGTERM' });
        assert.deepEqual(killed.exit, { code: null, signal: 'SIGTERM' });
        const { exit, output, mode } = await inWorker(kind, { url: address('alarm', preset), args: ['30', '20'] });
        assert.match(output, ALARMS);
        assert.deepEqual(exit, { code: 0, signal: null });
        assert.equal(mode, kind === 'isolated' ? 'synced' : 'posted');
      },
    );
  }

  test(`${preset}: exit codes, deaths and traps are told apart`, OPTIONS, async () => {
    for (const [args, expected] of /** @type {const} */ ([
      [['exit', '7'], 7],
      [['raise', '15'], 'SIGTERM'],
      [['abort'], 'SIGABRT'],
      [['trap'], 'SIGILL'],
    ])) {
      const { exit } = await inWorker('isolated', { url: address('ends', preset), args: [...args] });
      assert.equal(exit.code ?? exit.signal, expected, JSON.stringify(exit));
    }
  });

  test(
    `${preset}: on the page itself, with stack switching, the page interrupts a computation and a wait`,
    OPTIONS,
    async () => {
      const page = await open('plain');
      try {
        const results = await page.evaluate(
          async ({ busy, asleep }) => {
            const address = './attached.js';
            const { run } = await import(address);
            const results = [];
            for (const { job, text, signals } of [
              { job: { url: busy }, text: 'ready', signals: ['SIGINT', 'SIGQUIT'] },
              { job: { url: asleep, args: ['pause'] }, text: 'ready', signals: ['SIGINT'] },
            ]) {
              let output = '';
              /** @type {any} */ let process;
              const sending = setInterval(() => {
                if (process && output.includes(text))
                  process.kill(output.includes('SIGINT') ? signals.at(-1) : signals[0]);
              }, 20);
              const exit = await run(
                { ...job, options: { yields: true } },
                (/** @type {string} */ part) => (output += part),
                (/** @type {any} */ one) => (process = one),
              );
              clearInterval(sending);
              results.push({ code: exit.code, signal: exit.signal, output, mode: process.mode });
            }
            return results;
          },
          {
            busy: new URL(address('handlers', preset), page.url()).href,
            asleep: new URL(address('sleeper', preset), page.url()).href,
          },
        );
        assert.match(results[0].output, /^ready\n(SIGINT code=0 pid=1 value=0\n)+SIGQUIT code=0 pid=1 value=0\nbye\n$/);
        assert.equal(results[1].output, 'ready\npause EINTR signo=2\n');
        for (const { code, signal } of results) assert.deepEqual({ code, signal }, { code: 0, signal: null });
      } finally {
        await page.close();
      }
    },
  );
}

test('an Emscripten program that has the file system keeps its own streams', OPTIONS, async () => {
  const { output } = await inWorker('isolated', { url: address('pidfd', 'wasm32-emscripten') });
  assert.match(output, /^ready \d+\n$/);
});
