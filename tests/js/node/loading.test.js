// @ts-check
// Programs that are ended while their agents load modules: they leave no file open, and run nothing.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawn } from '../../../js/node/index.js';
import { guest, programs } from '../../guests/wat_guests.js';

const LIMIT = { timeout: 120_000 };
const PROGRAMS = 24;

/** @type {Set<import('node:worker_threads').Worker>} the threads that this one has started and that have not ended */
const workers = new Set();
process.on('worker', (worker) => {
  workers.add(worker);
  worker.once('exit', () => workers.delete(worker));
});

async function allEnded() {
  while (workers.size > 0) await pause(5);
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** As an owner who computes does. @param {number} ms */
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** The modules that this process has open. */
function openModules() {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return /\.m?js$/.test(path) ? [path] : [];
    } catch {
      return []; // the folder that is being read
    }
  });
}

/**
 * Milliseconds from spawn() until a program has attached: what a killer has to hit depends on the machine and its load.
 * @param {Uint8Array} program
 */
async function startTime(program) {
  const began = performance.now();
  const child = spawn(program, { stdin: 'ignore', stdout: 'ignore' });
  await child.ready;
  const ms = performance.now() - began;
  await child.close();
  await allEnded();
  return ms;
}

const skip = process.platform !== 'linux' && 'what is open is seen in /proc';

for (const [what, wait, from] of /** @type {const} */ ([
  ['their own agents', pause, 0],
  ['the timekeepers of their own', block, 250],
])) {
  test(`${PROGRAMS} programs that are ended while ${what} load leave no file open`, { ...LIMIT, skip }, async () => {
    const program = guest(programs.sleep.replace('(local.set', '(call $arm (f64.const 60e9)) (local.set'), {
      shared: true,
    });
    await startTime(program); // the engine compiles
    const whole = await startTime(program);
    for (let i = 0; i < PROGRAMS; i += 2) {
      const children = [0, 1].map(() => spawn(program, { stdin: 'ignore', stdout: 'ignore' }));
      await wait(from + (i / PROGRAMS) * 1.3 * whole);
      for (const child of children) assert.equal(child.kill('SIGKILL'), true);
      for (const child of children)
        assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL', core: false });
    }
    await allEnded();
    assert.deepEqual(openModules(), []);
  });
}

test('a program that is killed before it has started runs nothing', LIMIT, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-loading-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const ran = join(folder, 'ran');
  writeFileSync(
    join(folder, 'program.mjs'),
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(ran)}, ''); export default () => new Promise(() => {});`,
  );
  const child = spawn(join(folder, 'program.mjs'), { stdin: 'ignore' });
  child.kill('SIGKILL');
  const began = performance.now();
  assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL', core: false });
  t.diagnostic(`exited after ${(performance.now() - began).toFixed()} ms`);
  await allEnded();
  assert.equal(existsSync(ran), false);
});
