// @ts-check
import assert from 'node:assert/strict';
import { spawn as spawnChild, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OWN_GROUP } from '../support/program.js';
import { guest, programs } from '../guests/wat_guests.js';

const LIMIT = { timeout: 30_000 };
const MAIN = fileURLToPath(new URL('../../js/cli/main.js', import.meta.url));
const SCRIPT = '/usr/bin/script';

/** @type {string} */
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-cli-'));
  for (const [name, body] of Object.entries(programs))
    writeFileSync(join(folder, `${name}.wasm`), guest(body, { shared: true }));
  writeFileSync(join(folder, 'plain.wasm'), guest(programs.deaf, { linked: false }));
  writeFileSync(join(folder, 'no.wasm'), 'not wasm');
});
after(() => rmSync(folder, { recursive: true, force: true }));

const file = (/** @type {string} */ name) => join(folder, name);

/** @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
function cli(args, options) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 20_000, ...options });
}

/** Starts `run` and waits for the program's READY. @param {string[]} args @param {string[]} [before] a command to start it by */
async function running(args, before = []) {
  const [program, ...words] = [...before, process.execPath, MAIN, 'run', ...args];
  const child = spawnChild(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const collected = { out: '', err: '' };
  child.stderr.on('data', (chunk) => (collected.err += chunk));
  child.stdout.on('data', (chunk) => (collected.out += chunk));
  const exit = once(child, 'exit');
  const prints = async (/** @type {string} */ text, /** @type {'out' | 'err'} */ which = 'out') => {
    while (!collected[which].includes(text)) {
      await Promise.race([
        once(which === 'out' ? child.stdout : child.stderr, 'data'),
        exit.then(([code, signal]) => {
          throw new Error(
            `ended (${code}, ${signal}) without printing ${JSON.stringify(text)}: ${JSON.stringify(collected)}`,
          );
        }),
      ]);
    }
  };
  await prints('READY');
  return { child, collected, exit, prints };
}

test('wrong usage is one clear line and exit status 2', LIMIT, () => {
  for (const [args, message] of /** @type {[string[], RegExp][]} */ ([
    [[], /no command/],
    [['bogus'], /unknown command: bogus/],
    [['--bogus'], /unknown option: --bogus/],
    [['run'], /no program given/],
    [['run', '--bogus', 'x.wasm'], /--bogus/],
    [['run', '--env'], /--env/],
    [['run', '--env', '=x', file('exit7.wasm')], /NAME=VALUE/],
    [['run', '--dir', '/no/such/folder', file('exit7.wasm')], /no directory/],
    [['run', file('missing.wasm')], /no such file/],
    [['run', file('no.wasm')], /not a wasm file/],
    [['run', folder], /a directory/],
    [['instrument'], /no file given/],
    [['instrument', file('exit7.wasm')], /no -o/],
    [['instrument', file('missing.wasm'), '-o', file('out.wasm')], /no such file/],
    [['instrument', file('no.wasm'), '-o', file('out.wasm')], /not a wasm file/],
    [['instrument', file('plain.wasm'), '-o', file('out.wasm'), '--runtime', 'linked'], /plain\.wasm: /],
    [['instrument', file('exit7.wasm'), '-o', file('out.wasm'), '--memory', 'big'], /shared or keep/],
    [['instrument', file('exit7.wasm'), '-o', file('out.wasm'), '--runtime', 'none'], /linked or injected/],
    [['instrument', file('exit7.wasm'), '-o', file('out.wasm'), '--report', 'xml'], /json/],
    [['instrument', file('exit7.wasm'), '-o', file('out.wasm'), '--import-memory', 'x'], /MODULE\.NAME/],
    [['instrument', file('exit7.wasm'), 'more', '-o', file('out.wasm')], /unexpected argument: more/],
    [['signals', 'x'], /unexpected argument/],
    [['doctor', '--bogus'], /--bogus/],
  ])) {
    const { status, stdout, stderr } = cli(args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(String(stderr), message);
    assert.match(String(stderr), /^wasmsig: [^\n]+\n$/);
  }
  assert.equal(existsSync(file('out.wasm')), false);
});

test('every command has --help and --version', LIMIT, () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  for (const command of [[], ['run'], ['instrument'], ['signals'], ['doctor']]) {
    const help = cli([...command, '--help']);
    assert.equal(help.status, 0);
    assert.match(String(help.stdout), /^Usage: wasmsig/);
    assert.ok(
      String(help.stdout)
        .split('\n')
        .every((line) => line.length <= 140),
    );
    assert.equal(cli([...command, '--version']).stdout, `${version}\n`);
  }
});

test('signals and doctor print tables, also as JSON', LIMIT, () => {
  const table = JSON.parse(String(cli(['signals', '--json']).stdout));
  assert.equal(table.signals.length, 31);
  assert.deepEqual(table.realTime, { first: 35, last: 64, action: 'terminate', forwarded: false });
  assert.match(String(cli(['signals']).stdout), / 2 {2}SIGINT {5}terminate {2}forwarded {2}Interrupt/);
  const doctor = cli(['doctor', '--json']);
  assert.equal(doctor.status, 0);
  const { ok, findings } = JSON.parse(String(doctor.stdout));
  assert.equal(ok, true);
  assert.ok(findings.some((/** @type {any} */ finding) => finding.name === 'SharedArrayBuffer' && finding.ok));
  assert.match(String(cli(['doctor']).stdout), /yes {2}Atomics\.wait/);
});

test("the exit status is the program's", LIMIT, () => {
  assert.equal(cli(['run', file('exit7.wasm')]).status, 7);
  assert.equal(cli(['run', '--', file('exit7.wasm'), '--help']).status, 7);
});

test('the program has the standard streams', LIMIT, () => {
  const text = 'some words\n'.repeat(20_000);
  assert.equal(cli(['run', file('cat.wasm')], { input: text }).stdout, text);
  writeFileSync(file('input'), text);
  const shell = (/** @type {string} */ redirect) =>
    spawnSync('sh', ['-c', `"$0" "$1" run "$2" ${redirect}`, process.execPath, MAIN, file('cat.wasm')], {
      encoding: 'utf8',
      timeout: 20_000,
      cwd: folder,
    });
  assert.equal(shell('<input').stdout, text);
  assert.deepEqual([shell('</dev/null').status, shell('</dev/null').stdout], [0, '']);
  assert.equal(shell('<&-').status, 0);
});

test('a reader that goes away ends the program by SIGPIPE', LIMIT, () => {
  const { stdout } = spawnSync(
    'bash',
    [
      '-c',
      `yes | "$0" "$1" run "$2" | head -c 100 >/dev/null; echo "\${PIPESTATUS[1]}"`,
      process.execPath,
      MAIN,
      file('cat.wasm'),
    ],
    { encoding: 'utf8', timeout: 20_000 },
  );
  assert.equal(stdout, '141\n');
});

for (const [signal, status] of /** @type {[NodeJS.Signals, number][]} */ ([
  ['SIGTERM', 143],
  ['SIGQUIT', 131],
])) {
  test(`${signal}: the command dies as the program does`, LIMIT, async () => {
    for (const program of ['spin.wasm', 'sleep.wasm', 'plain.wasm']) {
      const { child, exit } = await running([file(program)]);
      child.kill(signal);
      assert.deepEqual(await exit, [null, signal], program);
    }
    // A file of its own: an old READY would be answered before the program is there.
    const { stdout } = spawnSync(
      'sh',
      [
        '-c',
        `"$0" "$1" run "$2" >"$3" & p=$!; until grep -qs READY "$3"; do :; done; kill -${signal.slice(3)} $p; wait $p; echo $?`,
        process.execPath,
        MAIN,
        file('spin.wasm'),
        file(`out-of-${signal}`),
      ],
      { encoding: 'utf8', timeout: 20_000 },
    );
    assert.equal(stdout.trim(), String(status));
  });
}

test('the command dies of SIGINT, SIGALRM, SIGKILL and a real-time signal', LIMIT, async () => {
  const { child, exit } = await running([file('plain.wasm')]);
  child.kill('SIGINT');
  assert.deepEqual(await exit, [null, 'SIGINT']);
  writeFileSync(file('rt.wasm'), guest('(call $exit (i32.const 37) (i32.const 0)) (unreachable)'));
  writeFileSync(file('alarm.wasm'), guest('(call $exit (i32.const 14) (i32.const 0)) (unreachable)'));
  writeFileSync(file('kill.wasm'), guest('(call $exit (i32.const 9) (i32.const 0)) (unreachable)'));
  const shell = (/** @type {string} */ name) =>
    spawnSync('bash', ['-c', `"$0" "$1" run "$2"; echo $?`, process.execPath, MAIN, file(name)], {
      encoding: 'utf8',
      timeout: 20_000,
    }).stdout.trim();
  assert.equal(shell('rt.wasm'), String(128 + 37));
  assert.equal(shell('alarm.wasm'), '142');
  assert.equal(shell('kill.wasm'), '137');
});

test('a crash says where, and dies of the signal of a native program', LIMIT, () => {
  const { signal, stderr } = cli(['run', file('trap.wasm')]);
  assert.equal(signal, 'SIGILL');
  assert.match(String(stderr), /^wasmsig: trap\.wasm: RuntimeError: unreachable \(SIGILL\)\n/);
});

test('handlers run for signals from outside, and --signals logs them', LIMIT, async () => {
  const { child, exit, prints } = await running(['--signals', file('spin.wasm')]);
  for (const [signal, text] of /** @type {[NodeJS.Signals, string][]} */ ([
    ['SIGUSR1', 'USR1'],
    ['SIGUSR2', 'SIG 12'],
    ['SIGINT', 'INT'],
    ['SIGWINCH', 'SIG 28'],
    ['SIGALRM', 'SIG 14'],
  ])) {
    child.kill(signal);
    await prints(text);
    await prints(`${signal} taken after`, 'err');
  }
  child.kill('SIGHUP'); // its handler exits with 3
  assert.deepEqual(await exit, [3, null]);
});

test('a signal during the start is not lost and starts no inspector', LIMIT, async () => {
  for (;;) {
    const child = spawnChild(process.execPath, [MAIN, 'run', file('spin.wasm')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stderr.on('data', (chunk) => (err += chunk));
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (out.includes('USR1')) child.kill('SIGKILL'); // the program had started already: once more
    });
    const exit = once(child, 'exit');
    // Node itself has no handler in its first moments; the command's are there when they show in the system's mask of caught signals.
    const caught = () =>
      BigInt('0x' + (/SigCgt:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '0'));
    while (!(caught() & (1n << 11n))) await new Promise((resolve) => setImmediate(resolve)); // SIGUSR2
    child.kill('SIGUSR1'); // the program has no handler yet
    const end = await exit;
    assert.doesNotMatch(err, /Debugger/);
    if (out.includes('USR1')) continue;
    assert.deepEqual(end, [null, 'SIGUSR1']);
    return;
  }
});

test('^Z stops the command with the program, and it continues', LIMIT, async () => {
  const { child, exit, prints } = await running([file('spin.wasm')], OWN_GROUP);
  const state = () => /\) (\w)/.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1];
  child.kill('SIGTSTP');
  while (state() !== 'T') await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGCONT');
  child.kill('SIGINT');
  await prints('INT');
  child.kill('SIGKILL');
  assert.deepEqual(await exit, [null, 'SIGKILL']);
});

