// @ts-check
// Guests that break the rules of docs/host-abi.md on purpose. The host and other guests must not notice more than that one of them ended.
import assert from 'node:assert/strict';
import binaryen from 'binaryen';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BELL, CODE, VERSION, WORD } from '../../../js/abi/index.js';
import { bareImports } from '../../../js/guest/bare.js';
import { Sender, attach, spawn } from '../../../js/node/index.js';
import { signalName } from '../../../js/signals/signal_names.js';
import { BLOCK, programs } from '../../guests/wat_guests.js';
import { LIMIT, start } from '../../support/watched_guest.js';

const READY = '(call $write (i32.const 22) (i32.const 6))';
const SPIN = '(loop $spin (br $spin))';
const MODES = [
  { shared: false, mode: 'synced' },
  { shared: true, mode: 'shared' },
];

/** @param {number} index @param {number} value */
const store = (index, value) => `(i32.store (i32.const ${BLOCK + 4 * index}) (i32.const ${value}))`;
/** @param {string} body @param {number} times */
const repeat = (body, times) =>
  `(local.set $i (i32.const ${times})) (loop $again ${body} (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))`;
const end = { code: null, signal: 'SIGKILL', core: false };

/** @param {import('../../../js/owner/process.js').Exit} exit */
function assertEndedForItsBlock({ error, ...exit }) {
  assert.deepEqual(exit, end);
  assert.equal(/** @type {any} */ (error)?.code, 'ERR_BLOCK');
  assert.match(String(error?.message), /control block/);
}

