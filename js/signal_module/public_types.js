// @ts-check
/**
 * The types of the module, which are its documentation: what each function does, and what it throws. An error changes
 * nothing: handlers, masks, timers and the wakeup descriptor stay as they were. Python's documentation of `signal` says
 * more about each function.
 */

/** @typedef {import('./enums.js').Signal} Signal */
/** @typedef {import('./enums.js').Handler} Handler */
/** @typedef {import('./enums.js').Sigmask} Sigmask */
/** @typedef {import('./enums.js').SignalNumber} SignalNumber */
/** @typedef {import('./signal_module.js').Module} Module */
/** @typedef {import('./signal_module.js').struct_siginfo} SigInfo */

/**
 * A handler. `frame` is the argument of checkSignals(), or null if another call ran the handler. An exception of the
 * handler comes out of the call that ran it.
 * @typedef {(signum: SignalNumber, frame: any) => unknown} SignalHandler
 */

// Generated from src/signals.def by scripts/generate.mjs.
/**
 * The signals of both editions.
 * @typedef {'SIGABRT' | 'SIGALRM' | 'SIGBUS' | 'SIGCHLD' | 'SIGCONT' | 'SIGFPE' | 'SIGHUP' | 'SIGILL' | 'SIGINT' |
 *   'SIGIO' | 'SIGKILL' | 'SIGPIPE' | 'SIGPROF' | 'SIGPWR' | 'SIGQUIT' | 'SIGSEGV' | 'SIGSTOP' | 'SIGSYS' | 'SIGTERM' |
 *   'SIGTRAP' | 'SIGTSTP' | 'SIGTTIN' | 'SIGTTOU' | 'SIGURG' | 'SIGUSR1' | 'SIGUSR2' | 'SIGVTALRM' | 'SIGWINCH' |
 *   'SIGXCPU' | 'SIGXFSZ' | 'SIGSTKFLT' | 'SIGIOT' | 'SIGPOLL'} DocumentedSignal
 */
/** All names of signals. @typedef {DocumentedSignal | 'SIGCLD' | 'SIGRTMIN' | 'SIGRTMAX'} SignalName */
// End of what is generated.

/**
 * The names of the documented edition.
 * @typedef {object} DocumentedNames
 * @property {Readonly<Record<DocumentedSignal, Signal>>} Signals
 * @property {Readonly<{SIG_DFL: Handler, SIG_IGN: Handler}>} Handlers
 * @property {Handler} SIG_DFL the default action
 * @property {Handler} SIG_IGN ignore the signal
 * @property {number} NSIG one more than the highest number
 * @property {(signalnum: SignalNumber, handler: SignalHandler | Handler) => SignalHandler | Handler | null} signal
 *   Sets the handler of a signal, after running the handlers of tripped signals. Returns the former handler (null: it
 *   was not installed from here). Throws ValueError for a number out of range, TypeError for another kind of handler,
 *   OSError EINVAL for SIGKILL and SIGSTOP.
 * @property {(signalnum: SignalNumber) => SignalHandler | Handler | null} getsignal
 *   The handler of a signal. Throws ValueError for a number out of range.
 * @property {(signum?: SignalNumber, frame?: any) => never} default_int_handler
 *   The handler of SIGINT at the start: throws KeyboardInterrupt.
 * @property {(signalnum: SignalNumber) => string | null} strsignal
 *   "Interrupt" for SIGINT. Throws ValueError for a number out of range.
 * @property {(signum: SignalNumber) => void} raise_signal
 *   Sends a signal to this process and runs its handler before it returns; a default action that ends the process does
 *   so (see Killed). Throws what the handler throws; OSError EINVAL for a number that is not a signal.
 * @property {(seconds: number) => number} alarm
 *   Sends SIGALRM after this many whole seconds; 0: never. Returns the seconds that were left of the former alarm. An
 *   alarm keeps the program alive, as setTimeout does.
 * @property {(fd: number, options?: {warn_on_full_buffer?: boolean}) => number} set_wakeup_fd
 *   Sets the descriptor to which one byte, the signal's number, is written whenever a signal arrives that has a
 *   handler; -1: none. Returns the former one or -1. Throws OSError EBADF for one that is not open, and always in
 *   browsers; ValueError for one that is not in non-blocking mode (where the system can be asked: Linux).
 */

