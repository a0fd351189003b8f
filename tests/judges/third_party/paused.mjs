// @ts-check
// A long computation in a package that runs in a worker: stopped, continued and ended by signals of another thread.
// Whether it computes is seen by the processor time of the process, whose main thread only waits.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Guard } from '../../../js/guard/index.js';
import { Sender } from '../../../js/link/sender.js';
import { settle } from './ended.mjs';
import { openProgram, programOf, smokeOf } from './program.mjs';

/** The engine's compilers work on for a while. */
const PATIENCE = 15_000;
const WINDOW = 20;
/** How long it has to stay stopped. */
const STOPPED = 10 * WINDOW;
/** The part of a processor that is nothing. */
const QUIET = 0.05;

/**
 * @typedef {object} Pause
 * @property {number} idle the part of a processor that was used while it was stopped
 * @property {number} late milliseconds from the signal to the end
 * @property {string} outcome
 * @property {string} smoke
 */

/** @param {string} name @param {string} folder @returns {Promise<Pause>} */
export async function paused(name, folder) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { name, folder }, stdout: true });
  const next = messages(worker);
  const { handles, handled } = await next();
  const senders = handles.map(Sender.from);
  const send = (/** @type {string} */ signal) => senders.forEach((/** @type {Sender} */ sender) => sender.kill(signal));
  await until((share) => share > 0.5, 'computes');
  send('SIGSTOP');
  await until((share) => share < 0.1, 'stopped'); // the engine's compilers go on for a while
  // A compiler may still begin something. What computes would use more in each of these times.
  let idle = 1;
  for (let i = 0; i < 10 && idle > QUIET; i++) idle = Math.min(idle, await shareOf(STOPPED));
  send('SIGCONT');
  await until((share) => share > 0.5, 'continues');
  const sent = performance.now();
  send(handled ? 'SIGINT' : 'SIGTERM');
  const { outcome } = await next();
  const late = performance.now() - sent;
  const { smoke } = await next();
  await worker.terminate();
  return { idle, late, outcome, smoke };
}

/** @param {Worker} worker */
function messages(worker) {
  /** @type {any[]} */
  const received = [];
  let wake = () => {};
  let failed = '';
  worker.on('message', (message) => (received.push(message), wake()));
  worker.on('error', (error) => ((failed = `the worker: ${error?.message ?? error}`), wake()));
  worker.on('exit', () => ((failed ||= 'the worker ended'), wake()));
  return async () => {
    while (received.length === 0) {
      if (failed) throw new Error(failed);
      await new Promise((resolve) => (wake = () => resolve(undefined)));
    }
    return received.shift();
  };
}

/** The part of a processor that this process uses for so many milliseconds. @param {number} ms */
async function shareOf(ms) {
  const before = process.cpuUsage();
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - started);
}

/** @param {(share: number) => boolean} condition @param {string} what */
async function until(condition, what) {
  const end = performance.now() + PATIENCE;
  for (let times = 0; times < 3; ) {
    times = condition(await shareOf(WINDOW)) ? times + 1 : 0;
    if (performance.now() > end) throw new Error(`after ${PATIENCE} ms it has not ${what}`);
  }
}

async function work() {
  const { guards, run, setFilter } = await import('../../../js/register/register_in_node.js');
  const { name, folder } = workerData;
  const { oneGuard } = await programOf(name);
  if (oneGuard) {
    const guard = new Guard();
    setFilter(() => guard);
  }
  const app = await openProgram(name, folder);
  await smokeOf(app);
  // An end is tried elsewhere: what has a handler is paused and ended by that.
  const canHandle = app.handle !== undefined;
  if (canHandle) for (const guard of guards()) app.handle?.(guard);
  parentPort?.postMessage({ handles: guards().map((guard) => guard.handle()), handled: canHandle });
  const outcome = await settle(() => run(() => app.long()));
  parentPort?.postMessage({ outcome });
  await app.recover?.call();
  parentPort?.postMessage({ smoke: await settle(() => run(() => smokeOf(app), { timeout: 20_000 })) });
}

if (!isMainThread && workerData?.name) await work();
