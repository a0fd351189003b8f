/*
 * <setjmp.h>: the C library's own, with sigsetjmp() and siglongjmp() that keep the signal mask. The mask has room in
 * musl's jmp_buf. Both are macros, because the compiler lowers setjmp() and longjmp() by their names in the calling function.
 */
#include_next <setjmp.h>

#ifndef WASMSIG_POSIX_SETJMP_H
#define WASMSIG_POSIX_SETJMP_H

#if defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE) || defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || \
    defined(_BSD_SOURCE)

#ifdef __cplusplus
extern "C" {
#endif

void __wsig_sigsetjmp(unsigned long*, void*, int);
void __wsig_siglongjmp(const unsigned long*, const void*);

#undef sigsetjmp
#undef siglongjmp
#define sigsetjmp(env, savemask) (__wsig_sigsetjmp(&(env)->__fl, (env)->__ss, (savemask)), setjmp(env))
#define siglongjmp(env, val) (__wsig_siglongjmp(&(env)->__fl, (env)->__ss), longjmp((env), (val)))

#undef _setjmp
#undef _longjmp
#define _setjmp(env) setjmp(env)
#define _longjmp(env, val) longjmp((env), (val))

#ifdef __cplusplus
}
#endif

#endif
#endif
