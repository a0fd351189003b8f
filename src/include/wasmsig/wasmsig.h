/*
 * wasmsig: Python's `signal` module as a C library, for interpreters and for programs with a loop of their own.
 *
 * What it does, in the order in which it happens:
 *
 *     host event -> queue -> pending -> (tripped) -> safe point -> handler
 *
 * A signal that arrives only *trips*: its flag, then the global flag, then the embedder's eval breaker are set, and then a
 * byte is written to the wakeup descriptor. Handlers run later, in the main thread, inside wsig_check_signals() or a
 * call that says so below ("runs handlers").
 *
 * Conventions of this header:
 *
 *  - Result: 0 (or a documented positive value), or a negative WSIG_E_ code; wsig_last_error() then has the details. A call
 *    that fails changed nothing: handlers, masks, timers and the wakeup descriptor are what they were.
 *    WSIG_E_RAISED means that a handler or a hook of the embedder raised; the error is the embedder's own.
 *  - Structs that the caller fills, or has filled, start with `size_t size`, which the caller sets to sizeof.
 *  - "Threads: any" is said where it holds. "Async-signal-safe" is said only where it holds.
 *  - Signal numbers, masks' `how` and timers are the platform's own, see WSIG_SIGINT and wsig_name_at(). On wasm they are Linux's.
 *  - Any function that a platform or edition lacks answers WSIG_E_UNAVAILABLE and does nothing.
 *
 * Source, where a function names none: Python 3.13, Library Reference, module `signal`; POSIX.1-2024 below it.
 */
#ifndef WASMSIG_WASMSIG_H
#define WASMSIG_WASMSIG_H

#include <stddef.h>
#include <stdint.h>

#include "wasmsig/version.h"

/* ---- signal numbers ---------------------------------------------------------------------------------------------- */

/* A WSIG_SIG... macro exists where the platform has the signal. wasm has Linux's numbers whatever the C library's header
 * says; elsewhere they are those of <signal.h>. WASMSIG_LINUX_NUMBERS is for native builds of the emulated process. */
