// @ts-check
/**
 * What a host does for a program without the library: its owner carries out default actions, and holds it stopped. The
 * program's agent obeys where the program calls its host, and at its safe points.
 */

import * as STATE from '../abi/process_state.js';
import * as WAITED from '../abi/waited.js';
import { WasmsigError } from '../engine/errors.js';
import { mayBlock } from '../engine/features.js';
import { runSteps } from '../engine/maybe_async.js';
import { defaultAction, signalName } from '../signals/signal_names.js';
import { SwitchingHost } from './switching_host.js';

/** @template T @typedef {import('./host_imports.js').MaybePromise<T>} MaybePromise */

export class ObeyingHost extends SwitchingHost {
  /** Whether this agent carries out what the owner decides for a program without the library. */ #obeys = false;

  /**
   * Reports that the program runs and will never attach: its owner carries out default actions, and this agent obeys
   * where the program calls its host, and at its safe points.
   * @param {boolean} calls whether what it imports calls obey()
   * @param {() => void} [obeyAtSafePoints] has it obey at its safe points too, if it has an injected runtime
   */
  plain(calls, obeyAtSafePoints) {
    this.#obeys = this.yields || (this.around.apart === true && mayBlock());
    if (this.#obeys) obeyAtSafePoints?.();
    const reach = obeyAtSafePoints ? 'loops' : calls ? 'calls' : 'none';
    this.around.post({ type: 'plain', reach: this.#obeys ? reach : 'none' });
  }

  /**
   * Sleeps while the owner holds the program stopped. With stack switching it yields to the event loop first, from time
   * to time, where the owner's orders arrive.
   * @returns {MaybePromise<unknown>}
   */
  obey() {
    if (!this.#obeys) return undefined;
    const turn = this.yieldToEventLoop();
    if (turn) return turn.then(() => runSteps(this.#whileHeld()));
    return this.host.state === STATE.stopped ? runSteps(this.#whileHeld()) : undefined;
  }

  /** @returns {Generator<unknown, void, any>} */
  *#whileHeld() {
    const queue = this.host;
    queue.addWaiters(1);
    try {
      for (;;) {
        const count = queue.ringCount;
        if (queue.state !== STATE.stopped || (yield this.wait(count, -1)) === WAITED.mayNotBlock) return;
      }
    } finally {
      queue.addWaiters(-1);
    }
  }

  /**
   * Performs the default action of a signal that the program sends to itself.
   * @param {number} signo
   * @returns {MaybePromise<unknown>}
   * @throws {WasmsigError} ERR_KILLED: it ended the program
   */
  perform(signo) {
    const action = defaultAction(signo);
    if (!this.host.acts(signo)) return undefined;
    if (action === 'stop') {
      if (!this.#obeys) return undefined;
      this.host.setStopped(signo);
      this.around.post({ type: 'stopped', signo });
      return this.obey();
    }
    this.exit(signo, action === 'core' ? 1 : 0);
    throw new WasmsigError('ERR_KILLED', `the program was killed by ${signalName(signo)}`);
  }
}
