// @ts-check
// The module wasmsig/signal and the program around it: what keeps it alive, ends it, stops it, and what other agents send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, start, stateOf } from '../../support/program.js';

const LIMIT = { timeout: 60_000 };

const MODULES = {
  signal: new URL('../../../js/signal_module/node.js', import.meta.url).href,
  package: new URL('../../../js/node/index.js', import.meta.url).href,
  sender: new URL('../../../js/link/sender.js', import.meta.url).href,
};

/**
 * A Node program with the module as `signal` and its extended edition as `x`.
 * @param {import('node:test').TestContext} t
 * @param {string} script
 * @param {{before?: string}} [options] before: runs before the module is loaded
 */
function program(t, script, { before = '' } = {}) {
  const watched = start(
    [
      process.execPath,
      '--no-warnings',
      '--input-type=module',
      '-e',
      `
    import { writeSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    ${before}
    const { default: signal, create, Killed } = await import('${MODULES.signal}');
    const x = create({ edition: 'extended' });
    const say = (text) => writeSync(1, text + '\\n');
    /** A worker with the same names; say() there prints here. */
    const worker = (script, workerData) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(\`
      import { writeSync } from 'node:fs';
      import { parentPort, workerData } from 'node:worker_threads';
      import signal, { create, Killed } from '${MODULES.signal}';
      import { Sender } from '${MODULES.sender}';
      const x = create({ edition: 'extended' });
      const say = (text) => writeSync(1, text + '\\\\n');
      \${script}\`)), { workerData });
    ${script}`,
    ],
    { input: '' },
  );
  t.after(() => watched.close());
  return watched;
}

/** @param {import('../../support/program.js').Watched} watched */
async function result(watched) {
  const { code, signal } = await watched.ended;
  return { code, signal, out: watched.out, err: watched.err };
}

const FINE = { code: 0, signal: null, err: '' };

// --- alive -------------------------------------------------------------------------------------------------------------------

test('a module that has given its handle away does not keep the program alive', LIMIT, async (t) => {
  assert.deepEqual(await result(program(t, "x.handle(); x.setitimer(x.ITIMER_VIRTUAL, 1000); say('end');")), {
    ...FINE,
    out: 'end\n',
  });
});

test(
  'an alarm keeps the program alive, also if it was armed by a handler that the event loop ran',
  LIMIT,
  async (t) => {
    const run = program(
      t,
      `
    x.signal(x.SIGALRM, () => {
      say('rang');
      x.signal(x.SIGALRM, () => say('again'));
      x.setitimer(x.ITIMER_REAL, 0.01);
    });
    x.setitimer(x.ITIMER_REAL, 0.01);
    say('end');`,
    );
    assert.deepEqual(await result(run), { ...FINE, out: 'end\nrang\nagain\n' });
  },
);

test('a blocked SIGALRM, and an alarm that was cancelled, keep nothing alive', LIMIT, async (t) => {
  const run = program(
    t,
    `
    x.pthread_sigmask(x.SIG_BLOCK, [x.SIGALRM]);
    x.setitimer(x.ITIMER_REAL, 0.01, 0.01);
    signal.alarm(1000);
    signal.alarm(0);
    process.on('exit', () => say([...x.sigpending()].join()));`,
  );
  assert.deepEqual(await result(run), { ...FINE, out: 'Signals.SIGALRM\n' });
});

test('what waits for a handler is handled before the program ends', LIMIT, async (t) => {
  assert.deepEqual(await result(program(t, "x.signal(x.SIGUSR1, () => say('handled')); x.setInterrupt(x.SIGUSR1);")), {
    ...FINE,
    out: 'handled\n',
  });
});

// --- the event loop ----------------------------------------------------------------------------------------------------------

test(
  'what a handler throws when the event loop runs it is an uncaught exception; the signals behind it are handled',
  LIMIT,
  async (t) => {
    const run = program(
      t,
      `
    process.on('uncaughtException', (error) => say('uncaught: ' + error.message));
    x.signal(x.SIGHUP, () => { throw new Error('first'); });
    x.signal(x.SIGTERM, () => say('second'));
    x.kill('SIGTERM');
    x.kill('SIGHUP');`,
    );
    assert.deepEqual(await result(run), { ...FINE, out: 'uncaught: first\nsecond\n' });
    const ends = await result(program(t, "x.kill('SIGINT');"));
    assert.equal(ends.code, 1);
    assert.match(ends.err, /KeyboardInterrupt/);
  },
);

