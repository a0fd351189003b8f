// @ts-check
/**
 * Whether an agent loads modules. Node 20 leaves files open that the loader of a worker is just opening when the worker is terminated. So an agent that loads is not terminated: it is told that it is
 * over, and ends itself when it has loaded, before it does anything else.
 */

const READY = 0;
const LOADING = 1;
const OVER = 2;

/** How long, in milliseconds, another agent is waited for. On a busy machine a worker takes half a second to start. */
const MAX_MS = 2000;

export class Loading {
  #word;

  /** @param {SharedArrayBuffer} [shared]  what another agent's `shared` is; without it an agent is meant that is about to start, and so loads */
  constructor(shared) {
    this.#word = new Int32Array(shared ?? new SharedArrayBuffer(4));
    if (!shared) this.#word[0] = LOADING;
  }

  get shared() {
    return /** @type {SharedArrayBuffer} */ (this.#word.buffer);
  }

  /** For the agent itself: it is about to load. */
  begin() {
    if (Atomics.compareExchange(this.#word, 0, READY, LOADING) === OVER) process.exit();
  }

  /** Likewise: it has loaded. Does not return where it is over. */
  end() {
    if (Atomics.compareExchange(this.#word, 0, LOADING, READY) === OVER) process.exit();
    Atomics.notify(this.#word, 0);
  }

  /** Blocks while another agent loads. */
  wait() {
    Atomics.wait(this.#word, 0, LOADING, MAX_MS);
  }

  /**
   * For the one who started the agent: ends it, at once or when it has loaded.
   * @param {import('node:worker_threads').Worker} worker
   */
  terminate(worker) {
    if (Atomics.exchange(this.#word, 0, OVER) === READY) void worker.terminate();
  }
}
