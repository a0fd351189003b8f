/*
 * wasi-libc's own header of this name makes sigset_t one byte. Its <sys/select.h>, <poll.h> and <pthread.h> include it by
 * name, so laying this one in front of it is what makes the whole C library agree on musl's type: 1024 bits, and a tag,
 * which C++ has in the names of functions. Unused on Emscripten.
 */
#ifndef WASMSIG_POSIX_TYPEDEF_SIGSET_T_H
#define WASMSIG_POSIX_TYPEDEF_SIGSET_T_H

typedef struct __sigset_t {
  unsigned long __wsig_words[1024 / (8 * sizeof(long))];
} sigset_t;

#endif
