// @ts-check
// `wasmsig run` stands for its program: what others send to the command, and what a shell sees of its end.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { test } from 'node:test';
import { FORWARDED, OF_COMMAND } from '../../js/node/forwarded.js';
import { handOn } from '../../js/node/forward.js';
import { CLI, LIMIT, Watched, guest, stateOf, wasmsig, wasmsigResult } from '../support/program.js';

const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'the signals are those of Linux' };
const TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH', 'SIGHUP'];

test('every signal that the command hears reaches a handler, with the sender that it has', OPTIONS, async () => {
  const program = wasmsig(['run', guest('outside'), 'handle']);
  try {
    await program.expect('ready');
    for (const signal of OF_COMMAND.filter((one) => one !== 'SIGTERM')) {
      program.kill(signal);
      await program.expect(`${constants.signals[signal]} ${TERMINAL.includes(signal) ? 'code=128 pid=0' : 'code=0 pid=1'}\n`);
    }
    program.kill('SIGTERM');
    await program.expect('15 code=0 pid=1');
    assert.deepEqual(await program.ended, { code: 0, signal: null });
  } finally {
    await program.close();
  }
});

test('run --help names every signal of the system that does not reach the program, and `wasmsig signals` marks the others', OPTIONS, async () => {
  const { out: help } = await wasmsigResult(['run', '--help']);
  const { signals } = JSON.parse((await wasmsigResult(['signals', '--json'])).out);
  for (const { name, aliases, forwarded } of signals) {
    const named = new RegExp(`\\b${name}\\b`).test(help);
    assert.equal(named, !OF_COMMAND.includes(name), `${name} in the help`);
    assert.equal(forwarded, OF_COMMAND.includes(name), name);
    assert.ok([name, ...aliases].some((one) => one in constants.signals), `${name} is none of this system's`);
  }
  assert.match(help, /real-time signals \(35 to 64\)/);
});

test('who a signal is from is one rule, for early and for late ones', () => {
  for (const signal of FORWARDED) {
    /** @type {unknown[]} */
    const seen = [];
    assert.equal(handOn({ kill: (name, { terminal }) => seen.push(name, terminal) > 0 }, signal), true);
    assert.deepEqual(seen, [signal, TERMINAL.includes(signal)]);
  }
  assert.equal(handOn({ kill: () => false }, 'SIGINT'), false);
});

test('the command does not die of a signal that its program ignores or handles, also when the program is just ending', OPTIONS, async () => {
  for (let run = 0; run < 10; run++) {
    const program = wasmsig(['run', guest('outside'), 'ending', '20']);
    let sent = 0;
    try {
      await program.expect('ready');
      while (program.child.exitCode === null && program.child.signalCode === null) {
        sent += Number(program.child.kill('SIGINT')) + Number(program.child.kill('SIGUSR1'));
        await new Promise((resolve) => setTimeout(resolve, 0.5));
      }
      assert.deepEqual(await program.ended, { code: 0, signal: null }, `run ${run}, after ${sent} signals`);
      assert.ok(sent > 4);
    } finally {
      await program.close();
    }
  }
});

test('a program that dies of a signal takes no other one with it to its end', OPTIONS, async () => {
  const program = wasmsig(['run', guest('outside'), 'ending', '60000']);
  try {
    await program.expect('ready');
    program.kill('SIGTERM');
    while (program.child.exitCode === null && program.child.signalCode === null) {
      program.child.kill('SIGUSR1');
      program.child.kill('SIGINT');
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(await program.ended, { code: null, signal: 'SIGTERM' });
  } finally {
    await program.close();
  }
});

test('death by a signal that has no name is reported to the shell as any other', OPTIONS, () => {
  for (const signo of [32, 33, 34, 35, 64, 10]) {
    const { stdout, stderr } = spawnSync('bash', ['-c', '"$@"; echo $?', 'bash', process.execPath, CLI, 'run', guest('ends'), 'raise', String(signo)], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(stdout, `ready\n${128 + signo}\n`, stderr);
    assert.doesNotMatch(stderr, /wasmsig:/);
  }
});

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
  test(`${preset}: a signal that was sent before input is handled before that input is read, 300 times of 300`, OPTIONS, async () => {
    const program = wasmsig(['run', guest('outside', preset), 'count']);
    try {
      await program.expect('ready');
      for (let sent = 1; sent <= 300; sent++) {
        program.kill('SIGUSR1');
        program.type('x');
        assert.equal((await program.expect(/^\n?(\d+)\n/)).trim(), String(sent));
      }
      program.child.stdin?.end();
      assert.deepEqual(await program.ended, { code: 0, signal: null });
    } finally {
      await program.close();
    }
  });
}

test('SIGTSTP stops nothing in an orphaned process group, as natively: the program goes on', OPTIONS, async () => {
  // The leader of a session of its own: nobody could continue it.
  const program = new Watched(spawn(process.execPath, [CLI, 'run', '--instrument', guest('stopper')], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] }));
  try {
    await program.expect(/tick \d+\n/);
    program.kill('SIGTSTP');
    await program.expect('continued');
    await program.expect(/tick \d+\n/);
    assert.notEqual(stateOf(program.pid), 'T');
    program.kill('SIGTERM');
    assert.deepEqual(await program.ended, { code: null, signal: 'SIGTERM' });
  } finally {
    await program.close();
  }
});

test('a program starts with the signals ignored that --ignore names', OPTIONS, async () => {
  const program = wasmsig(['run', '--ignore', 'HUP', '--ignore', 'SIGINT', guest('outside'), 'inherited']);
  try {
    await program.expect('ignored 1\nignored 2\nready');
    program.kill('SIGHUP');
    program.kill('SIGINT');
    program.kill('SIGUSR2');
    await program.expect('alive');
    program.kill('SIGTERM');
    assert.deepEqual(await program.ended, { code: null, signal: 'SIGTERM' });
  } finally {
    await program.close();
  }
  assert.match((await wasmsigResult(['run', '--ignore', 'SIGNONE', guest('outside')])).err, /^wasmsig: run: --ignore SIGNONE: [^\n]+\n$/);
});
