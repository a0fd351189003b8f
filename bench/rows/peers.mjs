// @ts-check
/** What others reach, in the same run: installed from npm with the development dependencies; left out, and said so, where they are not. */
import { Worker } from 'node:worker_threads';
import { rawRoundTrips } from '../raw.mjs';
import { roundTrip } from '../round_trip.mjs';
import { summary } from '../stats.mjs';

const PEERS = { pyodide: 'Pyodide, interrupt buffer', 'quickjs-emscripten': 'quickjs-emscripten, interrupt handler' };

/**
 * One way, microseconds: from setting the peer's flag to the first act of the handler that it runs.
 * @param {import('../run.mjs').Context} context
 */
export async function latencyOfPeers({ times, say }) {
  /** @type {Record<string, import('../stats.mjs').Summary>} */
  const peers = {};
  const back = summary(await rawRoundTrips('spin', 2000)).p50 / 2;
  for (const name of Object.keys(PEERS)) {
    try {
      await import(name);
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      say(`${name} is not installed: no figures for it (npm install --no-save ${name})`);
      continue;
    }
    const words = new Int32Array(new SharedArrayBuffer(256));
    const worker = new Worker(new URL('./peer_worker.mjs', import.meta.url), { workerData: { name, words } });
    try {
      await /** @type {Promise<void>} */ (new Promise((resolve, reject) => worker.once('message', () => resolve()).once('error', reject)));
      const send = () => Atomics.store(new Uint8Array(words.buffer), 0, 2);
      const samples = await roundTrip({ send, words, index: 1, times: Math.min(times, 2000), gapMs: 0 });
      peers[name] = summary(samples.map((trip) => Math.max(0, trip - back) / 1000));
    } finally {
      await worker.terminate();
    }
  }
  return peers;
}
