// @ts-check
/**
 * The guest's side of the host: what a guest's imports do, in the agent that runs it. One Guest is one process.
 *
 * This object is `Module.wasmsig` of an Emscripten program, and the imports of a WASI program are thin over it (imports()). For both:
 *
 *   attach(version, block, memory, exports)  once, before main: 1 shared mode, 0 synced mode. `memory` is the guest's WebAssembly.Memory and
 *                                            `exports` an object that has (or will have, when it is first called) wasmsig_deliver
 *   sync() wait(ring, timeoutNs) arm(delayNs) exit(signo, core) stop(signo) send(pid, signo, code, value)
 *                                            exactly the imports of docs/host-abi.md
 *   sleep(timeoutNs)                         blocking: 0 the time is over, else the guest's call fails with EINTR
 *   readInput(most)                          blocking: Uint8Array | null (the end) | 'EINTR'. Restarts itself as SA_RESTART says
 *   pollInput(timeoutNs)                     blocking: true a read would not wait, false the time is over, 'EINTR'
 *   inputIsTerminal                          what isatty(0) should answer
 *   writeOutput(fd, bytes)                   fd 1 or 2: how many bytes were written, or a negative Linux errno number
 *   outputIsTerminal(fd)                     what isatty(1), isatty(2) should answer
 *   raise(signo)                             sends to this process itself and delivers
 *
 * The blocking ones call the guest's export wasmsig_deliver while they wait, so handlers run inside them. A handler may leave through them by a
 * jump or an exception: nothing here would be lost by that.
 */

import { CODE, DELIVERED, ERRNO, EXIT, FIRST_REAL_TIME, LAST_SIGNAL, LAST_STANDARD, STATE, VERSION, WAITED } from './abi.js';
import { now } from './clock.js';
import { WasmsigError } from './errors.js';
import { Queue } from './queue.js';

/**
 * What a guest's agent tells its owner.
 * @typedef {{type: 'plain'}
 *   | {type: 'attached', buffer?: SharedArrayBuffer, block: number}
 *   | {type: 'arm'}
 *   | {type: 'input'}
 *   | {type: 'output', fd: number, bytes: Uint8Array}
 *   | {type: 'stopped', signo: number}
 *   | {type: 'send', pid: number, signo: number, code: number, value: number}
 *   | {type: 'raise', signo: number}
 *   | {type: 'exited', code: number}
 *   | {type: 'killed', signo: number, core: boolean, crash?: {message: string, stack?: string}}
 *   | {type: 'failed', code: string, message: string}} Message
 */

/**
 * What a guest needs of the agent that it runs in.
 * @typedef {object} Surroundings
 * @property {Queue} queue                               the host block
 * @property {(message: Message) => void} post           to the owner
 * @property {SharedArrayBuffer} [alarm]                 the word that wakes the timekeeper
 * @property {import('./input.js').Input} [input]
 * @property {(fd: number, bytes: Uint8Array) => number} [write]
 * @property {(fd: number) => boolean} [isTerminal]      for outputs
 * @property {(pid: number) => {send(signo: number, info: object): number} | undefined} [peer]  whom this guest may send to
 */

/** @typedef {{wasmsig_deliver?: Function, _wasmsig_deliver?: Function}} GuestExports */

