/* <string.h>: the C library's own, and what the GNU C library has of signals in it. */
#include_next <string.h>

#ifndef WASMSIG_POSIX_STRING_H
#define WASMSIG_POSIX_STRING_H

#if defined(_GNU_SOURCE)
#ifdef __cplusplus
extern "C" {
#endif

/* A signal's name without SIG, and what strsignal() says of it; null for a number without a name, such as those of
 * real-time signals. May be called from any thread and from handlers. Source: strsignal(3). */
const char* sigabbrev_np(int);
const char* sigdescr_np(int);

#ifdef __cplusplus
}
#endif
#endif

#endif
