// @ts-check
/** The raw limits: guests/raw.c in a worker. */
import { readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { throughJavaScript } from '../js/guest/wasi_imports.js';
import { program } from './programs.mjs';
import { GAP_MS, beganAt, roundTrip } from './round_trip.mjs';

/**
 * Starts a worker that answers a word's every change.
 * @param {'spin' | 'take' | 'sleep' | 'watch'} mode `take`: it takes the word by a compare-exchange; `sleep` and `watch`
 *   note the time
 * @param {(target: import('./round_trip.mjs').Target) => Promise<T>} measure
 * @template T
 */
export async function withRaw(mode, measure) {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  const module = new WebAssembly.Module(readFileSync(program('raw')));
  const { question, reply } = addresses(
    new WebAssembly.Instance(module, { env: { memory }, wasi_snapshot_preview1: { clock_time_get() {} } }),
  );
  const words = new Int32Array(memory.buffer);
  const worker = new Worker(new URL(import.meta.url), {
    execArgv: ['--no-warnings'],
    workerData: { raw: true, memory, module, mode },
  });
  const send = (/** @type {number} */ number) => {
    if (mode === 'take') Atomics.compareExchange(words, question, 0, number);
    else Atomics.store(words, question, number);
    if (mode === 'sleep') Atomics.notify(words, question);
  };
  try {
    return await measure({ send, words, index: reply });
  } finally {
    send(-1);
    await worker.terminate();
  }
}

/**
 * Round trips in nanoseconds. One way if it sleeps.
 * @param {'spin' | 'take' | 'sleep'} mode
 * @param {number} times
 */
export const rawRoundTrips = (mode, times) =>
  withRaw(mode, (target) =>
    roundTrip({
      ...target,
      times,
      ...(mode === 'sleep' ? { gapMs: GAP_MS, began: beganAt(target.words, target.index) } : {}),
    }),
  );

/** @param {WebAssembly.Instance} instance */
function addresses({ exports }) {
  const { question, reply } = /** @type {Record<string, () => number>} */ (/** @type {unknown} */ (exports));
  return { question: question() / 4, reply: reply() / 4 };
}

if (!isMainThread && workerData?.raw) {
  const { memory, module, mode } = workerData;
  const { WASI } = await import('node:wasi');
  const wasi = new WASI({ version: 'preview1' });
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    wasi_snapshot_preview1: throughJavaScript(wasi.wasiImport),
  }); // the clock is ours, too
  wasi.initialize(instance);
  const { exports } = instance;
  /** @type {Record<string, () => void>} */ (/** @type {unknown} */ (exports))[mode]();
}
