// @ts-check

import { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV } from '../signals/table.js';

/** si_code, with Linux's values. 0: this error is no trap. */
const CODES = Object.freeze({ none: 0, ILL_ILLOPN: 2, FPE_INTDIV: 1, FPE_FLTINV: 7, SEGV_MAPERR: 1, BUS_ADRALN: 1 });

/**
 * The signal that a native program would have got where this guest threw, and its si_code. The texts are those of V8,
 * SpiderMonkey and JavaScriptCore.
 *
 * `unreachable` is SIGILL because a trap instruction gives that natively (__builtin_trap, Rust's abort). A call of
 * abort() by a program with the wasmsig library never comes here; it reports SIGABRT itself.
 * @param {{name: string, message: string}} error which may come from another agent
 * @returns {{signo: number, code: number}}
 */
export function trapSignal({ name, message }) {
  if (name === 'RangeError' || /call stack|too much recursion/i.test(message))
    return { signo: SIGSEGV, code: CODES.SEGV_MAPERR };
  if (name !== 'RuntimeError' || /^Aborted\(/.test(message)) return { signo: SIGABRT, code: CODES.none };
  if (/unaligned/i.test(message)) return { signo: SIGBUS, code: CODES.BUS_ADRALN };
  // As x86 has it, a quotient that is too large is the fault of a division by zero.
  if (/divi|remainder|integer overflow/i.test(message)) return { signo: SIGFPE, code: CODES.FPE_INTDIV };
  if (/unrepresentable|overflow|trunc/i.test(message)) return { signo: SIGFPE, code: CODES.FPE_FLTINV };
  if (/out.of.bounds|table|indirect|signature|null/i.test(message)) return { signo: SIGSEGV, code: CODES.SEGV_MAPERR };
  return { signo: SIGILL, code: CODES.ILL_ILLOPN };
}
