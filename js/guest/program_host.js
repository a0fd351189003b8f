// @ts-check
/**
 * The host of one program, in the program's agent: its imports, and its standard streams where they are the host's. One
 * ProgramHost is one process.
 *
 * This object is `Module.wasmsig` of an Emscripten program, and the imports of a WASI program are thin over it
 * (imports()). For both:
 *
 *   attach(version, block, memory, exports)  once, before main; returns 1 in shared mode, 0 in synced mode. `memory` is
 *                                            the
 *                                            guest's WebAssembly.Memory; `exports` has wasmsig_deliver when it is first
 *                                            called
 *   sync() wait(ring, timeoutNs) arm(delayNs) exit(signo, core) stop(signo) send(pid, signo, code, value)
 *                                            the imports of docs/host-abi.md. (pidfd_open and pidfd_pid: WASI programs
 *                                            only)
 *   sleep(timeoutNs)                         blocks; returns 0 if the time is over, else the Linux errno number of the
 *                                            failure
 *   readInput(most)                          blocks; returns Uint8Array | null (end of file) | 'EINTR' | 'EDEADLK'.
 *                                            Restarts
 *                                            itself as SA_RESTART says
 *   poll(ready, timeoutNs)                   blocks; returns true if ready() is, false if the time is over, 'EINTR',
 *                                            'EDEADLK'
 *   inputReady()                             whether a read of standard input would not block; if it would, asks for
 *                                            input
 *   hasEnded(pid)                            whether this guest has no such process (any more)
 *   inputIsTerminal                          the answer of isatty(0)
 *   ownsStreams                              whether the standard streams are the host's: readInput(), writeOutput()
 *                                            and so on
 *   writeOutput(fd, bytes)                   fd 1 or 2; returns how many bytes were written, or a negative Linux errno
 *                                            number
 *   outputIsTerminal(fd)                     the answer of isatty(1), isatty(2)
 *   raise(signo)                             sends to this process itself and delivers
 *   faultOf(name, message)                   what an engine's error is natively: the signal times 256 plus its si_code; 0:
 *                                            it is no trap
 *   deliverSent()                            delivers what was sent, if anything was; for the end of every call that
 *                                            does not wait
 */

import { BlockingCalls } from './blocking_calls.js';
import { runSteps } from '../engine/maybe_async.js';
import { trapSignal } from './trap_signal.js';

/** @template T @typedef {import('./host_imports.js').MaybePromise<T>} MaybePromise */

/**
 * The standard streams, where they are the host's.
 * @typedef {object} Streams
 * @property {Pick<import('../link/input.js').Input, 'readable' | 'ask' | 'read' | 'terminal'> & {startProbe?: () =>
 *   boolean, probing?: boolean}} [input]
 * @property {(fd: number, bytes: Uint8Array, nonBlocking: boolean) => MaybePromise<number>} [write]
 * @property {() => boolean} [room] whether `write` would not block
 * @property {(fd: number) => boolean} [isTerminal] for outputs
 */

export class ProgramHost extends BlockingCalls {
  #streams;
  #post;

  /** @param {import('./host_imports.js').Surroundings & Streams} surroundings */
  constructor(surroundings) {
    super(surroundings);
    this.#streams = surroundings;
    this.#post = surroundings.post;
  }

  /**
   * @param {number} most
   * @param {boolean} [nonBlocking]
   * @returns {MaybePromise<Uint8Array | null | 'EINTR' | 'EDEADLK' | 'EAGAIN'>}
   */
  readInput(most, nonBlocking = false) {
    return runSteps(this.#readInput(most, nonBlocking));
  }

  /**
   * @param {number} most
   * @param {boolean} nonBlocking
   * @returns {Generator<unknown, Uint8Array | null | 'EINTR' | 'EDEADLK' | 'EAGAIN', any>}
   */
  *#readInput(most, nonBlocking) {
    if (most <= 0 || !this.#streams.input) return this.takeInput(most);
    const outcome = nonBlocking ? ((yield this.inputIsThere()) ? 'ready' : 'EAGAIN') : yield this.awaitInput();
    return outcome === 'ready' ? this.takeInput(most) : outcome;
  }

  /**
   * Whether there is input now, according to the owner, which probes for it. A guest that only asked would learn at its
   * next call of input that was there before.
   * @returns {MaybePromise<boolean>}
   */
  inputIsThere() {
    return runSteps(this.#inputIsThere());
  }

  /** @returns {Generator<unknown, boolean, any>} */
  *#inputIsThere() {
    const { input } = this.#streams;
    if (!input || this.inputReady()) return true;
    if (!input.startProbe?.()) return false;
    this.#post({ type: 'input' });
    // This is no wait in the sense of signals: handlers that run do not end it.
    while (
      !input.readable &&
      input.probing &&
      (yield this.block(() => input.readable || !input.probing, -1)) !== 'deadlock'
    );
    return input.readable;
  }

  /**
   * The waiting part of readInput().
   * @returns {MaybePromise<'ready' | 'EINTR' | 'EDEADLK'>}
   */
  awaitInput() {
    return runSteps(this.#awaitInput());
  }

  /** @returns {Generator<unknown, 'ready' | 'EINTR' | 'EDEADLK', any>} */
  *#awaitInput() {
    for (;;) {
      const outcome = yield this.block(() => this.inputReady(), -1);
      if (outcome === 'interrupted') return 'EINTR';
      if (outcome === 'deadlock') return 'EDEADLK';
      if (outcome === 'ready') return 'ready';
    }
  }

  /**
   * The reading part of readInput(): takes what is there, without waiting.
   * @param {number} most bytes
   * @returns {Uint8Array | null} null: end of file
   */
  takeInput(most) {
    const { input } = this.#streams;
    if (!input) return null;
    return most <= 0 ? new Uint8Array(0) : input.read(most);
  }

  inputReady() {
    const { input } = this.#streams;
    if (!input || input.readable) return true;
    if (input.ask()) this.#post({ type: 'input' });
    return input.readable;
  }

  get inputIsTerminal() {
    return this.#streams.input?.terminal ?? false;
  }

  get ownsStreams() {
    return this.#streams.write !== undefined;
  }

  /**
   * @param {number} fd
   * @param {Uint8Array} bytes
   * @param {boolean} [nonBlocking]
   * @returns {MaybePromise<number>}
   */
  writeOutput(fd, bytes, nonBlocking = false) {
    return this.#streams.write ? this.#streams.write(fd, bytes, nonBlocking) : bytes.length;
  }

  /**
   * Waits until writeOutput() would not block.
   * @returns {MaybePromise<import('./blocking_calls.js').Outcome>}
   */
  awaitOutput() {
    return this.#streams.room ? this.block(this.#streams.room, -1) : 'ready';
  }

  /** @param {string} name @param {string} message */
  faultOf(name, message) {
    const { signo, code } = trapSignal({ name, message });
    return code && signo * 256 + code;
  }

  /** @param {number} fd */
  outputIsTerminal(fd) {
    return this.#streams.isTerminal?.(fd) ?? false;
  }
}
