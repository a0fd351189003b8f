// @ts-check
/**
 * A sender: sends signals to a guest from any agent that was given a handle (Process.handle()), without going through
 * the owner.
 */
import { PID_MASK } from '../abi/index.js';
import * as CODE from '../abi/code.js';
import * as ERRNO from '../abi/errno.js';
import * as STATE from '../abi/process_state.js';
import { WasmsigError } from '../engine/errors.js';
import { damaged } from './damaged.js';
import { SendingQueue } from './sending_queue.js';
import { sentInfo } from './sent_info.js';
import { signalName, signalNumber } from '../signals/signal_names.js';
import { SIGCONT } from '../signals/table.js';

/**
 * A right to send, which can be posted to another agent (it holds a SharedArrayBuffer). Every agent that has it can
 * send.
 * @typedef {object} Handle
 * @property {'wasmsig'} kind
 * @property {number} pid
 * @property {SharedArrayBuffer | ArrayBuffer} buffer the memory with the block to send to, possibly the guest's
 * @property {number} offset of the block, in bytes
 * @property {SharedArrayBuffer | ArrayBuffer} host the host block, which the guest cannot reach: it says whether the
 *   process has ended
 */

/** Sends signals to one guest. */
export class Sender {
  #queue;
  #host;
  #from;

  /**
   * @param {SendingQueue} queue the block to send to
   * @param {SendingQueue} host the host block of the same guest
   * @param {number} from the pid that the guest sees as the sender's
   */
  constructor(queue, host, from) {
    this.#queue = queue;
    this.#host = host;
    this.#from = from;
  }

  /**
   * @param {Handle} handle
   * @param {{pid?: number}} [options] pid: the sender that the guest sees, 0 .. 2^24-1; default 1, the host
   * @throws {RangeError} pid is out of range
   */
  static from(handle, { pid = 1 } = {}) {
    if (handle?.kind !== 'wasmsig' || !handle.buffer || !handle.host)
      throw new TypeError('not a handle of a wasmsig process (see Process.handle)');
    if (pid !== (pid & PID_MASK))
      throw new RangeError(`the pid of a sender is a whole number from 0 to ${PID_MASK}, not ${String(pid)}`);
    return new Sender(new SendingQueue(handle.buffer, handle.offset), SendingQueue.open(handle.host), pid);
  }

  /** The guest's pid. */
  get pid() {
    return this.#host.pid;
  }

  /**
   * Sends a signal. SIGKILL is only queued here; Process.kill of the owner ends the process with certainty.
   * @param {string | number} signal a name ('SIGINT') or a Linux number
   * @param {{value?: number, terminal?: boolean}} [options] value: si_value, 32 bits, as sigqueue(3) sets it; terminal:
   *   the terminal sent it (si_code is SI_KERNEL, si_pid is 0)
   * @returns {boolean} false: the process has ended (ESRCH)
   * @throws {TypeError | RangeError} there is no such signal, or the value has more than 32 bits
   * @throws {WasmsigError} EAGAIN: the real-time queue is full, and the signal was not queued. ERR_BLOCK: the guest has
   *   damaged its block; its owner ends it with the owner's next send
   */
  kill(signal, { value, terminal = false } = {}) {
    const signo = signalNumber(signal);
    const errno = this.send(signo, sentInfo(this.#from, { value, terminal }));
    if (errno === 0) return true;
    if (errno === ERRNO.ESRCH) return false;
    if (errno === ERRNO.EIO) throw damaged(this.pid);
    throw new WasmsigError('EAGAIN', `the queue of process ${this.pid} is full: ${signalName(signo)} was not sent`);
  }

  /**
   * As kill(), but for a number that was checked already, and with an errno number as the result. 0 sends nothing, as
   * in kill(2).
   * @param {number} signo
   * @param {{code?: number, pid?: number, value?: number}} info
   */
  send(signo, { code = CODE.user, pid = this.#from, value = 0 }) {
    if (this.#host.state === STATE.ended) return ERRNO.ESRCH;
    if (signo === 0) return 0;
    const errno = this.#queue.send(signo, { code, pid, value });
    if (errno === 0 && (signo === SIGCONT || this.#queue.acts(signo))) this.#host.callOwner();
    return errno;
  }
}
