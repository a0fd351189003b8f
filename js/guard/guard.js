// @ts-check
/** The class that users see. What happens at a safe point is in safe_points.js. */

import { hasStackSwitching, HOW_TO_ISOLATE, mayBlock } from '../engine/features.js';
import { sentInfo } from '../link/sent_info.js';
import { signalName, signalNumber, SIGNALS } from '../signals/signal_names.js';
import { linked } from './bound_instance.js';
import { GuardError } from './guard_error.js';
import { SafePoints } from './safe_points.js';
import { SignalState } from './signal_state.js';

/** @typedef {import('./computation.js').Limits} Limits */
/** @typedef {import('./computation.js').Yielding} Yielding */
/** @typedef {import('./shadow_stack.js').ShadowStack} ShadowStack */
/** @typedef {import('./signal_state.js').SignalInfo} SignalInfo */
/** @typedef {import('./wasm_source.js').Source} Source */

/** A signal: its name ('SIGINT', 'SIGRTMIN+1') or its Linux number. @typedef {string | number} Signal */

/** A handler: called at a safe point. See Guard.on(). @typedef {(info: SignalInfo) => unknown} SignalHandler */

/**
 * @typedef {object} HandlerOptions
 * @property {Signal[]} [mask] signals that are blocked while it runs, beside its own
 * @property {(number | bigint)[]} [args] of the export, if the handler is one
 */

/**
 * @typedef {object} BindOptions
 * @property {'throw' | 'trap'} [end] how a computation is left. 'throw': by a JavaScript error, which runs what the
 *   program has for exceptions (destructors); if it is caught, the next safe point traps. 'trap': by a trap, which wasm
 *   cannot catch. Default 'throw', but 'trap' for a module with wasm exceptions that this guard has compiled
 * @property {ShadowStack} [stack] the program's stack pointer, where it is not found in the module: Emscripten's
 *   `{ save: Module.stackSave, restore: Module.stackRestore }`
 */

/**
 * Begins a call of run() whose function somebody else calls (wasmsig/register).
 * @type {(guard: Guard, limits: Limits, abandoned: (error: unknown) => void) => import('./safe_points.js').Close}
 */
export let openCall;

/**
 * bind() for an instance that somebody else makes (wasmsig/register): the export that is a handler may be in a module
 * that comes later.
 * @type {(guard: Guard, instance: WebAssembly.Instance, end: 'trap' | undefined) => void}
 */
export let bindLoaded;

/** The modules that may catch an error thrown at a safe point. @type {WeakSet<WebAssembly.Module>} */
const catching = new WeakSet();

/**
 * The guard of a program: of an instance, or of all instances of one program (a main module and its side modules). It
 * acts at the program's safe points, on the thread that computes; only `handle()` gives other threads a way to it.
 *
 * It is what a process is to a program of an operating system. Signals are sent with kill(), or by a Sender of another
 * thread. They are pending until the next safe point; there the handler runs, or else the default action of signal(7):
 * the computation ends with an error, stops, continues, or nothing happens. A guard that is idle acts in the next turn
 * of the event loop, where there is no computation to end.
 */
export class Guard {
  static {
    openCall = (guard, limits, abandoned) => guard.#points.open(limits, false, abandoned);
    bindLoaded = (guard, { exports }, end) => {
      guard.#open();
      guard.#take(exports, end);
    };
  }
  #state = new SignalState();
  #points = new SafePoints(this.#state, this);
  /** @type {Map<number, string>} handlers that are exports, by signal */ #exports = new Map();
  #attending = false;
  #closed = false;

  // --- modules and instances -----------------------------------------------------------------------------------------

  /**
   * Puts safe points into a module that was not linked with wasmsig. A module that has them already is returned as it is.
   * @param {Source | PromiseLike<Source>} source bytes, or a Response
   * @param {import('../instrument/index.js').InstrumentOptions} [options]
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   * @throws {import('../instrument/index.js').InstrumentError} the module cannot be instrumented
   * @throws {GuardError} ERR_LINKED
   */
  async instrument(source, options) {
    const { instrumented } = await import('./preparation.js');
    const { bytes, isLinked } = await instrumented(source, options);
    if (isLinked) throw linked();
    return bytes;
  }

