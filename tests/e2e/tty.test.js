// @ts-check
// What a program at a terminal has of it. That it reads on after ^D is compared with Linux, where the same program runs natively; tests/browser/terminal.test.js does
// the same in a page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, guest } from '../support/program.js';
import { SESSIONS, converse, linux } from '../support/prompt.js';
import { wasmsigTerminal } from '../support/pty.js';

const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'it is compared with Linux' };

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten'])
  for (const { args, keys } of SESSIONS) {
    test(
      `${preset}: the end of the file is one of a read only${args.length ? ', by read(2)' : ''}`,
      OPTIONS,
      async () => {
        const ours = await converse(wasmsigTerminal(['run', guest('prompt', preset), ...args]), keys);
        assert.equal(ours, await linux(args, keys));
      },
    );
  }

for (const [preset, answers] of /** @type {const} */ ([
  ['wasm32-wasip1', 'tcgetattr none\r\ntcsetattr none\r\nwindow none'],
  ['wasm32-emscripten', 'tcgetattr ENOTTY\r\ntcsetattr ENOTTY\r\nwindow 0 0'],
])) {
  test(`${preset}: what cannot be known of the terminal is an error or unknown, not made up`, LIMIT, async () => {
    const terminal = wasmsigTerminal(['run', guest('tty', preset)]);
    try {
      await terminal.ended;
      assert.equal(terminal.out, `isatty 1 1 1\r\n${answers}\r\n`);
    } finally {
      await terminal.close();
    }
  });
}
