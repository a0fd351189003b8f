/* <stdio.h>: the C library's own, with popen() and pclose(), which wasi-libc leaves out. */
#include_next <stdio.h>

#ifndef WASMSIG_POSIX_STDIO_H
#define WASMSIG_POSIX_STDIO_H

#if defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE) || defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || \
    defined(_BSD_SOURCE)
#ifdef __cplusplus
extern "C" {
#endif

/* On WASI both fail with ENOSYS: a wasm program cannot start another one. Source: popen(3). */
FILE* popen(const char*, const char*);
int pclose(FILE*);

#ifdef __cplusplus
}
#endif
#endif

#endif
