// @ts-check
// npm start, as a person sees it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, busy, eventually, start } from '../support/program.js';
import { END_OF_FILE, INTERRUPT, openTerminal } from '../support/pty.js';
import { readFileSync } from 'node:fs';

const LIMIT = { timeout: 120_000 };
const SCRIPT = join(ROOT, 'examples/start.mjs');

test('npm start on a terminal says what to try, and that works', LIMIT, async () => {
  const terminal = openTerminal([process.execPath, SCRIPT]);
  try {
    await terminal.expect('while true do end', 60_000);
    await terminal.expect('^C');
    await terminal.expect('> ', 60_000);
    const pid = await terminal.commandPid();
    const child = () => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
    await eventually(() => child() > 0, 'the program');
    terminal.type('while true do end\n');
    await terminal.expect('while true do end');
    await busy(child());
    terminal.type(INTERRUPT);
    await terminal.expect('interrupted!');
    await terminal.expect('> ');
    terminal.type('print(1+1)\n');
    await terminal.expect(/^2\r?$/m);
    terminal.type(END_OF_FILE);
    assert.equal(await terminal.finish(), 'exited 0');
  } finally {
    await terminal.close();
  }
});

test('npm start without a terminal does all of that itself, and says how long it took', LIMIT, async () => {
  const program = start([process.execPath, SCRIPT], { input: '' });
  try {
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.match(program.out, /interrupted from outside, [\d.]+ ms/);
    assert.match(program.out, /as 143/);
    assert.match(program.out, /All of it happened \([\d.]+ s\)\n$/);
    assert.doesNotMatch(program.out, /FAILED/);
  } finally {
    await program.close();
  }
});

test('an argument that npm start does not know is one line and exit status 2', LIMIT, async () => {
  const program = start([process.execPath, SCRIPT, '--bogus'], { input: '' });
  assert.deepEqual(await program.ended, { code: 2, signal: null });
  assert.match(program.err, /^start: [^\n]+\n$/);
});
