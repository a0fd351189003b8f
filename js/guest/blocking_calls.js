// @ts-check
/**
 * The blocking calls that signals interrupt. They use the guest's export wasmsig_deliver while they wait, so handlers run
 * inside them. A handler may leave through them by a jump or an exception; they hold nothing that this would lose.
 */

import * as CODE from '../abi/code.js';
import * as DELIVERED from '../abi/delivered.js';
import * as ERRNO from '../abi/errno.js';
import * as WAITED from '../abi/waited.js';
import { now } from '../engine/clock.js';
import { runSteps } from '../engine/maybe_async.js';
import { ObeyingHost } from './obeying_host.js';

/** @typedef {'ready' | 'timeout' | 'restart' | 'interrupted' | 'deadlock'} Outcome */

/** @template T @typedef {import('./host_imports.js').MaybePromise<T>} MaybePromise */

export class BlockingCalls extends ObeyingHost {
  /**
   * Sleeps until `ready()` is true, the time is over, or handlers ran.
   * @param {() => boolean} ready
   * @param {number} timeoutNs negative: no limit
   * @returns {MaybePromise<Outcome>}
   */
  block(ready, timeoutNs) {
    return runSteps(this.#block(ready, timeoutNs));
  }

  /**
   * @param {() => boolean} ready
   * @param {number} timeoutNs
   * @returns {Generator<unknown, Outcome, any>}
   */
  *#block(ready, timeoutNs) {
    const end = timeoutNs >= 0 ? now() + timeoutNs : Infinity;
    const queue = this.live;
    queue.addWaiters(1);
    try {
      for (;;) {
        yield this.obey();
        const count = queue.ringCount;
        this.ringDue();
        const done = ready(); // before the check: a signal that was sent before it became ready is handled first
        if (queue.doorbell !== 0) {
          const delivered = yield this.deliver();
          if (delivered !== DELIVERED.nothing) return delivered === DELIVERED.interrupted ? 'interrupted' : 'restart';
        }
        if (done) return 'ready';
        const time = now();
        if (end <= time) return 'timeout';
        const until = Math.min(end, this.due);
        if ((yield this.wait(count, until === Infinity ? -1 : Math.max(0, until - time))) === WAITED.mayNotBlock)
          return 'deadlock';
      }
    } finally {
      queue.addWaiters(-1);
    }
  }

  /**
   * @param {number} timeoutNs
   * @returns {MaybePromise<number>} 0, or a Linux errno number: EINTR (a sleep is never restarted) or EDEADLK
   */
  sleep(timeoutNs) {
    return runSteps(this.#sleep(timeoutNs));
  }

  /** @param {number} timeoutNs @returns {Generator<unknown, number, any>} */
  *#sleep(timeoutNs) {
    const outcome = yield this.block(never, timeoutNs);
    return outcome === 'timeout' ? 0 : outcome === 'deadlock' ? ERRNO.EDEADLK : ERRNO.EINTR;
  }

  /**
   * @param {() => boolean} ready
   * @param {number} timeoutNs negative: no limit
   * @returns {MaybePromise<boolean | 'EINTR' | 'EDEADLK'>} true if ready, false if the time is over; like poll(2) it is
   *   never restarted
   */
  poll(ready, timeoutNs) {
    return runSteps(this.#poll(ready, timeoutNs));
  }

  /**
   * @param {() => boolean} ready
   * @param {number} timeoutNs
   * @returns {Generator<unknown, boolean | 'EINTR' | 'EDEADLK', any>}
   */
  *#poll(ready, timeoutNs) {
    const outcome = yield this.block(ready, timeoutNs);
    return outcome === 'ready' ? true : outcome === 'timeout' ? false : outcome === 'deadlock' ? 'EDEADLK' : 'EINTR';
  }

  /**
   * Sends to this process, which has attached, on behalf of the host: for a broken pipe, or raise() by a WASI call.
   * @param {number} signo
   * @param {number} [code]
   * @returns {MaybePromise<number>} what the delivery returned
   */
  raise(signo, code = CODE.tkill) {
    this.sendHere(signo, { code, pid: this.pid });
    return this.deliver();
  }

  /**
   * Runs the handler of a trap's signal, if the program has one. The trap has ended what ran.
   * @param {number} signo
   * @param {number} code si_code
   * @returns {MaybePromise<unknown>} settled when the handler has returned
   */
  fault(signo, code) {
    if (!this.attached || this.live.acts(signo)) return undefined;
    const fault = this.exports?.wasmsig_fault;
    return fault ? this.enter(fault)(signo, code) : this.raise(signo, CODE.kernel);
  }

  /**
   * Delivers what was sent, on return from a call into the host, as a kernel does. A call that did not wait succeeds
   * even if a handler ran. With stack switching a program without safe points yields to the event loop here.
   * @returns {MaybePromise<unknown>}
   */
  deliverSent() {
    if (!this.attached) return this.obey();
    const turn = this.yieldToEventLoop();
    if (turn) return turn.then(() => this.deliverSent());
    this.ringDue();
    // On a stack that cannot be switched a handler could not wait, so a later call delivers.
    if (this.live.doorbell === 0 || this.isUnswitchable) return undefined;
    return this.deliver();
  }

  /**
   * @param {number} pid
   * @returns {boolean}
   */
  hasEnded(pid) {
    return this.send(pid, 0, CODE.user, 0) === ERRNO.ESRCH;
  }
}

function never() {
  return false;
}
