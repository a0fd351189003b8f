// @ts-check
// What works in every mode in which a page can reach a running program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALARMS, LIMIT, address, browserForTests, skip } from '../support/chromium.js';

const { evaluate } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
const FLOOD = 5000;

/** `said`: the mode of its capabilities. */
/** @type {{mode: string, page: 'isolated' | 'plain', presets: string[], options: object, said: Record<string, string>}[]} */
const MODES = [
  {
    mode: 'shared',
    page: 'isolated',
    presets: ['wasm32-wasip1', 'wasm32-emscripten'],
    options: {},
    said: { all: 'shared', 'wasm32-emscripten': 'synced' },
  },
  {
    mode: 'yielding in a worker',
    page: 'plain',
    presets: ['wasm32-wasip1', 'wasm32-emscripten'],
    options: {},
    said: { all: 'yielding' },
  },
  {
    mode: 'yielding on the page',
    page: 'plain',
    presets: ['wasm32-wasip1', 'wasm32-emscripten'],
    options: { thread: 'this' },
    said: { all: 'yielding' },
  },
];

for (const { mode, page: kind, presets, options, said } of MODES)
  for (const preset of presets) {
    /**
     * @template R
     * @param {string} name
     * @param {string} guest
     * @param {(given: any) => Promise<R>} run  in the page
     * @param {(result: R) => void} check
     * @param {object} [more]  for `run`
     */
    const scenario = (name, guest, run, check, more) => {
      test(`${mode}, ${preset}: ${name}`, OPTIONS, async () => {
        check(
          await evaluate(kind, run, {
            url: address(guest, preset),
            options: { instrument: true, ...options },
            ...more,
          }),
        );
      });
    };

    scenario(
      'signals reach the handlers of a busy program',
      'handlers',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const program = start(url, options);
        await program.prints('ready');
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1']) {
          program.guest.kill(signal);
          await program.prints(`${signal} code=0`);
        }
        program.guest.kill('SIGRTMIN', { value: 7 });
        await program.prints('value=7');
        program.guest.kill('SIGQUIT');
        return program.ends();
      },
      ({ output, code, signal }) => {
        assert.equal(
          output,
          'ready\nSIGINT code=0 pid=1 value=0\nSIGTERM code=0 pid=1 value=0\nSIGUSR1 code=0 pid=1 value=0\nSIGRTMIN+0 code=-1 pid=1 value=7\nSIGQUIT code=0 pid=1 value=0\nbye\n',
        );
        assert.deepEqual({ code, signal }, { code: 0, signal: null });
      },
    );

    scenario(
      'what is sent before the program runs waits for it',
      'handlers',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const program = start(url, options);
        program.guest.kill('SIGWINCH'); // ignored by default, so the program may run before its handler is there
        await program.prints('ready');
        program.guest.kill('SIGQUIT');
        return program.ends();
      },
      ({ output, code }) => {
        assert.match(output, /^ready\n.*bye\n$/s);
        assert.equal(code, 0);
      },
    );

    scenario(
      'a default action kills',
      'default',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const program = start(url, options);
        await program.prints('ready');
        program.guest.kill('SIGQUIT');
        return program.ends();
      },
      ({ code, signal, core }) =>
        assert.deepEqual({ code, signal, core }, { code: null, signal: 'SIGQUIT', core: true }),
    );

    scenario(
      'a timer interrupts a computation',
      'alarm',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        return start(url, { ...options, args: ['30', '20'] }).ends();
      },
      ({ output, code }) => {
        assert.match(output, ALARMS);
        const first = Number(/alarm \d+ after (\d+)/.exec(output)?.[1]);
        assert.ok(first >= 29, output);
        assert.equal(code, 0);
      },
    );

    for (const call of ['nanosleep', 'pause', 'sigsuspend']) {
      scenario(
        `${call} is interrupted`,
        'sleeper',
        async ({ url, options, call }) => {
          const { start } = /** @type {any} */ (globalThis).tools;
          const program = start(url, { ...options, args: [call, '50'] });
          await program.prints('ready');
          // Again and again: the first one may come before the program sleeps.
          const sending = setInterval(() => program.guest.kill('SIGINT'), 20);
          return program.ends().finally(() => clearInterval(sending));
        },
        ({ output }) => assert.equal(output, `ready\n${call} EINTR signo=2\n`),
        { call },
      );
    }

    scenario(
      'an idle program handles signals',
      'idle',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const program = start(url, options);
        await program.prints('ready');
        for (const times of [1, 2, 3]) {
          program.guest.kill('SIGUSR1');
          await program.prints(`handled ${times}\n`);
        }
        program.guest.kill('SIGTERM');
        return program.ends();
      },
      ({ signal }) => assert.equal(signal, 'SIGTERM'),
    );

    scenario(
      'a sleep ends by itself',
      'sleeper',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const began = performance.now();
        const end = await start(url, { ...options, args: ['nanosleep', '1'] }).ends();
        return { ...end, took: performance.now() - began };
      },
      ({ output, took }) => {
        assert.equal(output, 'ready\nnanosleep 0\n');
        assert.ok(took >= 1000, `${took} ms`);
      },
    );

    scenario(
      'a read is interrupted, or starts again, and input arrives',
      'reader',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const program = start(url, { ...options, stdin: 'pipe' });
        const input = program.guest.stdin.getWriter();
        await program.prints('ready tty=0');
        // Again and again: the first one may come before the read.
        const sending = setInterval(() => program.guest.kill('SIGUSR1'), 20);
        await program.prints('EINTR signo=10').finally(() => clearInterval(sending));
        program.guest.kill('SIGUSR2'); // SA_RESTART
        await input.write('hello\n');
        await program.prints('data 6: hello');
        await input.write(new TextEncoder().encode('again\n'));
        await program.prints('data 6: again');
        await input.close();
        return program.ends();
      },
      ({ output, code }) => {
        assert.match(output, /end\nhandled ([2-9]|\d\d+)\n$/);
        assert.equal(code, 0);
      },
    );

    scenario(
      'none of many signals is lost, and real-time ones keep their order',
      'flood',
      async ({ url, options, flood }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const program = start(url, options);
        await program.prints('ready');
        for (let sent = 0; sent < flood; ) {
          try {
            program.guest.kill('SIGRTMIN', { value: sent });
            program.guest.kill('SIGUSR1');
            sent++;
          } catch (error) {
            if (/** @type {any} */ (error).code !== 'EAGAIN') throw error;
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        }
        program.guest.kill('SIGTERM');
        return program.ends();
      },
      ({ output, code }) => {
        assert.match(output, new RegExp(`usr1=[1-9]\\d* usr2=0 rt=${FLOOD} senders=1 wrong=0`));
        assert.equal(code, 0);
      },
      { flood: FLOOD },
    );

    for (const [what, killSignal] of [
      ['AbortSignal.timeout()', 'SIGTERM'],
      ['the option timeout', 'SIGHUP'],
    ]) {
      scenario(
        `${what} ends an endless loop, by the signal that the exit then names`,
        'default',
        async ({ url, options, what, killSignal }) => {
          const { start } = /** @type {any} */ (globalThis).tools;
          // Longer and longer, until it ended in its loop and not before.
          for (let time = 500; ; time *= 2) {
            const signal = what === 'the option timeout' ? undefined : AbortSignal.timeout(time);
            const began = performance.now();
            const { output, ...exit } = await start(url, {
              ...options,
              killSignal,
              ...(signal ? { signal } : { timeout: time }),
            }).ends();
            if (output === 'ready\n')
              return {
                ...exit,
                early: performance.now() - began < time - 1,
                reason: signal?.reason.name ?? 'TimeoutError',
              };
          }
        },
        ({ code, signal, early, reason }) => {
          assert.deepEqual(
            { code, signal, early, reason },
            { code: null, signal: killSignal, early: false, reason: 'TimeoutError' },
          );
        },
        { what, killSignal },
      );
    }

    scenario(
      'SIGKILL and abort end it',
      'sleeper',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const killed = start(url, options);
        await killed.prints('ready');
        killed.guest.kill('SIGKILL');
        const stop = new AbortController();
        const aborted = start(url, { ...options, signal: stop.signal });
        await aborted.prints('ready');
        stop.abort();
        const disposed = start(url, options);
        await disposed.guest[Symbol.asyncDispose]();
        const ends = await Promise.all([killed, aborted, disposed].map((one) => one.ends()));
        return { signals: ends.map((one) => one.signal), again: killed.guest.kill('SIGINT') };
      },
      ({ signals, again }) => {
        assert.equal(signals[0], 'SIGKILL');
        assert.equal(signals[1], 'SIGTERM');
        assert.equal(signals[2], 'SIGKILL');
        assert.equal(again, false);
      },
    );

    scenario(
      'a handler leaves a loop, a sleep and a read by a jump',
      'jumper',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const program = start(url, { ...options, stdin: 'pipe' });
        for (const call of ['loop', 'sleep', 'read']) {
          await program.prints(`${call}\n`);
          // One may come before the program is ready to jump.
          const sending = setInterval(() => program.guest.kill('SIGINT'), 20);
          await program.prints(`left ${call}\n`);
          clearInterval(sending);
        }
        return program.ends();
      },
      ({ output, code }) => {
        assert.equal(output, 'loop\nleft loop\nsleep\nleft sleep\nread\nleft read\njumps 3\n');
        assert.equal(code, 0);
      },
    );

    scenario(
      'capabilities say so',
      'sleeper',
      async ({ url, options }) => {
        const { start, wasmsig } = /** @type {any} */ (globalThis).tools;
        const program = start(url, options);
        const before = program.guest.capabilities;
        await program.guest.ready;
        const { capabilities } = program.guest;
        await program.guest.close();
        const bare = start(url, { ...options, instrument: false });
        await bare.guest.ready;
        const uninstrumented = bare.guest.capabilities;
        await bare.guest.close();
        return { before, capabilities, uninstrumented, predicted: wasmsig.capabilities(options) };
      },
      ({ before, capabilities, uninstrumented, predicted }) => {
        assert.equal(before, undefined);
        assert.equal(capabilities.mode, said[preset] ?? said.all);
        assert.equal(capabilities.interrupts, 'loops');
        assert.equal(capabilities.waits, 'signals');
        assert.equal(capabilities.advice, '');
        assert.equal(uninstrumented.interrupts, 'calls');
        assert.match(uninstrumented.advice, /instrument/);
        if (!said[preset]) assert.deepEqual(predicted, capabilities);
      },
    );

    scenario(
      'a program that leaves the edition of its signal module to the host gets what spawn() was given',
      'edition',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const ends = await Promise.all(
          [{}, { edition: 'extended' }, { edition: 'extended', args: ['documented'] }].map((more) =>
            start(url, { ...options, ...more }).ends(),
          ),
        );
        return ends.map(({ output }) => output);
      },
      (outputs) => assert.deepEqual(outputs, ['documented\n', 'extended\n', 'documented\n']),
    );

    scenario(
      'exit codes and deaths are told apart',
      'ends',
      async ({ url, options }) => {
        const { start } = /** @type {any} */ (globalThis).tools;
        const ways = [['return', '7'], ['exit', '143'], ['abort'], ['raise', '15'], ['trap'], ['blocked', '12']];
        const ends = await Promise.all(ways.map((args) => start(url, { ...options, args }).ends()));
        return ends.map(({ code, signal }) => code ?? signal);
      },
      (ends) => assert.deepEqual(ends, [7, 143, 'SIGABRT', 'SIGTERM', 'SIGILL', 'SIGUSR2']),
    );
  }
