// @ts-check
// Calls of WASI programs that block: signals end or restart them as on Linux, where the same program runs natively, and none of them keeps the owner from ending.
import assert from 'node:assert/strict';
import { execFileSync, spawn as spawnChild } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compiled } from '../support/compiled.js';
import { CLI, LIMIT, eventually, guest, quiet, start } from '../support/program.js';

const INDEX = JSON.stringify(new URL('../../js/node/index.js', import.meta.url).href);
const OPTIONS = { ...LIMIT, skip: process.platform === 'linux' ? false : 'it is compared with Linux' };
/** @type {[string, string[]][]} */
const TARGETS = [
  ['Linux', [compiled('guests/files')]],
  ['wasm32-wasip1', [process.execPath, CLI, 'run', '--dir', '.', guest('files')]],
];

/** A folder with a FIFO in it. @param {(folder: string) => Promise<void>} use */
async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-'));
  try {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the program says on standard error, its output unread. @param {string[]} command @param {string} cwd @param {{input?: string, shell?: string}} [options] */
function run(command, cwd, { input, shell } = {}) {
  const [program, ...args] = shell === undefined ? command : ['bash', '-c', shell, 'bash', ...command];
  return start([program, ...args], { input, cwd });
}

/** A pipe's end, as soon as somebody has the other one. @param {string} fifo @param {number} flags */
async function openEnd(fifo, flags) {
  let fd = -1;
  await eventually(() => {
    try {
      return (fd = openSync(fifo, flags | constants.O_NONBLOCK)) >= 0;
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'ENXIO') throw error;
      return false;
    }
  }, 'the other end of the FIFO');
  return fd;
}

