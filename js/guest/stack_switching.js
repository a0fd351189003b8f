// @ts-check
/**
 * Stack switching for Emscripten programs that were not linked for it. Imports that may wait become
 * WebAssembly.Suspending, and main is called so that it can be suspended. Emscripten's own script sees neither: its
 * functions below those that wait are called when nothing is left to wait for.
 */

import * as ERRNO from '../abi/wasi_errno.js';
import { WasmsigError } from '../engine/errors.js';
import { runSteps } from '../engine/maybe_async.js';
import { obeyAtSafePoints } from './injected_safe_points.js';

/** @typedef {import('./program_host.js').ProgramHost} ProgramHost */

/**
 * Module.wasmsig: the host, except for what the script would have to wait for.
 * @param {ProgramHost} host
 * @param {() => any} exports of the program
 */
export function suspendingHost(host, exports) {
  /** @type {Record<string, unknown>} */
  const own = {
    attach: (/** @type {number} */ version, /** @type {number} */ block, /** @type {WebAssembly.Memory} */ memory) =>
      host.attach(version, block, memory, exports()),
    readInput: (/** @type {number} */ most) => host.takeInput(most),
  };
  return new Proxy(host, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(own, name)) return own[name];
      const value = /** @type {any} */ (target)[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * Makes those of the program's imports that may wait suspend it.
 * @param {ProgramHost} host
 * @param {Record<string, Record<string, any>>} imports the module's imports, as Emscripten made them
 * @returns {boolean} false: it has no imports of the library by their names
 */
export function suspendImports(host, { env, wasi_snapshot_preview1: wasi }) {
  if (!env?.wsig_js_sync || !env.wsig_js_wait) return false;
  for (const waiting of ['wsig_js_sync', 'wsig_js_wait', 'wsig_js_send'])
    if (env[waiting]) env[waiting] = host.suspending(env[waiting]);
  /** @param {string} call @param {(fd: number) => Generator<unknown, number, any>} wait an errno number */
  const after = (call, wait) => {
    const original = wasi?.[call];
    if (!original) return;
    wasi[call] = host.suspending((/** @type {number} */ fd, /** @type {number[]} */ ...rest) =>
      runSteps(
        (function* () {
          return (yield* wait(fd)) || original(fd, ...rest);
        })(),
      ),
    );
  };
  after('fd_read', function* (fd) {
    const outcome = fd === 0 ? yield host.awaitInput() : 'ready';
    return outcome === 'EINTR' ? ERRNO.INTR : outcome === 'EDEADLK' ? ERRNO.DEADLK : 0;
  });
  after('fd_write', function* (fd) {
    const outcome = fd === 1 || fd === 2 ? yield host.awaitOutput() : 'ready';
    return outcome === 'interrupted' ? ERRNO.INTR : 0;
  });
  return true;
}

/** Whether a program has a main of its own name. @param {any} exports */
export function hasMain(exports) {
  return Boolean(exports?.main ?? exports?.__main_argc_argv);
}

/**
 * The exports as Emscripten's script gets them: its call of main starts the program and returns as if the program had
 * unwound to the event loop.
 * @param {ProgramHost} host
 * @param {any} exports
 * @param {string} program its name
 * @param {boolean} injected whether it has an injected runtime
 * @param {(code: number) => void} exited
 * @param {(error: unknown) => void} failed
 */
export function suspendingExports(host, exports, program, injected, exited, failed) {
  const name = exports.main ? 'main' : '__main_argc_argv';
  if (!exports[name] || !exports.__wasm_call_ctors)
    throw new WasmsigError(
      'ERR_START',
      `${program}: with stack switching a program needs a main of its own name: a library is not run so, and a program is to be linked with -O2, or with -g1`,
    );
  const run = async (/** @type {number[]} */ ...args) => {
    try {
      await host.enter(exports.__wasm_call_ctors)();
      if (!host.attached) host.plain(false, injected ? () => obeyAtSafePoints(host, exports) : undefined);
      const code = await host.enter(exports[name])(...args);
      // Only a program linked with -sEXIT_RUNTIME, which has this export, ends with main.
      if (!exports.__funcs_on_exit) return void host.attend().catch(failed);
      await host.enter(exports.__funcs_on_exit)();
      if (exports.fflush) await host.enter(exports.fflush)(0);
      exited(code);
    } catch (error) {
      if (error === 'unwind') host.attend().catch(failed);
      else failed(error);
    }
  };
  return {
    ...exports,
    // Constructors check for signals too, and a suspending import may only be called on a stack that can be suspended.
    // So they run just before main, on its stack.
    __wasm_call_ctors() {},
    [name]: (/** @type {number[]} */ ...args) => {
      run(...args);
      throw 'unwind'; // Emscripten's own signal for it
    },
  };
}
