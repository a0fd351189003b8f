// @ts-check
// A peer that computes for ever: byte 0 of the words is its flag (2: interrupt), word 1 counts what its handler has seen.
import { parentPort, workerData } from 'node:worker_threads';

const { name, words } = workerData;
const flag = new Uint8Array(words.buffer, 0, 1);
const acknowledge = () => Atomics.add(words, 1, 1);
const started = () => parentPort?.postMessage('started');

/** @type {Record<string, () => Promise<void>>} */
const peers = {
  async pyodide() {
    const { loadPyodide } = await import(/** @type {string} */ ('pyodide'));
    const python = await loadPyodide();
    python.setInterruptBuffer(flag);
    python.globals.set('acknowledge', acknowledge);
    started();
    python.runPython('import signal\nsignal.signal(signal.SIGINT, lambda *_: acknowledge())\nx = 1\nwhile True: x = x * 5 % 1000003\n');
  },
  async 'quickjs-emscripten'() {
    const { getQuickJS } = await import(/** @type {string} */ ('quickjs-emscripten'));
    const runtime = (await getQuickJS()).newRuntime();
    runtime.setInterruptHandler(() => {
      if (Atomics.exchange(flag, 0, 0)) acknowledge();
      return false;
    });
    started();
    runtime.newContext().evalCode('let x = 1; while (true) x = x * 5 % 1000003');
  },
};
await peers[name]();
