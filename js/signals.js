// @ts-check
// Generated from src/signals.def by js/tools/generate.mjs. Change that table, then run the generator.
/**
 * The signals of a wasm program: Linux's names, numbers and default actions.
 *
 * @typedef {'terminate' | 'core' | 'ignore' | 'stop' | 'continue'} Action
 * @typedef {{name: string, number: number, action: Action, description: string}} Signal
 */

/** The standard signals, by number. @type {readonly Readonly<Signal>[]} */
export const standardSignals = Object.freeze(/** @type {Signal[]} */ ([
  { name: 'SIGHUP', number: 1, action: 'terminate', description: 'Hangup' },
  { name: 'SIGINT', number: 2, action: 'terminate', description: 'Interrupt' },
  { name: 'SIGQUIT', number: 3, action: 'core', description: 'Quit' },
  { name: 'SIGILL', number: 4, action: 'core', description: 'Illegal instruction' },
  { name: 'SIGTRAP', number: 5, action: 'core', description: 'Trace/breakpoint trap' },
  { name: 'SIGABRT', number: 6, action: 'core', description: 'Aborted' },
  { name: 'SIGBUS', number: 7, action: 'core', description: 'Bus error' },
  { name: 'SIGFPE', number: 8, action: 'core', description: 'Floating point exception' },
  { name: 'SIGKILL', number: 9, action: 'terminate', description: 'Killed' },
  { name: 'SIGUSR1', number: 10, action: 'terminate', description: 'User defined signal 1' },
  { name: 'SIGSEGV', number: 11, action: 'core', description: 'Segmentation fault' },
  { name: 'SIGUSR2', number: 12, action: 'terminate', description: 'User defined signal 2' },
  { name: 'SIGPIPE', number: 13, action: 'terminate', description: 'Broken pipe' },
  { name: 'SIGALRM', number: 14, action: 'terminate', description: 'Alarm clock' },
  { name: 'SIGTERM', number: 15, action: 'terminate', description: 'Terminated' },
  { name: 'SIGSTKFLT', number: 16, action: 'terminate', description: 'Stack fault' },
  { name: 'SIGCHLD', number: 17, action: 'ignore', description: 'Child exited' },
  { name: 'SIGCONT', number: 18, action: 'continue', description: 'Continued' },
  { name: 'SIGSTOP', number: 19, action: 'stop', description: 'Stopped (signal)' },
  { name: 'SIGTSTP', number: 20, action: 'stop', description: 'Stopped' },
  { name: 'SIGTTIN', number: 21, action: 'stop', description: 'Stopped (tty input)' },
  { name: 'SIGTTOU', number: 22, action: 'stop', description: 'Stopped (tty output)' },
  { name: 'SIGURG', number: 23, action: 'ignore', description: 'Urgent I/O condition' },
  { name: 'SIGXCPU', number: 24, action: 'core', description: 'CPU time limit exceeded' },
  { name: 'SIGXFSZ', number: 25, action: 'core', description: 'File size limit exceeded' },
  { name: 'SIGVTALRM', number: 26, action: 'terminate', description: 'Virtual timer expired' },
  { name: 'SIGPROF', number: 27, action: 'terminate', description: 'Profiling timer expired' },
  { name: 'SIGWINCH', number: 28, action: 'ignore', description: 'Window changed' },
  { name: 'SIGIO', number: 29, action: 'terminate', description: 'I/O possible' },
  { name: 'SIGPWR', number: 30, action: 'terminate', description: 'Power failure' },
  { name: 'SIGSYS', number: 31, action: 'core', description: 'Bad system call' },
]).map((signal) => Object.freeze(signal)));

/** Second names. @type {Readonly<Record<string, string>>} */
export const aliases = Object.freeze({ SIGIOT: 'SIGABRT', SIGPOLL: 'SIGIO', SIGCLD: 'SIGCHLD' });

/** The first and the last real-time signal; 32 to 34 belong to the C library. */
export const SIGRTMIN = 35;
export const SIGRTMAX = 64;

/** Every name with its number, also SIGRTMIN and SIGRTMAX. @type {Readonly<Record<string, number>>} */
export const signals = Object.freeze({
  ...Object.fromEntries(standardSignals.map((signal) => [signal.name, signal.number])),
  ...Object.fromEntries(Object.entries(aliases).map(([alias, name]) => [alias, numberOf(name)])),
  SIGRTMIN,
  SIGRTMAX,
});

/** @param {string} name */
function numberOf(name) {
  return standardSignals.find((signal) => signal.name === name)?.number ?? 0;
}

const RANGE = `1 to 31 or ${SIGRTMIN} to ${SIGRTMAX}`;

/**
 * The number of a signal: a number is checked, a name is looked up ('SIGINT', 'INT', 'SIGRTMIN+3', 'RTMAX-1').
 * @param {string | number} signal
 * @returns {number}
 * @throws {RangeError} a number that is not a signal
 * @throws {TypeError} an unknown name, or neither a number nor a name
 */
export function signalNumber(signal) {
  if (typeof signal === 'number') {
    if ((signal >= 1 && signal <= 31 || signal >= SIGRTMIN && signal <= SIGRTMAX) && Number.isInteger(signal)) return signal;
    const reserved = signal >= 32 && signal < SIGRTMIN ? ' (32 to 34 are reserved for the C library)' : '';
    throw new RangeError(`not a signal number: ${signal}; signals are ${RANGE}${reserved}`);
  }
  if (typeof signal !== 'string') throw new TypeError(`a signal is a number (${RANGE}) or a name such as 'SIGINT', not ${signal === null ? 'null' : typeof signal}`);
  const name = signal.toUpperCase();
  const known = Object.hasOwn(signals, name) ? signals[name] : Object.hasOwn(signals, 'SIG' + name) ? signals['SIG' + name] : 0;
  if (known) return known;
  const relative = /^(?:SIG)?(RTMIN\+|RTMAX-)(\d{1,2})$/.exec(name);
  if (relative) {
    const number = relative[1] === 'RTMIN+' ? SIGRTMIN + Number(relative[2]) : SIGRTMAX - Number(relative[2]);
    if (number >= SIGRTMIN && number <= SIGRTMAX) return number;
    throw new RangeError(`not a real-time signal: '${signal}'; they are SIGRTMIN+0 to SIGRTMIN+${SIGRTMAX - SIGRTMIN}`);
  }
  throw new TypeError(`unknown signal name: '${signal}'; names are ${standardSignals[0].name} to ${standardSignals[standardSignals.length - 1].name} and SIGRTMIN+n, numbers ${RANGE}`);
}

/**
 * The name of a signal: 'SIGINT', 'SIGRTMIN+3'.
 * @param {string | number} signal
 * @returns {string}
 */
export function signalName(signal) {
  const number = signalNumber(signal);
  if (number < SIGRTMIN) return standardSignals[number - 1].name;
  if (number === SIGRTMIN) return 'SIGRTMIN';
  return number === SIGRTMAX ? 'SIGRTMAX' : `SIGRTMIN+${number - SIGRTMIN}`;
}

/**
 * What strsignal(3) says.
 * @param {string | number} signal
 * @returns {string}
 */
export function strsignal(signal) {
  const number = signalNumber(signal);
  return number < SIGRTMIN ? standardSignals[number - 1].description : `Real-time signal ${number - SIGRTMIN}`;
}

/**
 * What happens where the program has no handler.
 * @param {string | number} signal
 * @returns {Action}
 */
export function defaultAction(signal) {
  const number = signalNumber(signal);
  return number < SIGRTMIN ? standardSignals[number - 1].action : 'terminate';
}
