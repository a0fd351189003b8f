// @ts-check
// A page without cross-origin isolation in an engine without stack switching: signals are posted, and taken when the program is not running.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALARMS, LIMIT, address, browserForTests, skip } from '../support/chromium.js';

const { evaluate, open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
const INLINE = { mode: 'posted', instrument: true };

/**
 * @template R
 * @param {string} name
 * @param {string} guest
 * @param {(given: any) => Promise<R>} run  in the page
 * @param {(result: R) => void} check
 * @param {object} [more]  for `run`
 */
function scenario(name, guest, run, check, more) {
  for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
    test(`posted, ${preset}: ${name}`, OPTIONS, async () =>
      check(await evaluate('plain', run, { url: address(guest, preset), options: INLINE, ...more })),
    );
  }
}

scenario(
  'capabilities say so',
  'default',
  async ({ url, options }) => {
    const { start, wasmsig } = /** @type {any} */ (globalThis).tools;
    const program = start(url, options);
    await program.guest.ready;
    const { capabilities } = program.guest;
    await program.guest.close();
    return {
      isolated: globalThis.crossOriginIsolated,
      shared: typeof SharedArrayBuffer,
      capabilities,
      predicted: wasmsig.capabilities(options),
    };
  },
  ({ isolated, shared, capabilities, predicted }) => {
    assert.equal(isolated, false);
    assert.equal(shared, 'undefined');
    assert.equal(capabilities.mode, 'posted');
    assert.equal(capabilities.interrupts, 'idle');
    assert.equal(capabilities.timers, 'loops');
    assert.equal(capabilities.waits, 'time');
    assert.equal(capabilities.sharedMemory, false);
    assert.notEqual(capabilities.advice, '');
    assert.deepEqual(predicted, capabilities);
  },
);

scenario(
  "timers interrupt a computation by the guest's own clock",
  'alarm',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    return start(url, { ...options, args: ['30', '20'] }).ends();
  },
  ({ output, code }) => {
    assert.match(output, ALARMS);
    assert.equal(code, 0);
  },
);

scenario(
  'what is sent before the program runs reaches it',
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
  'a default action ends a busy program',
  'default',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const program = start(url, options);
    await program.prints('ready');
    program.guest.kill('SIGTERM');
    return program.ends();
  },
  ({ signal }) => assert.equal(signal, 'SIGTERM'),
);

scenario(
  'what a busy program blocks stays pending, and SIGKILL ends it',
  'default',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const program = start(url, { ...options, blocked: ['SIGTERM'] });
    let delivered = 0;
    program.guest.addEventListener('delivery', () => delivered++);
    await program.prints('ready');
    const sent = program.guest.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { phase } = program.guest;
    program.guest.kill('SIGKILL');
    return { ...(await program.ends()), sent, phase, delivered };
  },
  ({ sent, phase, delivered, signal }) => {
    assert.deepEqual(
      { sent, phase, delivered, signal },
      { sent: true, phase: 'attached', delivered: 0, signal: 'SIGKILL' },
    );
  },
);

scenario(
  'AbortSignal.timeout() ends an endless loop where the signal is SIGKILL',
  'default',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    for (let time = 500; ; time *= 2) {
      const { output, code, signal } = await start(url, {
        ...options,
        signal: AbortSignal.timeout(time),
        killSignal: 'SIGKILL',
      }).ends();
      if (output === 'ready\n') return { code, signal };
    }
  },
  (exit) => assert.deepEqual(exit, { code: null, signal: 'SIGKILL' }),
);

scenario(
  'a timed sleep ends, and an endless one that nothing could end fails',
  'sleeper',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    const began = performance.now();
    const timed = await start(url, { ...options, args: ['nanosleep', '1'] }).ends();
    const took = performance.now() - began;
    return { timed, took, endless: await start(url, { ...options, args: ['pause'] }).ends() };
  },
  ({ timed, took, endless }) => {
    assert.equal(timed.output, 'ready\nnanosleep 0\n');
    assert.ok(took >= 1000, `${took} ms`);
    assert.equal(endless.output, 'ready\npause error=EDEADLK\n');
  },
);

scenario(
  'input that is given whole is read',
  'reader',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    return start(url, { ...options, stdin: 'all of it\n' }).ends();
  },
  ({ output, code }) => {
    assert.match(output, /^ready tty=0\ndata 10: all of it\nend\n/);
    assert.equal(code, 0);
  },
);

scenario(
  'a read of input that cannot come fails instead of hanging',
  'reader',
  async ({ url, options }) => {
    const { start } = /** @type {any} */ (globalThis).tools;
    return start(url, { ...options, stdin: 'pipe' }).ends();
  },
  ({ output, code }) => {
    assert.match(output, /error .*deadlock/i);
    assert.equal(code, 1);
  },
);

test('posted, wasm32-emscripten: a program that has returned to its event loop handles signals', OPTIONS, async () => {
  const page = await open('plain');
  try {
    const exit = await page.evaluate(
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
      { url: address('idle', 'wasm32-emscripten'), options: INLINE },
    );
    assert.equal(exit.signal, 'SIGTERM');
  } finally {
    await page.close();
  }
});
