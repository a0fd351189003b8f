// @ts-check
/**
 * The types of the module, which are its documentation: what each function does, and what it throws. Errors change nothing: handlers, masks, timers and
 * the wakeup descriptor are what they were. Python's documentation of `signal` says more about each.
 */

/** @typedef {import('./enums.js').Signal} Signal */
/** @typedef {import('./enums.js').Handler} Handler */
/** @typedef {import('./enums.js').Sigmask} Sigmask */
/** @typedef {import('./enums.js').SignalNumber} SignalNumber */
/** @typedef {import('./signal_module.js').Module} Module */
/** @typedef {import('./signal_module.js').struct_siginfo} SigInfo */

/**
 * `frame` is what checkSignals() was given, null where another call ran the handler. What it throws comes out of the call that ran it.
 * @typedef {(signum: SignalNumber, frame: any) => unknown} SignalHandler
 */

/** The signals of both editions. @typedef {'SIGABRT' | 'SIGALRM' | 'SIGBUS' | 'SIGCHLD' | 'SIGCONT' | 'SIGFPE' | 'SIGHUP' | 'SIGILL' | 'SIGINT' | 'SIGIO' | 'SIGIOT' | 'SIGKILL' | 'SIGPIPE' | 'SIGPOLL' | 'SIGPROF' | 'SIGPWR' | 'SIGQUIT' | 'SIGSEGV' | 'SIGSTKFLT' | 'SIGSTOP' | 'SIGSYS' | 'SIGTERM' | 'SIGTRAP' | 'SIGTSTP' | 'SIGTTIN' | 'SIGTTOU' | 'SIGURG' | 'SIGUSR1' | 'SIGUSR2' | 'SIGVTALRM' | 'SIGWINCH' | 'SIGXCPU' | 'SIGXFSZ'} DocumentedSignal */
/** All names of signals. @typedef {DocumentedSignal | 'SIGCLD' | 'SIGRTMIN' | 'SIGRTMAX'} SignalName */

/**
 * The names of the documented edition.
 * @typedef {object} DocumentedNames
 * @property {Readonly<Record<DocumentedSignal, Signal>>} Signals
 * @property {Readonly<{SIG_DFL: Handler, SIG_IGN: Handler}>} Handlers
 * @property {Handler} SIG_DFL  the default action
 * @property {Handler} SIG_IGN  ignore the signal
 * @property {number} NSIG      one more than the highest number
 * @property {(signalnum: SignalNumber, handler: SignalHandler | Handler) => SignalHandler | Handler | null} signal
 *   Sets the handler of a signal, after running the handlers that wait, and returns the former one (null: not installed from here).
 *   Throws ValueError for a number out of range, TypeError for another kind of handler, OSError EINVAL for SIGKILL and SIGSTOP.
 * @property {(signalnum: SignalNumber) => SignalHandler | Handler | null} getsignal
 *   The handler of a signal. Throws ValueError for a number out of range.
 * @property {(signum?: SignalNumber, frame?: any) => never} default_int_handler
 *   What SIGINT starts with: throws KeyboardInterrupt.
 * @property {(signalnum: SignalNumber) => string | null} strsignal
 *   "Interrupt" for SIGINT. Throws ValueError for a number out of range.
 * @property {(signum: SignalNumber) => void} raise_signal
 *   Sends a signal to this process and runs its handler before it returns; a default action that ends the process does so (see Killed).
 *   Throws what the handler throws; OSError EINVAL for a number that is no signal.
 * @property {(seconds: number) => number} alarm
 *   SIGALRM after so many whole seconds, 0: never. Returns the seconds left of the former alarm. An alarm keeps the program alive, as setTimeout does.
 * @property {(fd: number, options?: {warn_on_full_buffer?: boolean}) => number} set_wakeup_fd
 *   The descriptor that gets one byte, the signal's number, whenever a signal arrives that has a handler; -1: none. Returns the former one or -1.
 *   Throws OSError EBADF for one that is not open, and always in browsers; ValueError for one that is not in non-blocking mode (where the system can be
 *   asked: Linux).
 */

