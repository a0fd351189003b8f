// @ts-check
// The page's side of a worker that has one module: questions and answers, and signals, which reach it while it computes.

import { Sender } from 'wasmsig/sender';

/** @typedef {{name: string, kind: string, parameters?: number}} Export `parameters`: how many a function has */
/**
 * @typedef {object} Facts
 * @property {string} what
 * @property {boolean} command whether spawn() runs it
 * @property {number} points how many safe points were inserted
 * @property {number} loops of how many loops
 * @property {{before: number, after: number}} bytes
 * @property {Export[]} exports
 * @property {string} [unusable] why its exports cannot be called here
 * @property {Uint8Array<ArrayBuffer>} [program] with safe points, of a command
 */

export class ModuleWorker {
  #worker;
  /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void, started: () => void}>} */
  #asked = new Map();
  #count = 0;
  /** @type {Sender | undefined} */ #sender;

  /** @param {string} mode of capabilities() @param {(text: string) => void} print what the module prints */
  constructor(mode, print) {
    this.#worker = new Worker(new URL('./own_module_worker.js', import.meta.url), { type: 'module', name: mode });
    this.#worker.addEventListener('message', ({ data }) => {
      if (data.print !== undefined) return print(data.print);
      if (data.handle) this.#sender = Sender.from(data.handle);
      const asked = this.#asked.get(data.id);
      if (data.started) return asked?.started();
      this.#asked.delete(data.id);
      if (data.error === undefined) asked?.resolve(data.answer);
      else asked?.reject(Object.assign(new Error(data.error), { code: data.code }));
    });
    this.#worker.addEventListener('error', ({ message }) =>
      this.#fail(`its worker failed: ${message ?? 'it cannot be loaded'}`),
    );
  }

  /**
   * @param {object} question
   * @param {() => void} [started] called when it computes, so that a signal finds something to end
   * @returns {Promise<any>} rejects with the `code` of a guard's error, if it is one
   */
  ask(question, started = () => {}) {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject, started });
      this.#worker.postMessage({ ...question, id });
    });
  }

  /** Through shared memory, or else by a message, which a computation takes that yields. @param {string} signal */
  kill(signal) {
    if (this.#sender) this.#sender.kill(signal);
    else this.#worker.postMessage({ signal });
  }

  /** Ends the worker, and with it whatever it computes. @param {string} [why] */
  close(why = 'the worker was ended') {
    this.#worker.terminate();
    this.#fail(why);
  }

  /** @param {string} why */
  #fail(why) {
    for (const { reject } of this.#asked.values()) reject(new Error(why));
    this.#asked.clear();
  }
}
