// @ts-check
// pselect() and ppoll() of standard input: input, its end, time and signals, each as on Linux, where the same program says what it should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled } from '../support/compiled.js';
import { CLI, LIMIT, converse, guest, quiet } from '../support/program.js';

const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'it is compared with Linux' };

/** What it says to signals, input and the end. Only what SIGUSR2 interrupts has to have begun: SIGUSR1 is blocked outside of the wait. */
const talk = (/** @type {string[]} */ command) => converse(command, async (program) => {
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
      const expected = await talk([compiled('poller', 'guests'), how]);
      assert.equal(expected.out, 'nothing: 0\nready\n-1 EINTR, SIGUSR1 1, SIGUSR2 0\nread 3\n-1 EINTR, SIGUSR1 2, SIGUSR2 0\n-1 EINTR, SIGUSR1 2, SIGUSR2 1\nread 5\nread 0\n');
      for (const options of [[], ['--instrument']]) {
        assert.deepEqual(await talk([process.execPath, CLI, 'run', ...options, guest('poller', preset), how]), expected, options.join(' '));
      }
    });
  }
}
