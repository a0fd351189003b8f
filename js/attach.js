// @ts-check
/** Creates a process for a program that the caller instantiates, in this agent. */

import { IMPORT_MODULE } from './abi/imports.js';
import { bare } from './guest/bare.js';
import { isInjected, obeyAtSafePoints } from './guest/injected_safe_points.js';
import { isLinked } from './guest/module_kind.js';
import { WasmsigError } from './engine/errors.js';
import { hasStackSwitching } from './engine/features.js';
import { ProgramHost } from './guest/program_host.js';
import { createQueue } from './link/local_queue.js';
import { Pidfds } from './guest/pidfds.js';
import { Process } from './owner/process.js';
import { callStart, initialize, safePointsOf } from './guest/wasi_program.js';
import { reportFailure } from './guest/report_failure.js';
import { headerFor } from './owner/spawn_options.js';
import { ProgramExit } from './guest/program_exit.js';
import { wasiImports } from './guest/wasi_imports.js';
import { yielder } from './engine/event_loop_turn.js';

/**
 * The options that only attach() has.
 * @typedef {object} AttachOptions
 * @property {import('./guest/wasi_program.js').Wasi} [wasi] for a WASI program: its implementation of WASI, an object
 *   of node:wasi or of browser_wasi_shim. It serves files and standard streams; the host serves sleeping, polling and
 *   the exit
 * @property {boolean} [yields] with stack switching the program yields to the event loop of this agent; throws if the
 *   engine does not have it. Without it the program runs to its end, and signals come only from other agents
 *   (Process.handle), from handlers and from timers. Default false
 */

/**
 * @typedef {object} Attached
 * @property {Process} process
 * @property {WebAssembly.Imports} imports for WebAssembly.instantiate, together with the program's other imports
 * @property {Start} start
 * @property {Enter} enter
 */

/**
 * Runs the program: the result of WebAssembly.instantiate(), of which _start is called, or the factory of an Emscripten
 * program (-sMODULARIZE), which is called with `options`. Of a reactor, which has no _start, _initialize is called, at
 * once (with `yields`: before `process.ready` settles); an Emscripten module without main is the same kind. The process of
 * such a library lasts until a signal, exit() or `process.close()` ends it: call its exports through `enter`. In the
 * options, `wasmBinary` holds the file if it was instrumented,
 * and always with stack switching. Settles as `process.exited` does; only if a WASI program is given without `wasi`, it
 * rejects at once (ERR_START).
 * @callback Start
 * @param {{instance: WebAssembly.Instance, module: WebAssembly.Module} | ((options: any) => unknown)} program
 * @param {Record<string, any>} [options]
 * @returns {Promise<import('./owner/process.js').Exit>}
 */

/**
 * An export of a reactor, for calls: with `yields` a function that returns a promise, of which one can be under way at a
 * time (ERR_BUSY). A trap or exit() in a call ends the
 * process, and the call throws; so does a call after the end (ESRCH). Other errors come from the caller's own imports,
 * and the process goes on.
 * @callback Enter
 * @param {Function} exported
 * @returns {(...args: any[]) => any}
 */

/**
 * Creates a process for a program that the caller instantiates, in this agent:
 *
 *     const { imports, start, process } = attach({ wasi });
 *     const { code, signal } = await start(await WebAssembly.instantiate(bytes, imports));
 *
 * An Emscripten program needs no `wasi`, and is started with start(factory).
 *
 * @param {AttachOptions & import('./owner/spawn_options.js').ProcessOptions} [options]
 * @param {import('./owner/timekeeping.js').Timekeeper} [timekeeper] of the platform
 * @returns {Attached}
 * @throws {TypeError | RangeError} an option is wrong
 * @throws {WasmsigError} ERR_START: stack switching was asked for, and the engine does not have it
 */
