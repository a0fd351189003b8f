// @ts-check
// Threads of a guest and signals. Each of these guests prints the same natively on Linux.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { watch } from '../support/watched_guest.js';
import { compiled } from '../support/compiled.js';
import { guest } from '../support/program.js';

const ROUNDS = 2000;

for (const [what, args] of /** @type {[string, string[]][]} */ ([
  ['sleep', []],
  ['compute', ['computes']],
])) {
  test(`threads that ${what} signal each other ${ROUNDS} times`, { timeout: 120_000 }, async () => {
    const run = watch(
      spawn(guest('threads', 'wasm32-emscripten-pthread'), {
        args: [String(ROUNDS), ...args],
        instrument: true,
        stdin: 'ignore',
        stdout: 'pipe',
      }),
    );
    try {
      assert.equal(await run.nextLine(), `rounds ${ROUNDS}`);
      run.child.kill('SIGTERM');
      assert.equal(await run.nextLine(), 'ended by 15 in main');
      assert.equal((await run.child.exited).code, 0);
    } finally {
      await run.child.close();
    }
  });
}

test('a stop stops all threads, also those that compute', { timeout: 60_000 }, async () => {
  const run = watch(
    spawn(guest('threads_stop', 'wasm32-emscripten-pthread'), { instrument: true, stdin: 'ignore', stdout: 'pipe' }),
  );
  const { child } = run;
  const event = (/** @type {string} */ name) =>
    new Promise((resolve) => child.addEventListener(name, resolve, { once: true }));
  try {
    assert.equal(await run.nextLine(), 'three threads compute');
    const stopped = event('stopped');
    child.kill('SIGSTOP');
    await stopped;
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1500)); // how long the stop lasts
    const lasted = performance.now() - start;
    const continued = event('continued');
    child.kill('SIGCONT');
    await continued;
    child.kill('SIGTERM');
    const stood = (await run.nextLine()).split(' ').map(Number);
    assert.equal(stood.length, 3);
    for (const ms of stood) assert.ok(ms >= lasted * 0.8, `${stood} ms in a stop of ${lasted} ms`);
    assert.equal((await run.ends()).code, 0);
  } finally {
    await child.close();
  }
});

/**
 * @param {string} name of a guest
 * @param {boolean} instrument
 * @param {string[]} [args]
 */
async function output(name, instrument, args = []) {
  const run = watch(
    spawn(guest(name, 'wasm32-emscripten-pthread'), { args, instrument, stdin: 'ignore', stdout: 'pipe' }),
  );
  try {
    const exit = await run.ends();
    assert.equal(exit.code, 0, `it ended by ${JSON.stringify(exit)} after ${JSON.stringify(run.output)}`);
    return run.output.trimEnd().split('\n');
  } finally {
    await run.child.close();
  }
}

test('threads start and end while signals come', { timeout: 120_000 }, async () => {
  assert.deepEqual(await output('threads_storm', true, ['20']), [
    'started and ended, 0 wrong',
    'sent a signal at once, 0 wrong',
    'waited for what all block, the timer fired',
  ]);
});

test('threads that write are interrupted by handlers that write, and no line is lost', {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < 3; round++) {
    const lines = await output('threads_write', true);
    assert.equal(lines.filter((line) => line === 'line').length, 3000);
    assert.ok(lines.filter((line) => line === 'tick').length >= 2);
    assert.equal(lines.at(-1), 'end');
  }
});

test('a trap in main or in a thread ends the program by the signal that it is natively', {
  timeout: 120_000,
}, async () => {
  const signals = {
    unreachable: 'SIGILL',
    division: 'SIGFPE',
    store: 'SIGSEGV',
    call: 'SIGSEGV',
    recursion: 'SIGSEGV',
    abort: 'SIGABRT',
  };
  for (const [trap, signal] of Object.entries(signals)) {
    for (const where of [[], ['in a thread']]) {
      const run = watch(
        spawn(guest('threads_trap', 'wasm32-emscripten-pthread'), {
          args: [trap, ...where],
          stdin: 'ignore',
          stdout: 'pipe',
          stderr: 'ignore',
        }),
      );
      try {
        assert.equal((await run.ends()).signal, signal, `${trap} ${where}`);
        assert.equal(run.output, '');
      } finally {
        await run.child.close();
      }
    }
  }
});

for (const instrument of [true, false]) {
  const how = instrument ? '' : ', not instrumented';

  test(`main handles what the process is sent, and a thread function may have no prototype${how}`, {
    timeout: 60_000,
  }, async () => {
    assert.deepEqual(await output('threads_main', instrument), [
      'main handled 20, and then 20; 0 came late; the other ended',
    ]);
  });

  test(`a handler runs while its thread waits in a call of the threads library, and ends semaphores' only${how}`, {
    timeout: 120_000,
  }, async () => {
    const run = watch(
      spawn(guest('threads_wait', 'wasm32-emscripten-pthread'), { instrument, stdin: 'ignore', stdout: 'pipe' }),
    );
    try {
      const exit = await run.ends();
      assert.deepEqual(run.output.trimEnd().split('\n'), [
        ...[
          'mutex_lock',
          'mutex_timedlock',
          'rdlock',
          'wrlock',
          'timedrdlock',
          'timedwrlock',
          'barrier_wait',
          'cond_wait',
          'cond_timedwait',
          'join',
          'once',
        ].map((name) => `${name}: handled, and went on`),
        'sem_wait: ended, EINTR',
        'sem_timedwait: ended, EINTR',
        'sem_wait, SA_RESTART: handled, and went on',
        'sem_timedwait, SA_RESTART: ended, EINTR',
      ]);
      assert.equal(exit.signal, 'SIGALRM', 'a program that locked a mutex twice');
      if (process.platform === 'linux') {
        const native = spawnSync(compiled('guests/threads_wait'), { encoding: 'utf8', timeout: 60_000 });
        assert.deepEqual([native.stdout, native.signal], [run.output, 'SIGALRM']);
      }
    } finally {
      await run.child.close();
    }
  });

  test(`what a handler may call allocates nothing, so it may stand in the middle of malloc()${how}`, {
    timeout: 60_000,
  }, async () => {
    assert.deepEqual(await output('threads_malloc', instrument), [
      'handler',
      'handler',
      'counted, 0 in main, 0 in a thread',
    ]);
  });

  test(`pthread_cancel ends a thread in every wait, and in none while that is disabled${how}`, {
    timeout: 60_000,
  }, async () => {
    const lines = await output('threads_cancel', instrument);
    assert.equal(lines.pop(), 'handled 1, pthread_kill(32) EINVAL');
    const disabled = lines.splice(-2);
    assert.deepEqual(disabled, Array(2).fill('usleep while disabled: ended, cleaned 0'));
    assert.equal(lines.length, 32);
    for (const line of lines) assert.match(line, /^[a-z_]+: cancelled, cleaned 1$/);
  });
}
