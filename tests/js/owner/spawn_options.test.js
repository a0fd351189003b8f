// @ts-check
// What spawn() says of options that are wrong, and who hears of a program that could not be started.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { attach, spawn } from '../../../js/node/index.js';
import { guest, programs } from '../../guests/wat_guests.js';
import { LIMIT, start } from '../../support/watched_guest.js';

const program = guest(programs.exit7);
/** @type {any} */
const started = spawn;

/** The text of an expression for these bytes. @param {Uint8Array} bytes */
const bytesOf = (bytes) => `new Uint8Array(Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64'))`;

/**
 * Runs a module that may use `spawn`, and tells what becomes of its Node process.
 * @param {string} code
 * @param {string[]} [options]  of Node
 * @param {number} [timeout]
 */
async function runs(code, options = ['--input-type=module'], timeout = 20_000) {
  const whole = `import { spawn } from ${JSON.stringify(new URL('../../../js/node/index.js', import.meta.url))};\n${code}`;
  return await new Promise(
    (/** @type {(value: {code: unknown, stdout: string, stderr: string}) => void} */ resolve) => {
      const args = [...options, '--eval', whole];
      execFile(process.execPath, args, { timeout }, (error, stdout, stderr) =>
        resolve({ code: error?.signal ?? error?.code ?? 0, stdout, stderr }),
      );
    },
  );
}

/** @type {[what: string, option: any][]} */
const WRONG = [
  ['args', { args: 'abc' }],
  ['args', { args: 5 }],
  ['args', { args: null }],
  ['name', { name: 7 }],
  ['env', { env: 'A=1' }],
  ['env', { env: null }],
  ['env', { env: ['A=1'] }],
  ['env.A', { env: { A: 1 } }],
  ['env.A', { env: { A() {} } }],
  ['env.A', { env: { A: undefined } }],
  ['dirs', { dirs: '.' }],
  ['dirs', { dirs: ['.'] }],
  ["dirs['.']", { dirs: { '.': { 'a.txt': 'x' } } }],
  ["dirs['/']", { dirs: { '/': null } }],
  ['peers', { peers: [null] }],
  ['peers', { peers: 5 }],
  ['peers', { peers: [{ pid: 2 }] }],
  ['peers', { peers: {} }],
  ['uid', { uid: 'x' }],
  ['uid', { uid: null }],
  ['edition', { edition: 'full' }],
  ['edition', { edition: 1 }],
  ['ignored', { ignored: 'SIGINT' }],
  ['unknown signal', { blocked: ['SIGNONE'] }],
  ['a signal', { blocked: [null] }],
  ['instrument', { instrument: 'yes' }],
  ['instrument', { instrument: null }],
  ['instrument.memory', { instrument: { memory: 'both' } }],
  ['stdin', { stdin: 'hello' }],
  ['stdin', { stdin: new Uint8Array(3) }],
  ['stdin', { stdin: new ReadableStream() }],
  ['stdin', { stdin: null }],
  ['stdin', { stdin: {} }],
  ['stdin', { stdin: process.stdout.constructor }],
  ['stdout', { stdout: 'pip' }],
  ['stdout', { stdout: true }],
  ['stdout', { stdout() {} }],
  ['stdout', { stdout: new WritableStream() }],
  ['stdout', { stdout: null }],
  ['stderr', { stderr: 2 }],
  ['stderr', { stderr: { write() {} } }],
  ['signal', { signal: 'SIGTERM' }],
  ['a signal', { killSignal: null }],
  ['unknown signal', { killSignal: 'SIGNONE' }],
  ['stackSizeMb', { stackSizeMb: '8' }],
];

/** @type {[what: string, option: any][]} */
const OUT_OF_RANGE = [
  ['uid', { uid: -1 }],
  ['uid', { uid: 1.5 }],
  ['uid', { uid: 2 ** 32 }],
  ['timeout', { timeout: -1 }],
  ['timeout', { timeout: '5' }],
  ['stackSizeMb', { stackSizeMb: 0 }],
  ['not a signal number', { killSignal: 99 }],
];

test('a wrong option of spawn() is a TypeError that names it, or a RangeError for a number', LIMIT, () => {
  for (const [what, option] of WRONG)
    assert.throws(
      () => started(program, option),
      (error) => error instanceof TypeError && error.message.startsWith(what),
      `${what} ${typeof option[what]}`,
    );
  for (const [what, option] of OUT_OF_RANGE)
    assert.throws(
      () => started(program, option),
      (error) => error instanceof RangeError && error.message.startsWith(what),
      what,
    );
  for (const source of [5, null, undefined, {}, [], true])
    assert.throws(() => started(source), { name: 'TypeError', message: /^a program is / });
  assert.throws(() => spawn(new WebAssembly.Module(/** @type {any} */ (program)), { instrument: true }), {
    name: 'TypeError',
    message: /compiled module/,
  });
});

