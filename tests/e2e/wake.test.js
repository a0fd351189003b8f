// @ts-check
// A program that blocks is woken at once, and the call fails with EINTR.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { watch } from '../support/watched_guest.js';
import { LIMIT, guest, quiet } from '../support/program.js';

/** Milliseconds from the send until the program's next line was read here. It is well below 1 on an idle machine. */
const AT_ONCE = 100;
/** The machine may be slow once, but not every time. */
const ATTEMPTS = 5;

/** As many waits in a row. They are long, so that safe points look each time. */
const WAITS = 8;

const CALLS = [
  'nanosleep',
  'sleep',
  'usleep',
  'clock_nanosleep',
  'pause',
  'sigsuspend',
  'sigwait',
  'sigwaitinfo',
  'sigtimedwait',
];

/** Whether the call accepts a signal. @param {string} call */
const waits = (call) => call.startsWith('sigwait') || call === 'sigtimedwait';

/** @param {string} file @param {string[]} args @param {string} signal @param {string} line */
async function wake(file, args, signal, line) {
  const child = spawn(file, { args, stdin: 'pipe', stdout: 'pipe' });
  const program = watch(child);
  try {
    await program.prints('ready');
    await quiet(process.pid);
    const sent = performance.now();
    child.kill(signal);
    await program.prints(line);
    return performance.now() - sent;
  } finally {
    await child.close();
  }
}

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread']) {
  for (const call of [...CALLS, 'read']) {
    test(`${preset}: ${call} is woken at once`, LIMIT, async (t) => {
      const times = [];
      do {
        times.push(
          call === 'read'
            ? await wake(guest('reader', preset), [], 'SIGUSR1', 'EINTR signo=10')
            : await wake(
                guest('sleeper', preset),
                [call, '30'],
                waits(call) ? 'SIGTERM' : 'SIGINT',
                waits(call) ? `${call} 15` : `${call} EINTR signo=2`,
              ),
        );
      } while (times[times.length - 1] >= AT_ONCE && times.length < ATTEMPTS);
      t.diagnostic(times.map((time) => `${time.toFixed(1)} ms`).join(', '));
      assert.ok(Math.min(...times) < AT_ONCE, `woken after ${times.map((time) => time.toFixed(1)).join(', ')} ms`);
    });
  }

  test(`${preset}: an idle program handles signals`, LIMIT, async () => {
    const child = spawn(guest('idle', preset), { stdin: 'ignore', stdout: 'pipe' });
    const program = watch(child);
    try {
      await program.prints('ready');
      for (const times of [1, 2, 3]) {
        child.kill('SIGUSR1');
        await program.prints(`handled ${times}\n`);
      }
      child.kill('SIGTERM');
      assert.equal((await program.ends()).signal, 'SIGTERM');
    } finally {
      await child.close();
    }
  });

  test(`${preset}: a sleep is not woken by a signal that is ignored`, LIMIT, async () => {
    const child = spawn(guest('sleeper', preset), { args: ['nanosleep', '1'], stdin: 'ignore', stdout: 'pipe' });
    const program = watch(child);
    try {
      await program.prints('ready');
      child.kill('SIGHUP');
      child.kill('SIGCHLD');
      await program.prints('nanosleep 0');
    } finally {
      await child.close();
    }
  });
}

// Emscripten's programs have no names, so that the library's own functions get safe points too. None of them may swallow what the call is woken by.
for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread'])
  for (const call of [...CALLS, 'read']) {
    test(`${preset}, instrumented: each signal that comes while ${call} sleeps ends the call`, LIMIT, async () => {
      const [file, args, signal, line] =
        call === 'read'
          ? ['reader', [], 'SIGUSR1', 'EINTR signo=10']
          : waits(call)
            ? ['sleeper', [call, '30', `${WAITS}`], 'SIGTERM', `${call} 15`]
            : ['sleeper', [call, '30', `${WAITS}`], 'SIGINT', `${call} EINTR signo=2`];
      const child = spawn(guest(file, preset), { args, instrument: true, stdin: 'pipe', stdout: 'pipe' });
      const program = watch(child);
      try {
        assert.match(await program.nextLine(), /^ready/);
        for (let wait = 0; wait < WAITS; wait++) {
          await quiet(process.pid);
          child.kill(signal);
          assert.equal(await program.nextLine(), line);
        }
      } finally {
        await child.close();
      }
    });
  }
