// @ts-check
/**
 * The processes to which a guest may send signals: a table of pids that its owner writes. The guest's agent sees
 * changes without returning to its event loop, and nothing accumulates if it never reads the table.
 */

import { WasmsigError } from '../engine/errors.js';
import { hasSharedMemory } from '../engine/features.js';

const MAX_PEERS = 256;

export class Peers {
  #pids;

  /** @param {ArrayBufferLike} [buffer] `buffer` of the other agent's object */
  constructor(buffer = hasSharedMemory() ? new SharedArrayBuffer(MAX_PEERS * 4) : new ArrayBuffer(MAX_PEERS * 4)) {
    this.#pids = new Int32Array(buffer);
  }

  get buffer() {
    return this.#pids.buffer;
  }

  /** @param {number} pid */
  has(pid) {
    return pid > 0 && this.#at(pid) >= 0;
  }

  /** @param {number} pid */
  add(pid) {
    if (this.has(pid)) return;
    const free = this.#at(0);
    if (free < 0) throw new WasmsigError('EAGAIN', `a process can be given ${MAX_PEERS} others and no more`);
    Atomics.store(this.#pids, free, pid);
  }

  /** @param {number} pid */
  remove(pid) {
    const at = this.#at(pid);
    if (at >= 0) Atomics.store(this.#pids, at, 0);
  }

  /** @param {number} pid */
  #at(pid) {
    for (let i = 0; i < MAX_PEERS; i++) if (Atomics.load(this.#pids, i) === pid) return i;
    return -1;
  }
}
