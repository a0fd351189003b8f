/* <poll.h>: the C library's own, with what POSIX has and wasi-libc leaves out. */
#include_next <poll.h>

#ifndef WASMSIG_POSIX_POLL_H
#define WASMSIG_POSIX_POLL_H

#define __NEED_time_t
#define __NEED_struct_timespec
#define __NEED_sigset_t
#include <bits/alltypes.h>

/* Nothing on WASI is ever urgent or has bands; numbers that its other events leave free. */
#ifndef POLLPRI
#define POLLPRI 0x4
#endif
#ifndef POLLRDBAND
#define POLLRDBAND 0x8
#endif
#ifndef POLLWRBAND
#define POLLWRBAND 0x10
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* POSIX.1-2024; the C libraries have it under _GNU_SOURCE only. */
int ppoll(struct pollfd*, nfds_t, const struct timespec*, const sigset_t*);

#ifdef __cplusplus
}
#endif

#endif
