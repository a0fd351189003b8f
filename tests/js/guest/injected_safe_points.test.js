// @ts-check
// Programs that are not linked with the library, in Node: default actions as on Linux, stops included. In pages: tests/browser/unlinked.test.js.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { spawn } from '../../../js/node/index.js';
import { instrument } from '../../../js/instrument/index.js';
import { ticker } from '../../guests/wat_guests.js';
import { eventually, quiet } from '../../support/program.js';
import { LIMIT, start as startGuest } from '../../support/watched_guest.js';

/** @param {string} program @param {Parameters<typeof startGuest>[1]} [options] */
const start = (program, options) => startGuest(program, { linked: false, ...options });
/** The first of a task list: stops are signals of the process, reported as events. @param {any} child @param {'stopped' | 'continued'} type */
const next = async (child, type) => (await once(child, type))[0];

/**
 * Waits until a program that ticks has not ticked while another one ticked twenty times.
 * @param {ReturnType<typeof start>} program
 * @param {ReturnType<typeof start>} other
 */
async function ticksNoMore(program, other) {
  await eventually(async () => {
    const { length } = program.output;
    const wanted = other.output.length + 20;
    await eventually(() => other.output.length >= wanted, 'ticks of the other program');
    return program.output.length === length;
  }, 'no more ticks');
}

for (const { name, options, interrupts } of [
  { name: 'with safe points', options: { instrument: true }, interrupts: 'loops' },
  { name: 'without', options: {}, interrupts: 'calls' },
]) {
  test(`${name}: a program that prints stops and continues, and says where it can be stopped`, LIMIT, async () => {
    const other = start(ticker);
    const program = start(ticker, options);
    try {
      await program.prints('..');
      const { mode, interrupts: said, timers, advice } = /** @type {any} */ (program.child.capabilities);
      assert.deepEqual({ mode, said, timers }, { mode: 'none', said: interrupts, timers: 'none' });
      assert.equal(/instrument/.test(advice), interrupts === 'calls');
      for (const signal of ['SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU']) {
        const stops = next(program.child, 'stopped');
        program.child.kill(signal);
        assert.equal((await stops).signal, signal);
        await ticksNoMore(program, other);
        const { length } = program.output;
        const continues = next(program.child, 'continued');
        program.child.kill('SIGCONT');
        await continues;
        await eventually(() => program.output.length > length + 3, 'ticks after SIGCONT');
      }
    } finally {
      await program.child.close();
      await other.child.close();
    }
  });

  test(`${name}: what ends a process waits until it continues, but SIGKILL ends it at once`, LIMIT, async () => {
    const stopped = async (/** @type {object} */ more = {}) => {
      const program = start(ticker, { ...options, ...more });
      await program.prints('.');
      const stops = next(program.child, 'stopped');
      program.child.kill('SIGSTOP');
      await stops;
      return program;
    };
    const waits = await stopped();
    for (const signal of ['SIGTERM', 'SIGCHLD']) assert.equal(waits.child.kill(signal), true);
    const killed = await stopped();
    killed.child.kill('SIGKILL');
    assert.equal((await killed.ends()).signal, 'SIGKILL');
    assert.equal(waits.child.phase, 'plain');
    waits.child.kill('SIGCONT');
    assert.deepEqual(await waits.ends(), { code: null, signal: 'SIGTERM', core: false });

    const controller = new AbortController();
    const aborted = await stopped({ signal: controller.signal, killSignal: 'SIGKILL' });
    controller.abort();
    assert.equal((await aborted.ends()).signal, 'SIGKILL');
    const late = start(ticker, { ...options, timeout: 300, killSignal: 'SIGKILL' });
    late.child.kill('SIGSTOP'); // before the program is there: it waits, and the program stops when it starts
    assert.equal((await late.ends()).signal, 'SIGKILL');
  });

  test(`${name}: a stop that SIGCONT follows at once does not hold`, LIMIT, async () => {
    const program = start(ticker, options);
    try {
      await program.prints('.');
      for (const signal of ['SIGSTOP', 'SIGCONT', 'SIGSTOP', 'SIGCONT']) program.child.kill(signal);
      const { length } = program.output;
      await eventually(() => program.output.length > length + 3, 'ticks');
    } finally {
      await program.child.close();
    }
  });

  test(`${name}: time limits and signals end it in its loop`, LIMIT, async () => {
    for (const [more, signal] of /** @type {const} */ ([
      [{ timeout: 100 }, 'SIGTERM'],
      [{ timeout: 100, killSignal: 'SIGALRM' }, 'SIGALRM'],
      [{ signal: AbortSignal.timeout(100) }, 'SIGTERM'],
      [{ signal: AbortSignal.abort(), killSignal: 'SIGKILL' }, 'SIGKILL'],
    ]))
      assert.equal((await start('deaf', { ...options, ...more }).ends()).signal, signal);
  });
}

