// @ts-check
/**
 * What happens at the safe points of a guard's instances: what was sent is drained, limits are compared, handlers run,
 * and then the computation goes on, waits, or is left.
 *
 * A computation waits by blocking its agent, or is suspended by stack switching. A safe point that suspends is another
 * function than one that checks, because the engine allows it only in calls that were entered by WebAssembly.promising.
 * So the check, when it wants to wait, has the next check suspend.
 *
 * Why: docs/rationale.md#why-is-a-guard-not-a-process-of-the-core
 * Why: docs/rationale.md#why-is-an-ended-computation-left-by-an-error-first-and-then-by-a-trap
 */

import * as CODE from '../abi/code.js';
import * as WAITED from '../abi/waited.js';
import { now } from '../engine/clock.js';
import { yielder } from '../engine/event_loop_turn.js';
import { signalName } from '../signals/signal_names.js';
import { BoundInstance } from './bound_instance.js';
import { Computation } from './computation.js';
import { GuardError } from './guard_error.js';
import { exportedStack, skipRedZone } from './shadow_stack.js';

/** @typedef {import('../link/inbox.js').Sent} Sent */
/** @typedef {import('./shadow_stack.js').ShadowStack} ShadowStack */

/**
 * How many safe points lie between two checks of a call with a budget: a constant, so that the same ones are counted
 * every time.
 */
const BUDGET_STEP = 1000;

/** How long no suspension is tried after the engine has refused one. */
const RETRY_NS = 10e6;

/**
 * Ends a call that returned or threw `outcome`: returns what it returns then, or throws.
 * @typedef {(failed: boolean, outcome: any) => any} Close
 */

/** What a suspended computation leaves. @typedef {{calls: Computation[], top: any, over: boolean}} Aside */

export class SafePoints {
  #state;
  /** @type {BoundInstance[]} */ #bound = [];
  /** @type {ShadowStack | undefined} */ #stack;
  /** @type {Computation[]} the calls that this agent is in, outermost first; not the suspended ones */ #running = [];
  /** How many calls are open that can be suspended: at most one. */ #suspendable = 0;
  /** The computations that are suspended now. */ #away = 0;
  /** @type {Aside | undefined} the latest suspension */ #aside;
  /** When a suspension may be tried again. */ #retry = 0;
  /** @type {Promise<void> | undefined} the handler that the computation is to wait for */ #handler;
  /** @type {unknown} ends a computation that was not entered by run() */ #loose;
  /** Whether something is to be done though nothing was sent and no time has come. */ #ready = false;
  #due = Infinity;
  #counting = false;
  /** Whether safe points have no effect. */ #mute = false;
  #scheduled = false;
  /** One turn of the event loop; each object serves one waiter. */
  #turn = yielder();
  #idleTurn = yielder();
  /** Whether computations are left by a trap only. */ trap = false;

  /**
   * @param {import('./signal_state.js').SignalState} state
   * @param {object} owner the guard, which so lives as long as an instance that calls this
   */
  constructor(state, owner) {
    this.#state = state;
    this.owner = owner;
  }

  get bound() {
    return this.#bound;
  }

  /**
   * @param {WebAssembly.Exports} exports
   * @param {ShadowStack | undefined} stack
   */
  bind(exports, stack) {
    const bound = new BoundInstance(exports);
    bound.connect(
      () => this.#check(bound),
      () => this.#suspend(bound),
      () => this.#refused(),
    );
    const found = stack ?? exportedStack(exports);
    if (found) this.#stack ??= { save: this.#muted(found.save), restore: this.#muted(found.restore) };
    this.#bound.push(bound);
    bound.arm();
  }

  release() {
    for (const bound of this.#bound.splice(0)) bound.release();
  }

  /**
   * A function of the program that the guard itself calls, with no effect of its safe points (a build for debugging has
   * some in its functions for the stack pointer).
   * @template {(...args: any[]) => any} F
   * @param {F} call
   */
  #muted(call) {
    return /** @type {F} */ (
      (...args) => {
        this.#mute = true;
        try {
          return call(...args);
        } finally {
          this.#mute = false;
        }
      }
    );
  }

