// @ts-check
/**
 * Default actions, which need no look: a kernel ends or stops a process whatever its program does. A program that looks carries them out itself; the owner
 * does where one does not (it has no safe points and calls nothing), and before the program's library is there.
 *
 * Which signals are at their default, and blocked by no thread, the guest keeps in the word `defaults` of its block. It is not trusted: what it writes there
 * harms only itself.
 */

import * as BELL from '../abi/bell.js';
import * as STATE from '../abi/state.js';
import { now } from '../engine/clock.js';
import { defaultAction } from '../signals/names.js';

/**
 * How long a program that looks has, in milliseconds, to do it itself: then what it wrote before is certain to come out. Shorter than the 10 ms in which a
 * default action takes effect.
 */
const GRACE_MS = 4;

const SIGCONT = 18;

/** Whether its default action ends the process. @param {number} signo */
function ends(signo) {
  const action = defaultAction(signo);
  return action === 'terminate' || action === 'core';
}

/** Whether its default action stops the process. @param {number} signo */
function stops(signo) {
  return defaultAction(signo) === 'stop';
}

export class DefaultActions {
  #host;
  #live;
  #end;
  #tell;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** The stop signal that the program has not seen, but is stopped by; 0: none. What the program itself says of it is in `state` of its host block. */ #held = 0;
  /** The program seems to have seen it, or what undid it. */ #doubted = false;
  /** @type {Set<number>} what a program without the library was sent while it was stopped */ #waiting = new Set();
  #attends = false;

  /**
   * @param {object} process
   * @param {import('../link/queue.js').Queue} process.host
   * @param {() => import('../link/queue.js').Queue} process.live     where what was sent is until the program takes it
   * @param {(signo: number) => void} process.end               ends it
   * @param {(signo: number) => void} process.tell              that it was stopped, or continued (0)
   */
  constructor({ host, live, end, tell }) {
    this.#host = host;
    this.#live = live;
    this.#end = end;
    this.#tell = tell;
  }

  /**
   * A signal for a process whose library is not there yet.
   * @param {number} signo
   * @returns {boolean} whether it ended the process
   */
  early(signo) {
    if (this.#host.state !== STATE.detached || !this.#host.acts(signo) || !ends(signo)) return false;
    this.#end(signo);
    return true;
  }

  /** A signal for a program that has no library. @param {number} signo */
  plain(signo) {
    if (signo === SIGCONT) this.#continue();
    else if (!this.#host.acts(signo)) return;
    else if (stops(signo)) this.#hold(signo);
    else if (this.#held) this.#waiting.add(signo);
    else if (ends(signo)) this.#end(signo);
  }

  /** A signal was put into the queue of a program that has the library. @param {number} signo */
  sent(signo) {
    if (signo === SIGCONT) this.#continue();
    else if (this.#live().acts(signo)) this.#lookLater();
  }

  /**
   * The program says that it stopped, or continued (0).
   * @param {number} signo
   * @returns {boolean} whether that is news
   */
  said(signo) {
    const known = this.#held && signo;
    this.#held = 0;
    if (!this.#host.shared) this.#host.setStopped(signo);
    if (!signo) this.#lookLater(); // at what came while it was stopped, and at a stop that came after what it says
    return !known;
  }

  /** From now on others send too, or timers run: they call for attention in the host block. */
  async attend() {
    if (this.#attends || !this.#host.shared) return;
    this.#attends = true;
    while (this.#attends) {
      const count = this.#host.attention;
      this.#lookLater();
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

  #lookLater() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, GRACE_MS);
  }

  /** What the program has not looked at meanwhile. */
  #look() {
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
   * A stop that the program has not seen lasts until it has, and says so, or until SIGCONT. Another sender of that leaves nothing behind once the program has taken it.
   * @param {boolean} unseen
   */
  #doubt(unseen) {
    if (unseen || this.#host.state === STATE.stopped || !this.#host.shared) return;
    if (this.#doubted) return this.#continue();
    this.#doubted = true;
    this.#lookLater();
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
    this.#lookLater();
  }
}
