// @ts-check
// The main job: somebody types ^C into a Lua that knows nothing of wasm. On a real pseudo-terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLI, LIMIT, built, busy, guest, quiet } from '../support/program.js';
import { END_OF_FILE, INTERRUPT, QUIT, SUSPEND, openTerminal, wasmsigTerminal } from '../support/pty.js';

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
  const lua = () => ['run', '--instrument', built(preset, 'examples/lua', 'lua')];

  test(`${preset}: ^C stops a loop of the Lua REPL, which keeps its state and goes on`, LIMIT, async () => {
    const terminal = wasmsigTerminal(lua());
    try {
      await terminal.expect('> ');
      terminal.type('x = 6 * 7\n');
      await terminal.expect('> ');
      for (let round = 0; round < 3; round++) {
        terminal.type('while true do end\n');
        await terminal.expect('while true do end');
        await busy(await terminal.commandPid());
        terminal.type(INTERRUPT);
        await terminal.expect('interrupted!');
        await terminal.expect('stack traceback:');
        await terminal.expect('> ');
      }
      terminal.type('print(x)\n');
      await terminal.expect(/^42\r?\n> $/m); // the prompt too: what is typed before it is echoed before it
      terminal.type('print(1+1)\n');
      await terminal.expect(/^2\r?\n> $/m);
      terminal.type(END_OF_FILE);
      assert.equal(await terminal.finish(), 'exited 0');
    } finally {
      await terminal.close();
    }
  });

  test(`${preset}: ^C at the prompt of the Lua REPL kills it, as natively, and a shell sees that`, LIMIT, async () => {
    const terminal = wasmsigTerminal(lua());
    try {
      await terminal.expect('> ');
      terminal.type(INTERRUPT);
      assert.equal(await terminal.finish(), 'signaled 2');
    } finally {
      await terminal.close();
    }
  });

  test(`${preset}: a second ^C during a handler waits its turn`, LIMIT, async () => {
    const terminal = wasmsigTerminal(['run', '--instrument', guest('slow_handler', preset)]);
    try {
      await terminal.expect('ready');
      terminal.type(INTERRUPT);
      await terminal.expect('in');
      terminal.type(INTERRUPT);
      terminal.type(INTERRUPT);
      await terminal.expect('out');
      await terminal.expect('in');
      await terminal.expect('out');
      terminal.type(QUIT);
      await terminal.expect('runs=2');
      assert.equal(await terminal.finish(), 'exited 0');
    } finally {
      await terminal.close();
    }
  });

  test(`${preset}: ^C interrupts a read of the terminal, and the next read gets the line`, LIMIT, async () => {
    const terminal = wasmsigTerminal(['run', guest('reader', preset)]);
    try {
      await terminal.expect('ready tty=1');
      await quiet(await terminal.commandPid());
      terminal.type(INTERRUPT);
      await terminal.expect('EINTR signo=2');
      terminal.type('hello\n');
      await terminal.expect('data 6: hello');
      await quiet(await terminal.commandPid()); // in the next read
      terminal.type(INTERRUPT);
      await terminal.expect('EINTR signo=2');
      terminal.type(END_OF_FILE);
      await terminal.expect('end');
      await terminal.expect('handled 2');
      assert.equal(await terminal.finish(), 'exited 0');
    } finally {
      await terminal.close();
    }
  });
}

test('^Z stops a program, fg continues it, and ^\\ kills it, under a shell with job control', LIMIT, async () => {
  const terminal = openTerminal(['bash', '--norc', '--noprofile', '-i'], {
    env: { PS1: 'shell> ', HISTFILE: '/dev/null' },
  });
  try {
    await terminal.expect('shell> ');
    terminal.type(`'${process.execPath}' '${CLI}' run --instrument '${guest('stopper')}'; echo status=$?\n`);
    await terminal.expect(/tick \d+/);
    terminal.type(SUSPEND);
    await terminal.expect('Stopped');
    await terminal.expect('shell> ');
    terminal.type('fg; echo status=$?\n');
    await terminal.expect('continued');
    await terminal.expect(/tick \d+/);
    terminal.type(QUIT);
    await terminal.expect(/status=131\b/);
    terminal.type('exit\n');
    await terminal.finish();
  } finally {
    await terminal.close();
  }
});