export function attach({ wasi, yields = false, ...options } = {}, timekeeper) {
  if (yields && !hasStackSwitching())
    throw new WasmsigError(
      'ERR_START',
      'yields: true needs stack switching (WebAssembly.Suspending), which this engine does not have',
    );
  const queue = createQueue(headerFor(options));
  /** @type {Set<number>} */
  const peers = new Set();
  const process = new Process({
    queue,
    streams: {},
    timekeeper,
    mode: yields ? 'yielding' : queue.shared ? undefined : 'posted',
  });
  const post = (/** @type {import('./guest/host_imports.js').Message} */ message) => process.receive(message);
  let busy = false; // a call of enter() is under way, which may be suspended
  let answer = 0; // to the signal that the guest has just sent: all of this happens in one agent
  const host = new ProgramHost({
    queue,
    post,
    timekeeperWord: timekeeper?.timekeeperWord,
    kept: process.kept,
    yields: yields ? yielder() : undefined,
    peer: (pid) =>
      peers.has(pid)
        ? {
            send(signo, { code, value }) {
              answer = 0;
              if (signo !== 0) post({ type: 'send', pid, signo, code, value });
              return answer;
            },
          }
        : undefined,
  });
  process.run({
    terminate() {
      host.abandon();
      queueMicrotask(() => process.ended());
    },
    give({ pid, gone, errno }) {
      if (errno !== undefined) answer = errno;
      else if (gone) peers.delete(pid);
      else peers.add(pid);
    },
  });

  const name = 'the program';
  /** @type {WebAssembly.Instance} */
  let bound;
  const memory = () => /** @type {WebAssembly.Memory} */ (bound.exports.memory);
  /** Ends the process by an error that left the program. @param {unknown} error */
  const end = (error) => {
    if (!(error instanceof ProgramExit)) void reportFailure(host, post, error, name);
    else if (!host.killed) host.exited(error.code);
  };
  const pidfds = new Pidfds();
  /** @type {WebAssembly.Imports} */
  const imports = bare({ [IMPORT_MODULE]: bare({ ...host.imports(() => bound), ...pidfds.imports(host) }) });
  if (wasi)
    imports.wasi_snapshot_preview1 = bare(
      wasiImports({ host, pidfds, original: wasi.wasiImport, memory, piped: [false, false, false], input: false }),
    );

  return {
    process,
    imports,
    async start(program, options = {}) {
      const run = async () => {
        if (typeof program === 'function')
          return (await import('./guest/emscripten_program.js')).runFactory(program, {
            name,
            host,
            bytes: options.wasmBinary,
            callable: true,
            options,
          });
        const { instance, module } = program;
        const given = /** @type {import('./guest/wasi_program.js').Wasi} */ (wasi);
        bound = instance;
        host.safePoints = safePointsOf(module);
        if (!('_start' in instance.exports)) return initialize(host, given, program, name);
        if (!isLinked(module))
          host.plain(true, isInjected(module) ? () => obeyAtSafePoints(host, instance.exports) : undefined);
        return callStart(host, given, instance.exports);
      };
      if (typeof program !== 'function' && !wasi)
        throw new WasmsigError('ERR_START', 'attach() was not given `wasi`, which start() of a WASI program needs');
      if (host.abandoned) return process.exited; // a signal ended it before it started
      try {
        const code = await run();
        if (code !== undefined && !host.killed) host.exited(code);
      } catch (error) {
        end(error);
      }
      return process.exited;
    },

    enter(exported) {
      const call = host.enter(exported);
      /** @param {unknown} error @returns {never} */
      const failed = (error) => {
        if (error instanceof ProgramExit || error instanceof WebAssembly.RuntimeError) end(error);
        throw error;
      };
      const ended = () => new WasmsigError('ESRCH', `process ${process.pid} has ended`);
      if (!yields)
        return (...args) => {
          if (host.abandoned) throw ended();
          try {
            return call(...args);
          } catch (error) {
            return failed(error);
          }
        };
      return async (...args) => {
        if (busy)
          throw new WasmsigError('ERR_BUSY', 'a call is under way, and the next would use the same stack: wait for it');
        busy = true;
        try {
          while (host.delivering) await host.delivering;
          if (host.abandoned) throw ended();
          return await call(...args);
        } catch (error) {
          return failed(error);
        } finally {
          busy = false;
        }
      };
    },
  };
}
