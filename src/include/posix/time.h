/*
 * <time.h>: the C library's own, and the timers that wasi-libc leaves out: POSIX.1-2024, <time.h>; timer_create(2) of
 * Linux. With SIGEV_THREAD_ID, gettid() of <unistd.h> names the thread. <signal.h> has struct sigevent.
 *
 * wasi-libc has two clocks. The others are those of WASI preview 1: clock_gettime() asks the host, and fails with EINVAL
 * where that has none. Timers on them work all the same: a host without processor time counts what is not slept.
 */
#include_next <time.h>

#ifndef WASMSIG_POSIX_TIME_H
#define WASMSIG_POSIX_TIME_H

/* Emscripten's header, which is musl's, has these already. */
#if defined(__wasi__) && (defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE) || defined(_XOPEN_SOURCE) || \
                          defined(_GNU_SOURCE) || defined(_BSD_SOURCE))

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CLOCK_PROCESS_CPUTIME_ID
extern const struct __clockid _CLOCK_PROCESS_CPUTIME_ID;
#define CLOCK_PROCESS_CPUTIME_ID (&_CLOCK_PROCESS_CPUTIME_ID)
#endif
#ifndef CLOCK_THREAD_CPUTIME_ID
extern const struct __clockid _CLOCK_THREAD_CPUTIME_ID;
#define CLOCK_THREAD_CPUTIME_ID (&_CLOCK_THREAD_CPUTIME_ID)
#endif
#ifndef CLOCK_BOOTTIME /* of Linux; the monotonic clock of the host */
extern const struct __clockid __wsig_clock_boottime;
#define CLOCK_BOOTTIME (&__wsig_clock_boottime)
#endif

struct sigevent;
int timer_create(clockid_t, struct sigevent* __restrict, timer_t* __restrict);
int timer_delete(timer_t);
int timer_settime(timer_t, int, const struct itimerspec* __restrict, struct itimerspec* __restrict);
int timer_gettime(timer_t, struct itimerspec*);
int timer_getoverrun(timer_t);

#ifdef __cplusplus
}
#endif

#endif
#endif
