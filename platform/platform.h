/*
 * Seam 1: what src/signal_module/ needs of an operating system.
 *
 * Implemented once per platform: posix/ (Linux, macOS), windows/, emulated/ (both wasm targets, on src/process/). What
 * every implementer may assume:
 *
 *  - wsig_platform_start() comes first, once for each wsig_init(). Numbers, names and descriptions may be asked before it.
 *  - The module has checked what it can: signal numbers are 1 .. limit-1 unless a function says otherwise, pointers are not
 *    null unless it says so, no function is called that the capabilities deny.
 *  - Results are 0 (or the documented positive value) or a negative errno. After a failure nothing was changed.
 *  - Sets are 64-bit masks, bit n-1 for signal n; bits of signals that the platform does not have are ignored.
 *  - Functions may be called from several threads at once, except start, stop and install (main thread only).
 *
 * What the module may assume of an implementer:
 *
 *  - When a signal arrives whose disposition is OURS, wsig_trip() is called with its number, and errno is kept. That may be in a real signal
 *    handler, on any thread. Nothing else calls it, and no code of the embedder runs.
 *  - fd_write is async-signal-safe. No function allocates after start, throws, or uses stdio.
 *  - OURS stays installed after it ran.
 *
 * Why: docs/rationale.md#why-are-there-two-seams
 */
#ifndef WASMSIG_PLATFORM_PLATFORM_H
#define WASMSIG_PLATFORM_PLATFORM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which column of signals.def says what names exist. */
typedef enum wsig_platform_names {
  WSIG_NAMES_LINUX,
  WSIG_NAMES_DARWIN,
  WSIG_NAMES_WINDOWS,
  WSIG_NAMES_EMSCRIPTEN, /* two editions */
  WSIG_NAMES_WASI,       /* two editions */
} wsig_platform_names;

typedef struct wsig_platform_info {
  wsig_platform_names names;
  int limit;       /* NSIG, at most 65 */
  int listed_only; /* only the signals of valid_signals may have an action, and a wrong one is a wrong value (Windows) */
  int pidfd;       /* wsig_platform_send_pidfd() works */
} wsig_platform_info;

typedef enum wsig_disposition {
  WSIG_DISPOSITION_DEFAULT = 0,
  WSIG_DISPOSITION_IGNORE = 1,
  WSIG_DISPOSITION_OURS = 2,  /* calls wsig_trip() */
  WSIG_DISPOSITION_OTHER = 3, /* somebody else's handler, or unknown; never installed from here */
} wsig_disposition;

typedef enum wsig_fd_kind { WSIG_FD_FILE = 0, WSIG_FD_SOCKET = 1 } wsig_fd_kind;

typedef struct wsig_platform_signal {
  int signo, code, error;
  int32_t pid;
  uint32_t uid;
  int status;
  int64_t band;
} wsig_platform_signal;

typedef struct wsig_platform_timer {
  int64_t value_us;    /* until the next expiry; 0: disarmed */
  int64_t interval_us; /* 0: once */
} wsig_platform_timer;

/* The module's side: async-signal-safe, any thread. Does nothing while the module does not run. */
void wsig_trip(int signum);

/* --- what the platform is ----------------------------------------------------------------------------------------- */

const wsig_platform_info* wsig_platform(void);
/* The value of a SIG... or SIG_BLOCK ... name of signals.def; -1: the platform does not have it. */
int wsig_platform_number(const char* name);
/* strsignal(3); null: none. Valid until the thread's next call. */
const char* wsig_platform_description(int signum);
uint64_t wsig_platform_valid(void);

/* --- life --------------------------------------------------------------------------------------------------------- */

void wsig_platform_start(void);
/* 1: whoever runs the program wants it to have the extended edition, where it leaves that open. Asked after start. */
int wsig_platform_extended(void);
void wsig_platform_stop(void);

/* --- dispositions ------------------------------------------------------------------------------------------------- */

/* The disposition (a wsig_disposition). For a signal that cannot be asked about: OTHER. */
wsig_disposition wsig_platform_disposition(int signum);
/* DEFAULT, IGNORE or OURS, with an empty mask, and interrupting: system calls fail with EINTR. */
int wsig_platform_install(int signum, wsig_disposition disposition);
/* Changes only whether interrupted system calls restart. */
int wsig_platform_restart(int signum, int restart);

/* --- sending. Numbers are unchecked ------------------------------------------------------------------------------- */

int wsig_platform_raise(int signum);
int wsig_platform_send_thread(uintptr_t thread, int signum);
int wsig_platform_send_pidfd(int pidfd, int signum, unsigned flags);

/* --- masks and waits ---------------------------------------------------------------------------------------------- */

/* `how` is the platform's own and unchecked; `set` and `old` may be null. */
int wsig_platform_mask(int how, const uint64_t* set, uint64_t* old);
int wsig_platform_pending(uint64_t* set);
/* Returns -EINTR when a handler has run, or another error. */
int wsig_platform_pause(void);
/* The number of the signal that was accepted; -EAGAIN: the time is over; -EINTR. A negative time: no limit. */
int wsig_platform_wait(uint64_t set, int64_t timeout_ns, wsig_platform_signal* info);

/* --- timers. `which` is unchecked --------------------------------------------------------------------------------- */

unsigned wsig_platform_alarm(unsigned seconds);
int wsig_platform_set_timer(int which, const wsig_platform_timer* value, wsig_platform_timer* old);
int wsig_platform_get_timer(int which, wsig_platform_timer* value);
/* A monotonic clock, nanoseconds. */
int64_t wsig_platform_clock(void);

/* --- the wakeup descriptor ---------------------------------------------------------------------------------------- */

/* 1: open, and a write cannot block; 0: open, but in blocking mode; -EBADF ... Where blocking mode cannot be asked: 1. */
int wsig_platform_fd_check(intptr_t fd, wsig_fd_kind* kind);
/* One byte, repeated while interrupted. -EAGAIN: full. Async-signal-safe. */
int wsig_platform_fd_write(intptr_t fd, wsig_fd_kind kind, uint8_t byte);

/* --- threads and safe points -------------------------------------------------------------------------------------- */

uintptr_t wsig_platform_thread(void);
/* Takes and delivers what was sent, where that needs asking. */
void wsig_platform_collect(void);
/* The same for wsig_poll(), and how many polls may be left out before the next check. */
int32_t wsig_platform_poll(void);
/* A word that is nonzero when a check is worth it; null: trips come by themselves. Asked after start. */
const uint32_t* wsig_platform_doorbell(void);
/* Windows: the event set by SIGINT; null elsewhere. */
void* wsig_platform_interrupt_event(void);

#ifdef __cplusplus
}
#endif
#endif
