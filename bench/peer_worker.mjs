// @ts-check
// A peer: loads, then computes or raises when it is told to. See peers.mjs for the words.
import { parentPort, workerData } from 'node:worker_threads';

const { name, module } = workerData;
const words = /** @type {Int32Array} */ (workerData.words);
const flag = new Uint8Array(words.buffer, 0, 1);
/** What every handler does first. @returns {boolean} whether to stop computing */
const acknowledge = () => {
  Atomics.add(words, 1, 1);
  return Atomics.load(words, 2) === 1;
};
const loaded = await import(module);

/** @typedef {{compute: () => void, raise?: () => number}} Program */

/** @type {Record<string, () => Promise<Program>>} */
const peers = {
  async pyodide() {
    const python = await loaded.loadPyodide();
    python.setInterruptBuffer(flag);
    python.globals.set('acknowledge', acknowledge);
    python.runPython(`
import signal, time
class Stop(Exception): pass
def handler(*_):
  if acknowledge(): raise Stop
signal.signal(signal.SIGINT, handler)
def compute():
  x = 1
  try:
    while True: x = x * 5 % 1000003
  except Stop: pass
def measure_raise(times=20000):
  signal.signal(signal.SIGINT, lambda *_: None)
  began = time.perf_counter_ns()
  for _ in range(times): signal.raise_signal(signal.SIGINT)
  took = time.perf_counter_ns() - began
  signal.signal(signal.SIGINT, handler)
  return took / times
`);
    return { compute: python.globals.get('compute'), raise: python.globals.get('measure_raise') };
  },
  async 'quickjs-emscripten'() {
    const runtime = (await loaded.getQuickJS()).newRuntime();
    runtime.setInterruptHandler(() => Atomics.exchange(flag, 0, 0) !== 0 && acknowledge());
    const context = runtime.newContext();
    return { compute: () => context.evalCode('{ let x = 1; while (true) x = x * 5 % 1000003 }').dispose() };
  },
};

const program = await peers[name]();
parentPort?.on('message', (order) => {
  if (order === 'raise') return void parentPort?.postMessage({ type: 'raised', ns: program.raise?.() });
  Atomics.store(flag, 0, 0); // of the last stop, which may have been sent twice
  parentPort?.postMessage({ type: 'started' });
  program.compute();
  parentPort?.postMessage({ type: 'stopped' });
});
parentPort?.postMessage({ type: 'loaded' });
