// @ts-check
/** Programs that are instantiated by hand, on two implementations of WASI. Each test is a process of Node: such a program has its thread for itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { features } from '../../js/index.js';
import { cacheFolder } from '../../toolchains/lib/cache.mjs';
import { locate } from '../../toolchains/sdk/node24.mjs';
import { guest, programs } from '../guests/wat_guests.js';

/** A Node with stack switching. */
const newer = locate({ cache: cacheFolder(), env: process.env });

const LIMIT = { timeout: 60_000 };
const PACKAGE = JSON.stringify(new URL('../../js/node/index.js', import.meta.url).href);

/** How each implementation is made; `wasi` is its object. */
const IMPLEMENTATIONS = {
  'node:wasi': `import { WASI } from 'node:wasi';
    const wasi = new WASI({ version: 'preview1' });`,
  browser_wasi_shim: `import { ConsoleStdout, WASI, Fd } from '${import.meta.resolve('@bjorn3/browser_wasi_shim')}';
    import { writeSync } from 'node:fs';
    const wasi = new WASI([], [], [new Fd(), new ConsoleStdout((bytes) => writeSync(1, bytes)), new Fd()]);`,
};

/**
 * Runs a script that has \`wasi\`, \`bytes\`, \`attach\` ... and prints; resolves to what was printed and the exit that it says.
 * @param {string} implementation
 * @param {Uint8Array} program
 * @param {string} script
 * @param {string} [node]
 * @returns {Promise<{output: string, exit: {code: number | null, signal: string | null}}>}
 */
function run(implementation, program, script, node = process.execPath) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-attach-'));
  const file = join(folder, 'program.wasm');
  writeFileSync(file, program);
  const text = `${implementation}
    import { readFileSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    import { Sender, attach } from ${PACKAGE};
    const bytes = readFileSync(${JSON.stringify(file)});
    ${script}
    console.log('\\n' + JSON.stringify({ code: exit.code, signal: exit.signal }));`;
  return new Promise((resolve, reject) => {
    // A file, because workers inherit the options that a text on the command line needs.
    const main = join(folder, 'main.mjs');
    writeFileSync(main, text);
    execFile(node, ['--no-warnings', main], { timeout: 50_000 }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true });
      if (error) return reject(new Error(`${error.message}\n${stdout}${stderr}`));
      const lines = stdout.trimEnd().split('\n');
      resolve({ exit: JSON.parse(/** @type {string} */ (lines.pop())), output: lines.join('\n').trim() });
    });
  });
}

const START = 'const exit = await start(await WebAssembly.instantiate(bytes, imports));';

