/* <unistd.h>: the C library's own, and the functions of signals and processes that wasi-libc leaves out. */

/* wasi-libc marks getpid() deprecated unless its own emulation is asked for; the number here is the host's. */
#if defined(__wasi__) && !defined(_WASI_EMULATED_GETPID)
#define _WASI_EMULATED_GETPID
#endif

#include_next <unistd.h>

#ifndef WASMSIG_POSIX_UNISTD_H
#define WASMSIG_POSIX_UNISTD_H

#ifdef __cplusplus
extern "C" {
#endif

unsigned alarm(unsigned);
int pause(void);
pid_t getppid(void);
pid_t getpgrp(void);
uid_t getuid(void);
uid_t geteuid(void);
#if defined(_GNU_SOURCE)
pid_t gettid(void); /* the first thread's is getpid() */
#endif
/* wasi-libc declares these two without having ualarm(), and only under some feature macros. */
#if defined(_GNU_SOURCE) || defined(_BSD_SOURCE) || (defined(_XOPEN_SOURCE) && _XOPEN_SOURCE + 0 < 700)
int usleep(unsigned);
unsigned ualarm(unsigned, unsigned);
#endif

#ifdef __cplusplus
}
#endif

#endif