/* Generated from src/signals.def by scripts/generate.mjs. */
#if defined(__wasm__) || defined(WASMSIG_LINUX_NUMBERS)
#define WSIG_SIGHUP 1
#define WSIG_SIGINT 2
#define WSIG_SIGQUIT 3
#define WSIG_SIGILL 4
#define WSIG_SIGTRAP 5
#define WSIG_SIGABRT 6
#define WSIG_SIGBUS 7
#define WSIG_SIGFPE 8
#define WSIG_SIGKILL 9
#define WSIG_SIGUSR1 10
#define WSIG_SIGSEGV 11
#define WSIG_SIGUSR2 12
#define WSIG_SIGPIPE 13
#define WSIG_SIGALRM 14
#define WSIG_SIGTERM 15
#define WSIG_SIGSTKFLT 16
#define WSIG_SIGCHLD 17
#define WSIG_SIGCONT 18
#define WSIG_SIGSTOP 19
#define WSIG_SIGTSTP 20
#define WSIG_SIGTTIN 21
#define WSIG_SIGTTOU 22
#define WSIG_SIGURG 23
#define WSIG_SIGXCPU 24
#define WSIG_SIGXFSZ 25
#define WSIG_SIGVTALRM 26
#define WSIG_SIGPROF 27
#define WSIG_SIGWINCH 28
#define WSIG_SIGIO 29
#define WSIG_SIGPWR 30
#define WSIG_SIGSYS 31
#define WSIG_SIGRTMIN 35
#define WSIG_SIGRTMAX 64
#else
#include <signal.h>
#define WSIG_SIGINT SIGINT
#define WSIG_SIGILL SIGILL
#define WSIG_SIGABRT SIGABRT
#define WSIG_SIGFPE SIGFPE
#define WSIG_SIGSEGV SIGSEGV
#define WSIG_SIGTERM SIGTERM
#ifdef SIGHUP
#define WSIG_SIGHUP SIGHUP
#endif
#ifdef SIGQUIT
#define WSIG_SIGQUIT SIGQUIT
#endif
#ifdef SIGTRAP
#define WSIG_SIGTRAP SIGTRAP
#endif
#ifdef SIGBUS
#define WSIG_SIGBUS SIGBUS
#endif
#ifdef SIGKILL
#define WSIG_SIGKILL SIGKILL
#endif
#ifdef SIGUSR1
#define WSIG_SIGUSR1 SIGUSR1
#endif
#ifdef SIGUSR2
#define WSIG_SIGUSR2 SIGUSR2
#endif
#ifdef SIGPIPE
#define WSIG_SIGPIPE SIGPIPE
#endif
#ifdef SIGALRM
#define WSIG_SIGALRM SIGALRM
#endif
#ifdef SIGSTKFLT
#define WSIG_SIGSTKFLT SIGSTKFLT
#endif
#ifdef SIGCHLD
#define WSIG_SIGCHLD SIGCHLD
#endif
#ifdef SIGCONT
#define WSIG_SIGCONT SIGCONT
#endif
#ifdef SIGSTOP
#define WSIG_SIGSTOP SIGSTOP
#endif
#ifdef SIGTSTP
#define WSIG_SIGTSTP SIGTSTP
#endif
#ifdef SIGTTIN
#define WSIG_SIGTTIN SIGTTIN
#endif
#ifdef SIGTTOU
#define WSIG_SIGTTOU SIGTTOU
#endif
#ifdef SIGURG
#define WSIG_SIGURG SIGURG
#endif
#ifdef SIGXCPU
#define WSIG_SIGXCPU SIGXCPU
#endif
#ifdef SIGXFSZ
#define WSIG_SIGXFSZ SIGXFSZ
#endif
#ifdef SIGVTALRM
#define WSIG_SIGVTALRM SIGVTALRM
#endif
#ifdef SIGPROF
#define WSIG_SIGPROF SIGPROF
#endif
#ifdef SIGWINCH
#define WSIG_SIGWINCH SIGWINCH
#endif
#ifdef SIGIO
#define WSIG_SIGIO SIGIO
#endif
#ifdef SIGPWR
#define WSIG_SIGPWR SIGPWR
#endif
#ifdef SIGSYS
#define WSIG_SIGSYS SIGSYS
#endif
#ifdef SIGBREAK
#define WSIG_SIGBREAK SIGBREAK
#endif
#ifdef SIGRTMIN
#define WSIG_SIGRTMIN SIGRTMIN /* on Linux and others a function call: what the C library leaves free */
#define WSIG_SIGRTMAX SIGRTMAX
#endif
#endif
/* End of what is generated. */
#if defined(__wasm__) || defined(WASMSIG_LINUX_NUMBERS)
#define WSIG_SIG_BLOCK 0
#define WSIG_SIG_UNBLOCK 1
#define WSIG_SIG_SETMASK 2
#elif defined(SIG_BLOCK) && defined(SIGHUP) /* a thread library of Windows defines it without any masks */
#define WSIG_SIG_BLOCK SIG_BLOCK
#define WSIG_SIG_UNBLOCK SIG_UNBLOCK
#define WSIG_SIG_SETMASK SIG_SETMASK
#endif

/* For GenerateConsoleCtrlEvent() on Windows; no signal numbers, and not for wsig_raise_signal(). */
#define WSIG_CTRL_C_EVENT 0
#define WSIG_CTRL_BREAK_EVENT 1

/* The same on every platform that has interval timers. */
#define WSIG_ITIMER_REAL 0
#define WSIG_ITIMER_VIRTUAL 1
#define WSIG_ITIMER_PROF 2

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ------------------------------------------------------------------------------------------------------ */

