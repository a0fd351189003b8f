// @ts-check
// Why: docs/rationale.md#why-does-the-package-carry-its-wasm-as-text
/** The core as a wasm instance: compiles it once, and reads the results that binding.cpp stores in memory. */

import { compileInlined } from '../engine/inlined_module.js';
import { Instance } from '../engine/own_wasm.js';
import text from './signal_wasm.js';

/**
 * The exports of binding.cpp. Those that return a number return a negative one for an error.
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {() => void} _initialize
 * @property {() => number} result
 * @property {(edition: number, options: number) => number} start
 * @property {() => number} finish
 * @property {() => number} name_count
 * @property {(index: number) => number} name_at
 * @property {(frame: number) => number} check_signals
 * @property {(signum: number) => number} set_interrupt
 * @property {() => number} tripped
 * @property {() => number} alarm_is_set
 * @property {(signum: number, kind: number) => number} signal
 * @property {(signum: number) => number} getsignal
 * @property {(signum: number, flag: number) => number} siginterrupt
 * @property {(fd: number, warn: number) => number} set_wakeup_fd
 * @property {(signum: number) => number} set_add
 * @property {() => number} valid_signals
 * @property {(signum: number) => number} strsignal
 * @property {(signum: number) => number} raise_signal
 * @property {() => number} thread_ident
 * @property {(thread: number, signum: number) => number} pthread_kill
 * @property {(pidfd: number, signum: number, hasSiginfo: number, flags: number) => number} pidfd_send_signal
 * @property {(seconds: number) => number} alarm
 * @property {(which: number, seconds: number, interval: number) => number} setitimer
 * @property {(which: number) => number} getitimer
 * @property {(how: number, set: bigint) => number} pthread_sigmask
 * @property {() => number} sigpending
 * @property {() => number} pause
 * @property {(set: bigint) => number} sigwait
 * @property {(set: bigint) => number} sigwaitinfo
 * @property {(set: bigint, timeout: number) => number} sigtimedwait
 */

/** Offsets of the fields of `result`; binding.cpp checks them. */
const AT = Object.freeze({ set: 0, first: 8, second: 16, text: 24, value: 28, info: 32, band: 56 });

/** @type {WebAssembly.Module | undefined} */
let compiled;

export class Native {
  /** @type {Exports} */ exports;
  #result;

  /** @param {WebAssembly.Imports} imports none is called before _initialize() */
  constructor(imports) {
    this.exports = /** @type {Exports} */ (
      /** @type {unknown} */ (new Instance((compiled ??= compileInlined(text)), imports).exports)
    );
    this.#result = this.exports.result();
  }

  get #view() {
    return new DataView(this.exports.memory.buffer);
  }

  /** Bit n-1 for signal n. */
  get set() {
    return this.#view.getBigUint64(this.#result + AT.set, true);
  }

  get first() {
    return this.#view.getFloat64(this.#result + AT.first, true);
  }

  get second() {
    return this.#view.getFloat64(this.#result + AT.second, true);
  }

  get value() {
    return this.#view.getInt32(this.#result + AT.value, true);
  }

  /** @returns {string | null} */
  get text() {
    const at = this.#view.getUint32(this.#result + AT.text, true);
    return at === 0 ? null : this.textAt(at);
  }

  get info() {
    const view = this.#view;
    const word = (/** @type {number} */ index) => view.getInt32(this.#result + AT.info + 4 * index, true);
    const [signo, code, error, pid, uid, status] = Array.from({ length: 6 }, (_, index) => word(index));
    return {
      signo,
      code,
      error,
      pid,
      uid: uid >>> 0,
      status,
      band: Number(view.getBigInt64(this.#result + AT.band, true)),
    };
  }

  /** @param {number} at an address */
  textAt(at) {
    const bytes = new Uint8Array(this.exports.memory.buffer);
    return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
  }
}
