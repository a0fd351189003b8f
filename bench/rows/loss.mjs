// @ts-check
/** loss: sends from four threads to a busy program; standard signals one at a time, so that each must be seen, and real-time ones with values. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { spawn } from '../../js/node/index.js';
import { ROOT } from '../programs.mjs';

const SENDERS = 4;

/** @param {import('../run.mjs').Context} context */
export async function loss({ quick }) {
  const sends = quick ? 400_000 : 10_000_000;
  const each = sends / SENDERS;
  const wanted = Math.ceil(each / 3) * SENDERS;
  const child = spawn(join(ROOT, 'build/wasm32-wasip1/guests/flood.wasm'), { args: [String(wanted)], stdin: 'ignore', stdout: 'pipe', instrument: true });
  let output = '';
  child.stdout?.on('data', (/** @type {Buffer} */ chunk) => (output += chunk));
  await child.ready;
  const start = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: SENDERS }, (_, sender) => new Worker(new URL('../../tests/e2e/flood_sender.js', import.meta.url), { workerData: { handle: child.handle(), sender, count: each, start } }));
  const results = workers.map((worker) => once(worker, 'message'));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  const began = performance.now();
  Atomics.store(start, 0, 1);
  Atomics.notify(start, 0);
  const sent = (await Promise.all(results)).map(([message]) => message.realTime).reduce((sum, one) => sum + one, 0);
  const seconds = (performance.now() - began) / 1000;
  child.kill('SIGTERM');
  await child.exited;
  const [, rt, wrong] = /rt=(\d+) senders=\d+ wrong=(\d+)/.exec(output)?.map(Number) ?? [];
  const lost = sent - rt;
  return {
    id: 'loss', unit: 'signals', ours: { p50: lost, p99: lost }, bar: '0 lost, 0 doubled, in order', met: lost === 0 && wrong === 0,
    parts: { sends, realTime: sent, taken: rt, wrong, perSecond: Math.round(sends / seconds) },
  };
}
