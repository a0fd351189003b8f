// @ts-check
/**
 * A sender: sends signals to a guest from any agent that was given a handle (Process.handle()), without a detour over the owner.
 */
import { CODE, STATE } from './abi.js';
import { WasmsigError } from './errors.js';
import { Queue } from './queue.js';
import { signalName, signalNumber } from './signals.js';

/**
 * What can be posted to another agent (it holds a SharedArrayBuffer). Treat it as the right to send: whoever has it can.
 * @typedef {object} Handle
 * @property {'wasmsig'} kind
 * @property {number} pid
 * @property {SharedArrayBuffer | ArrayBuffer} buffer
 * @property {number} offset
 */

export class Sender {
  #queue;
  #pid;
  #from;

  /**
   * @param {Queue} queue
   * @param {number} pid   of the guest
   * @param {number} from  the pid that the guest sees as the sender's
   */
  constructor(queue, pid, from) {
    this.#queue = queue;
    this.#pid = pid;
    this.#from = from;
  }

  /**
   * @param {Handle} handle
   * @param {{pid?: number}} [options] pid: the sender that the guest sees; default 1, the host
   */
  static from(handle, { pid = 1 } = {}) {
    if (handle?.kind !== 'wasmsig' || !handle.buffer) throw new TypeError('not a handle of a wasmsig process (see Process.handle)');
    return new Sender(Queue.open(handle.buffer, handle.offset), handle.pid, pid);
  }

  /** The guest's pid. */
  get pid() {
    return this.#pid;
  }

  /**
   * Sends a signal. SIGKILL needs the owner to be certain (Process.kill): a sender can only queue it.
   * @param {string | number} signal
   * @param {{value?: number}} [options] value: a 32-bit si_value, as sigqueue(3) gives
   * @returns {boolean} false: the process has ended (ESRCH)
   * @throws {WasmsigError} EAGAIN: the real-time queue is full, nothing was queued
   */
  kill(signal, { value } = {}) {
    const signo = signalNumber(signal);
    const info = sentInfo(this.#from, value);
    const errno = this.send(signo, info);
    if (errno === 0) return true;
    if (errno === 3) return false;
    throw new WasmsigError('EAGAIN', `the queue of process ${this.#pid} is full: ${signalName(signo)} was not sent`);
  }

  /**
   * The same for numbers that were checked already, with an errno number for an answer. 0 sends nothing, as kill(2) has it.
   * @param {number} signo
   * @param {{code?: number, pid?: number, value?: number}} info
   */
  send(signo, info) {
    if (this.#queue.state === STATE.ended) return 3;
    if (signo === 0) return 0;
    return this.#queue.send(signo, { pid: this.#from, ...info });
  }
}

/**
 * @param {number} pid
 * @param {number | undefined} value
 * @returns {{code: number, pid: number, value: number}}
 */
export function sentInfo(pid, value) {
  if (value === undefined) return { code: CODE.user, pid, value: 0 };
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
    throw new RangeError(`the value of a signal is a 32-bit integer, not ${String(value)}`);
  }
  return { code: CODE.queue, pid, value: value | 0 };
}
