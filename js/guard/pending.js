// @ts-check
/**
 * What was sent to a guard and is not accepted yet. The rules are those of src/process/pending.hpp and
 * src/process/generate.cpp: standard signals coalesce, real-time signals queue, the lowest number is first, and SIGCONT
 * and the stops undo each other.
 *
 * Why: docs/rationale.md#why-is-a-guard-not-a-process-of-the-core
 */

import { LAST_STANDARD } from '../abi/index.js';
import { defaultAction } from '../signals/signal_names.js';
import { SIGCONT } from '../signals/table.js';

/** @typedef {import('../link/inbox.js').Sent} Sent */

/** Real-time signals that are pending at most; more of other agents' wait in the inbox. As kMaxQueued of src/process/types.hpp. */
const MAX_QUEUED = 1024;

export class Pending {
  /** @type {Sent[]} in the order in which they were sent */ #sent = [];

  /** How many more real-time signals may be added. */
  get room() {
    return MAX_QUEUED - this.#sent.filter(({ signo }) => signo > LAST_STANDARD).length;
  }

  /** @param {Sent} sent */
  add(sent) {
    const { signo } = sent;
    if (signo === SIGCONT) this.discard((other) => defaultAction(other) === 'stop');
    else if (defaultAction(signo) === 'stop') this.discard((other) => other === SIGCONT);
    if (signo <= LAST_STANDARD && this.#sent.some((other) => other.signo === signo)) return;
    this.#sent.push(sent);
  }

  /** @param {(signo: number) => boolean} unwanted */
  discard(unwanted) {
    this.#sent = this.#sent.filter(({ signo }) => !unwanted(signo));
  }

  /**
   * Removes the next signal: the lowest number, and of that the one that was sent first.
   * @param {(signo: number) => boolean} allowed
   * @returns {Sent | undefined}
   */
  take(allowed) {
    /** @type {Sent | undefined} */
    let next;
    for (const sent of this.#sent) if (allowed(sent.signo) && sent.signo < (next?.signo ?? Infinity)) next = sent;
    if (next) this.#sent.splice(this.#sent.indexOf(next), 1);
    return next;
  }

  /** @param {(signo: number) => boolean} allowed */
  has(allowed) {
    return this.#sent.some(({ signo }) => allowed(signo));
  }
}
