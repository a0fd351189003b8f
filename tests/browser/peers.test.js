// @ts-check
// Guests that signal each other: each is told what became of its signal, in every mode.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIGRTMIN, SIGTERM, SIGUSR1 } from '../../js/signals/table.js';
import { LIMIT, address, browserForTests, skip } from '../support/chromium.js';

const { evaluate } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
const SI_QUEUE = -1,
  CELLS = 1024;

/** @type {{mode: string, page: 'isolated' | 'plain', options: object}[]} */
const MODES = [
  { mode: 'shared', page: 'isolated', options: {} },
  { mode: 'yielding in a worker', page: 'plain', options: {} },
  { mode: 'yielding on the page', page: 'plain', options: { thread: 'this' } },
];

/**
 * @template R
 * @param {'isolated' | 'plain'} kind
 * @param {string} preset
 * @param {string} other                          the guest that is signalled
 * @param {(given: any) => Promise<R>} run        in the page
 * @param {object} options                        of the guest that signals
 */
function withTwo(kind, preset, other, run, options) {
  return evaluate(kind, run, {
    holder: address('pidfd', preset),
    other: address(other, preset),
    options: { instrument: true, ...options },
    SIGUSR1,
    SIGTERM,
    SIGRTMIN,
    SI_QUEUE,
    CELLS,
  });
}

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
  for (const { mode, page, options } of MODES) {
    test(`${mode}, ${preset}: a guest is told what became of its signals to others`, OPTIONS, async () => {
      const { answers, seen, pid } = await withTwo(
        page,
        preset,
        'handlers',
        async ({ holder, other, options, SIGUSR1, SIGTERM, SIGRTMIN, SI_QUEUE }) => {
          const { start } = /** @type {any} */ (globalThis).tools;
          const target = start(other, { instrument: true });
          const stranger = start(other, { instrument: true });
          await target.prints('ready');
          await stranger.prints('ready');
          const guest = start(holder, { ...options, stdin: 'pipe', peers: [target.guest] });
          const input = guest.guest.stdin.getWriter();
          await guest.nextLine();
          /** @type {string[]} */
          const answers = [];
          const ask = async (/** @type {string} */ line) => {
            await input.write(`${line}\n`);
            answers.push(await guest.nextLine());
          };
          await ask(`open ${stranger.guest.pid}`);
          await ask('open -1');
          await ask(`send ${SIGTERM}`);
          await ask(`open ${target.guest.pid}`);
          await ask('poll');
          await ask(`send ${SIGUSR1}`);
          await target.prints('SIGUSR1');
          await ask(`info ${SIGRTMIN} ${SI_QUEUE} 7`);
          await target.prints('value=7\n');
          await ask('send 99');
          await target.guest.close();
          await ask('poll');
          await ask(`send ${SIGUSR1}`);
          await input.close();
          await guest.ends();
          const { phase } = stranger.guest;
          await stranger.guest.close();
          return { answers: [...answers, phase], seen: target.output(), pid: guest.guest.pid };
        },
        options,
      );
      assert.deepEqual(answers, [
        'ESRCH',
        'ok',
        'EPERM',
        'ok',
        'running',
        'ok',
        'ok',
        'EINVAL',
        'ended',
        'ESRCH',
        'attached',
      ]);
      assert.equal(seen, `ready\nSIGUSR1 code=0 pid=${pid} value=0\nSIGRTMIN+0 code=-1 pid=${pid} value=7\n`);
    });

    test(
      `${mode}, ${preset}: a guest whose real-time signal does not fit any more is told so, and none before it is lost`,
      OPTIONS,
      async () => {
        const { answers, pending } = await withTwo(
          page,
          preset,
          'default',
          async ({ holder, other, options, SIGRTMIN, SI_QUEUE, CELLS }) => {
            const { start } = /** @type {any} */ (globalThis).tools;
            const target = start(other, { blocked: [SIGRTMIN] }); // not instrumented: it takes none
            await target.prints('ready');
            const commands = [
              `open ${target.guest.pid}`,
              ...Array.from({ length: CELLS + 1 }, (_, value) => `info ${SIGRTMIN} ${SI_QUEUE} ${value}`),
            ];
            const { output } = await start(holder, {
              ...options,
              stdin: `${commands.join('\n')}\n`,
              peers: [target.guest],
            }).ends();
            let pending = '';
            try {
              target.guest.kill(SIGRTMIN);
            } catch (error) {
              pending = /** @type {any} */ (error).code;
            }
            await target.guest.close();
            return { answers: output.trim().split('\n').slice(2), pending };
          },
          options,
        );
        assert.equal(answers.length, CELLS + 1);
        assert.deepEqual(new Set(answers.slice(0, CELLS)), new Set(['ok']));
        assert.match(answers[CELLS], /try again|temporarily unavailable/i);
        assert.equal(pending, 'EAGAIN');
      },
    );
  }

  test(
    `posted, ${preset}: standard signals reach other guests; real-time ones are refused, since it is not known whether they fit`,
    OPTIONS,
    async () => {
      const { output, seen, pid } = await withTwo(
        'plain',
        preset,
        'handlers',
        async ({ holder, other, options, SIGUSR1, SIGTERM, SIGRTMIN, SI_QUEUE }) => {
          const { start } = /** @type {any} */ (globalThis).tools;
          const target = start(other, { instrument: true });
          await target.prints('ready');
          const commands = [
            'open -1',
            `send ${SIGTERM}`,
            'open 99999',
            `open ${target.guest.pid}`,
            `send ${SIGUSR1}`,
            `info ${SIGRTMIN} ${SI_QUEUE} 7`,
          ];
          const guest = start(holder, { ...options, stdin: `${commands.join('\n')}\n`, peers: [target.guest] });
          const { output } = await guest.ends();
          await target.prints('SIGUSR1');
          target.guest.kill('SIGQUIT');
          await target.ends();
          return { output, seen: target.output(), pid: guest.guest.pid };
        },
        { mode: 'posted' },
      );
      assert.match(output, /^ready \d+\nok\nEPERM\nESRCH\nok\nok\n.*(try again|temporarily unavailable)\n$/i);
      assert.equal(seen, `ready\nSIGUSR1 code=0 pid=${pid} value=0\nSIGQUIT code=0 pid=1 value=0\nbye\n`);
    },
  );
}
