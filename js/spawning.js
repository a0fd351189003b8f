// @ts-check
/** What spawn() is made of on every platform. */

import { signalNumber } from './signal_names.js';

/**
 * A stream that 'pipe' makes, or null.
 * @template Option
 * @template Stream
 * @typedef {[Option] extends ['pipe'] ? Stream : 'pipe' extends Option ? Stream | null : null} Piped
 */

/** The host as a sender; guests count from 2. */
const HOST_PID = 1;
let lastPid = HOST_PID;

/** @returns {number} 2 .. 2^24-1, again from the start after that */
function nextPid() {
  lastPid = lastPid >= 0xffffff ? HOST_PID + 1 : lastPid + 1;
  return lastPid;
}

/** What a timer of JavaScript holds. */
const LONGEST_MS = 0x7fffffff;

/** @typedef {'documented' | 'extended'} Edition of the `signal` module of an interpreter: the names that Python has on this target, or all that it has on Unix */

/**
 * The control block's header of a new process.
 * @param {{uid?: number, edition?: Edition, ignored?: (string | number)[], blocked?: (string | number)[]}} options
 * @param {number} [ownUid]
 * @throws {TypeError | RangeError} edition is neither of the two, or a list has something that is no signal
 */
export function headerFor({ uid, edition, ignored = [], blocked = [] }, ownUid = 0) {
  if (edition !== undefined && edition !== 'documented' && edition !== 'extended') {
    const Kind = typeof edition === 'string' ? RangeError : TypeError;
    throw new Kind(`edition is 'documented' or 'extended', not ${typeof edition === 'string' ? `'${edition}'` : edition === null ? 'null' : typeof edition}`);
  }
  return { pid: nextPid(), ppid: HOST_PID, uid: uid ?? ownUid, extended: edition === 'extended', ignored: signalList('ignored', ignored), blocked: signalList('blocked', blocked) };
}

/**
 * @param {string} option
 * @param {(string | number)[]} signals
 */
function signalList(option, signals) {
  if (!Array.isArray(signals)) throw new TypeError(`${option} is a list of signals, not ${signals === null ? 'null' : typeof signals}`);
  return signals.map(signalNumber);
}

/** @typedef {{signal: AbortSignal | undefined, timeout: number | undefined, killSignal: number}} Stop */

/**
 * When and how a guest is told to stop, checked.
 * @param {{signal?: AbortSignal, timeout?: number, killSignal?: string | number}} options
 * @returns {Stop}
 * @throws {TypeError | RangeError}
 */
export function stopOptions({ signal, timeout, killSignal = 'SIGTERM' }) {
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw new TypeError('signal is an AbortSignal (the signal to send is killSignal)');
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0 && timeout <= LONGEST_MS)) {
    throw new RangeError(`timeout is a number of milliseconds from 0 to ${LONGEST_MS}, not ${String(timeout)}`);
  }
  return { signal, timeout, killSignal: signalNumber(killSignal) };
}

/**
 * Sends `killSignal` when the AbortSignal aborts, or after the time.
 * @param {import('./process.js').Process} guest
 * @param {Stop} stop
 */
export function bindAbort(guest, { signal, timeout, killSignal }) {
  const stop = () => void guest.kill(killSignal);
  const timer = timeout === undefined ? undefined : setTimeout(stop, timeout);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  const release = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  };
  guest.exited.then(release, release);
}
