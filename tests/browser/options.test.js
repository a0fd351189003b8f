// @ts-check
// What spawn() of a page says of options that are wrong, and who hears of failures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest, programs } from '../guests/wat_guests.js';
import { LIMIT, browserForTests, skip } from '../support/chromium.js';

const { open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
const exit7 = [...guest(programs.exit7)];
const prints = [
  ...guest(
    '(call $write (i32.const 22) (i32.const 6)) (call $write (i32.const 22) (i32.const 6)) (call $proc_exit (i32.const 7))',
  ),
];

test('a wrong option of spawn() is a TypeError that names it, and no worker was started', OPTIONS, async () => {
  const page = await open('isolated');
  try {
    const { told, workers } = await page.evaluate(
      ({ bytes }) => {
        const { spawn } = /** @type {any} */ (globalThis).tools.wasmsig;
        let workers = 0;
        const Original = Worker;
        globalThis.Worker = /** @type {any} */ (
          function Counted(/** @type {any[]} */ ...args) {
            workers++;
            return new Original(.../** @type {[any, any]} */ (args));
          }
        );
        const program = new Uint8Array(bytes);
        const locked = new ReadableStream();
        locked.getReader();
        /** @type {[string, any][]} */
        const wrong = [
          ['args', { args: 'abc' }],
          ['env.A', { env: { A() {} } }],
          ['env', { env: 'A=1' }],
          ["dirs['.']['a']", { dirs: { '.': { a: null } } }],
          ["dirs['.']", { dirs: { '.': 'x' } }],
          ['peers', { peers: [null] }],
          ['stdin', { stdin: 5 }],
          ['stdin', { stdin: null }],
          ['stdin', { stdin: locked }],
          ['stdout', { stdout: 'pip' }],
          ['stdout', { stdout: {} }],
          ['stderr', { stderr: true }],
          ['uid', { uid: 'x' }],
          ['edition', { edition: 'full' }],
          ['mode', { mode: 'best' }],
          ['thread', { thread: 'other' }],
          ['instrument', { instrument: 'yes' }],
          ['signal', { signal: {} }],
        ];
        const told = wrong.map(([what, option]) => {
          try {
            spawn(program, option);
            return `${what}: started`;
          } catch (error) {
            return error instanceof TypeError && error.message.startsWith(what) ? 'right' : `${what}: ${error}`;
          }
        });
        for (const source of [5, null, undefined, {}, []]) {
          try {
            spawn(source);
            told.push('started');
          } catch (error) {
            told.push(error instanceof TypeError ? 'right' : String(error));
          }
        }
        return { told, workers };
      },
      { bytes: exit7 },
    );
    assert.deepEqual(
      told.filter((one) => one !== 'right'),
      [],
    );
    assert.equal(told.length, 23);
    assert.equal(workers, 0);
  } finally {
    await page.close();
  }
});

for (const { kind, mode } of /** @type {const} */ ([
  { kind: 'isolated', mode: 'shared' },
  { kind: 'plain', mode: 'yielding' },
  { kind: 'plain', mode: 'posted' },
])) {
  test(
    `${mode}: what a stdout function throws reaches the page, and the program has written all the same`,
    OPTIONS,
    async () => {
      const page = await open(kind);
      try {
        const outcome = await page.evaluate(
          async ({ bytes, mode }) => {
            const { spawn } = /** @type {any} */ (globalThis).tools.wasmsig;
            /** @type {string[]} */
            const errors = [];
            addEventListener('error', (event) => {
              event.preventDefault();
              errors.push(event.error.message);
            });
            let written = '';
            const { code } = await spawn(new Uint8Array(bytes), {
              mode,
              stdout: async (/** @type {Uint8Array} */ chunk) => {
                written += new TextDecoder().decode(chunk);
                throw new Error(`no room for ${chunk.length}`);
              },
            }).exited;
            while (written.length < 12) await new Promise((resolve) => setTimeout(resolve, 5));
            while (
              errors
                .join()
                .match(/\d+/g)
                ?.reduce((sum, one) => sum + Number(one), 0) !== 12
            )
              await new Promise((resolve) => setTimeout(resolve, 5));
            return { code, written };
          },
          { bytes: prints, mode },
        );
        assert.deepEqual(outcome, { code: 7, written: 'READY\nREADY\n' });
      } finally {
        await page.close();
      }
    },
  );

  test(
    `${mode}: a program that could not be started is an unhandled rejection if its end is not awaited, and its streams fail`,
    OPTIONS,
    async () => {
      const page = await open(kind);
      try {
        const outcome = await page.evaluate(
          async ({ mode }) => {
            const { spawn } = /** @type {any} */ (globalThis).tools.wasmsig;
            const unhandled = new Promise((resolve) =>
              addEventListener(
                'unhandledrejection',
                (event) => {
                  event.preventDefault();
                  resolve(event.reason.code);
                },
                { once: true },
              ),
            );
            const silent = spawn('/nope.wasm', { mode, stdout: 'pipe', timeout: 20_000 });
            const read = await silent.stdout
              .getReader()
              .read()
              .catch((/** @type {any} */ error) => error.code);
            const heard = await spawn('/nope.wasm', { mode }).exited.catch((/** @type {any} */ error) => error.code);
            return { unhandled: await unhandled, read, heard };
          },
          { mode },
        );
        assert.deepEqual(outcome, { unhandled: 'ERR_START', read: 'ERR_START', heard: 'ERR_START' });
      } finally {
        await page.close();
      }
    },
  );
}
