// @ts-check
// The package in Deno and Bun, which run Node's modules, and an example in all three. They are looked for and not installed: DENO and BUN name the programs, or PATH has them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import binaryen from 'binaryen';
import { ROOT } from '../../support/program.js';
import { guest, programs } from '../../guests/wat_guests.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmsig-hosts-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = `
import { readFileSync } from 'node:fs';
import { Sender, spawn } from '${new URL('../../../js/node/index.js', import.meta.url)}';
const start = (name) => {
  const child = spawn(new Uint8Array(readFileSync('${folder}/' + name + '.wasm')), { stdin: 'ignore', stdout: 'pipe' });
  const run = { child, output: '' };
  child.stdout.on('data', (chunk) => (run.output += chunk));
  return run;
};
const prints = async (run, text) => {
  while (!run.output.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
};
const ends = [];
const end = async (run) => ends.push(await run.child.exited.then(({ code, signal }) => signal ?? code));

const spin = start('spin');
await spin.child.ready;
spin.child.kill('SIGINT');
await prints(spin, 'INT');
Sender.from(spin.child.handle()).kill('SIGTERM');
await end(spin);
const sleep = start('sleep');
await sleep.child.ready;
sleep.child.kill('SIGUSR1');
await end(sleep);
await end(start('arm'));
const deaf = start('deaf');
await deaf.child.ready;
deaf.child.kill('SIGKILL');
await end(deaf);
console.log(JSON.stringify(ends));
process.exit(0);
`;

/** Programs that know nothing of wasmsig, with what _start does. */
const FOREIGN = { short: '', calls: '(loop (drop (call $yield)) (br 0))', computes: '(loop (br 0))' };

/** @param {string} body */
function foreign(body) {
  return binaryen
    .parseText(
      `(module (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32))) (memory (export "memory") 1) (func (export "_start") ${body}))`,
    )
    .emitBinary();
}

for (const { name, command, variable } of [
  { name: 'Node', variable: undefined, command: [process.execPath, '--no-warnings'] },
  { name: 'Deno', variable: 'DENO', command: [process.env.DENO ?? 'deno', 'run', '--allow-all'] },
  { name: 'Bun', variable: 'BUN', command: [process.env.BUN ?? 'bun', 'run'] },
]) {
  const found = spawnSync(command[0], ['--version'], { encoding: 'utf8' });
  const skip = found.status === 0 ? false : `${name} is not here: install it, or name it with ${variable}=...`;

  test(`${name}: examples/time_out.mjs ends a program that does not end in time, and no other`, {
    skip,
    timeout: 120_000,
  }, () => {
    const app = join(folder, name);
    mkdirSync(join(app, 'node_modules'), { recursive: true });
    symlinkSync(ROOT, join(app, 'node_modules/wasmsig'));
    copyFileSync(join(ROOT, 'examples/time_out.mjs'), join(app, 'time_out.mjs'));
    writeFileSync(join(app, 'package.json'), '{ "private": true, "dependencies": { "wasmsig": "*" } }'); // Deno looks there
    for (const [program, wanted] of /** @type {const} */ ([
      ['short', 'in time: 0'],
      ['calls', 'too slow: SIGKILL'],
      ['computes', 'too slow: SIGKILL'],
    ])) {
      if (name === 'Bun' && program === 'computes') continue; // its worker.terminate() waits for a call
      writeFileSync(join(app, `${program}.wasm`), foreign(FOREIGN[program]));
      const { stdout, stderr, status } = spawnSync(
        command[0],
        [...command.slice(1), 'time_out.mjs', `${program}.wasm`],
        { cwd: app, encoding: 'utf8', input: '', timeout: 100_000 },
      );
      assert.deepEqual({ stdout, status }, { stdout: `${wanted}\n`, status: 0 }, stderr);
    }
  });

  if (name !== 'Node')
    test(`${name}: programs start, handle signals, sleep, wake, and end`, { skip, timeout: 120_000 }, (t) => {
      t.diagnostic(found.stdout.split('\n')[0]);
      for (const [program, shared] of /** @type {const} */ ([
        ['spin', true],
        ['sleep', false],
        ['arm', true],
        ['deaf', false],
      ])) {
        writeFileSync(join(folder, `${program}.wasm`), guest(programs[program], { shared }));
      }
      const script = join(folder, 'script.mjs');
      writeFileSync(script, SCRIPT);
      const { stdout, stderr } = spawnSync(command[0], [...command.slice(1), script], {
        encoding: 'utf8',
        timeout: 100_000,
      });
      const line = stdout.split('\n').find((line) => line.startsWith('['));
      assert.ok(line, stdout + stderr);
      assert.deepEqual(JSON.parse(line), ['SIGTERM', 0, 0, 'SIGKILL']);
    });
}