/** Sends until the process has ended: nothing but false and EAGAIN may come of it. @param {{child: import('../../../js/owner/process.js').Process}} run */
async function bombard({ child }) {
  while (child.phase !== 'ended') {
    for (const signal of ['SIGUSR1', 'SIGCHLD', 40]) {
      try {
        child.kill(signal, { value: 1 });
      } catch (error) {
        assert.equal(/** @type {any} */ (error).code, 'EAGAIN');
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (const { shared, mode } of MODES) {
  for (const [what, body] of [
    ['overwrites the header of its block', store(WORD.magic, 0)],
    [
      'makes its ring impossible',
      repeat(
        `(i32.store (i32.add (i32.const ${BLOCK + 4 * WORD.rt_cell}) (i32.shl (i32.rem_u (local.get $i) (i32.const 1024)) (i32.const 3))) (i32.const 77777))`,
        1024,
      ),
    ],
  ]) {
    test(`${mode}: a guest that ${what} is ended, and the reason is given`, LIMIT, async () => {
      const run = start(`${READY} ${body} (loop $spin (drop (call $sync)) (br $spin))`, { shared });
      await run.prints('READY');
      await bombard(run);
      assertEndedForItsBlock(await run.ends());
      assert.equal(run.child.kill(40), false);
    });
  }

  test(`${mode}: a guest that scribbles over its whole block hurts only itself`, LIMIT, async () => {
    const run = start(
      `${READY} (local.set $n (i32.const 1)) (loop $next
      (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store (i32.add (i32.const ${BLOCK}) (i32.and (i32.shr_u (local.get $n) (i32.const 8)) (i32.const 0x1ffc))) (local.get $n))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (if (i32.eqz (i32.and (local.get $i) (i32.const 0xffff))) (then (drop (call $sync)) (call $arm (f64.const 1000000))))
      (br $next))`,
      { shared },
    );
    await run.prints('READY');
    await bombard(run);
    const exit = await run.ends();
    // It may say first that it leaves a signal that it is sent to the default action.
    const believed = [signalName(10), signalName(40)].some((signal) => exit.signal === signal);
    if (believed) assert.equal(exit.error, undefined);
    else assertEndedForItsBlock(exit);
  });

  test(`${mode}: what its block says of its pid, its state and its end is not believed`, LIMIT, async () => {
    const target = start(
      `(global.set $delivering (i32.const 1)) ${store(WORD.doorbell, BELL.event)} ${READY} (loop $wait (drop (call $sync)) (local.set $n (i32.load (i32.const ${BLOCK + 4 * (WORD.std_sent + 2 * 9)})))
      (br_if $wait (i32.eqz (local.get $n))))
      (call $number (i32.and (local.get $n) (i32.const 0xffffff)) (i32.const 32))
      (call $number (i32.and (i32.shr_u (local.get $n) (i32.const 24)) (i32.const 7)) (i32.const 10))`,
      { shared },
    );
    await target.child.ready;
    const lies = [
      [WORD.pid, 1],
      [WORD.ppid, 0],
      [WORD.uid, 0],
      [WORD.state, 3],
      [WORD.exit, 0x209],
      [WORD.stop_signal, 19],
    ]
      .map(([index, value]) => store(index, value))
      .join('');
    const liar = start(
      `${lies} (drop (call $send (i32.const ${target.child.pid}) (i32.const 10) (i32.const ${CODE.kernel}) (i32.const 0))) ${READY}
      (loop $spin (drop (call $deliver)) (br $spin))`,
      { shared, peers: [target.child] },
    );
    await liar.prints('READY');
    await target.ends();
    assert.equal(target.output, `READY\n${liar.child.pid} ${CODE.user}\n`);
    await liar.child.ready;
    const sender = Sender.from(liar.child.handle());
    assert.equal(sender.kill('SIGUSR1'), true);
    await liar.prints('USR1');
    assert.equal(liar.child.kill('SIGHUP'), true);
    assert.deepEqual(await liar.ends(), { code: 3, signal: null, core: false });
    assert.equal(sender.kill('SIGUSR1'), false);
  });

  test(
    `${mode}: a guest cannot pass for the terminal or a timer, and cannot reach a process that it was not given`,
    LIMIT,
    async () => {
      const stranger = start('spin', { shared });
      await stranger.child.ready;
      const tell = (/** @type {number} */ pid, /** @type {number} */ signo) =>
        `(call $number (call $send (i32.const ${pid}) (i32.const ${signo}) (i32.const ${CODE.timer}) (i32.const 0)) (i32.const 10))`;
      const run = start(
        [0, -1, 1, stranger.child.pid, 0x7fffffff].map((pid) => tell(pid, 15)).join('') +
          [32, 65, -9, 1 << 30].map((signo) => tell(stranger.child.pid, signo)).join(''),
        { shared },
      );
      await run.ends();
      assert.equal(run.output, '3\n3\n1\n3\n3\n22\n22\n22\n22\n');
      assert.equal(stranger.child.phase, 'attached');
      await stranger.child.close();
    },
  );

  test(`${mode}: a death by what is no signal is an error of the program, and the host goes on`, LIMIT, async () => {
    for (const signo of [0, -1, 65, 128, 1 << 30]) {
      await assert.rejects(start(`(call $exit (i32.const ${signo}) (i32.const 0))`, { shared }).exited, {
        code: 'ERR_ABI',
        message: /no such signal/,
      });
    }
  });

  test(`${mode}: a program that says again and again how it died is believed the first time`, LIMIT, async () => {
    const run = start(
      `(call $exit (i32.const 2) (i32.const 0)) (loop $more (call $exit (i32.const 3) (i32.const 1)) (br $more))`,
      { shared },
    );
    assert.deepEqual(await run.ends(), { code: null, signal: 'SIGINT', core: false });
  });

  test(
    `${mode}: stops that are none are not reported; any number of real ones passes without filling the owner's memory`,
    LIMIT,
    async () => {
      const times = 20_000;
      const stops = [-1, 1, 9, 18, 65, 77, 1 << 30].map((signo) => `(call $stop (i32.const ${signo}))`).join('');
      const run = start(
        `${stops} ${repeat('(call $stop (i32.const 20)) (call $stop (i32.const 20)) (call $stop (i32.const 0))', times)} (call $proc_exit (i32.const 7))`,
        { shared },
      );
      /** @type {Record<string, number>} */
      const seen = {};
      for (const type of ['stopped', 'continued']) {
        run.child.addEventListener(type, (event) => {
          const { signo } = /** @type {import('../../../js/owner/process.js').SignalEvent} */ (event);
          seen[`${type} ${signo}`] = (seen[`${type} ${signo}`] ?? 0) + 1;
        });
      }
      assert.equal((await run.ends()).code, 7);
      assert.deepEqual(seen, { 'stopped 20': times, 'continued 0': times });
    },
  );

  test(
    `${mode}: attaching where no block can be, early, or without end is an error of the program`,
    LIMIT,
    async () => {
      const attach = (/** @type {number} */ address) =>
        `(drop (call $attach (i32.const ${VERSION}) (i32.const ${address})))`;
      const fails = (/** @type {string} */ body, /** @type {RegExp} */ message, options = {}) =>
        assert.rejects(start(body, { shared, ...options }).exited, { code: 'ERR_ABI', message });
      for (const address of [2 * 65536 - 64, 2 * 65536, -64, 1, -1]) {
        await fails('', /no control block fits/, { block: address });
      }
      await fails('', /before it started/, { globals: `(func $early ${attach(BLOCK)}) (start $early)` });
      await fails(`(loop $again (try (do ${attach(BLOCK)}) (catch_all)) (br $again))`, /attached twice/);
    },
  );

  test(`${mode}: asking for rings without end, or at strange times, leaves other guests their own`, LIMIT, async () => {
    const strange = ['nan', 'inf', '-inf', '1e300', '-0', '1e-300', '4294967296e9']
      .map((time) => `(call $arm (f64.const ${time}))`)
      .join('');
    const scribble = [WORD.timer_seq, WORD.timer_low, WORD.timer_high]
      .map(
        (index) =>
          `(i32.store (i32.const ${BLOCK + 4 * index}) (local.tee $n (i32.add (i32.const 77777) (local.get $n))))`,
      )
      .join('');
    const greedy = start(`${READY} ${strange} (loop $again ${scribble} (call $arm (f64.const 0)) (br $again))`, {
      shared,
    });
    await greedy.prints('READY');
    for (let i = 0; i < 5; i++) assert.equal((await start('arm', { shared }).ends()).code, 0);
    assert.equal(greedy.child.phase, 'attached');
    await greedy.child.close();
  });

  test(`${mode}: memory that grows under the block, in handlers too, leaves it where it is`, LIMIT, async () => {
    const run = start(
      `${READY} ${repeat('(drop (memory.grow (i32.const 1))) (drop (call $sleep (i32.const 1))) (drop (call $deliver))', 8)}
      (loop $spin (drop (call $deliver)) (br $spin))`,
      { shared },
    );
    await run.prints('READY');
    for (let i = 0; i < 100; i++) run.child.kill(40, { value: i });
    await run.prints('RT 40 99');
    const values = run.output
      .split('\n')
      .filter((line) => line.startsWith('RT'))
      .map((line) => Number(line.split(' ')[2]));
    assert.deepEqual(
      values,
      Array.from({ length: 100 }, (_, i) => i),
    );
    await run.child.close();
  });
}

test(
  'a guest that was sent to through a damaged block is ended, and its sender only hears that it is gone',
  LIMIT,
  async () => {
    const broken = start(`(drop (call $read (i32.const 1))) ${store(WORD.magic, 0)} ${READY} ${SPIN}`, {
      shared: true,
      stdin: 'pipe',
    });
    await broken.child.ready; // before that its owner would notice by itself
    broken.child.stdin?.write('x');
    await broken.prints('READY');
    const friend = start(
      `(call $number (call $send (i32.const ${broken.child.pid}) (i32.const 10) (i32.const 0) (i32.const 0)) (i32.const 10))`,
      { shared: true, peers: [broken.child] },
    );
    assert.equal((await friend.ends()).code, 0);
    assert.equal(friend.output, '3\n');
    assertEndedForItsBlock(await broken.ends());
  },
);

test('vectors and subscriptions without number are refused', LIMIT, async () => {
  const calls = [1025, 0x7fffffff, -1]
    .flatMap((count) => [
      `(call $fd_write (i32.const 1) (i32.const 128) (i32.const ${count}) (i32.const 136))`,
      `(call $fd_read (i32.const 0) (i32.const 128) (i32.const ${count}) (i32.const 136))`,
      `(call $poll_oneoff (i32.const 256) (i32.const 320) (i32.const ${count}) (i32.const 384))`,
    ])
    .map((call) => `(call $number ${call} (i32.const 32))`)
    .join('');
  const run = start(calls);
  assert.equal((await run.ends()).code, 0);
  assert.equal(run.output, '28 '.repeat(9));
});

test('output that is not read is not collected without end, one byte at a time or a megabyte', LIMIT, async () => {
  for (const length of [1, 1 << 20]) {
    const run = start(
      `(drop (memory.grow (i32.const 14))) (loop $more (call $write (i32.const 0) (i32.const ${length})) (br $more))`,
      { stdout: 'ignore' },
    );
    await run.child.close();
    const { child } = start(
      `(drop (memory.grow (i32.const 14))) ${READY} (loop $more (call $write (i32.const 0) (i32.const ${length})) (br $more))`,
    );
    const stdout = /** @type {import('node:stream').Readable} */ (child.stdout);
    await new Promise((resolve) => stdout.once('data', resolve));
    stdout.pause();
    stdout.removeAllListeners('data');
    // It sleeps in its write as soon as that is full; a signal reaches it there, and what it wrote until then is all there is.
    child.kill('SIGTERM');
    assert.equal((await child.exited).signal, 'SIGTERM');
    let size = 0;
    for await (const chunk of stdout) size += chunk.length;
    assert.ok(size <= 2 << 20, `${size} bytes`);
  }
});

test('a good program beside hostile ones runs to its end', LIMIT, async () => {
  assert.equal((await start(programs.exit7).ends()).code, 7);
});

test(
  'a guest that sends to another one faster than that drains is told so: nothing is lost, whether the other has started or not',
  LIMIT,
  async () => {
    for (const early of [false, true]) {
      for (const shared of [false, true]) {
        const count = 1100; // more than a ring holds; more output than may be on its way would nest the handlers of this simple target
        const target = start('spin', { shared, blocked: [40] }); // so it waits for a program that is starting
        if (!early) await target.prints('READY');
        const sender = start(
          `(loop $next
        (local.set $n (call $send (i32.const ${target.child.pid}) (i32.const 40) (i32.const ${CODE.queue}) (local.get $i)))
        (br_if $next (i32.eq (local.get $n) (i32.const 11)))
        (if (local.get $n) (then (unreachable)))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${count}))))`,
          { shared, peers: [target.child] },
        );
        assert.equal((await sender.ends()).code, 0);
        await target.prints(`RT 40 ${count - 1}\n`);
        const values = target.output
          .split('\n')
          .filter((line) => line.startsWith('RT'))
          .map((line) => Number(line.split(' ')[2]));
        assert.deepEqual(
          values,
          Array.from({ length: count }, (_, i) => i),
        );
        await target.child.close();
      }
    }
  },
);

/** A module of this text, which gets no further than its imports. @param {string} text */
function assembled(text) {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

test('a guest that imports what its host inherits from is refused, and runs nothing', LIMIT, async () => {
  const bytes = assembled(`(module
    (import "constructor" "freeze" (func $freeze (param externref) (result externref)))
    (import "constructor" "isFrozen" (func $frozen (param externref) (result i32)))
    (import "constructor" "prototype" (global $p externref))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func $early (unreachable))
    (start $early)
    (func (export "_start") (drop (call $freeze (global.get $p))) (call $exit (call $frozen (global.get $p)))))`);
  await assert.rejects(spawn(bytes, { stdin: 'ignore' }).exited, {
    code: 'ERR_START',
    message: /needs the import "constructor" "freeze" \(function\)/,
  });
  for (const [kind, said] of [
    ['(func)', 'function'],
    ['(global externref)', 'global'],
    ['(table 1 funcref)', 'table'],
    ['(tag)', 'tag'],
  ]) {
    for (const module of ['constructor', 'wasmsig', 'wasi_snapshot_preview1']) {
      const program = assembled(
        `(module (import "${module}" "prototype" ${kind}) (memory (export "memory") 1) (func $early (unreachable)) (start $early) (func (export "_start")))`,
      );
      await assert.rejects(spawn(program, { stdin: 'ignore' }).exited, {
        code: 'ERR_START',
        message: new RegExp(`needs the import "${module}" "prototype" \\(${said}\\)`),
      });
    }
  }
});

test('import objects and the namespaces in them inherit nothing', () => {
  const { imports } = attach({ wasi: /** @type {any} */ ({ wasiImport: { proc_exit() {} }, initialize() {} }) });
  for (const given of [
    imports,
    bareImports({ wasi_snapshot_preview1: { proc_exit() {} }, wasmsig: { attach() {} } }),
  ]) {
    assert.deepEqual(Object.keys(given).sort(), ['wasi_snapshot_preview1', 'wasmsig']);
    for (const object of [given, ...Object.values(given)]) assert.equal(Object.getPrototypeOf(object), null);
  }
});

test('a memory is made for a program that imports "env" "memory", and for no other name', LIMIT, async () => {
  const program = (/** @type {string} */ name, /** @type {string} */ limits) =>
    assembled(`(module (import ${name} (memory $m ${limits})) (export "memory" (memory $m)) (func (export "_start")))`);
  assert.equal((await spawn(program('"env" "memory"', '1'), { stdin: 'ignore' }).exited).code, 0);
  for (const [module, field] of [
    ['env', 'heap'],
    ['js', 'mem'],
    ['wasmsig', 'memory'],
    ['wasi_snapshot_preview1', 'fd_write'],
    ['wasi_snapshot_preview1', 'memory'],
  ]) {
    await assert.rejects(spawn(program(`"${module}" "${field}"`, '1'), { stdin: 'ignore' }).exited, {
      code: 'ERR_START',
      message: new RegExp(`needs the import "${module}" "${field}" \\(memory\\)`),
    });
  }
});

test('a variable or a folder of the command with a name that objects inherit is one like others', LIMIT, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-hostile-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // Prints its environment as it lies in memory, and the name of its first folder.
  const file = join(folder, 'env.wasm');
  writeFileSync(
    file,
    assembled(`(module
    (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
      (drop (call $environ_sizes_get (i32.const 0) (i32.const 20)))
      (drop (call $environ_get (i32.const 100) (i32.const 1000)))
      (drop (call $name (i32.const 3) (i32.add (i32.const 1000) (i32.load (i32.const 20))) (i32.const 9)))
      (i32.store (i32.const 16) (i32.const 1000))
      (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (i32.const 9)))
      (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0)))))`),
  );
  const args = [
    'run',
    '--env',
    'constructor',
    '--env',
    '__proto__',
    '--env',
    '__proto__=a',
    '--env',
    'toString=b',
    '--dir',
    `${folder}::__proto__`,
    file,
  ];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('../../../js/cli/main.js', import.meta.url)), ...args],
    { encoding: 'utf8', timeout: 20_000 },
  );
  assert.equal(stderr, '');
  assert.equal(stdout, '__proto__=a\0toString=b\0__proto__');
  assert.equal(status, 0);
});
