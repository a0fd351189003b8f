// @ts-check
// A blocked read of standard input and signals, as on Linux, where the same program says what it should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled } from '../support/compiled.js';
import { CLI, LIMIT, converse, guest, quiet, start } from '../support/program.js';

const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'it is compared with Linux' };

const talk = (/** @type {string[]} */ command) =>
  converse(command, async (program) => {
    await program.expect('\n');
    for (const signal of /** @type {const} */ (['SIGUSR1', 'SIGUSR1', 'SIGALRM'])) {
      await quiet(program.pid);
      program.kill(signal);
      await program.expect('\n');
    }
    program.kill('SIGUSR2'); // has SA_RESTART: the read goes on
    await quiet(program.pid);
    program.type('hello\n');
    await program.expect('\n');
    await quiet(program.pid);
    program.kill('SIGUSR1');
    await program.expect('\n');
  });

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread']) {
  test(`${preset}: handlers run while a read waits, and end it, but for those with SA_RESTART`, OPTIONS, async () => {
    const expected = await talk([compiled('guests/reader')]);
    assert.equal(
      expected.out,
      'ready tty=0\nEINTR signo=10\nEINTR signo=10\nEINTR signo=14\ndata 6: hello\nEINTR signo=10\nend\nhandled 5\n',
    );
    for (const options of [[], ['--instrument']]) {
      assert.deepEqual(
        await talk([process.execPath, CLI, 'run', ...options, guest('reader', preset)]),
        expected,
        options.join(' '),
      );
    }
  });
}

test('a thread that reads is interrupted and cancelled, and others write meanwhile', OPTIONS, async () => {
  const program = guest('threads_read', 'wasm32-emscripten-pthread');
  for (const command of [
    [compiled('guests/threads_read')],
    [process.execPath, CLI, 'run', program],
    [process.execPath, CLI, 'run', '--instrument', program],
  ]) {
    const reader = start(command);
    try {
      await reader.expect('interrupted\n');
      await reader.expect('cancelled\n');
      await quiet(reader.pid);
      reader.type('hello\n');
      assert.deepEqual(await reader.ended, { code: 0, signal: null });
      assert.equal(reader.out, 'interrupted\ncancelled\ndata 6\n');
    } finally {
      await reader.close();
    }
  }
});