  // --- calls ---------------------------------------------------------------------------------------------------------

  /**
   * @template T
   * @param {() => T} compute
   * @param {import('./computation.js').Limits & import('./computation.js').Yielding} options
   * @param {boolean} suspendable
   * @returns {T}
   */
  run(compute, options, suspendable) {
    return callWith((abandoned) => this.open(options, suspendable, abandoned), compute);
  }

  /**
   * Begins a call.
   * @param {import('./computation.js').Limits & import('./computation.js').Yielding} options
   * @param {boolean} suspendable
   * @param {(error: unknown) => void} abandoned is called if the call was ended and is not closed some time later
   * @returns {Close}
   */
  open(options, suspendable, abandoned) {
    const call = new Computation(options, now(), suspendable, abandoned);
    if (call.signal?.aborted) throw call.spend();
    if (suspendable && this.#suspendable > 0)
      throw new GuardError(
        'ERR_BUSY',
        'a call that can be suspended is under way, and the next would use the same stack of the program: wait for it',
      );
    const alert = () => this.alert();
    call.signal?.addEventListener('abort', alert);
    call.top = this.#stack?.save();
    this.#running.push(call);
    if (suspendable) this.#suspendable++;
    this.#arm();
    this.#refresh();
    return (failed, outcome) => {
      call.signal?.removeEventListener('abort', alert);
      call.close();
      return this.#close(call, failed, outcome);
    };
  }

  /**
   * @param {Computation} call
   * @param {boolean} failed whether it threw `outcome`
   * @param {any} outcome
   */
  #close(call, failed, outcome) {
    const innermost = this.#running.at(-1) === call;
    this.#running.splice(this.#running.indexOf(call), 1);
    if (call.suspendable) this.#suspendable--;
    if ((failed || call.ended) && innermost && this.#stack) this.#stack.restore(call.top);
    this.#arm();
    this.#refresh();
    const ended = call.ended ? call : failed ? this.#running.find((outer) => outer.ended) : undefined;
    if (!ended) {
      if (failed) throw outcome;
      return outcome;
    }
    // what the program, or its JavaScript, made of the end
    const { error } = ended;
    const made = failed && outcome !== error && !(outcome instanceof WebAssembly.RuntimeError);
    if (made && error instanceof GuardError && error.cause === undefined) error.cause = outcome;
    throw error;
  }

  /** Ends the outermost call. @param {unknown} error @returns {boolean} whether there is one */
  end(error) {
    this.#running[0]?.end(error);
    this.alert();
    return this.#running.length > 0;
  }

  /** Has the next safe point act, and waiters check. */
  alert() {
    this.#ready = true;
    this.#arm();
    this.#state.ring();
  }

  /** Acts in a later turn of the event loop, if nothing computes then: that is a safe point too. */
  async later() {
    this.#arm();
    if (this.#scheduled) return;
    this.#scheduled = true;
    await this.#idleTurn();
    this.#scheduled = false;
    if (this.#running.length > 0 || this.#away > 0) return;
    this.#deliver();
    this.#refresh();
    const error = this.#loose;
    this.#loose = undefined;
    // Nothing computes that a default action could end. But the error of a handler has no caller: it is unhandled.
    if (error instanceof GuardError && error.code === 'ERR_HANDLER') throw error;
  }

  #arm() {
    for (const bound of this.#bound) bound.arm();
  }

  #refresh() {
    const running = this.#running;
    this.#counting = running.some((call) => call.counts);
    this.#due = Math.min(...running.map((call) => call.due));
    this.#ready =
      this.#handler !== undefined ||
      this.#state.stoppedBy !== 0 ||
      this.#state.ready ||
      running.some((call) => call.leaves(1) || call.reached(0));
  }

  // --- a safe point --------------------------------------------------------------------------------------------------

  /** @param {BoundInstance} bound @returns {number} how many checks to skip; negative: trap */
  #check(bound) {
    if (this.#mute) return (bound.skip = 0);
    const time = now();
    const skip = this.#counting ? this.#count(bound.skip + 1) : bound.interval.next(time);
    const quiet = !this.#ready && time < this.#due && skip >= 0 && this.#state.quiet;
    return (bound.skip = quiet ? skip : this.#act(bound, skip < 0 ? BUDGET_STEP : skip));
  }

  /**
   * Takes safe points from the budgets.
   * @param {number} passed
   * @returns {number} how many to pass until they are counted again; negative: a budget is used up
   */
  #count(passed) {
    let step = BUDGET_STEP;
    for (const call of this.#running) {
      call.left -= passed;
      if (call.counts) step = Math.min(step, call.left);
    }
    return step;
  }

  /** @param {BoundInstance} bound @param {number} skip */
  #act(bound, skip) {
    const top = this.#stack && skipRedZone(this.#stack);
    try {
      this.#deliver();
      if (this.#state.stoppedBy && !this.#canSuspend) this.#block();
    } finally {
      if (top !== undefined) this.#stack?.restore(top);
      bound.interval.restart(now());
    }
    this.#refresh();
    const ended = this.#ended;
    if (ended && !ended.leavesHere(now())) return ended.place.skip;
    if (ended || this.#loose !== undefined) return this.#leave(bound, ended);
    if (this.#wantsToWait && this.#canSuspend) {
      bound.armWait();
      return 0;
    }
    return skip;
  }

  /** The outermost call that is to be left now. */
  get #ended() {
    return this.#running.find((call) => call.ended && call.leaves(now()));
  }

  /** @param {BoundInstance} bound @param {Computation | undefined} call undefined: one that run() does not know */
  #leave(bound, call) {
    bound.arm(); // the result of this check will not reach the instance
    const error = call ? call.error : this.#loose;
    if (!call) this.#loose = undefined;
    if ((call && !call.leave(now())) || this.trap) return -1;
    throw error;
  }

  /** Runs the handlers and default actions of what was sent and of the limits that are reached. */
  #deliver() {
    while (!this.#ended && this.#loose === undefined && !this.#handler) {
      this.#state.drain();
      const time = now();
      const call = this.#running.find((one) => one.reached(time) && !this.#state.blocks(one.killSignal));
      if (call) {
        this.#state.stoppedBy = 0; // as timeout(1), which sends SIGCONT too
        const error = call.spend();
        this.#perform({ signo: call.killSignal, code: CODE.kernel, pid: 0, value: 0 }, call, error);
        continue;
      }
      const sent = this.#state.accept();
      if (!sent) return;
      const signal = signalName(sent.signo);
      this.#perform(
        sent,
        this.#running[0],
        new GuardError('ERR_SIGNAL', `the computation was ended by ${signal}`, { signal }),
      );
    }
  }

  /**
   * @param {Sent} sent
   * @param {Computation | undefined} call the one that its default action ends
   * @param {GuardError} error why
   */
  #perform(sent, call, error) {
    const action = this.#state.action(sent.signo);
    if (typeof action === 'object') this.#handle(sent, action);
    else if (action === 'stop') this.#state.stoppedBy = sent.signo;
    else if (action === 'terminate' || action === 'core') this.#endBy(call, error);
  }

  /** @param {Computation | undefined} call @param {GuardError} error */
  #endBy(call, error) {
    if (call) call.end(error);
    else this.#loose = error;
  }

  /**
   * @param {Sent} sent
   * @param {import('./signal_state.js').Handler} handler
   */
  #handle({ signo, pid, value }, { run, mask }) {
    const signal = signalName(signo);
    const call = this.#running.at(-1);
    const { blocked } = this.#state;
    const done = () => {
      this.#state.blocked = blocked;
    };
    const failed = (/** @type {unknown} */ cause) => {
      done();
      this.#endBy(call, new GuardError('ERR_HANDLER', `the handler of ${signal} threw`, { signal, cause }));
    };
    this.#state.blocked = [...blocked, signo, ...mask];
    let result;
    try {
      result = run({ signal, number: signo, pid, value });
    } catch (error) {
      return failed(error);
    }
    if (isPromise(result) && this.#canSuspend) this.#handler = Promise.resolve(result).then(done, failed);
    else done();
  }

  // --- waiting -------------------------------------------------------------------------------------------------------

  get #wantsToWait() {
    return (
      this.#handler !== undefined ||
      this.#state.stoppedBy !== 0 ||
      now() >= (this.#running.at(-1)?.nextYield ?? Infinity)
    );
  }

  get #canSuspend() {
    return this.#running.at(-1)?.suspendable === true && now() >= this.#retry;
  }

  /** When the first limit is reached that can end a stop. @param {Computation[]} calls */
  #firstDeadline(calls) {
    return Math.min(...calls.filter((call) => !this.#state.blocks(call.killSignal)).map((call) => call.deadline));
  }

  /** Blocks the agent while the computation is stopped; returns at once where nothing could ever continue it. */
  #block() {
    for (;;) {
      const count = this.#state.ringCount;
      this.#deliver();
      if (!this.#state.stoppedBy || this.#ended) return;
      const due = this.#firstDeadline(this.#running);
      if (due === Infinity && !this.#state.inbox) return;
      if (this.#state.wait(count, due === Infinity ? -1 : Math.max(0, due - now())) === WAITED.mayNotBlock) return;
    }
  }

  /** @param {BoundInstance} bound @returns {Promise<number>} 0, when the computation is to go on */
  #suspend(bound) {
    this.#arm();
    if (this.#counting) for (const call of this.#running) call.left--;
    const first = this.#running.findIndex((call) => call.suspendable);
    const calls = first < 0 ? [] : this.#running.splice(first);
    const aside = { calls, top: this.#stack && skipRedZone(this.#stack), over: false };
    this.#aside = aside;
    this.#away++;
    return this.#sleep(aside).then(() => {
      this.#resume(aside);
      bound.interval.restart(now());
      return 0;
    });
  }

  /** The engine did not suspend. */
  #refused() {
    if (this.#aside) this.#resume(this.#aside);
    this.#retry = now() + RETRY_NS;
    return 0;
  }

  /** @param {Aside} aside */
  #resume(aside) {
    if (aside.over) return;
    aside.over = true;
    this.#away--;
    if (aside.top !== undefined) this.#stack?.restore(aside.top);
    this.#running.push(...aside.calls);
    const call = this.#running.at(-1);
    if (call) call.nextYield = now() + call.yieldNs;
    this.#refresh();
  }

  /** Until the handler is done, or the stop is undone, or else for a turn of the event loop. @param {Aside} aside */
  async #sleep(aside) {
    const handler = this.#handler;
    this.#handler = undefined;
    if (handler) return handler;
    if (!this.#state.stoppedBy) return void (await this.#turn());
    for (;;) {
      const count = this.#state.ringCount;
      const others = this.#running;
      this.#running = aside.calls;
      this.#deliver();
      this.#running = others;
      if (aside.over || !this.#state.stoppedBy || aside.calls.some((call) => call.ended)) return;
      const due = this.#firstDeadline(aside.calls);
      await this.#state.rung(count, due === Infinity ? -1 : Math.max(0, due - now()));
    }
  }
}

/**
 * Computes within a call. If that returns a promise, the call is open until it settles, or until the call is abandoned.
 * @template T
 * @param {(abandoned: (error: unknown) => void) => Close} open
 * @param {() => T} compute
 * @returns {T}
 */
export function callWith(open, compute) {
  /** @type {(error: unknown) => void} */ let reject = () => {};
  const abandoned = new Promise((_, rejects) => (reject = rejects));
  abandoned.catch(() => {}); // nobody waits for it unless the result is a promise
  const close = open(reject);
  let result;
  try {
    result = compute();
  } catch (error) {
    return close(true, error);
  }
  if (!isPromise(result)) return close(false, result);
  return /** @type {T} */ (
    Promise.race([result, abandoned]).then(
      (value) => close(false, value),
      (error) => close(true, error),
    )
  );
}

/** @param {any} value @returns {value is PromiseLike<any>} */
function isPromise(value) {
  return typeof value?.then === 'function';
}