  /**
   * instrument(), and compiles the result. The module can be posted to other agents, each with a guard of its own.
   * @param {Source | PromiseLike<Source>} source
   * @param {import('../instrument/index.js').InstrumentOptions} [options]
   * @returns {Promise<WebAssembly.Module>}
   * @throws {GuardError} ERR_LINKED
   */
  async compile(source, options) {
    const bytes = await this.instrument(source, options);
    const { compiled } = await import('./preparation.js');
    const { module, catches } = await compiled(bytes);
    if (catches) catching.add(module);
    return module;
  }

  /**
   * As WebAssembly.instantiate(), and binds the instance. What the module's start function does is not guarded.
   * @param {Source | WebAssembly.Module | PromiseLike<Source>} source bytes, or a module of compile()
   * @param {WebAssembly.Imports} [imports]
   * @param {BindOptions} [options]
   * @returns {Promise<{module: WebAssembly.Module, instance: WebAssembly.Instance}>}
   */
  async instantiate(source, imports = {}, options) {
    const module = source instanceof WebAssembly.Module ? source : await this.compile(source);
    const instance = await WebAssembly.instantiate(module, imports);
    this.bind(instance, { ...(catching.has(module) && { end: 'trap' }), ...options });
    return { module, instance };
  }

  /**
   * The option `instantiateWasm` of Emscripten's modules: `initSqlJs({ instantiateWasm: guard.instantiateWasm(bytes) })`.
   * An error rejects a promise that nobody handles, because Emscripten has no way to be told of it.
   * @param {Source | WebAssembly.Module | PromiseLike<Source>} source
   * @param {BindOptions} [options]
   * @returns {(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void)
   *   => {}}
   */
  instantiateWasm(source, options) {
    return (imports, done) => {
      this.instantiate(source, imports, options).then(({ module, instance }) => done(instance, module));
      return {};
    };
  }

  /**
   * Takes an instance of an instrumented module. A guard may have several, which are parts of one program.
   * @template {WebAssembly.Instance | {exports: any}} T
   * @param {T} instance
   * @param {BindOptions} [options]
   * @returns {T}
   * @throws {GuardError} ERR_NOT_INSTRUMENTED; ERR_LINKED; ERR_BOUND: it has a guard; ERR_EXPORT: it has not the export
   *   that is a handler; ERR_CLOSED. Nothing is changed then
   */
  bind(instance, { end, stack } = {}) {
    this.#open();
    if (end !== undefined && end !== 'throw' && end !== 'trap')
      throw new TypeError(`end is 'throw' or 'trap', not ${String(end)}`);
    if (stack !== undefined && !(typeof stack?.save === 'function' && typeof stack.restore === 'function'))
      throw new TypeError('stack is an object with the functions save and restore');
    const { exports } = instance;
    if (typeof exports !== 'object' || exports === null) throw new TypeError('bind() takes an instance of a module');
    for (const [signo, name] of this.#exports) this.#exportOf(name, signo, [...this.#points.bound, { exports }]);
    this.#take(exports, end, stack);
    return instance;
  }

  /** @param {WebAssembly.Exports} exports @param {'throw' | 'trap'} [end] @param {ShadowStack} [stack] */
  #take(exports, end, stack) {
    this.#points.bind(exports, stack);
    if (end) this.#points.trap = end === 'trap';
  }

  // --- calls ---------------------------------------------------------------------------------------------------------

  /**
   * Calls a function, and with it the program, under limits. Calls may be nested: each ends by its own limits, and ends
   * those within it.
   *
   * The error of a call that was ended is thrown even if the program, or its JavaScript, caught it. By then the
   * program's stack pointer is restored; its own state is what the interrupted code had made of it (docs/guard.md).
   *
   * If the function returns a promise, so does run(): the limits hold for all that the program computes until that
   * settles. What waits outside of the program is not interrupted.
   * @template T
   * @param {() => T} compute
   * @param {Limits} [limits]
   * @returns {T} what `compute` returned
   * @throws {GuardError} ERR_TIMEOUT, ERR_BUDGET, ERR_ABORTED, ERR_SIGNAL, ERR_HANDLER, ERR_ENDED
   * @throws {GuardError} ERR_UNBOUND: the guard has no instance; nothing was called
   * @throws {TypeError | RangeError} an option is wrong; nothing was called
   */
  run(compute, limits = {}) {
    this.#bound();
    if (typeof compute !== 'function') throw new TypeError('run() takes a function that calls the program');
    return this.#points.run(compute, limits, false);
  }

