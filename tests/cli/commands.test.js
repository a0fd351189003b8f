// @ts-check
// The commands that run nothing, on real programs.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { VERSION } from '../../js/abi/index.js';
import { LIMIT, ROOT, guest, quiet, wasmsig, wasmsigResult } from '../support/program.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmsig-commands-'));
after(() => rmSync(folder, { recursive: true, force: true }));

for (const memory of ['shared', 'keep']) {
  test(`instrument --memory ${memory} writes a program that run interrupts`, LIMIT, async () => {
    const out = join(folder, `${memory}.wasm`);
    const made = await wasmsigResult([
      'instrument',
      guest('handlers'),
      '-o',
      out,
      '--memory',
      memory,
      '--report',
      'json',
    ]);
    assert.equal(made.code, 0, made.err);
    const report = JSON.parse(made.out);
    assert.ok(report.loops.instrumented > 0);
    assert.equal(report.look, memory === 'shared' ? 'shared' : 'countdown');
    const mark = WebAssembly.Module.customSections(new WebAssembly.Module(readFileSync(out)), 'wasmsig');
    assert.equal(mark.length, 1);
    assert.equal(JSON.parse(new TextDecoder().decode(mark[0])).abi, VERSION);
    const program = wasmsig(['run', out]);
    try {
      await program.expect('ready');
      program.kill('SIGUSR1');
      await program.expect('SIGUSR1');
      program.kill('SIGQUIT');
      await program.expect('bye');
      assert.deepEqual(await program.ended, { code: 0, signal: null });
    } finally {
      await program.close();
    }
  });
}

test('instrument may write over its input, and leaves an instrumented program as it is', LIMIT, async () => {
  const out = join(folder, 'place.wasm');
  assert.equal((await wasmsigResult(['instrument', guest('ends'), '-o', out])).code, 0);
  const size = statSync(out).size;
  assert.equal((await wasmsigResult(['instrument', out, '-o', out])).code, 0);
  assert.equal(statSync(out).size, size);
  assert.equal((await wasmsigResult(['run', out, 'exit', '9'])).code, 9);
});

test('a program that is not instrumented still gets signals in blocking calls', LIMIT, async () => {
  const program = wasmsig(['run', guest('sleeper'), 'pause']);
  try {
    await program.expect('ready');
    await quiet(program.pid); // a signal that comes before it pauses does not end the pause
    program.kill('SIGINT');
    await program.expect('pause EINTR signo=2');
    assert.deepEqual(await program.ended, { code: 0, signal: null });
  } finally {
    await program.close();
  }
});

test('--signals logs sends and deliveries', LIMIT, async () => {
  const program = wasmsig(['run', '--instrument', '--signals', guest('handlers')]);
  try {
    await program.expect('ready');
    program.kill('SIGUSR1');
    await program.expect('SIGUSR1');
    await program.until(
      () => /SIGUSR1 sent/.test(program.err) && /SIGUSR1 taken after [\d.]+ ms/.test(program.err),
      'the log',
    );
  } finally {
    await program.close();
  }
});

test('signals --json is the table of src/signals.def', LIMIT, async () => {
  const { code, out } = await wasmsigResult(['signals', '--json']);
  assert.equal(code, 0);
  const { signals, realTime } = JSON.parse(out);
  assert.equal(signals.length, 31);
  assert.deepEqual([realTime.first, realTime.last], [35, 64]);
  const table = readFileSync(join(ROOT, 'src/signals.def'), 'utf8');
  for (const { name } of signals) assert.match(table, new RegExp(`\\b${name}\\b`));
});

test('doctor says that programs can be run here, and names every SDK', LIMIT, async () => {
  const { code, out } = await wasmsigResult(['doctor', '--json']);
  assert.equal(code, 0, out);
  const { ok, findings } = JSON.parse(out);
  assert.equal(ok, true);
  for (const { name, ok: found, needed, advice } of findings) assert.ok(found || !needed, `${name}: ${advice}`);
  assert.equal((await wasmsigResult(['doctor'])).code, 0);
});

test('every command has a --help that names its options', LIMIT, async () => {
  for (const [command, options] of /** @type {[string | undefined, string[]][]} */ ([
    [undefined, ['run', 'instrument', 'signals', 'doctor', '--version']],
    ['run', ['--instrument', '--env', '--dir', '--signals', '--']],
    ['instrument', ['--output', '--runtime', '--memory', '--json']],
    ['signals', ['--json']],
    ['doctor', ['--json']],
  ])) {
    const { code, out, err } = await wasmsigResult([...(command ? [command] : []), '--help']);
    assert.equal(code, 0, command);
    assert.equal(err, '');
    for (const option of options) assert.ok(out.includes(option), `${command}: ${option}`);
  }
});