for (const [name, implementation] of Object.entries(IMPLEMENTATIONS)) {
  test(`${name}: exit codes, traps and deaths`, LIMIT, async () => {
    for (const [program, exit] of /** @type {const} */ ([
      [programs.exit7, { code: 7, signal: null }],
      ['', { code: 0, signal: null }],
      [programs.trap, { code: null, signal: 'SIGILL' }],
    ])) {
      assert.deepEqual(
        (await run(implementation, guest(program), `const { imports, start } = attach({ wasi }); ${START}`)).exit,
        exit,
      );
    }
  });

  test(
    `${name}: what is sent before the start and was given as blocked arrives; what is not ends the process`,
    LIMIT,
    async () => {
      const ended = await run(
        implementation,
        guest(programs.spin),
        `const { imports, start, process } = attach({ wasi });
      process.kill('SIGUSR1');
      ${START}`,
      );
      assert.deepEqual(ended, { output: '', exit: { code: null, signal: 'SIGUSR1' } });
      const { output, exit } = await run(
        implementation,
        guest(programs.spin),
        `const { imports, start, process } = attach({ wasi, blocked: ['SIGUSR1', 'SIGTERM'] });
      process.kill('SIGUSR1');
      process.kill('SIGTERM');
      ${START}`,
      );
      assert.deepEqual(exit, { code: null, signal: 'SIGTERM' });
      assert.match(output, /USR1/);
    },
  );

  test(`${name}: another thread interrupts a computation and a sleep`, LIMIT, async () => {
    for (const [program, signal, expected] of /** @type {const} */ ([
      [programs.spin, 'SIGQUIT', { code: null, signal: 'SIGQUIT' }],
      [programs.sleep, 'SIGINT', { code: 0, signal: null }],
    ])) {
      const { output, exit } = await run(
        implementation,
        guest(program),
        `const { imports, start, process } = attach({ wasi });
        const worker = new Worker("const { parentPort } = require('node:worker_threads');"
          + "parentPort.on('message', async (handle) => (await import(" + ${JSON.stringify(PACKAGE)} + ")).Sender.from(handle).kill('${signal}'))", { eval: true });
        process.addEventListener('ready', () => worker.postMessage(process.handle()));
        ${START}
        await worker.terminate();`,
      );
      assert.deepEqual(exit, expected);
      if (signal === 'SIGINT') assert.match(output, /INT\nERR 27/);
    }
  });

  test(`${name}: the timekeeper rings`, LIMIT, async () => {
    const { output } = await run(
      implementation,
      guest(programs.arm),
      `const { imports, start } = attach({ wasi }); ${START}`,
    );
    assert.match(output, /READY\n2$/);
  });

  const skip = !newer && 'no Node 24: run toolchains/setup.mjs --only node24, or set NODE24';
  test(`${name}: with stack switching the own thread interrupts a computation and a sleep`, {
    ...LIMIT,
    skip,
  }, async () => {
    for (const [program, expected] of /** @type {const} */ ([
      [programs.spin, { code: null, signal: 'SIGQUIT' }],
      [programs.sleep, { code: 0, signal: null }],
    ])) {
      const { exit } = await run(
        implementation,
        guest(program),
        `const { imports, start, process } = attach({ wasi, yields: true });
        let sending;
        process.addEventListener('ready', () => sending = setInterval(() => process.kill('${program === programs.sleep ? 'SIGINT' : 'SIGQUIT'}'), 20));
        ${START}
        clearInterval(sending);`,
        newer?.executable,
      );
      assert.deepEqual(exit, expected);
    }
  });
}

/** A reactor: what it exports is called by its user. */
const reactor = guest('', {
  entry: '_initialize',
  globals: `(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "spin") (loop $spin (drop (call $deliver)) (br $spin)))
    (func (export "waits") (result i32) (call $sleep (i32.const 60000)))
    (func (export "quits") (call $proc_exit (i32.const 5)))
    (func (export "traps") (unreachable))`,
});
const INSTANCE = `const program = await WebAssembly.instantiate(bytes, imports);
  const exited = start(program);
  const { add, spin, waits, quits, traps } = program.instance.exports;`;

