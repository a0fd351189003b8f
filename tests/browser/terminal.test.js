// @ts-check
// Programs at a terminal, by js/terminal: what they see of it in each mode. The terminal is one without a screen; demo.test.js has xterm.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSIONS, linux, screen } from '../support/prompt.js';
import { LIMIT, address, browserForTests, skip } from '../support/chromium.js';

const { evaluate } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
const ON_LINUX = { ...OPTIONS, skip: skip || (process.platform === 'linux' ? false : 'it is compared with Linux') };

for (const [mode, kind] of /** @type {const} */ ([
  ['shared', 'isolated'],
  ['yielding', 'plain'],
]))
  for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
    /**
     * @template R
     * @param {string} name
     * @param {string} guest
     * @param {(given: any) => Promise<R>} run  in the page
     * @param {(result: R) => unknown} check
     * @param {{options?: object, args?: readonly string[], keys?: readonly string[], begins?: string, after?: string}} [more]
     */
    const scenario = (name, guest, run, check, { options = OPTIONS, ...given } = {}) => {
      test(`${mode}, ${preset}: ${name}`, options, async () => {
        await check(
          await evaluate(kind, run, {
            url: address(guest, preset),
            mode,
            module: `/${kind}/js/terminal/index.js`,
            ...given,
          }),
        );
      });
    };

    scenario(
      'it is a terminal; a read gets a line, and is interrupted by ^C',
      'reader',
      async ({ url, mode, module }) => {
        const { start, terminal } = /** @type {any} */ (globalThis).tools;
        const { Tty } = await import(module);
        const { xterm, type, screen } = terminal();
        const tty = new Tty(xterm);
        const program = tty.run((/** @type {any} */ { stdout, ...stdio }) => {
          const running = start(url, { ...stdio, mode, instrument: true });
          return Object.assign(running.guest, { running });
        }).running;
        await program.prints('ready tty=1');
        type('hello\r');
        await program.prints('data 6: hello');
        while (!tty.reading) await new Promise((resolve) => tty.addEventListener('reading', resolve, { once: true })); // before that it would interrupt nothing
        type('half\x03');
        await program.prints('EINTR signo=2');
        type('a line\r');
        await program.prints('data 7: a line');
        type('\x04');
        const { output, code } = await program.ends();
        return { shown: screen(), output, code };
      },
      ({ shown, output, code }) => {
        assert.equal(output, 'ready tty=1\ndata 6: hello\nEINTR signo=2\ndata 7: a line\nend\nhandled 1\n');
        assert.equal(shown, 'hello\r\n^Ca line\r\n');
        assert.equal(code, 0);
      },
    );

    scenario(
      'a new size is a SIGWINCH, ^\\ a SIGQUIT',
      'handlers',
      async ({ url, mode, module }) => {
        const { start, terminal } = /** @type {any} */ (globalThis).tools;
        const { Tty } = await import(module);
        const { xterm, type, resize } = terminal();
        const program = new Tty(xterm).run((/** @type {any} */ stdio) => {
          const running = start(url, { stdin: stdio.stdin, terminal: true, mode, instrument: true });
          return Object.assign(running.guest, { running });
        }).running;
        await program.prints('ready');
        resize(40, 12);
        await program.prints('SIGWINCH code=128 pid=0 value=0\n');
        type('\x1c');
        return program.ends();
      },
      ({ output, code }) => {
        assert.equal(output, 'ready\nSIGWINCH code=128 pid=0 value=0\nSIGQUIT code=128 pid=0 value=0\nbye\n');
        assert.equal(code, 0);
      },
    );

    scenario(
      '^Z stops it, SIGCONT continues it, ^\\ kills it',
      'stopper',
      async ({ url, mode, module }) => {
        const { start, terminal } = /** @type {any} */ (globalThis).tools;
        const { Tty } = await import(module);
        const { xterm, type } = terminal();
        const { guest, prints, output, ends } = new Tty(xterm).run((/** @type {any} */ stdio) => {
          const running = start(url, { stdin: stdio.stdin, terminal: true, mode, instrument: true });
          return Object.assign(running.guest, { running });
        }).running;
        await prints('tick');
        const stopped = new Promise((resolve) =>
          guest.addEventListener('stopped', (/** @type {any} */ { signal }) => resolve(signal), { once: true }),
        );
        type('\x1a');
        const by = await stopped;
        for (let before; before !== output(); await new Promise((resolve) => setTimeout(resolve, 300)))
          before = output(); // six ticks, if it ran
        const continued = new Promise((resolve) => guest.addEventListener('continued', resolve, { once: true }));
        guest.kill('SIGCONT', { terminal: true });
        await continued;
        await prints('continued\n');
        type('\x1c');
        return { by, ...(await ends()) };
      },
      ({ by, code, signal, core }) => {
        assert.deepEqual({ by, code, signal, core }, { by: 'SIGTSTP', code: null, signal: 'SIGQUIT', core: true });
      },
    );

    // What it prints first, and what after ^C; otherwise it prints all the time.
    for (const [what, guest, args, begins, after] of /** @type {[string, string, string[], string, string][]} */ ([
      ['computes', 'stopper', [], 'tick', ''],
      ['writes', 'writer', ['default'], 'y', ''],
      ['reads', 'reader', [], 'ready', 'EINTR signo=2'],
      ['sleeps', 'sleeper', ['nanosleep', '600', '9'], 'ready', 'nanosleep EINTR signo=2'],
      ['waits', 'sleeper', ['sigsuspend', '0', '9'], 'ready', 'sigsuspend EINTR signo=2'],
    ])) {
      scenario(
        `it ${what}: ^Z and SIGCONT, many at once, leave it running, and SIGCONT and ^Z stopped`,
        guest,
        async ({ url, mode, module, args, begins, after }) => {
          const { start, terminal } = /** @type {any} */ (globalThis).tools;
          const { Tty } = await import(module);
          const { xterm, type } = terminal();
          const tty = new Tty(xterm);
          const { guest, prints, output, ends } = tty.run((/** @type {any} */ stdio) => {
            const running = start(url, { stdin: stdio.stdin, terminal: true, mode, args, instrument: true });
            return Object.assign(running.guest, { running });
          }).running;
          const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
          let stopped = false;
          let taken = false;
          guest.addEventListener('stopped', () => (stopped = true));
          guest.addEventListener('continued', () => (stopped = false));
          guest.addEventListener('delivery', (/** @type {any} */ { signal }) => (taken ||= signal === 'SIGTSTP'));
          await prints(begins);
          for (let round = 0; round < 5; round++) {
            while (after.startsWith('EINTR') && !tty.reading) await pause(); // before that ^C would interrupt nothing
            for (let times = 0; times < 20; times++) {
              type('\x1a');
              guest.kill('SIGCONT', { terminal: true });
            }
            const { length } = output();
            if (after) type('\x03');
            for (
              let paused = 1;
              !(after ? output().slice(length).includes(after) : output().length > length);
              paused++
            ) {
              await pause();
              if (after && paused % 100 === 0) type('\x03'); // the last may have come between two calls
            }
            guest.kill('SIGCONT', { terminal: true });
            type('\x1a');
            taken = false;
            while (!(stopped && taken)) await pause();
            if (round < 4) guest.kill('SIGCONT', { terminal: true });
          }
          guest.kill('SIGTERM');
          await new Promise((resolve) => setTimeout(resolve, 50)); // five times as long as a default action takes
          const { phase } = guest;
          guest.kill('SIGCONT');
          const { signal } = await ends();
          return { phase, signal };
        },
        (end) => assert.deepEqual(end, { phase: 'attached', signal: 'SIGTERM' }),
        { args, begins, after },
      );
    }

    for (const { args, keys } of SESSIONS) {
      scenario(
        `a prompt reads on after ^D and comes back after ^C, as on Linux${args.length ? ', by read(2)' : ''}`,
        'prompt',
        async ({ url, mode, module, args, keys }) => {
          const { wasmsig, terminal } = /** @type {any} */ (globalThis).tools;
          const { Tty } = await import(module);
          const { xterm, type, screen } = terminal();
          const tty = new Tty(xterm);
          const guest = tty.run((/** @type {any} */ stdio) => wasmsig.spawn(url, { ...stdio, mode, args }));
          for (const [i, one] of keys.entries()) {
            // What is left of a line it takes without asking for it.
            while (screen().split('> ').length <= i + 1 || (one && !tty.reading))
              await new Promise((resolve) => setTimeout(resolve, 1));
            type(one);
          }
          const { code } = await guest.exited;
          return { shown: screen(), code };
        },
        async ({ shown, code }) => assert.equal(screen(shown, `exited ${code}`), await linux(args, keys)),
        { options: ON_LINUX, args, keys },
      );
    }
  }
