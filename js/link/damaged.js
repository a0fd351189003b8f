// @ts-check
import { WasmsigError } from '../engine/errors.js';

/**
 * The error for a process that has written into its control block what nobody writes there.
 * @param {number} pid
 */
export function damaged(pid) {
  return new WasmsigError('ERR_BLOCK', `process ${pid} has damaged its control block, and was ended`);
}