export class Guest {
  /** @type {Queue} the block that senders use: the host's until a shared guest block took over */ #live;
  /** @type {Queue} */ #host;
  /** @type {Queue | undefined} the guest's own block */ #own;
  /** @type {Surroundings} */ #around;
  /** @type {GuestExports | undefined} */ #exports;
  /** @type {Int32Array | undefined} */ #alarm;
  #armed = false;
  /** @type {WasmsigError | undefined} why this guest cannot go on */ failure;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.#around = surroundings;
    this.#host = surroundings.queue;
    this.#live = this.#host;
    this.#alarm = surroundings.alarm && new Int32Array(surroundings.alarm);
  }

  get pid() {
    return this.#host.pid;
  }

  get attached() {
    return this.#own !== undefined;
  }

  // --- the imports ---------------------------------------------------------------------------------------------------------

  /**
   * The import object `wasmsig` of an instance that is known only later.
   * @param {() => WebAssembly.Instance} instance
   */
  imports(instance) {
    return {
      attach: (/** @type {number} */ version, /** @type {number} */ block) => {
        const { exports } = instance();
        return this.attach(version, block, /** @type {WebAssembly.Memory} */ (exports.memory), /** @type {GuestExports} */ (exports));
      },
      sync: () => this.sync(),
      wait: (/** @type {number} */ ring, /** @type {number} */ timeoutNs) => this.wait(ring, timeoutNs),
      arm: (/** @type {number} */ delayNs) => this.arm(delayNs),
      exit: (/** @type {number} */ signo, /** @type {number} */ core) => this.exit(signo, core),
      stop: (/** @type {number} */ signo) => this.stop(signo),
      send: (/** @type {number} */ pid, /** @type {number} */ signo, /** @type {number} */ code, /** @type {number} */ value) => this.send(pid, signo, code, value),
    };
  }

  /**
   * @param {number} version
   * @param {number} block
   * @param {WebAssembly.Memory} memory
   * @param {GuestExports} exports
   * @returns {0 | 1}
   */
  attach(version, block, memory, exports) {
    if (version !== VERSION) throw this.#fail(`the program speaks version ${version} of the host ABI, this host version ${VERSION}: build it with the wasmsig library of this package`);
    if (this.#own) throw this.#fail('the program attached twice');
    let own;
    try {
      own = new Queue(memory, block >>> 0);
    } catch (error) {
      throw this.#fail(/** @type {Error} */ (error).message);
    }
    own.init({ ...this.#host.header, state: STATE.running });
    this.#own = own;
    this.#exports = exports;
    this.#host.state = STATE.running;
    if (!own.shared) {
      this.#host.syncTo(own);
      this.#around.post({ type: 'attached', block });
      return 0;
    }
    this.#host.moveTo(own);
    this.#live = own;
    // The owner moves what came since, and sends to the guest's block from then on.
    this.#around.post({ type: 'attached', buffer: /** @type {SharedArrayBuffer} */ (own.buffer), block });
    return 1;
  }

  /** @returns {number} the doorbell bits moved */
  sync() {
    return this.#own && this.#own !== this.#live ? this.#host.syncTo(this.#own) : 0;
  }

  /**
   * @param {number} ring
   * @param {number} timeoutNs
   */
  wait(ring, timeoutNs) {
    return this.#live.wait(ring, timeoutNs);
  }

  /** @param {number} delayNs */
  arm(delayNs) {
    const wanted = delayNs >= 0;
    if (!wanted && !this.#armed) return;
    this.#live.arm(wanted ? now() + delayNs : 0);
    if (!this.#armed) {
      this.#armed = true;
      this.#around.post({ type: 'arm' });
    }
    if (this.#alarm) {
      Atomics.add(this.#alarm, 0, 1);
      Atomics.notify(this.#alarm, 0);
    }
  }

  /**
   * @param {number} signo
   * @param {number} core
   */
  exit(signo, core) {
    this.#setExit(core ? EXIT.core : EXIT.killed, signo);
    this.#around.post({ type: 'killed', signo: signo & 127, core: core !== 0 });
  }

  /** @param {number} signo */
  stop(signo) {
    this.#live.setStopped(signo);
    if (this.#live !== this.#host) this.#host.setStopped(signo);
    this.#around.post({ type: 'stopped', signo: signo & 127 });
  }

  /**
   * @param {number} pid
   * @param {number} signo
   * @param {number} code
   * @param {number} value
   * @returns {number} an errno number
   */
  send(pid, signo, code, value) {
    if (signo !== 0 && !isSignal(signo)) return ERRNO.EINVAL;
    // A guest cannot pass for the kernel or a timer, nor for another sender.
    const info = { code: code === CODE.queue || code === CODE.tkill ? code : CODE.user, pid: this.pid, value };
    if (pid === this.pid) return signo === 0 ? 0 : this.#live.send(signo, info);
    if (pid === this.#host.header.ppid) return ERRNO.EPERM;
    const peer = this.#around.peer?.(pid);
    return peer ? peer.send(signo, info) : ERRNO.ESRCH;
  }

  // --- blocking calls ------------------------------------------------------------------------------------------------------

  /** Lets the guest deliver what it was sent. */
  deliver() {
    const deliver = this.#exports?.wasmsig_deliver ?? this.#exports?._wasmsig_deliver;
    return deliver ? deliver() : DELIVERED.nothing;
  }

  /**
   * Sleeps until `ready`, or the time is over, or handlers ran.
   * @param {() => boolean} ready
   * @param {number} timeoutNs  negative: no limit
   * @returns {'ready' | 'timeout' | 'restart' | 'interrupted'}
   */
  block(ready, timeoutNs) {
    const end = timeoutNs >= 0 ? now() + timeoutNs : Infinity;
    for (;;) {
      const count = this.#live.ringCount;
      if (this.#live.doorbell !== 0) {
        const delivered = this.deliver();
        if (delivered !== DELIVERED.nothing) return delivered === DELIVERED.interrupted ? 'interrupted' : 'restart';
      }
      if (ready()) return 'ready';
      const left = end - now();
      if (left <= 0) return 'timeout';
      if (this.#live.wait(count, left === Infinity ? -1 : left) === WAITED.mayNotBlock) {
        throw new WasmsigError('ERR_BLOCKING', 'this agent may not block: run the program in a worker');
      }
    }
  }

  /**
   * @param {number} timeoutNs
   * @returns {number} 0, or nonzero for EINTR: a sleep is never restarted
   */
  sleep(timeoutNs) {
    return this.block(never, timeoutNs) === 'timeout' ? 0 : ERRNO.EINTR;
  }

  /**
   * @param {number} timeoutNs
   * @returns {boolean | 'EINTR'}
   */
  pollInput(timeoutNs) {
    const outcome = this.block(() => this.#inputReady(), timeoutNs);
    return outcome === 'ready' ? true : outcome === 'timeout' ? false : 'EINTR';
  }

  /**
   * @param {number} most
   * @returns {Uint8Array | null | 'EINTR'}
   */
  readInput(most) {
    const { input } = this.#around;
    if (!input) return null;
    if (most <= 0) return new Uint8Array(0);
    for (;;) {
      const outcome = this.block(() => this.#inputReady(), -1);
      if (outcome === 'interrupted') return 'EINTR';
      if (outcome === 'ready') return input.read(most);
    }
  }

  get inputIsTerminal() {
    return this.#around.input?.terminal ?? false;
  }

  /**
   * @param {number} fd
   * @param {Uint8Array} bytes
   */
  writeOutput(fd, bytes) {
    return this.#around.write ? this.#around.write(fd, bytes) : bytes.length;
  }

  /** @param {number} fd */
  outputIsTerminal(fd) {
    return this.#around.isTerminal?.(fd) ?? false;
  }

  /**
   * Sends to this process itself, as the host: a broken pipe, raise() by a WASI call.
   * @param {number} signo
   * @param {number} [code]
   * @returns {number} what the delivery said
   */
  raise(signo, code = CODE.tkill) {
    if (!this.attached) {
      this.#around.post({ type: 'raise', signo });
      return DELIVERED.nothing;
    }
    this.#live.send(signo, { code, pid: this.pid });
    return this.deliver();
  }

  /** Runs handlers whenever something is sent, while the program is idle (it returned to the event loop). */
  async attend() {
    while (this.#live.state !== STATE.ended) {
      const count = this.#live.ringCount;
      if (this.#live.doorbell !== 0) this.deliver();
      await this.#live.waitAsync(count);
    }
  }

  /** The program runs and will never attach: the owner does default actions. */
  plain() {
    this.#around.post({ type: 'plain' });
  }

  /** @param {number} code */
  exited(code) {
    this.#setExit(EXIT.exited, code);
    this.#around.post({ type: 'exited', code });
  }

  get killed() {
    const { exit } = this.#host;
    return exit !== undefined && 'signo' in exit;
  }

  #inputReady() {
    const { input } = this.#around;
    if (!input || input.readable) return true;
    if (input.ask()) this.#around.post({ type: 'input' });
    return input.readable;
  }

  /**
   * @param {number} kind
   * @param {number} number
   */
  #setExit(kind, number) {
    this.#host.setExit(kind, number);
    if (this.#live !== this.#host) this.#live.setExit(kind, number);
  }

  /** @param {string} message */
  #fail(message) {
    this.failure = new WasmsigError('ERR_ABI', message);
    this.#around.post({ type: 'failed', code: 'ERR_ABI', message });
    return this.failure;
  }
}

/** @param {number} signo */
function isSignal(signo) {
  return (signo >= 1 && signo <= LAST_STANDARD) || (signo >= FIRST_REAL_TIME && signo <= LAST_SIGNAL);
}

function never() {
  return false;
}