test('the first ^C that a program without safe points does not accept is explained, and no other', LIMIT, async () => {
  const deaf = await running([file('deaf.wasm')]);
  deaf.child.kill('SIGINT');
  await deaf.prints('--instrument', 'err');
  deaf.child.kill('SIGINT');
  deaf.child.kill('SIGTERM');
  await deaf.exit;
  assert.match(deaf.collected.err, /^wasmsig: deaf\.wasm has not taken SIGINT: [^\n]+\n$/);
  const sleeps = await running([file('sleep.wasm')]);
  sleeps.child.kill('SIGINT');
  await sleeps.exit;
  assert.equal(sleeps.collected.err, '');
});

test('on a terminal ^C reaches a sleeping, a reading and a computing program', {
  ...LIMIT,
  skip: !existsSync(SCRIPT) && 'needs script(1)',
}, async () => {
  for (const [program, then] of [
    ['sleep', 'ERR 27'],
    ['read', 'ERR 27'],
    ['spin', 'INT'],
  ]) {
    const child = spawnChild(
      SCRIPT,
      ['-qec', `"${process.execPath}" "${MAIN}" run "${file(program)}.wasm"`, '/dev/null'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    let out = '';
    let typed = 0;
    const exit = once(child, 'exit');
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (typed === 0 && out.includes('READY')) child.stdin.write('\x03'), (typed = 1);
      if (program === 'spin' && typed === 1 && out.includes('INT')) child.stdin.write('\x1c'), (typed = 2);
    });
    await exit;
    assert.match(out, /INT/, program);
    assert.ok(out.includes(then), `${program}: ${JSON.stringify(out)}`);
    child.stdin.destroy();
  }
});