/**
 * The names that only the extended edition has.
 * @typedef {object} ExtendedNames
 * @property {Readonly<Record<SignalName, Signal>>} Signals
 * @property {Readonly<{SIG_BLOCK: Sigmask, SIG_UNBLOCK: Sigmask, SIG_SETMASK: Sigmask}>} Sigmasks
 * @property {Sigmask} SIG_BLOCK block these too
 * @property {Sigmask} SIG_UNBLOCK block these no longer
 * @property {Sigmask} SIG_SETMASK block exactly these
 * @property {number} ITIMER_REAL sends SIGALRM, in real time
 * @property {number} ITIMER_VIRTUAL sends SIGVTALRM, in the time that the program computes
 * @property {number} ITIMER_PROF sends SIGPROF, in the time that the program computes
 * @property {typeof import('./python_errors.js').ItimerError} ItimerError
 * @property {typeof import('./signal_module.js').struct_siginfo} struct_siginfo
 * @property {() => Set<SignalNumber>} valid_signals
 *   The signals that a program may use: all but those that C libraries reserve.
 * @property {(which: number, seconds: number, interval?: number) => [number, number]} setitimer
 *   Sets an interval timer: seconds until the first signal (0: none), and from each signal to the next. Returns the
 *   former delay and interval. ITIMER_REAL keeps the program alive. Throws ItimerError EINVAL for another timer and for
 *   a negative time.
 * @property {(which: number) => [number, number]} getitimer
 *   The time left of a timer and its interval, in seconds. Throws ItimerError EINVAL for another timer.
 * @property {(how: Sigmask | number, mask: Iterable<SignalNumber>) => Set<SignalNumber>} pthread_sigmask
 *   Changes the set of blocked signals and returns the former set. Signals that become unblocked are handled before it
 *   returns. Throws ValueError for a number out of range, OSError EINVAL for another `how`, and what a handler throws
 *   (then the mask is changed all the same).
 * @property {() => Set<SignalNumber>} sigpending
 *   The signals that were sent and are blocked.
 * @property {(thread_id: number, signalnum: SignalNumber) => void} pthread_kill
 *   Sends to a thread, see getIdent(); 0 only checks. Calls the hook `audit` first. Throws OSError ESRCH, EINVAL, and
 *   what the handler throws.
 * @property {(pidfd: number, sig: SignalNumber, siginfo?: null, flags?: number) => void} pidfd_send_signal
 *   Sends to the process of a descriptor from openPidfd(); 0 only checks. Throws OSError EBADF, ESRCH (it has ended),
 *   EINVAL, EAGAIN; TypeError if `siginfo` is not null.
 * @property {(signalnum: SignalNumber, flag: boolean) => void} siginterrupt
 *   Sets whether a signal interrupts system calls. JavaScript has none: the flag is stored and has no effect. Throws
 *   ValueError, OSError EINVAL.
 * @property {() => void} pause
 *   Blocks until a handler has run. Throws what it throws; OSError EDEADLK if the agent may not block: on a page,
 *   outside of workers.
 * @property {(sigset: Iterable<SignalNumber>) => SignalNumber} sigwait
 *   Blocks until one of these signals is pending and takes it, without its handler. Block them first (pthread_sigmask).
 *   Other signals are handled meanwhile. Throws as pause() does, and ValueError for a number out of range.
 * @property {(sigset: Iterable<SignalNumber>) => SigInfo} sigwaitinfo
 *   As sigwait(), but returns information about the signal.
 * @property {(sigset: Iterable<SignalNumber>, timeout: number) => SigInfo | null} sigtimedwait
 *   As sigwaitinfo(), with a time-out in seconds; 0: only checks. Returns null if the time is over. Throws ValueError
 *   also for a negative time.
 */

/** @typedef {Module & DocumentedNames & Readonly<Record<DocumentedSignal, Signal>>} SignalModule */
/**
 * @typedef {Module & Omit<DocumentedNames, 'Signals'> & ExtendedNames & Readonly<Record<SignalName, Signal>>}
 *   ExtendedSignalModule
 */

/**
 * @typedef {object} CreateOptions
 * @property {import('../abi/edition.js').Edition} [edition] 'documented', the default: the names that Python has on WASI;
 *   'extended': all that it has on Unix
 * @property {Iterable<'SIGINT' | 'SIGPIPE' | 'SIGXFSZ'>} [keep] signals whose disposition is not changed. Without it
 *   SIGINT gets default_int_handler, and the other two are ignored
 * @property {import('../link/queue.js').Queue} [queue] the process's queue, created by a sender that sends before this
 *   module exists: nothing that it sent is lost
 * @property {(event: string, thread: number, signum: number) => void} [audit] called with 'signal.pthread_kill' before
 *   the signal is sent; an exception prevents that
 * @property {(error: import('./python_errors.js').OSError, detail: string) => void} [unraisable] called with an error
 *   that has no caller; by default it is printed
 * @property {(killed: import('./python_errors.js').Killed) => void} [die] called when a default action ended the
 *   process. By default the main thread of Node dies of the same signal, and elsewhere nothing is done. If this
 *   returns, the call that took the signal throws `killed`
 */

/**
 * @typedef {{
 *   (options?: CreateOptions & {edition?: 'documented'}): SignalModule,
 *   (options: CreateOptions & {edition: 'extended'}): ExtendedSignalModule,
 *   (options?: CreateOptions): SignalModule | ExtendedSignalModule,
 * }} Create
 */

export {};
