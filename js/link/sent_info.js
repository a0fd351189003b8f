// @ts-check
/** The code, sender and value that go with a signal. */

import * as CODE from '../abi/code.js';

/** The info of a signal from a terminal, which comes from the kernel: it has no sender. */
const FROM_TERMINAL = Object.freeze({ code: CODE.kernel, pid: 0, value: 0 });

/**
 * @param {number} pid of the sender
 * @param {{value?: number, terminal?: boolean}} options `value`: as sigqueue(3) sends it; `terminal`: a terminal sends
 *   it
 * @returns {{code: number, pid: number, value: number}}
 * @throws {RangeError} the value has more than 32 bits
 */
export function sentInfo(pid, { value, terminal = false }) {
  if (value !== undefined && (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff)) {
    throw new RangeError(`the value of a signal is a 32-bit integer, not ${value}`);
  }
  if (terminal) return FROM_TERMINAL;
  return value === undefined ? { code: CODE.user, pid, value: 0 } : { code: CODE.queue, pid, value: value | 0 };
}