for (const [name, implementation] of Object.entries(IMPLEMENTATIONS)) {
  test(`${name}: the exports of a reactor run with signals, and what ends one ends the process`, LIMIT, async () => {
    const sends = (/** @type {string} */ signal) => `const { imports, start, process, enter } = attach({ wasi });
      const worker = new Worker("const { parentPort } = require('node:worker_threads');"
        + "parentPort.on('message', async (handle) => (await import(" + ${JSON.stringify(PACKAGE)} + ")).Sender.from(handle).kill('${signal}'))", { eval: true });
      ${INSTANCE}
      worker.postMessage(process.handle());`;
    const interrupted = await run(
      implementation,
      reactor,
      `${sends('SIGINT')}
      console.log(enter(waits)(), enter(add)(1, 2), process.phase);
      await worker.terminate();
      const delivered = new Promise((resolve) => process.addEventListener('delivery', resolve));
      process.kill('SIGUSR1'); // while nothing computes
      await delivered;
      await process.close();
      const exit = await exited;
      let code;
      try { enter(add)(1, 2); } catch (error) { code = error.code; }
      console.log(code);`,
    );
    assert.deepEqual(interrupted, {
      output: 'INT\n27 3 attached\nUSR1\nESRCH',
      exit: { code: null, signal: 'SIGKILL' },
    });
    const ended = (/** @type {string} */ call) => `let thrown;
      try { ${call}; } catch (error) { thrown = error; }
      const exit = await exited;
      console.log(thrown instanceof Error);`;
    const killed = await run(
      implementation,
      reactor,
      `${sends('SIGQUIT')} ${ended('enter(spin)()')} await worker.terminate();`,
    );
    assert.deepEqual(killed, { output: 'true', exit: { code: null, signal: 'SIGQUIT' } });
    // This guest handles every signal, so that of a trap too.
    for (const [call, exit, output] of /** @type {const} */ ([
      ['enter(quits)()', { code: 5, signal: null }, 'true'],
      ['enter(traps)()', { code: null, signal: 'SIGILL' }, 'SIG 4\ntrue'],
    ])) {
      const quits = await run(
        implementation,
        reactor,
        `const { imports, start, enter } = attach({ wasi }); ${INSTANCE} ${ended(call)}`,
      );
      assert.deepEqual(quits, { output, exit });
    }
  });

  test(`${name}: with stack switching the own thread interrupts an export of a reactor`, {
    ...LIMIT,
    skip: !newer && 'no Node 24: run toolchains/setup.mjs --only node24, or set NODE24',
  }, async () => {
    const { output, exit } = await run(
      implementation,
      reactor,
      `const { imports, start, process, enter } = attach({ wasi, yields: true });
      ${INSTANCE}
      await process.ready;
      const sending = setInterval(() => process.kill('SIGINT'), 20);
      const waiting = enter(waits)();
      console.log((await enter(add)(1, 2).catch((error) => error)).code);
      console.log(await waiting);
      clearInterval(sending);
      const thrown = enter(traps)().catch((error) => error);
      const exit = await exited;
      console.log(await thrown instanceof Error);`,
      newer?.executable,
    );
    assert.match(output, /^ERR_BUSY\nINT\n27\n(INT\n)*SIG 4\ntrue$/);
    assert.deepEqual(exit, { code: null, signal: 'SIGILL' });
  });

  test(`${name}: a library that is not linked is refused with the entry that serves it`, LIMIT, async () => {
    const script = `const { imports, start } = attach({ wasi });
      const exit = {};
      await start(await WebAssembly.instantiate(bytes, imports)).catch((error) => console.log(error.code, error.message));`;
    for (const [entry, kind] of /** @type {const} */ ([
      ['_initialize', /^ERR_START the program: a WASI reactor.* wasmsig\/guard/],
      ['work', /^ERR_START the program: a library.* wasmsig\/guard/],
    ]))
      assert.match((await run(implementation, guest('', { entry, linked: false }), script)).output, kind);
  });
}

// Node's own, called by wasm directly, damage the heap when a garbage collection comes in between (nodejs/node#46777).
test('node:wasi: no native function is given to the program', LIMIT, async () => {
  const { output } = await run(
    IMPLEMENTATIONS['node:wasi'],
    guest(''),
    `const { imports } = attach({ wasi }); const exit = {};
    const calls = Object.entries(imports.wasi_snapshot_preview1);
    console.log(calls.length > 40, calls.filter(([, call]) => /native code/.test(String(call))).map(([name]) => name).join());`,
  );
  assert.equal(output, 'true');
});

test('what is missing is said', LIMIT, async () => {
  const { attach } = await import('../../js/node/index.js');
  await assert.rejects(attach().start(/** @type {any} */ ({})), { code: 'ERR_START', message: /`wasi`/ });
  if (!features().stackSwitching)
    assert.throws(() => attach({ yields: true }), { code: 'ERR_START', message: /stack switching/ });
});