test('a line typed on a terminal comes when it is complete, and ^D is the end of the file', {
  ...LIMIT,
  skip: !existsSync(SCRIPT) && 'needs script(1)',
}, async () => {
  const child = spawnChild(
    SCRIPT,
    ['-qec', `stty -echo; echo GO; "${process.execPath}" "${MAIN}" run "${file('cat')}.wasm"`, '/dev/null'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let out = '';
  let step = 0;
  child.stdout.on('data', (chunk) => {
    out += chunk;
    if (step === 0 && out.includes('GO')) child.stdin.write('first\nsec'), (step = 1);
    if (step === 1 && out.includes('first')) {
      assert.ok(!out.includes('sec'));
      child.stdin.write('ond\n');
      step = 2;
    }
    if (step === 2 && out.includes('second')) child.stdin.write('\x04'), (step = 3);
  });
  await once(child, 'exit');
  assert.equal(step, 3);
  assert.match(out.replaceAll('\r', ''), /first\nsecond\n/);
});

test('instrument writes a program that can be interrupted in a loop without calls', LIMIT, async () => {
  const { status, stdout, stderr } = cli([
    'instrument',
    file('deaf.wasm'),
    '-o',
    file('deaf2.wasm'),
    '--report',
    'json',
  ]);
  assert.equal(String(stderr), '');
  assert.equal(status, 0);
  assert.ok(JSON.parse(String(stdout)).loops.instrumented >= 1);
  const { child, exit } = await running([file('deaf2.wasm')]);
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [null, 'SIGTERM']);
  const again = cli(['instrument', file('deaf2.wasm'), '-o', file('x.wasm')]);
  assert.equal(again.status, 0);
  assert.match(
    String(again.stderr),
    /^wasmsig instrument: .*deaf2\.wasm: the module is instrumented already: it stays as it is\n$/,
  );
  assert.deepEqual(readFileSync(file('x.wasm')), readFileSync(file('deaf2.wasm')));
  writeFileSync(file('small.wasm'), guest(programs.deaf)); // 2 pages, at most 16
  const small = cli([
    'instrument',
    file('small.wasm'),
    '-o',
    file('x.wasm'),
    '--maximum-pages',
    '5',
    '--report',
    'json',
  ]);
  assert.equal(JSON.parse(String(small.stdout)).memory.maximum, 5);
  cli(['instrument', file('deaf.wasm'), '-o', file('usual.wasm')]);
  cli(['instrument', file('deaf.wasm'), '-o', file('less.wasm'), '--size']);
  assert.ok(statSync(file('less.wasm')).size < statSync(file('usual.wasm')).size);
  for (const pages of ['0', '1.5', '65537', 'many'])
    assert.match(
      String(cli(['instrument', file('deaf.wasm'), '-o', file('y.wasm'), '--maximum-pages', pages]).stderr),
      /^wasmsig: instrument: --maximum-pages .*65536/,
    );
  assert.match(
    String(cli(['instrument', file('deaf.wasm'), '-o', file('x.wasm'), '--skip', 'nobody']).stderr),
    /no function is named nobody/,
  );
});
