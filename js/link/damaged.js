// @ts-check
import { WasmsigError } from '../engine/errors.js';

/**
 * The error for a process that has damaged its control block: a word has a value that no sender and no taker stores.
 * @param {number} pid
 */
export function damaged(pid) {
  return new WasmsigError('ERR_BLOCK', `process ${pid} has damaged its control block, and was ended`);
}
