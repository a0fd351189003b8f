// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trapSignal } from '../../../js/guest/trap_signal.js';
import { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV } from '../../../js/signals/table.js';

/** What engines say, from their sources and from runs. */
const TRAPS = [
  [SIGFPE, 1, 'divide by zero', 'integer divide by zero', 'Division by zero', 'Integer division by zero'],
  [SIGFPE, 1, 'remainder by zero', 'divide result unrepresentable', 'integer overflow'],
  [SIGFPE, 7, 'float unrepresentable in integer range', 'Out of bounds Trunc operation'],
  [SIGSEGV, 1, 'memory access out of bounds', 'index out of bounds', 'Out of bounds memory access'],
  [SIGSEGV, 1, 'null function or function signature mismatch', 'indirect call to null', 'table index is out of bounds'],
  [SIGBUS, 1, 'operation does not support unaligned accesses', 'unaligned memory access'],
  [SIGILL, 2, 'unreachable', 'unreachable executed', 'Unreachable code should not be executed'],
];

test("each engine's traps are the signals that they are natively, with Linux's si_code", () => {
  for (const [signo, code, ...messages] of TRAPS) {
    for (const message of messages)
      assert.deepEqual(trapSignal({ name: 'RuntimeError', message: String(message) }), { signo, code }, `${message}`);
  }
});

test('a stack overflow is a fault of the memory, whatever its class', () => {
  for (const error of [
    { name: 'RangeError', message: 'Maximum call stack size exceeded.' },
    { name: 'InternalError', message: 'too much recursion' },
  ])
    assert.deepEqual(trapSignal(error), { signo: SIGSEGV, code: 1 });
});

test('other errors are no traps', () => {
  for (const error of [new Error('divide by zero'), new WebAssembly.RuntimeError('Aborted(). Build with -sASSERTIONS')])
    assert.deepEqual(trapSignal(error), { signo: SIGABRT, code: 0 });
});
