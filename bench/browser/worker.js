// @ts-check
// What is measured in a page: in a worker of it, which may wait and spin. A page's clock has steps of 5 us, so what is shorter is measured in batches, and what is not is
// the mean of the middle half of the samples, which for such steps says more than the median.
import { Sender } from '../../js/link/sender.js';
import { spawn } from '../../js/browser/index.js';
import { ratio } from '../kernels/ratio.mjs';
import { roundTrip } from '../round_trip.mjs';
import { addedByLibrary } from '../start_once.js';
import { medianOf, summary } from '../stats.mjs';

/** Of each sample of latency.busy: the clock's steps, divided by so many, are less than what is measured. */
const BATCH = 64;

/** @type {Record<string, string>} */
let programs;

/** @param {ArrayLike<number>} samples */
function middle(samples) {
  const sorted = Float64Array.from(samples).sort();
  const half = sorted.slice(sorted.length >> 2, Math.ceil((sorted.length * 3) / 4));
  return { ...summary(sorted), p50: half.reduce((sum, one) => sum + one, 0) / half.length };
}

/** @param {string} name */
const compile = async (name) => WebAssembly.compile(await (await fetch(programs[name])).arrayBuffer());

/** @param {'spin' | 'sleep'} mode @param {{times: number, gapMs: number, batch: number}} options */
async function raw(mode, options) {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  const module = await compile('raw');
  const { question, reply } = /** @type {Record<string, () => number>} */ (
    /** @type {unknown} */ (
      new WebAssembly.Instance(module, { env: { memory }, wasi_snapshot_preview1: { clock_time_get() {} } }).exports
    )
  );
  const words = new Int32Array(memory.buffer);
  const worker = new Worker(new URL('./raw_worker.js', import.meta.url), { type: 'module' });
  worker.postMessage({ memory, module, mode });
  await new Promise((resolve) => (worker.onmessage = resolve));
  const send = (/** @type {number} */ number) => {
    Atomics.store(words, question() / 4, number);
    if (mode === 'sleep') Atomics.notify(words, question() / 4);
  };
  try {
    return await roundTrip({ send, words, index: reply() / 4, ...options });
  } finally {
    worker.terminate();
  }
}

/** @param {'busy' | 'wait'} mode @param {{times: number, gapMs: number, batch: number}} options */
async function ours(mode, options) {
  let output = '';
  const decoder = new TextDecoder();
  /** @type {(index: number) => void} */
  let heard;
  const ready = new Promise((resolve) => (heard = resolve));
  const guest = spawn(programs.latency, {
    args: [mode],
    instrument: true,
    stdout: (bytes) => {
      output += decoder.decode(bytes);
      const match = /^ready (\d+)\n/.exec(output);
      if (match) heard(Number(match[1]) / 4);
    },
  });
  try {
    const index = await ready;
    await guest.ready;
    const handle = guest.handle();
    const sender = Sender.from(handle);
    return await roundTrip({
      send: () => void sender.kill('SIGUSR1'),
      words: new Int32Array(handle.buffer),
      index: Number(index),
      ...options,
    });
  } finally {
    await guest.close();
  }
}

const measures = {
  /** @param {{mode: 'busy' | 'wait', runs: number, times: number, gapMs: number}} order */
  async latency({ mode, runs, times, gapMs }) {
    const options = mode === 'busy' ? { times, gapMs: 0, batch: BATCH } : { times, gapMs, batch: 1 };
    const found = [];
    for (let run = 0; run < runs; run++) {
      const limit = middle(await raw(mode === 'busy' ? 'spin' : 'sleep', options));
      const back = mode === 'busy' ? limit.p50 / 2 : 0; // one way of a spinning reader
      const oneWay = (/** @type {import('../stats.mjs').Summary} */ { p50, p99 }) => ({
        p50: (p50 - back) / 1000,
        p99: (p99 - back) / 1000,
        samples: times,
      });
      found.push({ limit: oneWay(limit), ours: oneWay(middle(await ours(mode, options))) });
    }
    return { ours: medianOf(found.map((one) => one.ours)), limit: medianOf(found.map((one) => one.limit)) };
  },

  /** How late each timer was, microseconds. @param {{mode: 'busy' | 'idle', times: number}} order */
  async timer({ mode, times }) {
    let output = '';
    const decoder = new TextDecoder();
    const guest = spawn(programs.timer, {
      args: [mode, String(times)],
      instrument: true,
      stdout: (bytes) => void (output += decoder.decode(bytes)),
    });
    const { code } = await guest.exited;
    const late = output
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
    if (code !== 0 || late.length !== times)
      throw new Error(`timer ended with ${code} after ${late.length} of ${times} timers`);
    return late;
  },

  /** @param {{times: number}} order */
  async start({ times }) {
    return addedByLibrary(await compile('size_0'), await compile('size_1'), times);
  },

  /** Ratios by name of the kernel. @param {{kernels: [name: string, original: number[], instrumented: number[]][], rounds: number}} order */
  async kernels({ kernels, rounds }) {
    const clock = () => performance.now() * 1000;
    return Object.fromEntries(
      kernels.map(([name, original, instrumented]) => [
        name,
        ratio(Uint8Array.from(original), Uint8Array.from(instrumented), rounds, clock),
      ]),
    );
  },
};

/** @typedef {typeof measures} Measures */

addEventListener('message', async ({ data }) => {
  programs = data.programs;
  try {
    postMessage({
      value: await /** @type {Record<string, (order: unknown) => unknown>} */ (measures)[data.what](data.order),
    });
  } catch (error) {
    postMessage({ error: String(/** @type {Error} */ (error).stack ?? error) });
  }
});
