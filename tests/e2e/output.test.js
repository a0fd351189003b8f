// @ts-check
// What a program writes reaches the other side byte for byte, and it learns when the other side has gone. emcc has an output path of its own for
// programs that open no file; Linux's answers come from the same program, compiled for this machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled } from '../support/compiled.js';
import { CLI, LIMIT, guest, start } from '../support/program.js';

const onLinux = process.platform === 'linux';
const linux = onLinux ? [compiled('guests/writer')] : [];
const OPTIONS = { ...LIMIT, skip: onLinux ? false : 'it is compared with Linux' };

/** @param {string} preset @param {string} name @returns {string[][]} */
function commands(preset, name) {
  const program = guest(name, preset);
  return [
    [process.execPath, CLI, 'run', program],
    [process.execPath, CLI, 'run', '--instrument', program],
  ];
}

/**
 * How a program ends whose reader goes after the first line. By a shell, which makes real pipes: Node's are sockets.
 * @param {string[]} command
 */
function withHead(command) {
  return whole(['bash', '-c', '"$@" | head -n 1; echo "[${PIPESTATUS[0]}]"', 'bash', ...command]);
}

/** @param {string[]} command */
async function whole(command) {
  const program = start(command, { input: '' });
  try {
    const end = await program.ended;
    return { ...end, out: program.out, err: program.err };
  } finally {
    await program.close();
  }
}

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread'])
  for (const name of ['writer', 'writer_files']) {
    for (const how of ['ignored', 'caught', 'stdio', 'default']) {
      test(`${preset}, ${name}: a writer whose reader has gone learns it, SIGPIPE ${how}`, OPTIONS, async () => {
        const expected = await withHead([...linux, how]);
        for (const command of commands(preset, name))
          assert.deepEqual(await withHead([...command, how]), expected, command.join(' '));
      });
    }

    test(
      `${preset}, ${name}: what was written is out byte for byte when the program is killed behind it`,
      OPTIONS,
      async () => {
        const expected = await whole([...linux, 'bytes']);
        assert.deepEqual(expected, { code: null, signal: 'SIGKILL', out: 'line\npart\0of', err: '' });
        for (const command of commands(preset, name)) assert.deepEqual(await whole([...command, 'bytes']), expected);
      },
    );

    test(`${preset}, ${name}: a write to what is not open is EBADF`, OPTIONS, async () => {
      const expected = await whole([...linux, 'closed']);
      assert.deepEqual(await whole([...commands(preset, name)[0], 'closed']), expected);
    });
  }