test('a loop that calls nothing stops at its safe points', LIMIT, async () => {
  const program = start('deaf', { instrument: true });
  try {
    await program.prints('READY');
    const stops = next(program.child, 'stopped');
    program.child.kill('SIGSTOP');
    await stops;
    await quiet(process.pid);
    program.child.kill('SIGCONT');
    program.child.kill('SIGQUIT');
    assert.deepEqual(await program.ends(), { code: null, signal: 'SIGQUIT', core: true });
  } finally {
    await program.child.close();
  }
});

test('a module that was instrumented before stops without the option, and with it', LIMIT, async () => {
  const { guest, programs } = await import('../../guests/wat_guests.js');
  const { bytes } = await instrument(guest(programs.deaf, { linked: false }));
  for (const [source, option] of /** @type {[any, boolean][]} */ ([
    [bytes, false],
    [bytes, true],
    [await WebAssembly.compile(bytes), false],
  ])) {
    const child = spawn(source, { stdin: 'ignore', stdout: 'ignore', instrument: option });
    try {
      assert.equal(await child.ready, false);
      assert.equal(child.capabilities?.interrupts, 'loops');
    } finally {
      await child.close();
    }
  }
});

test('a program that is stopped in a read takes no input until it continues', LIMIT, async () => {
  const options = /** @type {const} */ ({ linked: false, stdin: 'pipe' });
  const [stopped, other] = [startGuest('cat', options), startGuest('cat', options)];
  try {
    for (const one of [stopped, other]) {
      one.child.stdin?.write('one\n');
      await one.prints('one\n');
    }
    const stops = next(stopped.child, 'stopped');
    stopped.child.kill('SIGSTOP');
    await stops;
    for (const one of [stopped, other]) one.child.stdin?.write('two\n');
    await other.prints('two\n');
    for (let line = 0; line < 20; line++) {
      other.child.stdin?.write(`line ${line}\n`);
      await other.prints(`line ${line}\n`);
    }
    assert.equal(stopped.output, 'one\n');
    stopped.child.kill('SIGCONT');
    await stopped.prints('two\n');
    stopped.child.stdin?.end();
    assert.deepEqual(await stopped.ends(), { code: 0, signal: null, core: false });
  } finally {
    await stopped.child.close();
    await other.child.close();
  }
});

test(
  'a program that raises a stop stops, and one that raises what it inherited as ignored goes on',
  LIMIT,
  async () => {
    const raise = (/** @type {number} */ number) => `(drop (call $proc_raise (i32.const ${number})))`;
    const ready = '(call $write (i32.const 22) (i32.const 6))';
    const stopper = start(`${raise(18)} ${ready} ${raise(18)} (call $proc_exit (i32.const 5))`); // WASI's SIGSTOP
    for (let time = 0; time < 2; time++) {
      assert.equal((await next(stopper.child, 'stopped')).signal, 'SIGSTOP');
      assert.equal(stopper.output, time === 0 ? '' : 'READY\n');
      stopper.child.kill('SIGCONT');
    }
    assert.equal((await stopper.ends()).code, 5);
    const ignores = start(`${raise(15)} ${raise(20)} (call $proc_exit (i32.const 6))`, {
      ignored: ['SIGTERM', 'SIGTTIN'],
    });
    assert.equal((await ignores.ends()).code, 6);
    assert.equal((await start(`${raise(15)} (call $proc_exit (i32.const 6))`).ends()).signal, 'SIGTERM');
  },
);

test('what a program inherits as ignored neither stops nor ends it', LIMIT, async () => {
  const program = start(ticker, { instrument: true, ignored: ['SIGTSTP', 'SIGINT'] });
  try {
    await program.prints('.');
    for (const signal of ['SIGTSTP', 'SIGINT']) program.child.kill(signal);
    const { length } = program.output;
    await eventually(() => program.output.length > length + 3, 'ticks');
    program.child.kill('SIGQUIT');
    assert.equal((await program.ends()).signal, 'SIGQUIT');
  } finally {
    await program.child.close();
  }
});
