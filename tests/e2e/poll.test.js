// @ts-check
// pselect() and ppoll() of standard input: input, its end, time and signals, each as on Linux, where the same program says what it should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled } from '../support/compiled.js';
import { CLI, LIMIT, converse, guest, quiet, start } from '../support/program.js';

const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'it is compared with Linux' };

/** What it says to signals, input and the end. Only what SIGUSR2 interrupts has to have begun: SIGUSR1 is blocked outside of the wait. */
const talk = (/** @type {string[]} */ command) =>
  converse(command, async (program) => {
    await program.expect('ready\n');
    program.kill('SIGUSR1');
    await program.expect('\n');
    program.type('abc');
    await program.expect('\n');
    program.kill('SIGUSR1');
    await program.expect('\n');
    await quiet(program.pid);
    program.kill('SIGUSR2');
    await program.expect('\n');
    await quiet(program.pid);
    program.type('defgh');
    await program.expect('\n');
  });

for (const how of ['pselect', 'ppoll']) {
  for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread']) {
    test(`${preset}: ${how} waits for standard input, and signals end it`, OPTIONS, async () => {
      const expected = await talk([compiled('guests/poller'), how]);
      assert.equal(
        expected.out,
        'nothing: 0\nready\n-1 EINTR, SIGUSR1 1, SIGUSR2 0\nread 3\n-1 EINTR, SIGUSR1 2, SIGUSR2 0\n-1 EINTR, SIGUSR1 2, SIGUSR2 1\nread 5\nread 0\n',
      );
      for (const options of [[], ['--instrument']]) {
        assert.deepEqual(
          await talk([process.execPath, CLI, 'run', ...options, guest('poller', preset), how]),
          expected,
          options.join(' '),
        );
      }
    });
  }
}

/** The poller, attached, and sent a signal in the middle of the first call to the host that each wait makes. */
const AMIDST = `
  import { readFileSync } from 'node:fs';
  import { WASI } from 'node:wasi';
  import { attach } from ${JSON.stringify(new URL('../../js/node/index.js', import.meta.url).href)};
  import { instrumentSync } from ${JSON.stringify(new URL('../../js/instrument/index.js', import.meta.url).href)};
  const [file, how, instrumented] = process.argv.slice(1);
  const wasi = new WASI({ version: 'preview1', args: ['poller', how] });
  const { imports, start, process: child } = attach({ wasi });
  const { fd_write, fd_fdstat_get } = imports.wasi_snapshot_preview1;
  const signals = ['SIGUSR1', 'SIGUSR2', 'SIGTERM'];
  let lines = 0, waited = 0;
  Object.assign(imports.wasi_snapshot_preview1, {
    fd_write(...args) {
      lines++;
      return fd_write(...args);
    },
    fd_fdstat_get(fd, at) {
      if (fd === 0 && lines >= 2 && lines > waited) child.kill(signals.shift()), (waited = lines);
      return fd_fdstat_get(fd, at);
    },
  });
  const bytes = readFileSync(file);
  await start(await WebAssembly.instantiate(instrumented ? instrumentSync(bytes).bytes : bytes, imports)).then(({ signal }) => console.log(signal));`;

for (const how of ['pselect', 'ppoll']) {
  for (const instrumented of [false, true]) {
    test(
      `a signal that comes before ${how} has begun to wait ends it${instrumented ? ', instrumented' : ''}`,
      LIMIT,
      async () => {
        const program = start([
          process.execPath,
          '--no-warnings',
          '--input-type=module',
          '-e',
          AMIDST,
          guest('poller', 'wasm32-wasip1'),
          how,
          ...(instrumented ? ['x'] : []),
        ]);
        try {
          await program.until(() => program.out.includes('SIGTERM'), 'its death');
          assert.equal(
            program.out,
            'nothing: 0\nready\n-1 EINTR, SIGUSR1 1, SIGUSR2 0\n-1 EINTR, SIGUSR1 1, SIGUSR2 1\nSIGTERM\n',
          );
        } finally {
          await program.close();
        }
      },
    );
  }
}