enum {
  WSIG_E_VALUE = -1,       /* ValueError */
  WSIG_E_TYPE = -2,        /* TypeError */
  WSIG_E_OS = -3,          /* OSError; wsig_error.number is the errno */
  WSIG_E_ITIMER = -4,      /* ItimerError, a subtype of OSError; wsig_error.number is the errno */
  WSIG_E_UNAVAILABLE = -5, /* AttributeError: this platform or edition lacks the name */
  WSIG_E_RAISED = -6,      /* a handler or a hook raised; the error is the embedder's */
  WSIG_E_STATE = -7,       /* RuntimeError: wsig_init() is missing, or was called twice */
  WSIG_E_OVERFLOW = -8,    /* OverflowError: a time that no clock can hold */
  WSIG_E_KEYBOARD_INTERRUPT =
      -9, /* KeyboardInterrupt; only as the kind in wsig_last_error(), see wsig_default_int_handler() */
};

typedef struct wsig_error {
  size_t size;
  int kind;           /* a WSIG_E_ code; 0: no call of this thread failed yet */
  int number;         /* errno, with WSIG_E_OS and WSIG_E_ITIMER; otherwise 0 */
  const char* text;   /* the message, as Python words it; never null */
  const char* detail; /* more, where there is more (an availability line, what was being done); never null */
} wsig_error;

/* The error of this thread's last call that failed. `error->size` must be set. The texts are valid until this thread's next failure.
 * Returns the kind, 0 if nothing failed yet; WSIG_E_VALUE if `error` is null or its size too small. Threads: any. */
int wsig_last_error(wsig_error* error);

/* The name of a kind as Python has it: "ValueError", "OSError"; "" for 0 and unknown ones. Threads: any; async-signal-safe. */
const char* wsig_error_kind_name(int kind);

/* ---- actions ----------------------------------------------------------------------------------------------------- */

/* A handler. `frame` is what was given to wsig_check_signals(), null where a call ran handlers on its own. Returns 0, or
 * nonzero if it raised: then no further handler runs now. It may call any function of this header, and may leave by a jump.
 * A safe point inside a handler runs other handlers only if a signal arrived since; what was waiting before runs after it. */
typedef int (*wsig_handler)(int signum, void* frame, void* data);

enum {
  WSIG_ACTION_DEFAULT = 0,  /* SIG_DFL */
  WSIG_ACTION_IGNORE = 1,   /* SIG_IGN */
  WSIG_ACTION_CALLABLE = 2, /* `function` with `data` */
  WSIG_ACTION_NONE = 3,     /* only as a result: not installed from here */
};

typedef struct wsig_action {
  size_t size;
  int kind;
  wsig_handler function;
  void* data;
} wsig_action;

