// @ts-check
/** Messages between an owner in a page and the agent of its guest. */

import { Backpressure } from '../link/backpressure.js';
import { Peers } from '../link/peers.js';
import { PostedQueue } from '../link/posted_queue.js';

/** @typedef {import('./agent.js').Order} Order */
/** @typedef {import('../link/queue.js').Queue} Queue */
/** @typedef {import('../owner/process.js').Process} Process */

/** The link to the guest's agent: a worker, or an Agent in this thread. */
export class Link {
  #mode;
  #queue;
  peers = new Peers();
  /** @type {Backpressure | undefined} of output that is in flight to this agent */ backpressure;
  /** @type {Backpressure | undefined} of the other messages */ messages;
  /** @type {SharedArrayBuffer | undefined} the answer to the signal that the guest sent to another one (see Agent) */
  answer;
  /** @type {(order: Order) => void} */ post = () => {};

  /**
   * @param {import('./spawn.js').Mode} mode
   * @param {Queue} queue
   */
  constructor(mode, queue) {
    this.#mode = mode;
    this.#queue = queue;
    if (mode === 'shared') {
      this.backpressure = new Backpressure();
      this.messages = new Backpressure();
      this.answer = new SharedArrayBuffer(4);
    }
    if (queue instanceof PostedQueue) queue.post = (order) => this.post(/** @type {Order} */ (order));
  }

  /**
   * @param {Process} guest
   * @param {'worker' | 'this'} thread
   * @param {import('./agent.js').Start} start
   */
  open(guest, thread, start) {
    const receive = (/** @type {any} */ message) => {
      if (message.type === 'drained' && this.#queue instanceof PostedQueue) this.#queue.drained(message.count);
      guest.receive(message);
      if (message.type !== 'output') this.#seen();
    };
    const end = thread === 'this' ? this.#here(start, receive) : this.#worker(start, receive, guest);
    guest.run({
      terminate: () => {
        end();
        queueMicrotask(() => guest.ended());
      },
      give: ({ pid, gone = false, errno }) => {
        if (errno !== undefined) return this.#answer(errno);
        if (gone) this.peers.remove(pid);
        else this.peers.add(pid);
        if (this.#mode !== 'shared') this.post({ type: 'peer', pid, gone });
      },
    });
  }

  #seen() {
    if (this.messages) this.messages.remove();
    else this.post({ type: 'seen' });
  }

  /** @param {number} errno */
  #answer(errno) {
    if (!this.answer) return this.post({ type: 'answer', errno });
    const word = new Int32Array(this.answer);
    Atomics.store(word, 0, errno);
    Atomics.notify(word, 0);
  }

  /**
   * @param {import('./agent.js').Start} start
   * @param {(message: any) => void} receive
   * @param {Process} guest
   */
  #worker(start, receive, guest) {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: start.name });
    worker.onmessage = ({ data }) => receive(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      guest.receive({
        type: 'failed',
        code: 'ERR_START',
        message: `${start.name}: its worker broke down: ${event.message ?? 'it could not be loaded'}`,
      });
    };
    this.post = (order) => worker.postMessage(order);
    this.post({ type: 'start', start });
    return () => worker.terminate();
  }

  /**
   * @param {import('./agent.js').Start} start
   * @param {(message: any) => void} receive
   */
  #here(start, receive) {
    const agent = import('./agent.js').then(({ Agent }) => new Agent(start, receive));
    this.post = (order) => void agent.then((one) => one.receive(order));
    return () => this.post({ type: 'end' });
  }
}
