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

/* What the process is. Its host says the number, that of its parent and the user. It leads a group of its own, in the
 * session of its parent, as a job of a shell does. All may be called from any thread and from handlers.
 *
 * getpgid(), getsid()  of another process: one that the host knows; ESRCH
 * setpgid()            the own group again; EINVAL (negative), ESRCH (another process), EPERM (another group)
 * setsid()             EPERM: the process leads a group
 * Source: getpid(2), setpgid(2), getsid(2), setsid(2). */
pid_t getpid(void);
pid_t getppid(void);
pid_t getpgrp(void);
pid_t getpgid(pid_t);
int setpgid(pid_t, pid_t);
pid_t getsid(pid_t);
pid_t setsid(void);

/* The group of a terminal is that of the process, which is always in the foreground. EBADF, ENOTTY (no terminal),
 * tcsetpgrp() also EINVAL (negative), ESRCH (no such group), EPERM (another one). Source: tcgetpgrp(3). */
pid_t tcgetpgrp(int);
int tcsetpgrp(int, pid_t);

/* Who the process is: real, effective and saved ids are the same, the group has the number of the user, and there are
 * no others. Functions that set ids take the own one, and otherwise fail as for a process that has not the right to
 * change them: EPERM; EINVAL where -1 is no id; setgroups() always EPERM. Source: credentials(7), setuid(2). */
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int getgroups(int, gid_t[]);
int setuid(uid_t);
int seteuid(uid_t);
int setgid(gid_t);
int setegid(gid_t);

/* A wasm program cannot make processes. On WASI all of these fail with ENOSYS. */
pid_t fork(void);
pid_t _Fork(void);
int execve(const char*, char* const[], char* const[]);
int execv(const char*, char* const[]);
int execle(const char*, const char*, ...);
int execl(const char*, const char*, ...);
int execvp(const char*, char* const[]);
int execlp(const char*, const char*, ...);
int fexecve(int, char* const[], char* const[]);

#if defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
pid_t setpgrp(void);
int setreuid(uid_t, uid_t);
int setregid(gid_t, gid_t);
#endif
#if defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
int setgroups(size_t, const gid_t*);
pid_t vfork(void);
int daemon(int, int);
#endif
#if defined(_GNU_SOURCE)
pid_t gettid(void); /* the first thread's is getpid() */
int execvpe(const char*, char* const[], char* const[]);
int setresuid(uid_t, uid_t, uid_t);
int setresgid(gid_t, gid_t, gid_t);
int getresuid(uid_t*, uid_t*, uid_t*);
int getresgid(gid_t*, gid_t*, gid_t*);
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
