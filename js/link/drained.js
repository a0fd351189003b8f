// @ts-check
import { LAST_STANDARD, PID_MASK } from '../abi/index.js';
import * as BELL from '../abi/bell.js';
import * as CODE from '../abi/code.js';
import * as ERRNO from '../abi/errno.js';
import * as WORD from '../abi/word.js';
import { codeOf, isJobControl } from './block_words.js';

/** @typedef {import('./inbox.js').Sent} Sent */

/**
 * Drains an inbox: everything, standard signals first.
 * @param {import('./inbox.js').Inbox} inbox
 * @param {number} [room] how many real-time signals are taken; the others stay, with the doorbell set
 * @returns {{bits: number, sent: Sent[]}} the doorbell bits, and what was sent
 */
export function drained(inbox, room = Infinity) {
  /** @type {Sent[]} */
  const sent = [];
  const { bits, errno } = inbox.takeAll((signo, info, value) => {
    const code = codeOf(info);
    // it coalesces
    if (signo <= LAST_STANDARD && !isJobControl(signo) && sent.some((one) => one.signo === signo)) return 0;
    if (signo > LAST_STANDARD && room-- <= 0) return ERRNO.EAGAIN;
    sent.push({ signo, code, pid: info & PID_MASK, value: code === CODE.queue ? value : 0 });
    return 0;
  });
  if (errno) Atomics.or(inbox.words, WORD.doorbell, BELL.signals);
  return { bits, sent };
}