test('a wrong option of spawn() starts nothing: the process that called it ends', LIMIT, async () => {
  const { code, stdout, stderr } = await runs(`
    const program = ${bytesOf(guest(programs.spin))};
    let thrown = 0;
    for (const option of [{ peers: [null] }, { peers: 5 }, { env: { A() {} } }, { stackSizeMb: 0 }, { stdout: 5 }, { signal: 5 }, { killSignal: 0 }, { uid: {} }, { dirs: { a: 1 } }]) {
      try { spawn(program, option); } catch { thrown++; }
    }
    console.log(thrown);`);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '9\n', stderr: '' });
  // The same sees what runs: this one never ends by itself.
  const busy = await runs(`spawn(${bytesOf(guest(programs.spin))}, { stdin: 'ignore' });`, undefined, 3000);
  assert.equal(busy.code, 'SIGTERM');
});

test('a wrong edition is a TypeError of spawn and attach', LIMIT, () => {
  for (const edition of ['full', 'toString', 1, null]) {
    for (const make of [() => started(program, { edition }), () => attach({ edition: /** @type {any} */ (edition) })]) {
      assert.throws(
        make,
        (error) => error instanceof TypeError && /edition is 'documented' or 'extended', not /.test(error.message),
      );
    }
  }
});

test(
  'what cannot be started is ERR_START, not a death: folders that are none, names that no environment can hold',
  LIMIT,
  async () => {
    for (const dirs of /** @type {Record<string, string>[]} */ ([
      { '/': '/nonexistent' },
      { '/a': '/', '/b': fileURLToPath(import.meta.url) },
      { '/': '/a\0b' },
    ])) {
      await assert.rejects(spawn(program, { stdin: 'ignore', dirs }).exited, {
        code: 'ERR_START',
        message: /is no folder/,
      });
    }
    assert.equal((await spawn(program, { stdin: 'ignore', dirs: { '/': '/' } }).exited).code, 7);
  },
);

test(
  'a program that could not be started, and whose end is not awaited, is an unhandled rejection',
  LIMIT,
  async () => {
    for (const more of [
      '',
      ", { timeout: 5000, signal: new AbortController().signal, stdin: 'pipe', stdout: 'pipe' }",
    ]) {
      const silent = await runs(`const one = spawn('nope.wasm'${more}); one.abortSignal; await one.ready;`);
      assert.equal(silent.code, 1, silent.stderr);
      assert.match(silent.stderr, /WasmsigError: nope\.wasm: no such file/);
    }
    const heard = await runs(
      `await spawn('nope.wasm', { stdout: 'pipe' }).exited.catch((error) => console.log(error.code));`,
    );
    assert.deepEqual(heard, { code: 0, stdout: 'ERR_START\n', stderr: '' });
  },
);

test('a program also runs, and has a timer, where Node was given its code as an option', LIMIT, async () => {
  const code = `console.log(JSON.stringify(await spawn(${bytesOf(guest(programs.arm, { shared: true }))}, { stdin: 'ignore' }).exited));`;
  for (const options of [['--input-type=module'], ['--input-type', 'module']]) {
    assert.deepEqual(await runs(code, options), {
      code: 0,
      stdout: 'READY\n2\n{"code":0,"signal":null,"core":false}\n',
      stderr: '',
    });
  }
});

test('the streams of a program that could not be started fail, for their readers', LIMIT, async () => {
  const { child, exited } = start('exit7', { dirs: { '/': '/nonexistent' } });
  const refused = assert.rejects(exited, { code: 'ERR_START' });
  child.stdout?.removeAllListeners('data');
  await assert.rejects(
    async () => {
      for await (const chunk of /** @type {import('node:stream').Readable} */ (child.stdout))
        assert.fail(String(chunk));
    },
    { code: 'ERR_START' },
  );
  await refused;
  // Who comes late hears that there is no end of the file.
  const late = spawn('nope.wasm', { stdout: 'pipe' });
  await assert.rejects(late.exited, { code: 'ERR_START' });
  await assert.rejects(
    async () => {
      for await (const chunk of late.stdout) assert.fail(String(chunk));
    },
    { code: 'ERR_STREAM_PREMATURE_CLOSE' },
  );
});

test('the streams of a program that ran end, also when a signal killed it', LIMIT, async () => {
  const { child } = start('spin');
  const [first] = await once(/** @type {import('node:stream').Readable} */ (child.stdout), 'data');
  assert.equal(String(first), 'READY\n');
  const ended = once(/** @type {import('node:stream').Readable} */ (child.stdout), 'end');
  child.kill('SIGKILL');
  await ended;
  assert.equal((await child.exited).signal, 'SIGKILL');
});

test('abortSignal aborts with what exited resolves to', LIMIT, async () => {
  const failed = spawn('nope.wasm');
  const { abortSignal } = failed;
  const error = await failed.exited.catch((reason) => reason);
  assert.equal(abortSignal.reason, error);
  assert.equal(failed.abortSignal, abortSignal);
  const good = spawn(program, { stdin: 'ignore' });
  const exit = await good.exited;
  assert.equal(good.abortSignal.reason, exit);
});
