// @ts-check
/** An instrumented instance that has a guard, and what it calls at its safe points. */

import { SET_SAFE_POINT } from '../abi/set_safe_point.js';
import { CheckInterval } from '../engine/check_interval.js';
import { hasStackSwitching } from '../engine/features.js';
import { suspendingTrampoline, trampoline } from '../engine/trampoline.js';
import { GuardError } from './guard_error.js';

/** What a program exports that was linked with wasmsig's library. */
const LINKED = 'wasmsig_block';

/** The instances that have a guard, by their function SET_SAFE_POINT. @type {WeakSet<object>} */
const guarded = new WeakSet();

export function linked() {
  return new GuardError(
    'ERR_LINKED',
    "the program is linked with wasmsig's library, which has its signals itself: run it with spawn() or attach() instead",
  );
}

export class BoundInstance {
  /** How many checks it was last told to skip. */ skip = 0;
  interval = new CheckInterval();
  #set;
  /** @type {Function | undefined} */ #check;
  /** @type {Function | undefined} */ #wait;

  /**
   * Takes the instance; arm() then makes it call.
   * @param {WebAssembly.Exports} exports
   * @throws {GuardError} ERR_LINKED, ERR_NOT_INSTRUMENTED, ERR_BOUND
   */
  constructor(exports) {
    if (LINKED in exports) throw linked();
    if (typeof exports[SET_SAFE_POINT] !== 'function')
      throw new GuardError(
        'ERR_NOT_INSTRUMENTED',
        `the module does not export ${SET_SAFE_POINT}: instantiate what guard.instrument(bytes) or guard.compile(bytes) makes of it`,
      );
    this.exports = exports;
    this.#set = /** @type {(check: Function | null) => void} */ (exports[SET_SAFE_POINT]);
    if (guarded.has(this.#set)) throw new GuardError('ERR_BOUND', 'the instance has a guard already');
    guarded.add(this.#set);
  }

  /**
   * @param {() => number} check called at a safe point: how many checks to skip; negative: the program traps
   * @param {() => Promise<number>} wait called at a safe point where the computation is to be suspended
   * @param {() => number} refused called if it could not be
   */
  connect(check, wait, refused) {
    this.#check = trampoline(check);
    if (hasStackSwitching()) this.#wait = suspendingTrampoline(wait, refused);
  }

  /** Makes its next check call `check`. */
  arm() {
    this.skip = 0;
    this.#set(this.#check ?? null);
  }

  /** Makes its next check wait. */
  armWait() {
    this.skip = 0;
    this.#set(this.#wait ?? null);
  }

  /** Gives the instance back: it runs as if it were not instrumented, and another guard may take it. */
  release() {
    this.#set(null);
    guarded.delete(this.#set);
  }
}
