// @ts-check
// examples/host/host.mjs: programs on a host that was written from docs/host-abi.md and has nothing of js/.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LIMIT, ROOT, guest, start, wasmsigResult } from '../support/program.js';

const HOST = join(ROOT, 'examples/host/host.mjs');
const folder = mkdtempSync(join(tmpdir(), 'wasmsig-host-'));
const instrumented = (/** @type {string} */ name) => join(folder, `${name}.wasm`);

before(async () => {
  for (const name of ['alarm', 'handlers', 'stopper']) {
    const made = await wasmsigResult(['instrument', '--memory', 'keep', guest(name), '-o', instrumented(name)]);
    assert.equal(made.code, 0, made.err);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {import('node:test').TestContext} t @param {string[]} args */
async function hosted(t, ...args) {
  const program = start([process.execPath, '--no-warnings', HOST, ...args], { input: '' });
  t.after(() => program.close());
  const { code } = await program.ended;
  return { code, out: program.out, err: program.err };
}

test('it imports nothing of the package', LIMIT, () => {
  const imports = [...readFileSync(HOST, 'utf8').matchAll(/\bfrom '([^']+)'/g)].map(([, name]) => name);
  assert.ok(imports.length > 0);
  for (const name of imports) assert.match(name, /^node:/);
});

test(
  'handlers run on what the host sends to a computation without calls, in the order of sending',
  LIMIT,
  async (t) => {
    const names = ['SIGUSR1', 'SIGRTMIN+1', 'SIGRTMIN+1', 'SIGTERM', 'SIGINT', 'SIGQUIT'];
    const sent = names.flatMap((name) => ['--send', `1:${name.replace('SIGRTMIN+1', '36')}`]);
    const { code, out, err } = await hosted(t, ...sent, instrumented('handlers'));
    const lines = names.map((name) => `${name} code=0 pid=1 value=0\n`);
    assert.deepEqual({ code, out, err }, { code: 0, out: `ready\n${lines.join('')}bye\n`, err: '' });
  },
);

test('a handler ends a sleep', LIMIT, async (t) => {
  const ended = await hosted(t, '--send', '20:SIGUSR1', guest('sleeper'), 'nanosleep', '600');
  assert.deepEqual(ended, { code: 0, out: 'ready\nnanosleep EINTR signo=10\n', err: '' });
});

test('alarms interrupt a computation', LIMIT, async (t) => {
  const { code, out } = await hosted(t, instrumented('alarm'), '20', '20');
  assert.equal(code, 0);
  assert.match(out, /^ready\nalarm 1 after \d+ ms\n(?:alarm \d+ after \d+ ms\n)*$/);
});

test('the signal that killed a program is reported', LIMIT, async (t) => {
  for (const [name, signal, status, ...args] of /** @type {[string, string, number, ...string[]][]} */ ([
    [instrumented('alarm'), 'SIGTERM', 143, '--send', '20:SIGTERM', '600000'],
    [guest('writer'), 'SIGTERM', 143, '--send', '20:SIGTERM', 'stdio'],
    [instrumented('alarm'), 'SIGALRM', 142, 'default'],
    [guest('ends'), 'SIGTERM', 143, 'kill', '15'],
    [guest('sleeper'), 'signal 64', 192, '--send', '0:64', 'pause'],
  ])) {
    const own = args[0] === '--send' ? args.splice(0, 2) : [];
    const { code, out, err } = await hosted(t, ...own, name, ...args);
    assert.deepEqual({ code, err }, { code: status, err: `killed by ${signal}\n` }, name);
    assert.doesNotMatch(out, /alive/);
  }
});

test('a program that no signal killed ends with its own status', LIMIT, async (t) => {
  assert.deepEqual(await hosted(t, guest('ends'), 'return', '7'), { code: 7, out: 'ready\n', err: '' });
  const { code, err } = await hosted(t, '--send', '0:SIGCHLD', guest('sleeper'), 'nanosleep', '0.1');
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  const trapped = await hosted(t, guest('ends'), 'trap');
  assert.notEqual(trapped.code, 0);
  assert.doesNotMatch(trapped.err, /killed by/);
});

test('a stopped program goes on at SIGCONT', LIMIT, async (t) => {
  const { code, err } = await hosted(
    t,
    ...['1:SIGTSTP', '1:SIGCONT', '1:SIGTERM'].flatMap((one) => ['--send', one]),
    instrumented('stopper'),
  );
  assert.equal(code, 143);
  assert.equal(err, 'stopped by SIGTSTP\ncontinued\nkilled by SIGTERM\n');
});

test('memory that is shared is refused in one clear line', LIMIT, async (t) => {
  const file = instrumented('shared');
  assert.equal((await wasmsigResult(['instrument', guest('alarm'), '-o', file])).code, 0);
  const { code, err } = await hosted(t, file);
  assert.equal(code, 1);
  assert.match(err, /its memory is shared/);
});
