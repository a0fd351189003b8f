// @ts-check
// O_NONBLOCK of standard input: a read that would wait is EAGAIN, the flag can be cleared again, and F_GETFL tells which flags are set; as the same program does on Linux.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled } from '../support/compiled.js';
import { CLI, LIMIT, converse, guest, quiet } from '../support/program.js';

const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'it is compared with Linux' };

const talk = (/** @type {string[]} */ command) =>
  converse(command, async (program) => {
    await program.expect('ready\n');
    program.type('abc');
    await program.expect('blocks\n');
    await quiet(program.pid);
    program.type('defgh');
    await program.expect('end?\n');
  });

for (const preset of ['wasm32-emscripten', 'wasm32-emscripten-pthread']) {
  test(
    `${preset}: a read of standard input that would wait is EAGAIN with O_NONBLOCK, and F_GETFL tells the truth`,
    OPTIONS,
    async () => {
      const expected = await talk([compiled('guests/nonblock')]);
      assert.match(
        expected.out,
        /nonblock\nread -1 EAGAIN\nready\nread 3 \nread -1 EAGAIN\nflags\nblocks\nread 5 \nend\?\nread 0 \n/,
      );
      for (const options of [[], ['--instrument']]) {
        assert.deepEqual(
          await talk([process.execPath, CLI, 'run', ...options, guest('nonblock', preset)]),
          expected,
          options.join(' '),
        );
      }
    },
  );
}
