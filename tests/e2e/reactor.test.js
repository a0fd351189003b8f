// @ts-check
// Libraries that are linked with wasmsig: their user calls their exports, by attach(), and signals are taken in them. Each is a process of Node.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMIT, guest, start, wasmsigResult } from '../support/program.js';

const JS = (/** @type {string} */ path) => JSON.stringify(new URL(`../../js/${path}`, import.meta.url).href);

/** How the exports are got: `exports`, `exited`. @type {Record<string, (file: string) => string>} */
const LOADED = {
  'wasm32-wasip1': (file) => `
    const { bytes } = await instrument(readFileSync(${JSON.stringify(file)}));
    const { imports, start, process, enter } = attach({ wasi: new WASI({ version: 'preview1' }) });
    const program = await WebAssembly.instantiate(bytes, imports);
    const exited = start(program);
    const { listen_for, spin, taken, raise_here, leave } = program.instance.exports;`,
  'wasm32-emscripten': (file) => `
    const { bytes } = await instrument(readFileSync(${JSON.stringify(file.replace(/mjs$/, 'wasm'))}), { memory: 'keep' });
    const { default: factory } = await import(${JSON.stringify(file)});
    const { start, process, enter } = attach();
    let exited;
    const module = await new Promise((resolve) => {
      const loads = async (options) => {
        const module = await factory(options);
        resolve(module);
        return module;
      };
      exited = start(loads, { wasmBinary: bytes });
    });
    const { _listen_for: listen_for, _spin: spin, _taken: taken, _raise_here: raise_here, _leave: leave } = module;`,
};

for (const [preset, load] of Object.entries(LOADED)) {
  test(`${preset}: signals reach a library in its loops and while it is idle, and exit() ends it`, LIMIT, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'wasmsig-reactor-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const sender = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', async (handle) => (await import(${JS('node/index.js')})).Sender.from(handle).kill('SIGINT'));`;
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { readFileSync } from 'node:fs';
      import { Worker } from 'node:worker_threads';
      import { WASI } from 'node:wasi';
      import { attach } from ${JS('node/index.js')};
      import { instrument } from ${JS('instrument/index.js')};
      ${load(guest('reactor', preset))}
      console.log(process.phase, process.capabilities.interrupts);
      enter(listen_for)(2);
      const worker = new Worker(${JSON.stringify(sender)}, { eval: true });
      worker.postMessage(process.handle());
      console.log('loop', enter(spin)());
      enter(listen_for)(10);
      const delivered = new Promise((resolve) => process.addEventListener('delivery', resolve));
      process.kill('SIGUSR1');
      await delivered;
      console.log('idle', taken());
      enter(listen_for)(12);
      enter(raise_here)(12);
      console.log('raise', taken());
      await worker.terminate();
      try { enter(leave)(4); } catch { console.log('thrown'); }
      console.log(JSON.stringify(await exited));
      try { enter(taken)(); } catch ({ code }) { console.log(code); }`,
    );
    const program = start([process.execPath, '--no-warnings', join(folder, 'main.mjs')]);
    try {
      // Emscripten's exit() sets Node's exit code.
      const code = preset === 'wasm32-emscripten' ? 4 : 0;
      assert.deepEqual(await program.ended, { code, signal: null }, program.err);
      assert.deepEqual(program.out.trimEnd().split('\n'), [
        'attached loops',
        'loop 2',
        'idle 10',
        'raise 12',
        'thrown',
        '{"code":4,"signal":null,"core":false}',
        'ESRCH',
      ]);
    } finally {
      await program.close();
    }
  });

  test(`${preset}: wasmsig run says that attach() serves it`, LIMIT, async () => {
    for (const options of [[], ['--instrument']]) {
      const { code, err } = await wasmsigResult(['run', ...options, guest('reactor', preset)]);
      assert.equal(code, 2);
      assert.match(
        err,
        /^wasmsig: [^\n]*(a WASI reactor|an Emscripten library)[^\n]* attach\(\)[^\n]* gives it signals\n$/,
      );
    }
  });
}
