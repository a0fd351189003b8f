// @ts-check
// Every bad input is one clear line and its documented exit status or error; nothing crashes, hangs, or is changed.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BLOCK_WORDS, VERSION } from '../../js/abi/index.js';
import { Sender, spawn } from '../../js/node/index.js';
import { guest as tiny, programs } from '../guests/wat_guests.js';
import { watch } from '../support/watched_guest.js';
import { LIMIT, guest, wasmsigResult } from '../support/program.js';

const OTHER_VERSION = new RegExp(`version ${VERSION + 1} .*version ${VERSION}`);

/** @type {string} */
let folder;
const file = (/** @type {string} */ name) => join(folder, name);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wasmsig-bad-'));
  writeFileSync(file('text.wasm'), 'not a wasm file\n');
  writeFileSync(file('empty.wasm'), '');
  writeFileSync(file('memoryless.wasm'), Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  writeFileSync(file('broken.wasm'), readFileSync(guest('ends')).subarray(0, 5000));
  writeFileSync(file('unlinked.wasm'), tiny(programs.exit7, { linked: false }));
  writeFileSync(file('other_version.wasm'), tiny(programs.exit7, { version: VERSION + 1, shared: true }));
  const made = await wasmsigResult(['instrument', guest('default'), '-o', file('instrumented_before.wasm')]);
  assert.equal(made.code, 0, made.err);
  writeFileSync(
    file('instrumented_before.wasm'),
    readFileSync(file('instrumented_before.wasm')).toString('latin1').replace(`"abi":${VERSION}`, '"abi":1'),
    'latin1',
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string[]} args @param {RegExp} message */
async function refuses(args, message) {
  const names = readdirSync(folder).join();
  const contents = readdirSync(folder)
    .map((name) => readFileSync(file(name)).toString('latin1'))
    .join();
  const { code, signal, out, err } = await wasmsigResult(args);
  const what = args.join(' ');
  assert.deepEqual({ code, signal, out }, { code: 2, signal: null, out: '' }, `${what}: ${err}`);
  assert.match(err, /^wasmsig: [^\n]+\n$/, what);
  assert.match(err, message, what);
  assert.equal(readdirSync(folder).join(), names, what);
  assert.equal(
    readdirSync(folder)
      .map((name) => readFileSync(file(name)).toString('latin1'))
      .join(),
    contents,
    what,
  );
}

/** @type {[name: string, message: RegExp][]} */
const REFUSED = [
  ['text.wasm', /not a wasm file/],
  ['empty.wasm', /not a wasm file/],
  ['broken.wasm', /broken\.wasm/],
  ['missing.wasm', /no such file/],
];

/** @type {[name: string, message: RegExp][]} */
const REFUSED_BY_RUN = [...REFUSED, ['memoryless.wasm', /memory/], ['other_version.wasm', OTHER_VERSION]];

for (const [name, message] of REFUSED_BY_RUN)
  test(`run refuses ${name} in one line`, LIMIT, () => refuses(['run', file(name)], message));

/** @type {[name: string, message: RegExp][]} */
const REFUSED_BY_RUN_INSTRUMENTED = [
  ...REFUSED_BY_RUN,
  ['instrumented_before.wasm', /already instrumented, by another version/],
];

for (const [name, message] of REFUSED_BY_RUN_INSTRUMENTED)
  test(`run --instrument refuses ${name} in one line`, LIMIT, () =>
    refuses(['run', '--instrument', file(name)], message),
  );

test('run --instrument runs a program that is not linked with the library', LIMIT, async () => {
  const { code, out, err } = await wasmsigResult(['run', '--instrument', file('unlinked.wasm')]);
  assert.deepEqual({ code, out, err }, { code: 7, out: '', err: '' });
});

/** @type {[args: string[], name: string, message: RegExp][]} */
const REFUSED_BY_INSTRUMENT = [
  ...REFUSED.map(([name, message]) => /** @type {[string[], string, RegExp]} */ ([[], name, message])),
  [[], 'instrumented_before.wasm', /already instrumented, by another version/],
  [['--runtime', 'linked'], 'memoryless.wasm', /memory/],
  [['--runtime', 'linked'], 'unlinked.wasm', /does not export/],
];

for (const [args, name, message] of REFUSED_BY_INSTRUMENT)
  test(`${['instrument', ...args].join(' ')} refuses ${name} in one line, in place too`, LIMIT, async () => {
    for (const output of ['out.wasm', name])
      await refuses(['instrument', ...args, file(name), '-o', file(output)], message);
    assert.equal(existsSync(file('out.wasm')), false);
  });

test('numbers and names that are no signals are errors, and the program sees nothing of them', LIMIT, async () => {
  const child = spawn(guest('handlers'), { stdin: 'ignore', stdout: 'pipe', instrument: true });
  const program = watch(child);
  try {
    await program.prints('ready');
    await child.ready;
    const sender = Sender.from(child.handle());
    for (const target of [child, sender]) {
      for (const number of [0, 65, -1, 1e9, NaN, 32, 33, 1.5, Infinity])
        assert.throws(() => target.kill(number), RangeError, String(number));
      for (const name of ['SIGFOO', '', 'sigint ', 'INT ']) assert.throws(() => target.kill(name), TypeError, name);
      for (const name of ['SIGRTMIN+30', 'SIGRTMAX-30']) assert.throws(() => target.kill(name), RangeError, name);
      for (const value of [2 ** 33, 0.5, NaN]) assert.throws(() => target.kill(40, { value }), RangeError);
      for (const nothing of [null, undefined, {}, []])
        assert.throws(() => target.kill(/** @type {any} */ (nothing)), TypeError);
    }
    child.kill('SIGUSR1');
    await program.prints('SIGUSR1');
    child.kill('SIGQUIT');
    assert.deepEqual(await program.ends(), { code: 0, signal: null, core: false });
    assert.deepEqual(
      program.output.split('\n').map((line) => line.split(' ')[0]),
      ['ready', 'SIGUSR1', 'SIGQUIT', 'bye', ''],
    );
  } finally {
    await child.close();
  }
});

test(
  'sends to a program that has ended return false, also through a handle, and a new handle is an error',
  LIMIT,
  async () => {
    const child = spawn(guest('default'), { stdin: 'ignore', stdout: 'pipe', instrument: true });
    const program = watch(child);
    await program.prints('ready');
    await child.ready;
    const sender = Sender.from(child.handle());
    assert.equal(sender.kill('SIGTERM'), true);
    assert.deepEqual(await program.ends(), { code: null, signal: 'SIGTERM', core: false });
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGCONT', 40]) {
      assert.equal(child.kill(signal), false);
      assert.equal(sender.kill(signal), false);
    }
    assert.throws(() => child.handle(), { code: 'ESRCH' });
    await child.close();
  },
);

test('a block of another version is refused by a sender', LIMIT, () => {
  const buffer = new SharedArrayBuffer(65536);
  assert.throws(() => Sender.from({ kind: 'wasmsig', pid: 2, buffer, offset: 0, host: buffer }), /not|magic|block/i);
  const words = new Int32Array(buffer);
  words[0] = 0x47495357;
  words[1] = VERSION + 1;
  words[2] = BLOCK_WORDS;
  const before = words.slice();
  assert.throws(
    () => Sender.from({ kind: 'wasmsig', pid: 2, buffer, offset: 0, host: buffer }),
    new RegExp(`version ${VERSION + 1}`),
  );
  assert.deepEqual(words.slice(), before);
  assert.throws(() => Sender.from(/** @type {any} */ ({})), TypeError);
});
