// @ts-check

import { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV } from '../signals/table.js';

/**
 * The signal that would have killed a native program where this guest threw. The texts are those of V8, SpiderMonkey
 * and JavaScriptCore.
 *
 * `unreachable` is SIGILL because a trap instruction gives that natively (__builtin_trap, Rust's abort). A call of
 * abort() by a program with the wasmsig library never comes here; it reports SIGABRT itself.
 * @param {unknown} error
 * @returns {number}
 */
export function trapSignal(error) {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError || /call stack|too much recursion/i.test(message)) return SIGSEGV;
  if (!(error instanceof WebAssembly.RuntimeError)) return SIGABRT;
  if (/^Aborted\(/.test(message)) return SIGABRT;
  if (/unaligned/i.test(message)) return SIGBUS;
  if (/divi|remainder|unrepresentable|overflow|trunc/i.test(message)) return SIGFPE;
  if (/out.of.bounds|table|indirect|signature|null/i.test(message)) return SIGSEGV;
  return SIGILL;
}