for (const [target, command] of TARGETS) {
  for (const [mode, lines] of /** @type {[string, string[]][]} */ ([
    ['open-read', ['open: EINTR, handled 1']],
    ['open-write', ['open: EINTR, handled 1']],
    ['read', ['open: 0, handled 0', 'read: EINTR, handled 1']],
    ['fill', ['open: 0, handled 0', 'write: 65536, handled 1', 'write: EINTR, handled 2']],
    [
      'poll',
      [
        'open: 0, handled 0',
        'poll: 0, handled 0',
        'poll: 0, handled 0',
        'poll: EINTR, handled 1',
        'poll: 1, handled 1',
        'poll: 1, handled 1',
        'poll: 0, handled 1',
        'poll: EINTR, handled 2',
      ],
    ],
  ])) {
    test(`${target}: alarm() ends a call that hangs on a FIFO: ${mode}`, OPTIONS, () =>
      inFolder(async (folder) => {
        const program = run([...command, mode], folder);
        try {
          assert.deepEqual(await program.ended, { code: 0, signal: null });
          assert.deepEqual(
            program.err.split('\n').filter((line) => line !== 'alarm' && line !== ''),
            ['ready', ...lines],
          );
        } finally {
          await program.close();
        }
      }),
    );
  }

  test(`${target}: with SA_RESTART an open of a FIFO goes on after the handler, and bytes arrive whole`, OPTIONS, () =>
    inFolder(async (folder) => {
      const reader = run([...command, 'open-read', 'fifo', 'restart'], folder);
      try {
        await reader.until(() => reader.err.includes('alarm'), 'the alarm of the reader');
        const fd = await openEnd(join(folder, 'fifo'), constants.O_WRONLY);
        await reader.until(() => reader.err.includes('open: 0, handled 1'), 'the open of the reader');
        writeSync(fd, 'hello, reader');
        await reader.until(() => reader.err.includes('read: 13, handled 1'), 'the read of all bytes');
        closeSync(fd);
        assert.deepEqual(await reader.ended, { code: 0, signal: null });
        assert.match(reader.err, /read: 13, handled 1\nread: 0, handled 1\n$/);
      } finally {
        await reader.close();
      }
    }),
  );

  test(
    `${target}: with SA_RESTART an open for writing goes on after the handler, until there is a reader`,
    OPTIONS,
    () =>
      inFolder(async (folder) => {
        const writer = run([...command, 'open-write', 'fifo', 'restart'], folder);
        try {
          await writer.until(() => writer.err.includes('alarm'), 'the alarm of the writer');
          const fd = openSync(join(folder, 'fifo'), constants.O_RDONLY | constants.O_NONBLOCK);
          assert.deepEqual(await writer.ended, { code: 0, signal: null });
          assert.match(writer.err, /open: 0, handled 1\nwrite: 5, handled 1\n$/);
          closeSync(fd);
        } finally {
          await writer.close();
        }
      }),
  );

  test(`${target}: a writer that comes and goes without a byte ends an open, and is the end of the file`, OPTIONS, () =>
    inFolder(async (folder) => {
      const reader = run([...command, 'open-read'], folder);
      try {
        closeSync(await openEnd(join(folder, 'fifo'), constants.O_WRONLY));
        assert.deepEqual(await reader.ended, { code: 0, signal: null });
        assert.match(reader.err, /^open: 0, handled 0\nread: 0, handled \d\n$/m);
      } finally {
        await reader.close();
      }
    }),
  );

  test(`${target}: a full pipe as output: a write is interrupted in part, then altogether`, OPTIONS, () =>
    inFolder(async (folder) => {
      const program = run([...command, 'fill-output'], folder, {
        shell: '{ "$@"; echo "over $?" >&2; } | { read -r line < fifo; }',
      });
      try {
        await program.until(() => program.err.includes('over'), 'the end');
        assert.deepEqual(
          program.err.split('\n').filter((line) => line !== 'alarm' && line !== ''),
          ['ready', 'write: 65536, handled 1', 'write: EINTR, handled 2', 'over 0'],
        );
      } finally {
        closeSync(await openEnd(join(folder, 'fifo'), constants.O_WRONLY));
        await program.close();
      }
    }),
  );

  test(
    `${target}: a write that a full pipe or socket blocks ends by SIGTERM, and is whole when it is read`,
    OPTIONS,
    () =>
      inFolder(async (folder) => {
        const child = spawnChild(command[0], [...command.slice(1), 'output'], {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const reading = run([...command, 'output'], folder, { shell: '"$@" | { read -r line < fifo; wc -c; }' });
        try {
          let errors = '';
          child.stderr.on('data', (text) => (errors += text));
          await eventually(() => errors.includes('ready'), 'the program');
          await quiet(/** @type {number} */ (child.pid));
          assert.equal(errors, 'ready\n', 'the write came back');
          const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
          child.kill('SIGTERM');
          assert.equal(await ended, 'SIGTERM');
          await reading.until(() => reading.err.includes('ready'), 'the other program');
          closeSync(await openEnd(join(folder, 'fifo'), constants.O_WRONLY));
          await reading.expect(/^1048576$/m);
          assert.match(reading.err, /write: 1048576, handled 0/);
        } finally {
          child.kill('SIGKILL');
          await reading.close();
        }
      }),
  );

  test(`${target}: a program that prints into head dies of SIGPIPE; one that ignores it sees EPIPE`, OPTIONS, () =>
    inFolder(async (folder) => {
      for (const [how, end, errors] of [
        ['', 'end 141', /^ready\n$/],
        ['ignore', 'end 1', /^ready\nprintf: EPIPE, handled 0\n$/],
      ]) {
        const program = run([...command, 'lines', 'fifo', /** @type {string} */ (how)], folder, {
          shell: '"$@" | head -n 1; echo "end ${PIPESTATUS[0]}"',
        });
        try {
          await program.ended;
          assert.equal(program.out, `line 0\n${end}\n`);
          assert.match(program.err, /** @type {RegExp} */ (errors));
        } finally {
          await program.close();
        }
      }
    }),
  );

  test(`${target}: what a pipe holds is there for a read that does not wait`, OPTIONS, () =>
    inFolder(async (folder) => {
      const program = run([...command, 'input-now'], folder, { shell: '"$@" <<< hello' });
      try {
        assert.deepEqual(await program.ended, { code: 0, signal: null });
        assert.equal(program.err, 'ready\ninput: 6, handled 0\ninput: 0, handled 0\n');
      } finally {
        await program.close();
      }
    }),
  );

  test(`${target}: the flags of a descriptor are what they were set to, and hold`, OPTIONS, () =>
    inFolder(async (folder) => {
      const program = run([...command, 'flags'], folder); // with an input that is open and empty
      try {
        assert.deepEqual(await program.ended, { code: 0, signal: null });
        assert.deepEqual(program.err.trim().split('\n'), [
          'ready',
          'fifo: nonblock',
          'read: EAGAIN, handled 0',
          'write: 1, handled 0',
          'read: 1, handled 0',
          'fifo:',
          'fifo: nonblock',
          'read: EAGAIN, handled 0',
          'file: nonblock append',
          'file:',
          'file: append',
          'no reader: ENXIO, handled 0',
          'input:',
          'input: nonblock',
          'input: EAGAIN, handled 0',
        ]);
        const output = run([...command, 'output-flags'], folder, { shell: '"$@" | { read -r line < fifo; }' });
        try {
          await output.until(() => output.err.includes('some'), 'what a write that does not wait answers');
          assert.equal(output.err, 'ready\noutput:\nlast: EAGAIN, handled 0\nsome\n');
        } finally {
          closeSync(await openEnd(join(folder, 'fifo'), constants.O_WRONLY));
          await output.close();
        }
        const appending = run([...command, 'output-append'], folder, { shell: '"$@" >> appended' });
        await appending.ended;
        assert.equal(appending.err, 'ready\noutput: append\n');
      } finally {
        await program.close();
      }
    }),
  );
}

test(
  'attach: what node:wasi was given is waited for where signals reach the program, and is left as it was',
  OPTIONS,
  () =>
    inFolder(async (folder) => {
      const given = `
    import { openSync, constants, readFileSync } from 'node:fs';
    import { WASI } from 'node:wasi';
    import { attach } from ${INDEX};
    const fifo = openSync('fifo', constants.O_RDWR);
    const wasi = new WASI({ version: 'preview1', args: ['files', 'given'], stdin: fifo, stdout: fifo });
    const { imports, start } = attach({ wasi });
    const module = new WebAssembly.Module(readFileSync(${JSON.stringify(guest('files'))}));
    const { code } = await start({ module, instance: new WebAssembly.Instance(module, imports) });
    console.log(code, Number.parseInt(/flags:\\s*(\\d+)/.exec(readFileSync('/proc/self/fdinfo/' + fifo, 'utf8'))[1], 8) & constants.O_NONBLOCK);`;
      writeFileSync(join(folder, 'owner.mjs'), given);
      const ours = start([process.execPath, '--no-warnings', 'owner.mjs'], { cwd: folder });
      const linux = run([...TARGETS[0][1], 'given'], folder, { shell: 'mkfifo other; exec "$@" <> other >&0' });
      try {
        assert.deepEqual(
          [await linux.ended, await ours.ended],
          [
            { code: 0, signal: null },
            { code: 0, signal: null },
          ],
          ours.err,
        );
        assert.match(
          linux.err,
          /read: EINTR, handled 1\nalarm\nwrite: 65536, handled 2\nalarm\nwrite: EINTR, handled 3\ninput:\ninput: nonblock\nread: 100/,
        );
        assert.equal(ours.err, linux.err);
        assert.equal(ours.out, '0 0\n');
      } finally {
        await ours.close();
        await linux.close();
      }
    }),
);

test('the name of a socket is none to open, and none to wait for', OPTIONS, () =>
  inFolder(async (folder) => {
    const server = createServer().listen(join(folder, 'socket'));
    try {
      for (const [target, command] of TARGETS) {
        const program = run([...command, 'open-write', 'socket'], folder);
        await program.ended;
        assert.equal(program.err, 'ready\nopen: ENXIO, handled 0\n', target);
      }
    } finally {
      server.close();
    }
  }),
);

test('a pipe that other processes have open, too, is not made non-blocking', OPTIONS, () =>
  inFolder(async (folder) => {
    const program = run([...TARGETS[1][1], 'output'], folder, { shell: 'exec "$@" > >(read -r line < fifo)' });
    try {
      await program.until(() => program.err.includes('ready'), 'the program');
      await quiet(program.pid);
      const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/${program.pid}/fdinfo/1`, 'utf8'))?.[1] ?? '';
      assert.equal(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0, flags);
      assert.equal(program.err, 'ready\n', 'the write came back');
    } finally {
      closeSync(await openEnd(join(folder, 'fifo'), constants.O_WRONLY));
      await program.close();
    }
  }),
);

test('process.exit() ends an owner whatever its guests wait for', OPTIONS, () =>
  inFolder(async (folder) => {
    for (const mode of ['open-read', 'open-write', 'read', 'fill']) {
      const script = `
      import { spawn } from ${INDEX};
      const program = spawn(${JSON.stringify(guest('files'))}, { args: ['${mode}', 'fifo', 'restart'], dirs: { '.': '.' }, stderr: 'pipe' });
      let text = '';
      program.stderr.on('data', (part) => {
        text += part;
        if (text.includes('alarm')) process.exit(7);
      });`;
      writeFileSync(join(folder, 'owner.mjs'), script);
      const owner = start([process.execPath, 'owner.mjs'], { cwd: folder });
      try {
        assert.deepEqual(await owner.ended, { code: 7, signal: null }, `${mode} ${owner.err}`);
      } finally {
        await owner.close();
      }
    }
  }),
);

test('a program that waits for a FIFO ends by SIGKILL, and its worker with it', OPTIONS, () =>
  inFolder(async (folder) => {
    // Nothing keeps the owner from its end but the worker.
    const script = `
    import { spawn } from ${INDEX};
    const program = spawn(${JSON.stringify(guest('files'))}, { args: ['open-read', 'fifo', 'restart'], dirs: { '.': '.' }, stderr: 'pipe' });
    let text = '';
    program.stderr.on('data', (part) => {
      text += part;
      if (text.includes('alarm')) program.kill('SIGKILL');
    });
    console.log(JSON.stringify(await program.exited));`;
    writeFileSync(join(folder, 'owner.mjs'), script);
    const owner = start([process.execPath, 'owner.mjs'], { cwd: folder });
    try {
      assert.deepEqual(await owner.ended, { code: 0, signal: null }, owner.err);
      assert.equal(owner.out, '{"code":null,"signal":"SIGKILL","core":false}\n');
    } finally {
      await owner.close();
    }
  }),
);
