// @ts-check
// Emscripten programs with threads (-pthread -sPROXY_TO_PTHREAD) in a page that is isolated: main() has a thread of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALARMS, LIMIT, address, browserForTests, skip } from '../support/chromium.js';

const { evaluate } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
const PRESET = 'wasm32-emscripten-pthread';

/**
 * @template R
 * @param {string} name
 * @param {string} guest
 * @param {(given: any) => Promise<R>} run  in the page
 * @param {(result: R) => void} check
 * @param {{page?: 'isolated' | 'plain', args?: string[]}} [more]
 */
function scenario(name, guest, run, check, { page: kind = 'isolated', args = [] } = {}) {
  test(name, OPTIONS, async () =>
    check(await evaluate(kind, run, { url: address(guest, PRESET), options: { instrument: true, args } })),
  );
}

scenario(
  'signals reach the handlers of a busy program',
  'handlers',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const program = start(url, options);
    await program.prints('ready');
    const { mode } = program.guest;
    for (const signal of ['SIGINT', 'SIGUSR1']) {
      program.guest.kill(signal);
      await program.prints(`${signal} code=0`);
    }
    program.guest.kill('SIGRTMIN', { value: 7 });
    await program.prints('value=7');
    program.guest.kill('SIGQUIT');
    return { ...(await program.ends()), mode };
  },
  ({ output, code, mode }) => {
    assert.equal(
      output,
      'ready\nSIGINT code=0 pid=1 value=0\nSIGUSR1 code=0 pid=1 value=0\nSIGRTMIN+0 code=-1 pid=1 value=7\nSIGQUIT code=0 pid=1 value=0\nbye\n',
    );
    assert.equal(code, 0);
    assert.equal(mode, 'shared');
  },
);

scenario(
  'a default action kills a busy program',
  'default',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const program = start(url, options);
    await program.prints('ready');
    program.guest.kill('SIGINT');
    return program.ends();
  },
  ({ signal }) => assert.equal(signal, 'SIGINT'),
);

scenario(
  'what is sent before it runs is not lost',
  'default',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const program = start(url, options);
    program.guest.kill('SIGTERM');
    return program.ends();
  },
  ({ signal }) => assert.equal(signal, 'SIGTERM'),
);

scenario(
  'SIGKILL ends all its threads',
  'threads',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const program = start(url, options);
    await program.guest.ready;
    program.guest.kill('SIGKILL');
    return program.ends();
  },
  ({ signal }) => assert.equal(signal, 'SIGKILL'),
  { args: ['1000000000'] },
);

scenario(
  'alarms interrupt a computation',
  'alarm',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    return start(url, options).ends();
  },
  ({ output, code }) => {
    assert.match(output, ALARMS);
    assert.equal(code, 0);
  },
  { args: ['30', '20'] },
);

for (const call of ['nanosleep', 'pause', 'sigsuspend']) {
  scenario(
    `${call} is interrupted`,
    'sleeper',
    async ({ url, options }) => {
      const { start } = /** @type {any} */ (globalThis).tools;
      const program = start(url, options);
      await program.prints('ready');
      const sending = setInterval(() => program.guest.kill('SIGINT'), 20);
      return program.ends().finally(() => clearInterval(sending));
    },
    ({ output }) => assert.equal(output, `ready\n${call} EINTR signo=2\n`),
    { args: [call, '50'] },
  );
}

scenario(
  'two threads signal each other, and what is sent to the process is for the thread that does not block it',
  'threads',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const program = start(url, { ...options, instrument: false });
    await program.prints('rounds');
    program.guest.kill('SIGTERM');
    return program.ends();
  },
  ({ output, code }) => {
    assert.equal(output, 'rounds 1000\nended by 15 in main\n');
    assert.equal(code, 0);
  },
);

scenario(
  'exit codes and deaths are told apart',
  'ends',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const ends = [];
    for (const args of [['return', '7'], ['exit', '143'], ['abort'], ['raise', '15'], ['trap']])
      ends.push(await start(url, { ...options, args }).ends());
    return ends.map(({ code, signal }) => code ?? signal);
  },
  (ends) => assert.deepEqual(ends, [7, 143, 'SIGABRT', 'SIGTERM', 'SIGILL']),
);

scenario(
  'a page without shared memory says why it cannot run',
  'default',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    return start(url, options).guest.exited.then(
      () => 'ran',
      (/** @type {any} */ error) => ({ code: error.code, message: error.message }),
    );
  },
  (answer) => {
    assert.equal(/** @type {any} */ (answer).code, 'ERR_START');
    assert.match(/** @type {any} */ (answer).message, /shared memory|SharedArrayBuffer|isolat/i);
  },
  { page: 'plain' },
);