test('without Atomics.waitAsync what others send is found all the same', LIMIT, async (t) => {
  const run = program(
    t,
    `
    x.signal(x.SIGUSR1, () => { say('handled'); clearInterval(alive); });
    const alive = setInterval(() => {}, 1000);
    worker("Sender.from(workerData).kill('SIGUSR1')", x.handle());`,
    { before: 'delete Atomics.waitAsync;' },
  );
  assert.deepEqual(await result(run), { ...FINE, out: 'handled\n' });
});

test('without shared memory there is no handle; all else works', LIMIT, async (t) => {
  const run = program(
    t,
    `
    try { x.handle(); } catch (error) { say(error.name + ' ' + error.code); }
    try { x.pause(); } catch (error) { say(error.name + ' ' + error.code); }
    x.signal(x.SIGALRM, () => say('rang'));
    x.setitimer(x.ITIMER_REAL, 0.01);`,
    { before: 'delete globalThis.SharedArrayBuffer;' },
  );
  assert.deepEqual(await result(run), { ...FINE, out: 'OSError ENOTSUP\nOSError EDEADLK\nrang\n' });
});

test(
  'where the agent may not block, what would block is EDEADLK and says what would help; a poll does not',
  LIMIT,
  async (t) => {
    const run = program(
      t,
      `
    x.signal(x.SIGALRM, () => say('rang'));
    x.setitimer(x.ITIMER_REAL, 0.5); // later than the calls
    const set = [x.SIGUSR1];
    for (const call of [() => x.pause(), () => x.sigwait(set), () => x.sigwaitinfo(set), () => x.sigtimedwait(set, 1)]) {
      try { call(); } catch (error) { say([error.name, error.code, error.errno, error.message].join('|')); }
    }
    say(String(x.sigtimedwait(set, 0)));`,
      { before: "Atomics.wait = () => { throw new TypeError('Atomics.wait cannot be called in this context'); };" },
    );
    const text =
      'OSError|EDEADLK|35|this host may not block here: run the program in a worker thread, or build it with stack switching\n';
    assert.deepEqual(await result(run), { ...FINE, out: `${text.repeat(4)}null\nrang\n` });
  },
);

// --- the end -----------------------------------------------------------------------------------------------------------------

test('by default the Node process dies of the signal', LIMIT, async (t) => {
  for (const name of ['SIGTERM', 'SIGALRM', 'SIGKILL', 'SIGUSR1', 'SIGABRT']) {
    const { code, signal, out } = await result(
      program(
        t,
        `process.on('SIGTERM', () => say('no')); say('before'); signal.signal(signal.SIGINT, signal.SIG_DFL); signal.raise_signal(signal.${name}); say('after');`,
      ),
    );
    assert.deepEqual([code, signal, out], [null, name, 'before\n']);
  }
  const alarm = await result(program(t, 'x.setitimer(x.ITIMER_REAL, 0.01);'));
  assert.equal(alarm.signal, 'SIGALRM');
});

test('a worker does not take the Node process with it: it fails with Killed', LIMIT, async (t) => {
  const run = program(
    t,
    `worker('x.alarm(1); x.pause(); say("no")').on('error', (error) => say(error.message)).on('exit', (code) => say('exit ' + code));`,
  );
  assert.deepEqual(await result(run), { ...FINE, out: 'killed by SIGALRM\nexit 1\n' });
});

test('a stop signal stops the Node process, until it is continued', {
  ...LIMIT,
  skip: process.platform === 'win32' && 'no such signals',
}, async (t) => {
  const run = program(t, "x.raise_signal(x.SIGTSTP); say('continued'); x.raise_signal(x.SIGSTOP); say('again');");
  await eventually(() => stateOf(run.pid) === 'T', 'a stopped process');
  run.kill('SIGCONT');
  await run.expect('continued');
  await eventually(() => stateOf(run.pid) === 'T', 'a stopped process');
  run.kill('SIGCONT');
  assert.deepEqual(await result(run), { ...FINE, out: 'continued\nagain\n' });
});

// --- other agents ------------------------------------------------------------------------------------------------------------

