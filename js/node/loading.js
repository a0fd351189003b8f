// @ts-check
/**
 * Whether an agent is loading modules. Node 20 leaks a file that the loader of a worker is just opening when the worker
 * is terminated. So an agent that loads is not terminated: it is marked as over, and ends itself when it has loaded,
 * before it does anything else.
 */

const READY = 0;
const LOADING = 1;
const OVER = 2;

/** The longest wait for another agent, in milliseconds. On a busy machine a worker takes half a second to start. */
const MAX_MS = 2000;

export class Loading {
  #word;

  /**
   * @param {SharedArrayBuffer} [shared] `shared` of another agent's object; without it, for an agent that is about to
   *   start, and so is loading
   */
  constructor(shared) {
    this.#word = new Int32Array(shared ?? new SharedArrayBuffer(4));
    if (!shared) this.#word[0] = LOADING;
  }

  get shared() {
    return /** @type {SharedArrayBuffer} */ (this.#word.buffer);
  }

  /** Called by the agent itself before it loads. */
  begin() {
    if (Atomics.compareExchange(this.#word, 0, READY, LOADING) === OVER) process.exit();
  }

  /** Called by the agent itself when it has loaded. Does not return if the agent is over. */
  end() {
    if (Atomics.compareExchange(this.#word, 0, LOADING, READY) === OVER) process.exit();
    Atomics.notify(this.#word, 0);
  }

  /** Blocks while another agent loads. */
  wait() {
    Atomics.wait(this.#word, 0, LOADING, MAX_MS);
  }

  /**
   * Ends the agent, at once or when it has loaded. Called by the agent that started it.
   * @param {import('node:worker_threads').Worker} worker
   */
  terminate(worker) {
    if (Atomics.exchange(this.#word, 0, OVER) === READY) void worker.terminate();
  }
}
