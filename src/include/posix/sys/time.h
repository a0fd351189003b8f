/* <sys/time.h>: the C library's own, and the interval timers that wasi-libc leaves out. */
#include_next <sys/time.h>

#ifndef WASMSIG_POSIX_SYS_TIME_H
#define WASMSIG_POSIX_SYS_TIME_H

/* Emscripten's header, which is musl's, has these already. */
#ifndef ITIMER_REAL

#define ITIMER_REAL 0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF 2

struct itimerval {
  struct timeval it_interval;
  struct timeval it_value;
};

#ifdef __cplusplus
extern "C" {
#endif

int getitimer(int, struct itimerval*);
int setitimer(int, const struct itimerval* __restrict, struct itimerval* __restrict);

#ifdef __cplusplus
}
#endif

#endif
#endif
