/*
 * <pwd.h>: the C library's own, or all of it where wasi-libc has none.
 *
 * A wasm program has no database of users, so on WASI nobody is found: the result is NULL with ENOENT, which is one of
 * the answers for "not found" of getpwnam(3) and Emscripten's. The functions may be called from any thread and from
 * handlers.
 */
#if defined(__has_include_next)
#if __has_include_next(<pwd.h>)
#include_next <pwd.h>
#endif
#endif

#ifndef _PWD_H /* as in musl */
#define _PWD_H

#include <features.h>

#define __NEED_gid_t
#define __NEED_size_t
#define __NEED_uid_t
#include <bits/alltypes.h>

struct passwd {
  char* pw_name;
  char* pw_passwd;
  uid_t pw_uid;
  gid_t pw_gid;
  char* pw_gecos;
  char* pw_dir;
  char* pw_shell;
};

#ifdef __cplusplus
extern "C" {
#endif

struct passwd* getpwuid(uid_t);
struct passwd* getpwnam(const char*);
/* The result is the error. */
int getpwuid_r(uid_t, struct passwd*, char*, size_t, struct passwd**);
int getpwnam_r(const char*, struct passwd*, char*, size_t, struct passwd**);
#if defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
void setpwent(void);
void endpwent(void);
struct passwd* getpwent(void); /* at its end at once, which is no error */
#endif

#ifdef __cplusplus
}
#endif

#endif
