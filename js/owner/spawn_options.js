// @ts-check
/** The parts of spawn() that are the same on every platform. */

import { EDITIONS } from '../abi/edition.js';
import { MAX_TIMER_MS } from '../engine/clock.js';
import { Process } from './process.js';
import { signalNumber } from '../signals/signal_names.js';

/**
 * A stream if the option was 'pipe', else null.
 * @template Option
 * @template Stream
 * @typedef {[Option] extends ['pipe'] ? Stream : 'pipe' extends Option ? Stream | null : null} Piped
 */

/** The host's pid as a sender; the pids of guests start at 2. */
const HOST_PID = 1;
let lastPid = HOST_PID;

/** @returns {number} 2 .. 2^24-1, then again from 2 */
function nextPid() {
  lastPid = lastPid >= 0xffffff ? HOST_PID + 1 : lastPid + 1;
  return lastPid;
}

const LAST_UID = 0xffffffff;

/**
 * The options of every process, that of spawn() and that of attach().
 * @typedef {object} ProcessOptions
 * @property {(string | number)[]} [ignored] the signals that are ignored when the program starts, as after execve(2);
 *   default none
 * @property {(string | number)[]} [blocked] the signals that are blocked when it starts; default none. Neither list has
 *   an effect on SIGKILL and SIGSTOP
 * @property {number} [uid] the user id that the guest sees for senders; default: in Node this process's, where spawn()
 *   starts the program, otherwise 0
 * @property {import('../abi/edition.js').Edition} [edition] of the `signal` module, for an interpreter that has it
 *   (wsig_init) and leaves the choice to the host. 'documented', the default: the names that Python has on this target;
 *   'extended': all that it has on Unix
 */

/**
 * The options of spawn() on every platform, beside those of a process.
 * @typedef {object} ProgramOptions
 * @property {string[]} [args] without the program's name
 * @property {string} [name] argv[0]; default: the file's name
 * @property {Record<string, string>} [env] default: empty
 * @property {boolean | {memory?: 'shared' | 'keep'}} [instrument] puts safe points into the loops of the program before
 *   it runs; default false. A program without the library is stopped and continued there; `memory` is for those with it
 * @property {AbortSignal} [signal] when it aborts, `killSignal` is sent. `exited` still says how the program ended;
 *   `signal.reason` says why it was told to
 * @property {number} [timeout] milliseconds, up to 2^31-1, after which `killSignal` is sent
 * @property {string | number} [killSignal] default SIGTERM
 * @property {Process[]} [peers] guests to which this one may send signals
 */

/**
 * The control block's header for a new process.
 * @param {ProcessOptions} options
 * @param {number} [ownUid]
 * @throws {TypeError | RangeError} uid is not a user id, edition is neither of the two, or a list has an element that
 *   is not a signal
 */
export function headerFor({ uid, edition, ignored = [], blocked = [] }, ownUid = 0) {
  oneOf('edition', edition, Object.keys(EDITIONS));
  if (uid !== undefined && typeof uid !== 'number') throw wrong('uid', 'a number', uid);
  if (uid !== undefined && !(Number.isInteger(uid) && uid >= 0 && uid <= LAST_UID))
    throw new RangeError(`uid is a whole number from 0 to ${LAST_UID}, not ${uid}`);
  return {
    pid: nextPid(),
    ppid: HOST_PID,
    uid: uid ?? ownUid,
    extended: edition === 'extended',
    ignored: signalList('ignored', ignored),
    blocked: signalList('blocked', blocked),
  };
}

/**
 * @param {string} option
 * @param {(string | number)[]} signals
 */
function signalList(option, signals) {
  if (!Array.isArray(signals)) throw wrong(option, 'a list of signals', signals);
  return signals.map(signalNumber);
}

/**
 * @param {string} option
 * @param {string} right what it should be
 * @param {unknown} value
 */
export function wrong(option, right, value) {
  const said =
    typeof value === 'string'
      ? `'${value}'`
      : value === null
        ? 'null'
        : typeof value === 'object'
          ? `an object (${value.constructor?.name ?? 'without a class'})`
          : typeof value;
  return new TypeError(`${option} is ${right}, not ${said}`);
}

/**
 * @param {string} option
 * @param {unknown} value undefined: it was omitted
 * @param {string[]} words
 * @throws {TypeError}
 */
export function oneOf(option, value, words) {
  if (value !== undefined && !words.includes(/** @type {string} */ (value)))
    throw wrong(option, words.map((word) => `'${word}'`).join(' or '), value);
}

/**
 * Checks and copies the common options. All are checked first, so that nothing throws once a worker runs that no caller
 * could end any more.
 * @param {ProgramOptions & {dirs?: Record<string, any>}} options
 * @param {unknown} source
 * @param {(option: string, folder: unknown) => void} checkFolder throws
 * @throws {TypeError}
 */
export function checkOptions(
  { args = [], name, env = {}, dirs = {}, peers = [], instrument = false },
  source,
  checkFolder,
) {
  if (!Array.isArray(args)) throw wrong('args', 'a list of strings', args);
  if (name !== undefined && typeof name !== 'string') throw wrong('name', 'a string', name);
  if (!isTable(env)) throw wrong('env', 'an object of names and values', env);
  if (!isTable(dirs)) throw wrong('dirs', 'an object of folders by their names', dirs);
  for (const [variable, value] of Object.entries(env))
    if (typeof value !== 'string') throw wrong(`env.${variable}`, 'a string', value);
  for (const [folder, what] of Object.entries(dirs)) checkFolder(`dirs['${folder}']`, what);
  if (!Array.isArray(peers)) throw wrong('peers', 'a list of processes', peers);
  for (const peer of peers) if (!(peer instanceof Process)) throw wrong('peers', 'a list of processes', peer);
  if (typeof instrument !== 'boolean') {
    if (!isTable(instrument)) throw wrong('instrument', 'true, false or an object', instrument);
    oneOf('instrument.memory', instrument.memory, ['shared', 'keep']);
  }
  if (source instanceof WebAssembly.Module && instrument)
    throw new TypeError('a compiled module cannot be instrumented any more: give its bytes');
  return { args: args.map(String), env: { ...env }, dirs: { ...dirs }, peers: [...peers], instrument };
}

/** @param {unknown} value */
function isTable(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @typedef {{signal: AbortSignal | undefined, timeout: number | undefined, killSignal: number}} Stop */

/**
 * When and by which signal a guest is to be stopped, checked.
 * @param {ProgramOptions} options
 * @returns {Stop}
 * @throws {TypeError | RangeError}
 */
export function stopOptions({ signal, timeout, killSignal = 'SIGTERM' }) {
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError('signal is an AbortSignal (the signal to send is killSignal)');
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0 && timeout <= MAX_TIMER_MS)) {
    throw new RangeError(`timeout is a number of milliseconds from 0 to ${MAX_TIMER_MS}, not ${String(timeout)}`);
  }
  return { signal, timeout, killSignal: signalNumber(killSignal) };
}

/**
 * Sends `killSignal` when the AbortSignal aborts, or when the time is over.
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
  // Not through `exited`: a rejection that no other code handles would then count as handled.
  guest.abortSignal.addEventListener('abort', release, { once: true });
}
