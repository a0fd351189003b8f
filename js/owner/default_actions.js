// @ts-check
/**
 * Default actions, which need no check: a kernel ends or stops a process whatever its program does. A program that
 * checks for signals carries them out itself. The owner carries them out for a program that does not check (it has no
 * safe points and calls nothing), and before the program's library is there.
 *
 * The guest stores in the word `defaults` of its block which signals are at their default and blocked by no thread. It
 * is not trusted: what it writes there harms only itself.
 *
 * Why: docs/rationale.md#why-are-default-actions-the-owners-too
 */

import * as BELL from '../abi/bell.js';
import * as STATE from '../abi/process_state.js';
import { now } from '../engine/clock.js';
import { defaultAction } from '../signals/signal_names.js';
import { SIGCONT } from '../signals/table.js';

/**
 * Milliseconds that a program which checks has to carry the action out itself, so that its earlier output is certain to
 * arrive. Shorter than the 10 ms in which a default action takes effect.
 */
const GRACE_MS = 4;

/** Whether the signal's default action ends the process. @param {number} signo */
function ends(signo) {
  const action = defaultAction(signo);
  return action === 'terminate' || action === 'core';
}

/** Whether the signal's default action stops the process. @param {number} signo */
function stops(signo) {
  return defaultAction(signo) === 'stop';
}

export class DefaultActions {
  #host;
  #live;
  #end;
  #tell;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /**
   * The signal for which the owner holds the process stopped, before the program has seen it; 0: none. A stop that the
   * program itself reports is in `state` of its host block.
   */
  #held = 0;
  /** The program seems to have seen that signal, or a SIGCONT that undid it. */ #doubted = false;
  /** @type {Set<number>} the signals that a program without the library was sent while it was stopped */
  #waiting = new Set();
  #attends = false;

  /**
   * @param {object} process
   * @param {import('../link/queue.js').Queue} process.host
   * @param {() => import('../link/queue.js').Queue} process.live the queue that holds what was sent until the program
   *   drains it
   * @param {(signo: number) => void} process.end ends the process
   * @param {(signo: number) => void} process.tell reports that it was stopped, or continued (0)
   */
  constructor({ host, live, end, tell }) {
    this.#host = host;
    this.#live = live;
    this.#end = end;
    this.#tell = tell;
  }

  /**
   * Handles a signal for a process whose library is not there yet.
   * @param {number} signo
   * @returns {boolean} whether it ended the process
   */
  early(signo) {
    if (this.#host.state !== STATE.detached || !this.#host.acts(signo) || !ends(signo)) return false;
    this.#end(signo);
    return true;
  }

  /** Handles a signal for a program that has no library. @param {number} signo */
  plain(signo) {
    if (signo === SIGCONT) {
      if (this.#host.state === STATE.stopped) this.#host.hold(0);
      this.#continue();
    } else if (!this.#host.acts(signo)) return;
    else if (stops(signo)) {
      this.#host.hold(signo);
      this.#hold(signo);
    } else if (this.#held) this.#waiting.add(signo);
    else if (ends(signo)) this.#end(signo);
  }

  /**
   * Handles the report of a program without the library that it has stopped itself.
   * @param {number} signo
   */
  plainStopped(signo) {
    if (this.#host.shared && this.#host.state !== STATE.stopped) return; // continued meanwhile
    if (stops(signo)) this.plain(signo);
  }

  /** Handles a signal that was put into the queue of a program with the library. @param {number} signo */
  sent(signo) {
    if (signo === SIGCONT) this.#continue();
    else if (this.#live().acts(signo)) this.#checkLater();
  }

  /**
   * Handles the program's report that it stopped, or continued (0).
   * @param {number} signo
   * @returns {boolean} whether that is news
   */
  said(signo) {
    const known = this.#held && signo;
    this.#held = 0;
    if (!this.#host.shared) this.#host.setStopped(signo);
    // for signals that came while it was stopped, and for a stop that came after the report
    if (!signo) this.#checkLater();
    return !known;
  }

  /** Handles signals of other senders and of timers, from now on: they call the owner through the host block. */
  async attend() {
    if (this.#attends || !this.#host.shared) return;
    this.#attends = true;
    while (this.#attends) {
      const count = this.#host.attention;
      this.#checkLater();
      await this.#host.attentionAfter(count);
    }
  }

  /** The process has ended. */
  over() {
    clearTimeout(this.#timer);
    if (!this.#attends) return;
    this.#attends = false;
    this.#host.callOwner();
  }

  #checkLater() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#check();
    }, GRACE_MS);
  }

  /** Carries out the default actions of signals that the program has not drained meanwhile. */
  #check() {
    const live = this.#live();
    const unseen = live.unseen();
    const stop = unseen.find((signo) => stops(signo) && live.acts(signo));
    if (this.#held) return this.#doubt(stop !== undefined);
    if (this.#host.state === STATE.stopped) return;
    if (live.doorbell & BELL.timer && this.#timerIsDue && live.timerSignal) unseen.push(live.timerSignal);
    const fatal = unseen.find((signo) => ends(signo) && live.acts(signo));
    if (fatal) this.#end(fatal);
    else if (stop) this.#hold(stop);
  }

  /**
   * Ends a stop that the owner holds and the program does not know. It lasts until the program has seen it and reports
   * it, or until SIGCONT. A SIGCONT of another sender leaves no trace once the program has drained it.
   * @param {boolean} unseen whether the stop signal is still in the queue
   */
  #doubt(unseen) {
    if (unseen || this.#host.state === STATE.stopped || !this.#host.shared) return;
    if (this.#doubted) return this.#continue();
    this.#doubted = true;
    this.#checkLater();
  }

  get #timerIsDue() {
    const { time } = this.#host.armed;
    return time !== 0 && time <= now();
  }

  /** @param {number} signo */
  #hold(signo) {
    if (this.#held) return;
    this.#held = signo;
    this.#doubted = false;
    this.#tell(signo);
  }

  #continue() {
    if (!this.#held) return;
    this.#held = 0;
    this.#tell(0);
    for (const signo of this.#waiting) if (ends(signo)) return this.#end(signo);
    this.#checkLater();
  }
}