/**
 * The names that only the extended edition has.
 * @typedef {object} ExtendedNames
 * @property {Readonly<Record<SignalName, Signal>>} Signals
 * @property {Readonly<{SIG_BLOCK: Sigmask, SIG_UNBLOCK: Sigmask, SIG_SETMASK: Sigmask}>} Sigmasks
 * @property {Sigmask} SIG_BLOCK    block these too
 * @property {Sigmask} SIG_UNBLOCK  block these no longer
 * @property {Sigmask} SIG_SETMASK  block exactly these
 * @property {number} ITIMER_REAL     SIGALRM, by the clock
 * @property {number} ITIMER_VIRTUAL  SIGVTALRM, by the time that the program computes
 * @property {number} ITIMER_PROF     SIGPROF, likewise
 * @property {typeof import('./python_errors.js').ItimerError} ItimerError
 * @property {typeof import('./signal_module.js').struct_siginfo} struct_siginfo
 * @property {() => Set<SignalNumber>} valid_signals
 *   The signals that a program may use: without those that C libraries keep for themselves.
 * @property {(which: number, seconds: number, interval?: number) => [number, number]} setitimer
 *   Sets an interval timer: seconds until the first signal, 0: none, and from each to the next. Returns the former delay and interval. ITIMER_REAL keeps the
 *   program alive. Throws ItimerError EINVAL for another timer and a negative time.
 * @property {(which: number) => [number, number]} getitimer
 *   The time left of a timer and its interval, in seconds. Throws ItimerError EINVAL for another timer.
 * @property {(how: Sigmask | number, mask: Iterable<SignalNumber>) => Set<SignalNumber>} pthread_sigmask
 *   Changes what is blocked and returns what was. What becomes unblocked is handled before it returns. Throws ValueError for a number out of range, OSError
 *   EINVAL for another `how`, and what a handler throws (then the mask is changed all the same).
 * @property {() => Set<SignalNumber>} sigpending
 *   What was sent and is blocked.
 * @property {(thread_id: number, signalnum: SignalNumber) => void} pthread_kill
 *   Sends to a thread, see getIdent(); 0 only checks. Calls the hook `audit` first. Throws OSError ESRCH, EINVAL, and what the handler throws.
 * @property {(pidfd: number, sig: SignalNumber, siginfo?: null, flags?: number) => void} pidfd_send_signal
 *   Sends to the process that a descriptor of openPidfd() stands for; 0 only checks. Throws OSError EBADF, ESRCH (it has ended), EINVAL, EAGAIN; TypeError if
 *   `siginfo` is not null.
 * @property {(signalnum: SignalNumber, flag: boolean) => void} siginterrupt
 *   Whether a signal interrupts system calls. There are none in JavaScript; it is kept and has no effect. Throws ValueError, OSError EINVAL.
 * @property {() => void} pause
 *   Blocks until a handler has run. Throws what it throws; OSError EDEADLK where the agent may not block: on a page, outside of workers.
 * @property {(sigset: Iterable<SignalNumber>) => SignalNumber} sigwait
 *   Blocks until one of these signals is pending and takes it, without its handler. Block them first (pthread_sigmask). Other signals are handled
 *   meanwhile. Throws as pause() does, and ValueError for a number out of range.
 * @property {(sigset: Iterable<SignalNumber>) => SigInfo} sigwaitinfo
 *   The same; tells what is known of the signal.
 * @property {(sigset: Iterable<SignalNumber>, timeout: number) => SigInfo | null} sigtimedwait
 *   The same with a time-out in seconds, 0: only a look; null: the time is over. Throws ValueError also for a negative time.
 */

/** @typedef {Module & DocumentedNames & Readonly<Record<DocumentedSignal, Signal>>} SignalModule */
/** @typedef {Module & Omit<DocumentedNames, 'Signals'> & ExtendedNames & Readonly<Record<SignalName, Signal>>} ExtendedSignalModule */

/**
 * @typedef {object} CreateOptions
 * @property {'documented' | 'extended'} [edition]  'documented', the default: the names that Python has on WASI; 'extended': all that it has on Unix
 * @property {Iterable<'SIGINT' | 'SIGPIPE' | 'SIGXFSZ'>} [keep]  whose disposition is left as it is: without it SIGINT gets default_int_handler, and the other
 *   two are ignored
 * @property {import('../link/queue.js').Queue} [queue]  the process's queue, made by somebody who sends before this module exists: nothing of that is lost
 * @property {(event: string, thread: number, signum: number) => void} [audit]  'signal.pthread_kill', before it is done; what it throws prevents it
 * @property {(error: import('./python_errors.js').OSError, detail: string) => void} [unraisable]  an error that has no caller; by default it is printed
 * @property {(killed: import('./python_errors.js').Killed) => void} [die]  a default action ended the process. By default the main thread of Node dies of the same
 *   signal, and elsewhere nothing is done; if this returns, the call that took the signal throws `killed`
 */

/**
 * @typedef {{
 *   (options?: CreateOptions & {edition?: 'documented'}): SignalModule,
 *   (options: CreateOptions & {edition: 'extended'}): ExtendedSignalModule,
 *   (options?: CreateOptions): SignalModule | ExtendedSignalModule,
 * }} Create
 */

export {};
