// @ts-check
// Programs without the library in pages: stops, time limits, and what is no program. In Node: tests/js/guest/injected_safe_points.test.js.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { guest, programs, ticker } from '../guests/wat_guests.js';
import { LIMIT, browserForTests, skip } from '../support/chromium.js';
import { buildKinds, skip as noEmscripten } from '../support/emscripten_kinds.js';
import { ROOT } from '../support/program.js';

const { open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
const ticks = [...guest(ticker, { linked: false })];
const deaf = [...guest(programs.deaf, { linked: false })];

/** How it runs, and what a stop then interrupts with safe points and without. */
const MODES = /** @type {const} */ ([
  { name: 'shared', page: 'isolated', options: {}, reach: ['loops', 'calls'] },
  { name: 'yielding', page: 'plain', options: {}, reach: ['loops', 'calls'] },
  { name: "yielding in the page's thread", page: 'plain', options: { thread: 'this' }, reach: ['loops', 'calls'] },
  { name: 'posted', page: 'plain', options: { mode: 'posted' }, reach: ['none', 'none'] },
]);

for (const { name, page: kind, options, reach } of MODES) {
  for (const [at, instrument] of [true, false].entries()) {
    const how = `${name}, ${instrument ? 'with' : 'without'} safe points`;
    test(`${how}: a program that prints stops and continues`, OPTIONS, async () => {
      const page = await open(kind);
      try {
        const result = await page.evaluate(
          async ({ bytes, options, instrument, wanted }) => {
            const { start } = /** @type {any} */ (globalThis).tools;
            const program = start(new Uint8Array(bytes), { ...options, instrument });
            const other = start(new Uint8Array(bytes), {});
            await program.prints('..');
            const { interrupts } = program.guest.capabilities;
            if (wanted === 'none') {
              other.guest.kill('SIGKILL');
              program.guest.kill('SIGTERM');
              return { interrupts, signal: (await program.ends()).signal };
            }
            /** @type {string[]} */
            const told = [];
            for (const type of ['stopped', 'continued'])
              program.guest.addEventListener(type, () => void told.push(type));
            const turn = () => new Promise((resolve) => setTimeout(resolve));
            for (let time = 0; time < 2; time++) {
              program.guest.kill('SIGSTOP');
              // until it has not ticked while the other one ticked twenty times
              for (let before = -1; before !== program.output().length; ) {
                before = program.output().length;
                const count = other.output().length + 20;
                while (other.output().length < count) await turn();
              }
              const { length } = program.output();
              program.guest.kill('SIGCONT');
              while (program.output().length < length + 3) await turn();
            }
            program.guest.kill('SIGSTOP');
            program.guest.kill('SIGTERM');
            const { phase } = program.guest;
            program.guest.kill('SIGCONT');
            const { signal } = await program.ends();
            other.guest.kill('SIGKILL');
            return { interrupts, told: told.join(), phase, signal };
          },
          { bytes: ticks, options, instrument, wanted: reach[at] },
        );
        const stops = { told: Array(3).fill('stopped,continued').join(), phase: 'plain' };
        assert.deepEqual(result, { interrupts: reach[at], ...(reach[at] !== 'none' && stops), signal: 'SIGTERM' });
      } finally {
        await page.close();
      }
    });

    // Without safe points a loop in the page's own thread cannot be interrupted by anything.
    if (!instrument && 'thread' in options) continue;
    test(`${how}: time limits and signals end a loop that calls nothing`, OPTIONS, async () => {
      const page = await open(kind);
      try {
        const signals = await page.evaluate(
          async ({ bytes, options, instrument }) => {
            const { start } = /** @type {any} */ (globalThis).tools;
            const exit = async (/** @type {object} */ more) =>
              (await start(new Uint8Array(bytes), { ...options, instrument, ...more }).ends()).signal;
            const signals = [
              await exit({ timeout: 100 }),
              await exit({ signal: AbortSignal.timeout(100), killSignal: 'SIGKILL' }),
            ];
            const program = start(new Uint8Array(bytes), { ...options, instrument });
            await program.prints('READY');
            program.guest.kill('SIGINT');
            return [...signals, (await program.ends()).signal];
          },
          { bytes: deaf, options, instrument },
        );
        assert.deepEqual(signals, ['SIGTERM', 'SIGKILL', 'SIGINT']);
      } finally {
        await page.close();
      }
    });
  }
}

/** @type {string} where the page finds what emcc made */
let folder;
before(
  () => {
    if (skip || noEmscripten) return;
    folder = mkdtempSync(join(ROOT, 'build', 'kinds-'));
    buildKinds(folder, ['program.mjs', 'short.mjs', 'library.mjs', 'single.mjs', 'script.cjs']);
  },
  { timeout: 300_000 },
);
after(() => folder && rmSync(folder, { recursive: true, force: true }));

test('what emcc makes runs, or says what it is', { ...OPTIONS, skip: skip || noEmscripten }, async () => {
  for (const kind of /** @type {const} */ (['isolated', 'plain'])) {
    const page = await open(kind);
    try {
      const said = await page.evaluate(
        async ({ base }) => {
          const { start } = /** @type {any} */ (globalThis).tools;
          /** @param {string} name @param {boolean} [instrument] */
          const outcome = async (name, instrument = false) => {
            const program = start(`${base}/${name}`, { instrument, timeout: 10_000 });
            return program.ends().then(
              (/** @type {any} */ { code, signal, output }) => `${code ?? signal} ${output}`,
              (/** @type {any} */ { code, message }) => `${code} ${message}`,
            );
          };
          return {
            program: await outcome('program.mjs'),
            instrumented: await outcome('program.mjs', true),
            short: await outcome('short.mjs', true),
            library: await outcome('library.mjs'),
            single: await outcome('single.mjs'),
            singleInstrumented: await outcome('single.mjs', true),
            script: await outcome('script.cjs'),
            wasm: await outcome('program.wasm'),
          };
        },
        { base: `../../build/${basename(folder)}` },
      );
      assert.equal(said.program, '3 hello\n', kind);
      assert.equal(said.instrumented, '3 hello\n', kind);
      assert.equal(said.short, '3 hello\n', kind);
      assert.match(said.library, /^ERR_START library\.mjs: .*(an Emscripten library|a library is not run so)/);
      if (kind === 'isolated') assert.equal(said.single, '3 hello\n');
      else assert.match(said.single, /^ERR_START single\.mjs: no .*single\.wasm.*a single-file build has none/);
      assert.match(said.singleInstrumented, /^ERR_START single\.mjs: no .*single\.wasm.*instrument: true/);
      assert.match(said.script, /^ERR_START script\.cjs: /);
      assert.match(said.wasm, /^ERR_START program\.wasm: the wasm file of an Emscripten module/);
    } finally {
      await page.close();
    }
  }
});
