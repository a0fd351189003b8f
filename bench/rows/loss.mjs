// @ts-check
/** loss: sends from four threads to a busy program; standard signals one at a time, so that each must be seen, and real-time ones with values. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { spawn } from '../../js/node/index.js';
import { ACKNOWLEDGED } from '../peers.mjs';
import { ROOT } from '../programs.mjs';
import { exactly } from '../stats.mjs';

const SENDERS = 4;

/** @param {import('../run.mjs').Context} context */
export async function loss({ quick, peers }) {
  const sends = quick ? 400_000 : 10_000_000;
  const each = sends / SENDERS;
  const wanted = Math.ceil(each / 3) * SENDERS;
  const child = spawn(join(ROOT, 'build/wasm32-wasip1/guests/flood.wasm'), {
    args: [String(wanted)],
    stdin: 'ignore',
    stdout: 'pipe',
    instrument: true,
  });
  let output = '';
  child.stdout?.on('data', (/** @type {Buffer} */ chunk) => (output += chunk));
  await child.ready;
  const start = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from(
    { length: SENDERS },
    (_, sender) =>
      new Worker(new URL('../../tests/support/flood_sender.js', import.meta.url), {
        workerData: { handle: child.handle(), sender, count: each, start },
      }),
  );
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
  const pyodide = peers.find(({ name }) => name === 'pyodide');
  return {
    id: 'loss',
    unit: 'lost in a million',
    ours: exactly((lost * 1e6) / sends),
    bar: '0 lost, 0 doubled, in order',
    met: lost === 0 && wrong === 0,
    ...(pyodide
      ? { peers: { pyodide: exactly(await pyodide.computing(() => lostBy(pyodide, quick ? 20_000 : 200_000))) } }
      : {}),
    ...(lost === 0 && wrong === 0
      ? {}
      : { why: `a defect: ${lost} of ${sent} real-time signals lost, ${wrong} doubled or out of order` }),
    parts: { sends, realTime: sent, taken: rt, wrong, perSecond: Math.round(sends / seconds) },
  };
}

/**
 * How many in a million a peer loses of sends each of which was made when the one before had been taken (its flag is 0 again), and before its handler is known to have run.
 * @param {import('../peers.mjs').Peer} peer
 * @param {number} sends
 */
async function lostBy(peer, sends) {
  const began = performance.now();
  let sent = 0;
  while (sent < sends && performance.now() - began < 30_000) {
    if (Atomics.load(peer.flag, 0) !== 0) continue;
    peer.send();
    sent++;
  }
  for (let last = -1; last !== Atomics.load(peer.words, ACKNOWLEDGED); ) {
    last = Atomics.load(peer.words, ACKNOWLEDGED);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return ((sent - Atomics.load(peer.words, ACKNOWLEDGED)) * 1e6) / sent;
}
