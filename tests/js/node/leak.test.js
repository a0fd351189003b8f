// @ts-check
// Programs that come and go leave nothing behind: no listener, no worker, no port, no memory.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { forward, spawn } from '../../../js/node/index.js';
import { guest, programs } from '../../support/wat_guests.js';

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const gc = runInNewContext('gc');

const CYCLES = 500;
/** By then the engine has compiled what it compiles, and the allocator has its pools. */
const WARM_UP = 60;
const AT_ONCE = 4;

/**
 * Bytes that may be more after 500 cycles. A leak of one Process, Worker or port a cycle is 1 kB and more of heap, so more than 0.5 MB; of a host block
 * (17 kB) 8.6 MB of array buffers; of a worker that does not end several MB each of resident memory. Resident memory also moves with the allocator's
 * mood: 10 MB up and down were seen without a leak.
 */
const ALLOWED = { heapUsed: 400e3, arrayBuffers: 1e6, rss: 60e6 };

test(`${CYCLES} programs that start and end leave no listener, worker, port or memory behind`, { timeout: 300_000 }, async (t) => {
  const controller = new AbortController();
  const longLived = spawn(guest(programs.spin.replace('drop (call $deliver)', 'drop (call $sleep (i32.const 1000))')), { stdin: 'ignore', stdout: 'ignore' });
  await longLived.ready;
  const program = [false, true].map((shared) => guest(programs.arm.replace('20000000', '1000000'), { shared }));

  /** @param {number} i */
  const cycle = async (i) => {
    const child = spawn(program[i % 2], { stdin: 'ignore', stdout: 'pipe', signal: controller.signal, timeout: 1e6, peers: [longLived] });
    longLived.grant(child);
    const bound = forward(child, ['SIGUSR2', 'SIGWINCH']);
    child.addEventListener('delivery', () => {});
    child.stdout?.resume();
    // Some are ended from outside, before they have started or while they run.
    if (i % 5 === 1) child.kill('SIGKILL');
    if (i % 5 === 2) await child.ready.then(() => child.kill('SIGTERM'));
    const { code, signal } = await child.exited;
    assert.ok(code === 0 || signal === 'SIGKILL' || signal === 'SIGTERM', `${code} ${signal}`);
    if (i % 3) bound.close();
  };
  /** @param {number} count */
  const cycles = async (count) => {
    let next = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (next < count) await cycle(next++);
    }));
  };

  await cycles(WARM_UP);
  const before = await census(controller.signal);
  const began = performance.now();
  await cycles(CYCLES);
  const after = await census(controller.signal);
  t.diagnostic(`${((performance.now() - began) / CYCLES).toFixed(1)} ms a cycle; before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.deepEqual(after.things, before.things);
  for (const [kind, allowed] of Object.entries(ALLOWED)) {
    const growth = /** @type {any} */ (after.memory)[kind] - /** @type {any} */ (before.memory)[kind];
    assert.ok(growth <= allowed, `${kind} grew by ${growth} bytes in ${CYCLES} cycles`);
  }
  await longLived.close();
});

/** @param {AbortSignal} signal */
async function census(signal) {
  // Threads and handles end after the events that tell so.
  let last = '';
  for (let calm = 0; calm < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
    const now = JSON.stringify(things(signal));
    calm = now === last ? calm + 1 : 0;
    last = now;
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { things: things(signal), memory: { heapUsed, arrayBuffers, rss } };
}

/** @param {AbortSignal} signal */
function things(signal) {
  /** @type {Record<string, number>} */
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) if (kind !== 'Timeout' && kind !== 'Immediate') resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    listeners: Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
    abort: getEventListeners(signal, 'abort').length,
    resources,
    threads: process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0,
    files: openFiles(),
  };
}

/** What this process has open, by kind: `{ 'anon_inode:[eventpoll]': 3, pipe: 8 }`. */
function openFiles() {
  /** @type {Record<string, number>} */
  const files = {};
  for (const fd of process.platform === 'linux' ? readdirSync('/proc/self/fd') : []) {
    let kind;
    try {
      kind = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '').replace(/\/\d+\//, '/');
    } catch {
      continue; // the folder that is being read
    }
    files[kind] = (files[kind] ?? 0) + 1;
  }
  return files;
}
