// @ts-check
// Signals that other processes send to the command reach the program's handlers; without a handler the command dies as the program does.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { guest as tiny, ticker } from '../guests/wat_guests.js';
import { watch } from '../support/watched_guest.js';
import { CLI, LIMIT, OWN_GROUP, eventually, guest, start, stateOf, wasmsig } from '../support/program.js';

/** @type {NodeJS.Signals[]} */
const FORWARDED = ['SIGUSR1', 'SIGTERM', 'SIGINT', 'SIGUSR2', 'SIGHUP', 'SIGWINCH', 'SIGCONT', 'SIGUSR1'];

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread']) {
  test(`${preset}: kill of the command reaches the handlers of a busy program, each signal once`, LIMIT, async () => {
    const program = wasmsig(['run', '--instrument', guest('handlers', preset)]);
    try {
      await program.expect('ready');
      for (const signal of FORWARDED) {
        program.kill(signal);
        await program.expect(new RegExp(`^${signal} code=-?\\d+ pid=\\d+ value=0$`, 'm'));
      }
      program.kill('SIGQUIT');
      await program.expect('bye');
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      assert.equal(program.err, '');
      assert.equal(program.out.split('\n').length, FORWARDED.length + 4);
    } finally {
      await program.close();
    }
  });

  test(`${preset}: default actions kill the command by the same signal`, LIMIT, async () => {
    for (const signal of /** @type {NodeJS.Signals[]} */ ([
      'SIGTERM',
      'SIGINT',
      'SIGQUIT',
      'SIGHUP',
      'SIGUSR1',
      'SIGUSR2',
      'SIGALRM',
      'SIGKILL',
    ])) {
      const program = wasmsig(['run', '--instrument', guest('default', preset)]);
      try {
        await program.expect('ready');
        program.kill(signal);
        // Node says `signal` where waitpid says WIFSIGNALED.
        assert.deepEqual(await program.ended, { code: null, signal });
      } finally {
        await program.close();
      }
    }
  });

  test(`${preset}: default actions need no safe points, also that of an alarm`, LIMIT, async () => {
    for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])) {
      const program = wasmsig(['run', guest('default', preset)]);
      try {
        await program.expect('ready');
        const sent = performance.now();
        program.kill(signal);
        assert.deepEqual(await program.ended, { code: null, signal });
        assert.ok(performance.now() - sent < 10_000);
      } finally {
        await program.close();
      }
    }
    const alarmed = wasmsig(['run', guest('default', preset), 'alarm']);
    try {
      await alarmed.expect('ready');
      assert.deepEqual(await alarmed.ended, { code: null, signal: 'SIGALRM' });
    } finally {
      await alarmed.close();
    }
  });

  test(`${preset}: what a handler blocks takes effect when it returns, without safe points`, LIMIT, async () => {
    for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGTERM', 'SIGHUP'])) {
      const program = wasmsig(['run', guest('default', preset), 'blocked']);
      try {
        await program.expect('ready');
        program.kill(signal);
        assert.deepEqual(await program.ended, { code: null, signal });
      } finally {
        await program.close();
      }
    }
  });

  test(`${preset}: a program that kills itself, in each way, is seen as killed`, LIMIT, async () => {
    for (const [args, end] of /** @type {[string[], {code: number | null, signal: NodeJS.Signals | null}][]} */ ([
      [['raise', '15'], { code: null, signal: 'SIGTERM' }],
      [['kill', '2'], { code: null, signal: 'SIGINT' }],
      [['raise', '9'], { code: null, signal: 'SIGKILL' }],
      [['abort'], { code: null, signal: 'SIGABRT' }],
      [['ignore-abort'], { code: null, signal: 'SIGABRT' }],
      [['catch-abort'], { code: null, signal: 'SIGABRT' }],
      [['blocked', '12'], { code: null, signal: 'SIGUSR2' }],
      [['raise', '13'], { code: null, signal: 'SIGPIPE' }],
      [['raise', '17'], { code: 0, signal: null }],
      [['exit', '143'], { code: 143, signal: null }],
      [['return', '7'], { code: 7, signal: null }],
    ])) {
      const program = wasmsig(['run', guest('ends', preset), ...args], { input: '' });
      try {
        assert.deepEqual(await program.ended, end, args.join(' '));
        assert.match(program.out, /^ready\n/, args.join(' '));
      } finally {
        await program.close();
      }
    }
  });
}

test('a shell sees 128 and the number', LIMIT, async () => {
  for (const [signal, status] of /** @type {[NodeJS.Signals, number][]} */ ([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
    ['SIGUSR1', 138],
    ['SIGKILL', 137],
  ])) {
    assert.equal(status, 128 + constants.signals[signal]);
    const script = '"$@" & echo "pid=$!"; wait $!; echo "status=$?"';
    const shell = start(['bash', '-c', script, 'bash', process.execPath, CLI, 'run', '--instrument', guest('default')]);
    try {
      const pid = Number((await shell.expect(/pid=\d+/)).slice(4));
      await shell.expect('ready');
      process.kill(pid, signal);
      assert.equal(await shell.expect(/status=\d+/), `status=${status}`);
    } finally {
      await shell.close();
    }
  }
});

