// @ts-check
// `wasmsig run` stands for its program: what others send to the command, and what a shell sees of its end.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { FORWARDED, OF_COMMAND } from '../../js/node/forwarded.js';
import { handOn } from '../../js/node/forward.js';
import { compiled } from '../support/compiled.js';
import {
  CLI,
  LIMIT,
  ROOT,
  Watched,
  eventually,
  guest,
  start,
  stateOf,
  wasmsig,
  wasmsigResult,
} from '../support/program.js';

const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'the signals are those of Linux' };
const TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH', 'SIGHUP'];

test('every signal that the command hears reaches a handler, with the sender that it has', OPTIONS, async () => {
  const program = wasmsig(['run', guest('outside'), 'handle']);
  try {
    await program.expect('ready');
    for (const signal of OF_COMMAND.filter((one) => one !== 'SIGTERM')) {
      program.kill(signal);
      await program.expect(
        `${constants.signals[signal]} ${TERMINAL.includes(signal) ? 'code=128 pid=0' : 'code=0 pid=1'}\n`,
      );
    }
    program.kill('SIGTERM');
    await program.expect('15 code=0 pid=1');
    assert.deepEqual(await program.ended, { code: 0, signal: null });
  } finally {
    await program.close();
  }
});

test(
  'run --help names every signal of the system that does not reach the program, and `wasmsig signals` marks the others',
  OPTIONS,
  async () => {
    const { out: help } = await wasmsigResult(['run', '--help']);
    const { signals } = JSON.parse((await wasmsigResult(['signals', '--json'])).out);
    for (const { name, aliases, forwarded } of signals) {
      const named = new RegExp(`\\b${name}\\b`).test(help);
      assert.equal(named, !OF_COMMAND.includes(name), `${name} in the help`);
      assert.equal(forwarded, OF_COMMAND.includes(name), name);
      assert.ok(
        [name, ...aliases].some((one) => one in constants.signals),
        `${name} is none of this system's`,
      );
    }
    assert.match(help, /real-time signals \(35 to 64\)/);
  },
);

test('one rule says which sender a signal has, for early and for late ones', () => {
  for (const signal of FORWARDED) {
    /** @type {unknown[]} */
    const seen = [];
    assert.equal(handOn({ kill: (name, { terminal }) => seen.push(name, terminal) > 0 }, signal), true);
    assert.deepEqual(seen, [signal, TERMINAL.includes(signal)]);
  }
  assert.equal(handOn({ kill: () => false }, 'SIGINT'), false);
});

test(
  'the command does not die of a signal that its program ignores or handles, also when the program is just ending',
  OPTIONS,
  async () => {
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
  },
);

test(
  'a program that dies of a signal is reported as killed by that one, whatever comes meanwhile',
  OPTIONS,
  async () => {
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
  },
);

test('death by a signal that has no name is reported to the shell as any other', OPTIONS, () => {
  for (const signo of [32, 33, 34, 35, 64, 10]) {
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', '"$@"; echo $?', 'bash', process.execPath, CLI, 'run', guest('ends'), 'raise', String(signo)],
      { encoding: 'utf8', timeout: 20_000 },
    );
    assert.equal(stdout, `ready\n${128 + signo}\n`, stderr);
    assert.doesNotMatch(stderr, /wasmsig:/);
  }
});

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
  test(
    `${preset}: a signal that was sent before input is handled before that input is read, 300 times of 300`,
    OPTIONS,
    async () => {
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
    },
  );
}

test('SIGTSTP stops nothing in an orphaned process group, as natively: the program goes on', OPTIONS, async () => {
  // The leader of a session of its own: nobody could continue it.
  const program = new Watched(
    spawn(process.execPath, [CLI, 'run', '--instrument', guest('stopper')], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
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
  assert.match(
    (await wasmsigResult(['run', '--ignore', 'SIGNONE', guest('outside')])).err,
    /^wasmsig: run: --ignore SIGNONE: [^\n]+\n$/,
  );
});

/** How a program is started, and what it starts with. `"$@"` is the command. @type {Record<string, string>} */
const STARTS = {
  nohup: 'exec nohup "$@" 2>/dev/null',
  "trap ''": 'trap \'\' INT USR1 PIPE; exec "$@"',
  'a background job': '"$@" & echo pid $!; wait',
  'a blocked mask':
    'exec perl -MPOSIX -e \'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM, SIGHUP)); exec @ARGV\' -- "$@"',
  'nothing of all this': 'exec "$@"',
};

for (const [how, script] of Object.entries(STARTS)) {
  test(`wasmsig-run inherits what is ignored and blocked, as a native program does: ${how}`, OPTIONS, async () => {
    // As npm links the commands of a package: relative, and here by two links.
    const folder = mkdtempSync(join(tmpdir(), 'wasmsig-run-test-'));
    symlinkSync(relative(folder, join(ROOT, 'js/cli/wasmsig-run')), join(folder, 'one'));
    symlinkSync('one', join(folder, 'wasmsig-run'));
    const begins = async (/** @type {string[]} */ command) => {
      const program = start(['sh', '-c', script, 'sh', ...command], {
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
      });
      try {
        await program.expect('ready\n');
        if (script.includes('pid'))
          await eventually(() => /^pid \d+\n/m.test(program.out), 'the number of the background job');
        return program.out.replace(/^pid \d+\n/m, '');
      } finally {
        const [, background] = /^pid (\d+)/m.exec(program.out) ?? [];
        if (background) process.kill(Number(background), 'SIGKILL');
        await program.close();
      }
    };
    try {
      const natively = await begins([compiled('guests/outside'), 'inherited']);
      assert.equal(await begins(['wasmsig-run', guest('outside'), 'inherited']), natively);
      assert.equal(natively === 'ready\n', how === 'nothing of all this', natively);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test(
  'what wasmsig-run has ignored does not end the program, what it has blocked waits, and a wrong --inherit is said',
  OPTIONS,
  async () => {
    const program = start([
      'sh',
      '-c',
      `trap '' HUP; ${STARTS['a blocked mask'].replace('SIGTERM, SIGHUP', 'SIGTERM')}`,
      'sh',
      join(ROOT, 'js/cli/wasmsig-run'),
      guest('outside'),
      'inherited',
    ]);
    try {
      await program.expect('ignored 1\nblocked 15\nready');
      program.kill('SIGHUP');
      program.kill('SIGTERM');
      program.kill('SIGUSR2');
      await program.expect('alive');
      program.kill('SIGQUIT');
      assert.equal((await program.ended).signal, 'SIGQUIT');
    } finally {
      await program.close();
    }
    for (const wrong of ['', '1', '1:', 'x:0', '1:12345678901234567'])
      assert.match(
        (await wasmsigResult(['run', '--inherit', wrong, guest('outside')])).err,
        /^wasmsig: run: --inherit [^\n]*hexadecimal is wanted\n$/,
      );
  },
);
