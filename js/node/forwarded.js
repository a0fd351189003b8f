// @ts-check
/**
 * The signals of the Node process that are forwarded. The command line loads this file first, so it imports next to
 * nothing.
 */

import { constants } from 'node:os';

/**
 * The signals that other processes and a terminal send, and for which Node can listen without harm. Node cannot listen
 * for SIGKILL, SIGSTOP and the real-time signals. Also excluded are:
 *
 * - SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV: a fault of Node itself would be repeated for ever;
 * - SIGPIPE: Node's own writes cause it (a guest gets its own);
 * - SIGPROF: the engine's profiler sends it to itself;
 * - SIGTTIN and SIGTTOU: a terminal stops Node's own reading and writing in the background with them;
 * - SIGCHLD: Node's own children cause it.
 */
export const FORWARDED = Object.freeze(
  /** @type {NodeJS.Signals[]} */ ([
    'SIGINT',
    'SIGTERM',
    'SIGHUP',
    'SIGQUIT',
    'SIGUSR1',
    'SIGUSR2',
    'SIGWINCH',
    'SIGTSTP',
    'SIGCONT',
    'SIGALRM',
    'SIGABRT',
    'SIGSTKFLT',
    'SIGURG',
    'SIGXCPU',
    'SIGXFSZ',
    'SIGVTALRM',
    'SIGIO',
    'SIGPWR',
    'SIGSYS',
  ]).filter((signal) => signal in constants.signals),
); // not every system has all

/** The signals that `wasmsig run` forwards: it has no children of its own. */
export const OF_COMMAND = Object.freeze(/** @type {NodeJS.Signals[]} */ ([...FORWARDED, 'SIGCHLD']));
