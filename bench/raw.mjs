// @ts-check
/** The raw limits: guests/raw.c in a worker. */
import { readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { throughJavaScript } from '../js/guest/wasi_imports.js';
import { program } from './programs.mjs';
import { GAP_MS, beganAt, roundTrip } from './round_trip.mjs';

/**
 * Round trips in nanoseconds: a store that the other agent sees and answers, spinning; with `take` a compare-exchange that it takes by another. One way if it sleeps.
 * @param {'spin' | 'take' | 'sleep'} mode
 * @param {number} times
 */
export async function rawRoundTrips(mode, times) {
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
    return await roundTrip({
      send,
      words,
      index: reply,
      times,
      ...(mode === 'sleep' ? { gapMs: GAP_MS, began: beganAt(words, reply) } : {}),
    });
  } finally {
    send(-1);
    await worker.terminate();
  }
}

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