test('signals that come while the program is still being loaded are not lost', LIMIT, async () => {
  const program = wasmsig(['run', '--instrument', guest('default')]);
  try {
    // The command catches signals from its first line on, and says nothing then; the kernel says which are caught.
    await eventually(() => {
      const caught = BigInt(
        `0x${/SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1] ?? '0'}`,
      );
      return (caught >> BigInt(constants.signals.SIGTSTP - 1)) & 1n;
    }, 'the command catching signals');
    program.kill('SIGTERM');
    assert.deepEqual(await program.ended, { code: null, signal: 'SIGTERM' });
  } finally {
    await program.close();
  }
});

test(
  'SIGTSTP stops the command with the program, SIGCONT continues both, and what came meanwhile arrives',
  LIMIT,
  async () => {
    for (const args of [[], ['catch']]) {
      const program = start([...OWN_GROUP, process.execPath, CLI, 'run', '--instrument', guest('stopper'), ...args]);
      try {
        await program.expect(/tick \d+/);
        program.kill('SIGTSTP');
        if (args.length) await program.expect('tstp');
        await eventually(() => stateOf(program.pid) === 'T', 'the command stopped');
        program.kill('SIGCONT');
        await program.expect('continued');
        await program.expect(/tick \d+/);
        program.kill('SIGTSTP');
        await eventually(() => stateOf(program.pid) === 'T', 'the command stopped again');
        program.kill('SIGTERM');
        program.kill('SIGCONT');
        assert.deepEqual(await program.ended, { code: null, signal: 'SIGTERM' });
      } finally {
        await program.close();
      }
    }
  },
);

test('^Z and SIGSTOP stop a program without the library, too, and it continues', LIMIT, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-unlinked-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ticker.wasm');
  writeFileSync(file, tiny(ticker, { linked: false }));
  for (const options of [[], ['--instrument']]) {
    const program = start([...OWN_GROUP, process.execPath, CLI, 'run', ...options, file]);
    try {
      await program.expect('.....');
      for (const signal of /** @type {const} */ (['SIGTSTP', 'SIGSTOP', 'SIGTSTP'])) {
        program.kill(signal);
        await eventually(() => stateOf(program.pid) === 'T', `the command stopped by ${signal}`);
        program.kill('SIGCONT');
        const { length } = program.out;
        await eventually(() => program.out.length > length + 5, 'ticks after SIGCONT');
      }
      program.kill('SIGINT');
      assert.deepEqual(await program.ended, { code: null, signal: 'SIGINT' });
    } finally {
      await program.close();
    }
  }
});

test(
  'a stop that SIGCONT follows at once does not hold, whatever was sent before them, and the other way round it does',
  LIMIT,
  async () => {
    for (const sends of [
      ['SIGWINCH', 'SIGSTOP', 'SIGCONT'],
      ['SIGURG', 'SIGTSTP', 'SIGCONT'],
      ['SIGSTOP', 'SIGCONT', 'SIGSTOP', 'SIGCONT'],
      ['SIGCONT', 'SIGSTOP'],
    ]) {
      const program = spawn(guest('stopper'), { instrument: true, stdin: 'ignore', stdout: 'pipe' });
      const { prints } = watch(program);
      let stopped = false;
      program.addEventListener('stopped', () => (stopped = true));
      program.addEventListener('continued', () => (stopped = false));
      try {
        await prints('tick');
        for (const signal of sends) program.kill(signal);
        if (sends.at(-1) === 'SIGCONT') {
          await prints('continued'); // the handler of SIGCONT, which a program that is stopped does not run
          assert.equal(stopped, false, sends.join());
        } else {
          await eventually(() => stopped, 'the program stopped');
          program.kill('SIGCONT');
          await prints('continued');
        }
      } finally {
        await program.close();
      }
    }
  },
);

test(
  'a second signal during a handler neither nests nor is lost, and another one may interrupt it',
  LIMIT,
  async () => {
    const program = wasmsig(['run', '--instrument', guest('slow_handler')]);
    try {
      await program.expect('ready');
      program.kill('SIGINT');
      await program.expect('in');
      program.kill('SIGINT');
      program.kill('SIGTERM');
      await program.expect('term\nout\nin\nout\n');
      program.kill('SIGQUIT');
      await program.expect('runs=2');
      assert.deepEqual(await program.ended, { code: 0, signal: null });
    } finally {
      await program.close();
    }
  },
);
