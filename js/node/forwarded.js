// @ts-check
/** Which signals of the Node process are handed on. The command line loads this first of all, so it imports next to nothing. */

import { constants } from 'node:os';

/**
 * What other processes and a terminal send, and Node can listen for without harm. Not among them, besides SIGKILL, SIGSTOP and the real-time signals, for which Node cannot listen:
 * SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV, because a fault of Node itself would then be repeated for ever; SIGPIPE, which Node's own writes cause (a guest gets its own);
 * SIGPROF, which the engine's profiler sends itself; SIGTTIN and SIGTTOU, with which a terminal stops Node's own reading and writing in the background; and SIGCHLD, which Node's own
 * children cause.
 */
export const FORWARDED = Object.freeze(/** @type {NodeJS.Signals[]} */ ([
  'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTSTP', 'SIGCONT', 'SIGALRM', 'SIGABRT', 'SIGSTKFLT', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM',
  'SIGIO', 'SIGPWR', 'SIGSYS',
]).filter((signal) => signal in constants.signals)); // not every system has all

/** What `wasmsig run` hands on: it has no children of its own. */
export const OF_COMMAND = Object.freeze(/** @type {NodeJS.Signals[]} */ ([...FORWARDED, 'SIGCHLD']));