static inline wsig_action wsig_action_make(int kind, wsig_handler function, void* data) {
  wsig_action action;
  action.size = sizeof(wsig_action);
  action.kind = kind;
  action.function = function;
  action.data = data;
  return action;
}
static inline wsig_action wsig_default(void) { return wsig_action_make(WSIG_ACTION_DEFAULT, NULL, NULL); }
static inline wsig_action wsig_ignore(void) { return wsig_action_make(WSIG_ACTION_IGNORE, NULL, NULL); }
static inline wsig_action wsig_callable(wsig_handler function, void* data) {
  return wsig_action_make(WSIG_ACTION_CALLABLE, function, data);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

enum {
  WSIG_EDITION_HOST =
      0, /* on wasm: what whoever runs the program has asked for; where nobody has, the documented one */
  WSIG_EDITION_DOCUMENTED = 1, /* on wasm: exactly the names that Python documents and ships there */
  WSIG_EDITION_EXTENDED = 2,   /* on wasm: everything that Unix has. No difference on other platforms. */
};

enum {
  WSIG_KEEP_SIGPIPE = 1, /* do not ignore SIGPIPE */
  WSIG_KEEP_SIGXFSZ = 2, /* do not ignore SIGXFSZ */
  WSIG_KEEP_SIGINT = 4,  /* do not install wsig_default_int_handler() */
};

typedef struct wsig_config {
  size_t size;
  int edition;      /* WSIG_EDITION_ */
  uint32_t options; /* WSIG_KEEP_, or-ed */
  void* hook_data;  /* handed to every hook */

  /* Raises KeyboardInterrupt in the embedder; the result is the handler's (nonzero: raised). */
  int (*keyboard_interrupt)(void* frame, void* hook_data);
  /* An error that has no caller to go to. With a race: kind WSIG_E_OS, number 0, text "Signal N ignored due to race condition".
   * With the wakeup descriptor: kind WSIG_E_OS, the errno, and as detail "Exception ignored when trying to write to the signal
   * wakeup fd" ("send" instead of "write" for a socket on Windows). Without this hook such errors are dropped. */
  void (*unraisable)(const wsig_error* error, void* hook_data);
  /* An audit event, before its action. Nonzero: the hook raised, nothing is done, the call fails with WSIG_E_RAISED. */
  int (*audit)(const char* event, uintptr_t thread, int signum, void* hook_data);
  /* Called when a call fails, with what wsig_last_error() will say (not for WSIG_E_RAISED): set the exception here. */
  void (*raise_error)(const wsig_error* error, void* hook_data);
  /* When a signal trips, `eval_breaker_bits` are or-ed into this word, atomically, release. The embedder clears them before it
   * calls wsig_check_signals(). Null: none. */
  uint32_t* eval_breaker;
  uint32_t eval_breaker_bits;
  /* The same as a call. Runs in real signal handlers and on other threads: it must be async-signal-safe. */
  void (*tripped)(void* hook_data);
  /* Whether the calling thread runs the main interpreter. Null: the thread of wsig_init() does. Asked only on that thread. */
  int (*may_handle)(void* hook_data);
  /* Around every wait that may block, to release and take back an interpreter lock. `begin` makes the `token`. */
  void* (*blocking_begin)(void* hook_data);
  void (*blocking_end)(void* token, void* hook_data);
  /* wsig_finalize() gives back each callable that was still installed. */
  void (*dropped)(int signum, const wsig_action* action, void* hook_data);
} wsig_config;

/* Starts the module. The calling thread becomes the main thread. SIGPIPE and SIGXFSZ are ignored and SIGINT, if its disposition is
 * the default one, gets wsig_default_int_handler(), unless `options` say otherwise; the dispositions found are what
 * wsig_getsignal() then reports. `config` may be null (everything zero); its words are copied, the size included.
 * Errors: WSIG_E_STATE if it runs already; WSIG_E_VALUE for a size, an edition or an option that does not exist.
 * Threads: any, but no other call of this library at the same time. */
int wsig_init(const wsig_config* config);

/* Ends the module: every signal with a callable gets SIG_DFL back, flags are cleared, the wakeup descriptor is forgotten (not closed).
 * wsig_init() may be called again. Errors: WSIG_E_STATE if it does not run; WSIG_E_VALUE off the main thread. */
int wsig_finalize(void);

/* 1 between wsig_init() and wsig_finalize(). Threads: any; async-signal-safe. */
int wsig_is_running(void);

/* In the child after fork(): drops what was tripped, and makes the calling thread the main thread. Does nothing where
 * the module does not run. Where there is no fork() there is no use for it. */
void wsig_after_fork_child(void);

/* ---- safe points ------------------------------------------------------------------------------------------------- */

/* Runs the handlers of what has tripped, lowest number first, if this is the main thread (and `may_handle` agrees); elsewhere it
 * returns 0 and runs nothing. `frame` goes to the handlers. Where the process is emulated, what was sent is taken first, which
 * may also run default actions (and end the program). 0, or WSIG_E_RAISED: a handler raised; what comes after it stays tripped.
 * Threads: any. Not async-signal-safe. Source: C API Reference, PyErr_CheckSignals(). */
int wsig_check_signals(void* frame);

/* Simulates the arrival of a signal: trips it if a callable is installed for it, and does nothing for SIG_DFL, SIG_IGN and none; it never
 * kills. 0, or -1 if the number is out of range (no error is recorded). Threads: any; async-signal-safe.
 * Source: C API Reference, PyErr_SetInterruptEx(). */
int wsig_set_interrupt(int signum);

/* Takes a signal that has tripped without running its handler: for an interpreter that was waiting for input and wants to know
 * whether ^C ended the wait. It calls no hook, so it needs no interpreter lock. 1: it had tripped, and is not tripped any more; 0: it had not,
 * or this is not the main thread. Errors: WSIG_E_VALUE for a number out of range. Threads: any. Source: C API Reference, PyOS_InterruptOccurred(). */
int wsig_accept(int signum);

/* What wsig_poll() reads; nothing else should. */
extern uint32_t wsig_poll_tripped;         /* the global flag */
extern const uint32_t* wsig_poll_doorbell; /* a word that is nonzero when a check of the queue is worth it */
extern int32_t wsig_poll_countdown;        /* checks to leave out, on hosts whose doorbell cannot be seen */
int wsig_poll_slow(void* frame);

#if defined(__GNUC__)
#define WSIG_LOAD_(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define WSIG_STORE_(word, value) __atomic_store_n(&(word), (value), __ATOMIC_RELAXED)
#define WSIG_LIKELY_(condition) __builtin_expect(!!(condition), 1)
#else
#define WSIG_LOAD_(word) (*(volatile const uint32_t*)&(word))
#define WSIG_STORE_(word, value) (*(volatile int32_t*)&(word) = (value))
#define WSIG_LIKELY_(condition) (condition)
#endif

/* wsig_check_signals() for a loop: two loads of words that are nearly always zero. Where senders cannot reach the program's
 * memory it counts down instead, and checks at least every 100 microseconds or so. Same result. Threads: any.
 * The loads are relaxed: the slow path takes what it finds with acquire. */
static inline int wsig_poll(void* frame) {
  const uint32_t tripped = WSIG_LOAD_(wsig_poll_tripped);
  if (WSIG_LIKELY_((tripped | WSIG_LOAD_(*wsig_poll_doorbell)) == 0)) return 0;
  if (tripped == 0) {
    const int32_t left = (int32_t)WSIG_LOAD_(wsig_poll_countdown);
    if (left > 0) {
      WSIG_STORE_(wsig_poll_countdown, left - 1);
      return 0;
    }
  }
  return wsig_poll_slow(frame);
}

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

/* Sets the action for a signal, after running the handlers that are pending. `previous` may be null. The signal then interrupts
 * system calls, as after wsig_siginterrupt(signum, 1). A callable stays installed until it is replaced.
 * Errors: WSIG_E_VALUE for a number out of range, on Windows for one that is not in its list, and off the main thread; WSIG_E_TYPE for
 * an action of another kind or a null function; WSIG_E_OS EINVAL for SIGKILL, SIGSTOP and numbers that the C library keeps;
 * WSIG_E_RAISED if a pending handler raised. Threads: the main thread. Runs handlers. */
int wsig_signal(int signum, const wsig_action* action, wsig_action* previous);

/* The action for a signal: as set from here or found at wsig_init(); WSIG_ACTION_NONE: somebody else's handler.
 * Errors: WSIG_E_VALUE for a number out of range. Threads: any. */
int wsig_getsignal(int signum, wsig_action* action);

/* The handler that wsig_init() gives SIGINT: calls the `keyboard_interrupt` hook. Without that hook it raises by itself, and
 * wsig_last_error() then has the kind WSIG_E_KEYBOARD_INTERRUPT. */
int wsig_default_int_handler(int signum, void* frame, void* data);

/* Whether system calls that this signal interrupts are restarted (0) or fail with EINTR (nonzero). Errors: WSIG_E_VALUE for a number out
 * of range; WSIG_E_OS EINVAL for SIGKILL, SIGSTOP. Availability: Unix. Threads: any. Source: siginterrupt(3). */
int wsig_siginterrupt(int signum, int flag);

/* The descriptor that gets one byte, the signal's number, for each arrival, after the flags are set. -1: none. `previous` may be null and
 * gets the former one or -1. On Windows it may also be a socket, written with send(). `warn_on_full_buffer` 0: a full buffer
 * is not reported. Errors: WSIG_E_VALUE off the main thread, and for a descriptor in blocking mode (Windows cannot tell); WSIG_E_OS
 * EBADF for one that is not open. Of several failed writes between two safe points the first is reported. Threads: the main thread. */
int wsig_set_wakeup_fd(intptr_t fd, int warn_on_full_buffer, intptr_t* previous);

/* ---- sets -------------------------------------------------------------------------------------------------------- */

/* Bit n-1 for signal n. */
typedef struct wsig_set {
  uint64_t bits;
} wsig_set;

static inline int wsig_set_has(wsig_set set, int signum) {
  return signum >= 1 && signum <= 64 && (int)((set.bits >> (signum - 1)) & 1);
}

/* Adds a signal. 0; or 1 if the number is in range but no signal of this platform: it was left out (Python warns then: "invalid signal
 * number N, please use valid_signals()"). Errors: WSIG_E_VALUE "signal number N out of range [1; NSIG - 1]". Threads: any. */
int wsig_set_add(wsig_set* set, long signum);

/* The signals that a program may use here: without those that the C library keeps for itself. Threads: any. Source: sigfillset(3). */
int wsig_valid_signals(wsig_set* set);

/* The description of a signal, such as "Interrupt"; null if it has none. The text is valid until this thread's next call. It is
 * the C library's on Unix (and in its language), Linux's on wasm, and Python's own on Windows.
 * Errors: WSIG_E_VALUE for a number out of range. Threads: any. Source: strsignal(3). */
int wsig_strsignal(int signum, const char** description);

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/* Sends a signal to the calling process (on Unix to the calling thread), then runs its handler if this thread may. Errors: WSIG_E_OS with
 * what the system says, EINVAL for a number that it does not have. Threads: any. Runs handlers. Source: raise(3). */
int wsig_raise_signal(int signum);

/* Identity of the calling thread, as wsig_pthread_kill() takes it: pthread_self(), 1 where there are no threads. Threads: any. */
uintptr_t wsig_thread_ident(void);

/* Sends a signal to a thread of this process; 0 only checks. The audit event "signal.pthread_kill" comes first. Errors: WSIG_E_RAISED by
 * the audit hook or a handler; WSIG_E_OS with EINVAL, ESRCH. A thread that has ended must not be named (POSIX). Availability:
 * Unix. Threads: any. Runs handlers. Source: pthread_kill(3). */
int wsig_pthread_kill(uintptr_t thread, int signum);

typedef struct wsig_siginfo {
  size_t size;
  int signo, code, error; /* si_signo, si_code, si_errno */
  int32_t pid;
  uint32_t uid;
  int status;
  int64_t band;
} wsig_siginfo;

/* Sends a signal to the process that a descriptor stands for. `siginfo` must be null (WSIG_E_TYPE) and `flags` 0. Runs no handlers. Errors:
 * WSIG_E_OS with what the system says. Availability: Linux >= 5.1, and wasm's extended edition
 * (<sys/pidfd.h> has pidfd_open() there). Threads: any. Source: pidfd_send_signal(2). */
int wsig_pidfd_send_signal(int pidfd, int signum, const wsig_siginfo* siginfo, unsigned flags);

/* ---- timers ------------------------------------------------------------------------------------------------------ */

/* SIGALRM after so many seconds; 0: never. `left` may be null and gets the seconds left of the former alarm, rounded as the platform does, and never
 * 0 while one was pending. Shared with WSIG_ITIMER_REAL. Availability: Unix. Threads: any. Source: alarm(2). */
int wsig_alarm(unsigned seconds, unsigned* left);

/* Sets an interval timer: seconds until the first signal (0: none) and from each to the next (0: once), rounded up to whole
 * microseconds. The old values go to `old_seconds` and `old_interval`, which may be null. Errors: WSIG_E_ITIMER EINVAL for a timer that
 * does not exist and for a negative time; WSIG_E_VALUE for NaN; WSIG_E_OVERFLOW. Availability: Unix. Threads: any. Source: setitimer(2). */
int wsig_setitimer(int which, double seconds, double interval, double* old_seconds, double* old_interval);

/* The time left and the interval of a timer, in seconds. Errors: WSIG_E_ITIMER EINVAL. Availability: Unix. Threads: any. Source: getitimer(2). */
int wsig_getitimer(int which, double* seconds, double* interval);

/* ---- masks and waits --------------------------------------------------------------------------------------------- */

/* Changes this thread's mask and tells the old one (either may be null). SIGKILL and SIGSTOP are silently never blocked. What becomes unblocked is
 * delivered and handled before the call returns. Errors: WSIG_E_VALUE for a bit out of range; WSIG_E_OS EINVAL for another `how`; WSIG_E_RAISED: a handler
 * raised, and the mask *is* changed, as in Python. Availability: Unix. Threads: any. Runs handlers. Source: pthread_sigmask(3). */
int wsig_pthread_sigmask(int how, const wsig_set* set, wsig_set* previous);

/* What was raised while blocked, for this thread and for the process. Availability: Unix. Threads: any. Source: sigpending(2). */
int wsig_sigpending(wsig_set* set);

/* Sleeps until a signal's handler has run (in this thread, if it may). Errors: WSIG_E_RAISED; WSIG_E_OS EDEADLK where the host may not block.
 * Availability: Unix. Threads: any. Runs handlers. Source: pause(2). */
int wsig_pause(void);

/* Accepts a signal of the set, now pending or when it comes; its handler does not run. `signum` gets the number. Interrupted by another
 * signal: handlers run, then it waits again unless one raised. Block the set first. Errors: WSIG_E_VALUE for a bit out of range,
 * WSIG_E_RAISED, WSIG_E_OS. Availability: Unix. Threads: any. Runs handlers. Source: sigwait(3). */
int wsig_sigwait(const wsig_set* set, int* signum);

/* The same with all that is known of the signal. Availability: Unix, not macOS. Source: sigwaitinfo(2). */
int wsig_sigwaitinfo(const wsig_set* set, wsig_siginfo* info);

/* The same with a limit in seconds, 0: only a check. 1: `info` is filled; 0: the time is over. Interrupted, it waits on for what is left of it.
 * Errors: as above; WSIG_E_VALUE for a negative time or NaN; WSIG_E_OVERFLOW. Availability: Unix, not macOS. Source: sigtimedwait(2). */
int wsig_sigtimedwait(const wsig_set* set, double timeout, wsig_siginfo* info);

/* ---- names ------------------------------------------------------------------------------------------------------- */

enum {
  WSIG_NAME_FUNCTION = 0,
  WSIG_NAME_ENUM = 1,
  WSIG_NAME_EXCEPTION = 2,
  WSIG_NAME_TYPE = 3,
  WSIG_NAME_HANDLER = 4,  /* member of Handlers */
  WSIG_NAME_SIGMASK = 5,  /* member of Sigmasks */
  WSIG_NAME_ITIMER = 6,   /* plain constant */
  WSIG_NAME_CONSTANT = 7, /* plain constant */
  WSIG_NAME_SIGNAL = 8,   /* member of Signals */
  WSIG_NAME_ALIAS = 9,    /* member of Signals, another name of the same number */
};

typedef struct wsig_name {
  size_t size;
  const char* name;
  int kind;               /* WSIG_NAME_ */
  int value;              /* of members and constants; otherwise 0 */
  const char* documented; /* Python's availability line; "" : no restriction */
} wsig_name;

/* How many names the module has on this platform in this edition (before wsig_init(): the documented one), and the names, in the order of
 * signals.def. Errors: WSIG_E_VALUE for an index out of range, or a size that is not set. Threads: any. */
size_t wsig_name_count(void);
int wsig_name_at(size_t index, wsig_name* name);

/* Whether the module has a name: 1 or 0. Threads: any. */
int wsig_has(const char* name);

/* One more than the highest signal number. Threads: any; async-signal-safe. */
int wsig_nsig(void);

/* "SIGINT" for its number, the primary name where there are aliases; null if the module has none for it (also SIGRTMIN+1 ...). Threads: any. */
const char* wsig_signal_name(int signum);

/* "linux", "darwin", "windows", "emscripten" or "wasi". Threads: any. */
const char* wsig_platform_name(void);

/* Windows: the event (a HANDLE) that is set when SIGINT arrives, for WaitForMultipleObjects(); reset it before waiting. Null elsewhere.
 * Threads: any. */
void* wsig_interrupt_event(void);

#ifdef __cplusplus
}
#endif
#endif
