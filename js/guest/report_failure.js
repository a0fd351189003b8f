// @ts-check
/** Reports to the owner that the program did not end by itself. */

import { WasmsigError } from '../engine/errors.js';
import { trapSignal } from './trap_signal.js';

/**
 * @param {import('./program_host.js').ProgramHost} host
 * @param {(message: import('./host_imports.js').Message) => void} post
 * @param {unknown} error
 * @param {string} name of the program
 */
export function reportFailure(host, post, error, name) {
  if (host.killed) return; // the trap after the import `exit`
  if (host.failure) return; // reported already
  if (error instanceof WasmsigError) {
    post({ type: 'failed', code: error.code, message: error.message });
  } else if (error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError) {
    post({ type: 'failed', code: 'ERR_START', message: `${name}: ${error.message}` });
  } else {
    const { name: kind, message, stack } = error instanceof Error ? error : new Error(String(error));
    post({ type: 'killed', signo: trapSignal(error), core: true, crash: { message: `${kind}: ${message}`, stack } });
  }
}