test('pause() on the main thread is woken by a worker with a handle', LIMIT, async (t) => {
  const run = program(
    t,
    `
    x.signal(x.SIGUSR1, () => say('handled'));
    worker("Sender.from(workerData).kill('SIGUSR1')", x.handle());
    x.pause();
    say('woken');`,
  );
  assert.deepEqual(await result(run), { ...FINE, out: 'handled\nwoken\n' });
});

test('a worker that waits in sigwait() is woken by the main thread; a stopped one continues', LIMIT, async (t) => {
  const run = program(
    t,
    `
    const { Sender } = await import('${MODULES.sender}');
    const child = worker(\`
      x.pthread_sigmask(x.SIG_BLOCK, [x.SIGUSR1]);
      parentPort.postMessage(x.handle());
      say(String(x.sigwait([x.SIGUSR1])));
      parentPort.postMessage('stops');
      x.raise_signal(x.SIGTSTP);
      say('continued');\`);
    child.on('message', (message) => {
      if (message !== 'stops') return (child.sender = Sender.from(message)).kill('SIGUSR1');
      // Sent before the stop it continues nothing, so it is sent until it does.
      const timer = setInterval(() => child.sender.kill('SIGCONT'), 10);
      child.on('exit', () => clearInterval(timer));
    });`,
  );
  assert.deepEqual(await result(run), { ...FINE, out: 'Signals.SIGUSR1\ncontinued\n' });
});

test('a worker sends while the main thread computes: checkSignals() sees it', LIMIT, async (t) => {
  const run = program(
    t,
    `
    let handled = false;
    x.signal(x.SIGUSR1, () => (handled = true));
    worker("Sender.from(workerData).kill('SIGUSR1')", x.handle());
    await new Promise((resolve) => setImmediate(resolve));
    while (!handled) x.checkSignals();
    say('seen');`,
  );
  assert.deepEqual(await result(run), { ...FINE, out: 'seen\n' });
});

test('many workers send at once: no real-time signal is lost', LIMIT, async (t) => {
  const run = program(
    t,
    `
    const seen = [[], [], []];
    x.pthread_sigmask(x.SIG_BLOCK, [40]);
    const handle = x.handle();
    for (const k of [0, 1, 2]) {
      worker('const sender = Sender.from(workerData.handle, { pid: workerData.k + 2 }); for (let i = 0; i < 1000; i++) while (sender.send(40, { code: 1, value: i })); ', { handle, k });
    }
    let taken = 0;
    for (; taken < 3000; taken++) seen[x.sigwaitinfo([40]).si_pid - 2].push(taken);
    say(seen.map((list) => list.length).join());`,
  );
  assert.deepEqual(await result(run), { ...FINE, out: '1000,1000,1000\n' });
});

// --- the signals of the Node process -----------------------------------------------------------------------------------------

test('forward() binds the real signals, and unbinds them without a trace', {
  ...LIMIT,
  skip: process.platform === 'win32' && 'no such signals',
}, async (t) => {
  const run = program(
    t,
    `
    const { forward } = await import('${MODULES.package}');
    const names = ['SIGTERM', 'SIGUSR1'];
    const listeners = () => names.map((name) => process.listenerCount(name)).join();
    x.signal(x.SIGTERM, (signum) => {
      say(String(signum));
      bound.close();
      say(listeners());
      setInterval(() => {}, 1000);
      say('unbound');
    });
    const bound = forward(x, names);
    say(listeners());
    setTimeout(() => {}, 2 ** 30);
    say('ready');`,
  );
  await run.expect('ready');
  run.kill('SIGTERM');
  await run.expect('unbound');
  run.kill('SIGTERM');
  const { signal, out } = await result(run);
  assert.equal(signal, 'SIGTERM');
  assert.equal(out, '1,1\nready\nSignals.SIGTERM\n0,0\nunbound\n');
});

test('a module that was closed, or killed, lets go of the real signals', LIMIT, async (t) => {
  const run = program(
    t,
    `
    const { forward } = await import('${MODULES.package}');
    const killed = create({ die: () => {} });
    for (const one of [x, killed]) forward(one, ['SIGTERM']);
    say(String(process.listenerCount('SIGTERM')));
    x.close();
    try { killed.raise_signal(killed.SIGTERM); } catch (error) { say(error.message); }
    await new Promise((resolve) => setImmediate(resolve));
    say(String(process.listenerCount('SIGTERM')));`,
  );
  assert.deepEqual(await result(run), { ...FINE, out: '2\nkilled by SIGTERM\n0\n' });
});
