// @ts-check
/** Reports to the owner that the program did not end by itself. Before that a program that trapped has a last call. */

import { WasmsigError } from '../engine/errors.js';
import { ProgramExit } from './program_exit.js';
import { trapSignal } from './trap_signal.js';

/**
 * @param {import('./program_host.js').ProgramHost} host
 * @param {(message: import('./host_imports.js').Message) => void} post
 * @param {unknown} error
 * @param {string} name of the program
 */
export async function reportFailure(host, post, error, name) {
  if (host.killed) return; // the trap after the import `exit`
  if (host.failure) return; // reported already
  if (error instanceof WasmsigError) {
    post({ type: 'failed', code: error.code, message: error.message });
  } else if (error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError) {
    post({ type: 'failed', code: 'ERR_START', message: `${name}: ${error.message}` });
  } else {
    const thrown = error instanceof Error ? error : new Error(String(error));
    const { signo, code } = trapSignal(thrown);
    const status = code && !('hadLastCall' in thrown) ? await lastCall(host, signo, code) : undefined;
    if (host.killed || host.failure) return;
    if (status !== undefined) return host.exited(status);
    const { name: kind, message, stack } = thrown;
    post({ type: 'killed', signo, core: true, crash: { message: `${kind}: ${message}`, stack } });
  }
}

/**
 * Runs the program's handler of a trap's signal, if it has one and does not block the signal. The frames that trapped
 * are gone, so the program ends when the handler returns or jumps out.
 *
 * @param {import('./program_host.js').ProgramHost} host
 * @param {number} signo
 * @param {number} code si_code
 * @returns {Promise<number | undefined>} its exit code, if the handler ended the program by exit()
 */
async function lastCall(host, signo, code) {
  try {
    await host.fault(signo, code);
  } catch (error) {
    if (error instanceof ProgramExit) return error.code;
    // Emscripten's class is that of each program.
    const { name, status } = /** @type {{name?: string, status?: number}} */ (error ?? {});
    if (name === 'ExitStatus') return status;
  }
}
