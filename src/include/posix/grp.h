/*
 * <grp.h>: the C library's own, or all of it where wasi-libc has none. What <pwd.h> says of users holds for groups.
 */
#if defined(__has_include_next)
#if __has_include_next(<grp.h>)
#include_next <grp.h>
#endif
#endif

#ifndef _GRP_H /* as in musl */
#define _GRP_H

#include <features.h>

#define __NEED_gid_t
#define __NEED_size_t
#include <bits/alltypes.h>

struct group {
  char* gr_name;
  char* gr_passwd;
  gid_t gr_gid;
  char** gr_mem;
};

#ifdef __cplusplus
extern "C" {
#endif

struct group* getgrgid(gid_t);
struct group* getgrnam(const char*);
int getgrgid_r(gid_t, struct group*, char*, size_t, struct group**);
int getgrnam_r(const char*, struct group*, char*, size_t, struct group**);
#if defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
struct group* getgrent(void);
void endgrent(void);
void setgrent(void);
#endif
#if defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
int setgroups(size_t, const gid_t*); /* <unistd.h> says what it does */
#endif

#ifdef __cplusplus
}
#endif

#endif
