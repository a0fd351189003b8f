// @ts-check
// Programs without end are stopped by a store from another thread.
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { instrumentSync } from '../../../js/instrument/index.js';
import { DOORBELL, PROGRESS, STOP } from '../../support/wasm_modules.js';
import { endlessProgram } from './endless.mjs';

/** How long a program may go on after the doorbell was rung, in milliseconds: seconds even on a machine that is very busy. */
const LIMIT = 20_000;

const SOURCE = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (bytes) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
    parentPort.postMessage({ buffer: exports.memory.buffer });
    let end; try { end = 'returned ' + exports.f0(0); } catch (error) { end = error.message; }
    parentPort.postMessage({ end });
  });`;

/** Runs programs in one worker, one after the other. Close it. */
export class Runner {
  constructor() {
    this.worker = new Worker(SOURCE, { eval: true });
  }

  /**
   * @param {Uint8Array} bytes exports f0 and its memory, which is shared
   * @param {number} [limit] in milliseconds
   * @returns {Promise<string>} how it ended: `unreachable` if it was stopped, `still running` if not
   */
  async stop(bytes, limit = LIMIT) {
    const end = this.message('end');
    const memory = this.message('buffer');
    this.worker.postMessage(bytes);
    const words = new Int32Array(/** @type {SharedArrayBuffer} */ (await memory));
    const timer = new AbortController();
    const late = delay(limit, 'still running', { signal: timer.signal }).catch(() => '');
    const ended = Promise.race([end, late]);
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!over && Atomics.load(words, PROGRESS / 4) === 0) await delay(0);
    Atomics.store(words, STOP / 4, 1);
    Atomics.store(words, DOORBELL / 4, 1);
    const how = /** @type {string} */ (await ended);
    timer.abort();
    if (how === 'still running') await this.restart();
    return how;
  }

  /** The next message that has this property. @param {string} key @returns {Promise<unknown>} */
  message(key) {
    const { worker } = this;
    return new Promise((resolve, reject) => {
      const listen = (/** @type {Record<string, unknown>} */ message) => {
        if (!(key in message)) return;
        worker.off('message', listen);
        worker.off('error', reject);
        resolve(message[key]);
      };
      worker.on('message', listen);
      worker.on('error', reject);
    });
  }

  async restart() {
    await this.worker.terminate();
    this.worker = new Worker(SOURCE, { eval: true });
  }

  async close() {
    await this.worker.terminate();
  }
}

/**
 * @param {number} seed
 * @param {number} count
 * @returns {Promise<{programs: number, stopped: number, failures: string[]}>}
 */
export async function checkLiveness(seed, count) {
  const runner = new Runner();
  const failures = [];
  try {
    for (let i = 0; i < count; ++i) {
      const { title, bytes } = endlessProgram(seed + i);
      const how = await runner.stop(instrumentSync(bytes).bytes);
      if (how !== 'unreachable') failures.push(`seed ${seed + i}: ${title}: ${how}`);
      if (failures.length > 20) break;
    }
  } finally {
    await runner.close();
  }
  return { programs: count, stopped: count - failures.length, failures };
}