  /**
   * Makes an export a function that returns a promise, as WebAssembly.promising() does, and that can be suspended at a
   * safe point: it yields to the event loop every few milliseconds, a stop suspends it, and a handler that returns a
   * promise is waited for. So a page does not freeze. One such call of a program can be under way at a time; meanwhile
   * run() and direct calls are possible.
   *
   * While JavaScript that the program called calls the program again, nothing can be suspended.
   * @param {WebAssembly.ExportValue} exported a function of an instance
   * @param {Limits & Yielding} [limits] for each call
   * @returns {(...args: any[]) => Promise<any>} rejects as run() throws, and with ERR_BUSY
   * @throws {GuardError} ERR_NO_STACK_SWITCHING: this engine has none (Chrome 137 and Node 24 have)
   */
  promising(exported, limits = {}) {
    this.#bound();
    if (!hasStackSwitching())
      throw new GuardError(
        'ERR_NO_STACK_SWITCHING',
        'this engine has no WebAssembly.promising: call the program with run(), in a worker',
      );
    const entered = /** @type {any} */ (WebAssembly).promising(exported);
    return async (...args) => this.#points.run(() => entered(...args), limits, true);
  }

  /**
   * Ends the computation at its next safe point: the outermost call of run() throws `error`. For handlers, and for
   * functions that the program calls.
   * @param {unknown} [error] default: a GuardError ERR_ENDED
   * @returns {boolean} false: no call of run() is under way
   */
  end(error = new GuardError('ERR_ENDED', 'the computation was ended')) {
    return this.#points.end(error);
  }

  // --- signals -------------------------------------------------------------------------------------------------------

  /**
   * Sets what a signal does. Signals and limits that end a computation are caught so: a handler that sets the program's
   * own flag (`sqlite3_interrupt`, `PyErr_SetInterrupt`) lets it end in its own way.
   *
   * A handler runs at a safe point, in the middle of the program's code, with its own signal blocked. It may call the
   * program's exports if that code may be called there, as with the signal handlers of C. What it throws ends the
   * innermost call with ERR_HANDLER. If it returns a promise and the call is one of promising(), the computation waits for
   * that from its next safe point on; other calls do not wait for it.
   * @param {Signal} signal
   * @param {SignalHandler | string} handler a function; or the name of an export, which is called with `args`
   * @param {HandlerOptions} [options]
   * @returns {this}
   * @throws {TypeError} the signal is unknown, or it is SIGKILL or SIGSTOP
   * @throws {GuardError} ERR_EXPORT: there is no such function
   */
  on(signal, handler, { mask = [], args = [] } = {}) {
    const signo = signalNumber(signal);
    const masked = mask.map(signalNumber);
    if (typeof handler === 'string') {
      if (this.#points.bound.length > 0) this.#exportOf(handler, signo, this.#points.bound);
      const run = () => this.#exportOf(handler, signo, this.#points.bound)(...args);
      this.#state.setAction(signo, { run, mask: masked });
      this.#exports.set(signo, handler);
    } else {
      if (typeof handler !== 'function') throw new TypeError('a handler is a function or the name of an export');
      this.#state.setAction(signo, { run: handler, mask: masked });
      this.#exports.delete(signo);
    }
    return this;
  }

  /** Ignores a signal. @param {Signal} signal @returns {this} */
  ignore(signal) {
    const signo = signalNumber(signal);
    this.#state.setAction(signo, 'ignore');
    this.#exports.delete(signo);
    return this;
  }

  /** Gives a signal its default action again. @param {Signal} signal @returns {this} */
  off(signal) {
    const signo = signalNumber(signal);
    this.#state.setAction(signo, 'default');
    this.#exports.delete(signo);
    return this;
  }

  /**
   * Sends a signal. It is pending until the next safe point. Standard signals that are pending already coalesce,
   * real-time signals queue.
   * @param {Signal} signal
   * @param {{value?: number, terminal?: boolean}} [options] value: 32 bits, for the handler; terminal: the terminal sent
   *   it
   * @returns {boolean} false: the guard is closed
   * @throws {GuardError} EAGAIN: 1,024 real-time signals wait already. ERR_CANNOT_STOP: it would stop a computation that
   *   nothing could continue, since this agent cannot wait, or no other has a handle()
   */
  kill(signal, { value, terminal = false } = {}) {
    const signo = signalNumber(signal);
    const info = sentInfo(1, { value, terminal });
    if (this.#closed) return false;
    const canStop = hasStackSwitching() || (mayBlock() && this.#state.inbox !== undefined);
    if (this.#state.action(signo) === 'stop' && !canStop)
      throw new GuardError(
        'ERR_CANNOT_STOP',
        `${signalName(signo)} was not sent: without stack switching only a computation in a worker can stop, sent by another thread (handle)`,
      );
    if (!this.#state.send({ signo, ...info }))
      throw new GuardError('EAGAIN', `the queue is full: ${signalName(signo)} was not sent`);
    this.#points.alert();
    this.#points.later();
    return true;
  }

  /**
   * What another agent needs to send signals to this guard: post it there, and call `Sender.from(handle).kill('SIGINT')`
   * (wasmsig/sender). A computation sees what is sent there without returning to its event loop.
   * @returns {import('../link/sender.js').Handle}
   * @throws {GuardError} ERR_NO_SHARED_MEMORY: this page is not cross-origin isolated. ERR_CLOSED
   */
  handle() {
    this.#open();
    const inbox = this.#state.open();
    if (!inbox)
      throw new GuardError('ERR_NO_SHARED_MEMORY', `other agents cannot send without shared memory: ${HOW_TO_ISOLATE}`);
    this.#attend();
    const buffer = /** @type {SharedArrayBuffer} */ (inbox.buffer);
    return { kind: 'wasmsig', pid: inbox.pid, buffer, offset: inbox.offset, host: buffer };
  }

  /** The names of the blocked signals. @returns {string[]} */
  get blocked() {
    return this.#state.blocked.map(signalName);
  }

  /**
   * Blocks signals: they stay pending until unblock(). A limit whose killSignal is blocked waits as well. SIGKILL and
   * SIGSTOP cannot be blocked; that is no error.
   * @param {Signal[]} signals none: all
   * @returns {this}
   */
  block(...signals) {
    this.#state.blocked = [...this.#state.blocked, ...numbers(signals)];
    return this;
  }

  /**
   * Unblocks signals. What is pending is acted on at the next safe point.
   * @param {Signal[]} signals none: all
   * @returns {this}
   */
  unblock(...signals) {
    const unblocked = new Set(numbers(signals));
    this.#mask(this.#state.blocked.filter((signo) => !unblocked.has(signo)));
    return this;
  }

  /**
   * Calls a function with signals blocked: a critical section. What was sent meanwhile is acted on at the next safe point
   * after it.
   * @template T
   * @param {() => T} section if it returns a promise, the section lasts until that settles
   * @param {Signal[]} [signals] default: all
   * @returns {T}
   */
  critical(section, signals = []) {
    const { blocked } = this.#state;
    const leave = () => this.#mask(blocked);
    this.block(...signals);
    let result;
    try {
      result = section();
    } catch (error) {
      leave();
      throw error;
    }
    if (typeof (/** @type {any} */ (result)?.then) === 'function')
      return /** @type {T} */ (Promise.resolve(result).finally(leave));
    leave();
    return result;
  }

  /** Gives the instances back, which then run as if they were not instrumented. Senders see that the guard has ended. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#points.release();
    this.#state.close();
  }

  [Symbol.dispose]() {
    this.close();
  }

  // -------------------------------------------------------------------------------------------------------------------

  #open() {
    if (this.#closed) throw new GuardError('ERR_CLOSED', 'the guard was closed');
  }

  #bound() {
    this.#open();
    if (this.#points.bound.length === 0)
      throw new GuardError('ERR_UNBOUND', 'the guard has no instance yet, so it could not end the call: see bind()');
  }

  /** @param {number[]} blocked */
  #mask(blocked) {
    this.#state.blocked = blocked;
    if (!this.#state.ready) return;
    this.#points.alert();
    this.#points.later();
  }

  /** Acts on what other agents send while nothing computes, from now on. This does not keep the program alive. */
  async #attend() {
    if (this.#attending) return;
    this.#attending = true;
    while (!this.#closed) {
      const count = this.#state.ringCount;
      if (!this.#state.quiet) this.#points.later();
      await this.#state.rung(count, -1);
    }
  }

  /**
   * @param {string} name
   * @param {number} signo
   * @param {{exports: WebAssembly.Exports}[]} instances
   */
  #exportOf(name, signo, instances) {
    const found = instances.map(({ exports }) => exports[name]).find((value) => typeof value === 'function');
    if (found) return /** @type {(...args: any[]) => unknown} */ (found);
    throw new GuardError(
      'ERR_EXPORT',
      `the program exports no function '${name}', the handler of ${signalName(signo)} (its names may be shortened: give a function)`,
    );
  }
}

/** @param {Signal[]} given none: all */
function numbers(given) {
  return given.length > 0 ? given.map(signalNumber) : SIGNALS;
}
