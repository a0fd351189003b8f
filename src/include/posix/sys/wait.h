/*
 * <sys/wait.h>: the C library's own, or all of it where wasi-libc has none.
 *
 * A wasm program has no children, so every function fails as it does on Linux for such a process. Values are Linux's:
 * wait(2), include/uapi/linux/wait.h. The functions may be called from any thread and from handlers. They are
 * cancellation points. -1 and errno:
 *
 *   EINVAL  options, or for waitid() also `type` and the id, are none
 *   ESRCH   waitpid() and wait4(): the id is INT_MIN (Linux)
 *   EBADF   waitid(P_PIDFD): no descriptor of a process
 *   ECHILD  otherwise, also with WNOHANG
 */
#if defined(__has_include_next)
#if __has_include_next(<sys/wait.h>)
#include_next <sys/wait.h>
#endif
#endif

#ifndef _SYS_WAIT_H /* as in musl */
#define _SYS_WAIT_H

#include <features.h>

#define __NEED_id_t
#define __NEED_pid_t
#include <bits/alltypes.h>

#include <signal.h>

#define WNOHANG 1
#define WUNTRACED 2
#define WSTOPPED 2
#define WEXITED 4
#define WCONTINUED 8
#define WNOWAIT 0x1000000

#define __WNOTHREAD 0x20000000
#define __WALL 0x40000000
#define __WCLONE 0x80000000

/* A status: the exit status in bits 8 to 15, or the number of the signal in bits 0 to 6 and in bit 7 whether there is a
 * core; 0x7f with the signal above it is a stop, 0xffff a continuation. */
#define WEXITSTATUS(status) (((status) & 0xff00) >> 8)
#define WTERMSIG(status) ((status) & 0x7f)
#define WSTOPSIG(status) WEXITSTATUS(status)
#define WCOREDUMP(status) ((status) & 0x80)
#define WIFEXITED(status) (!WTERMSIG(status))
#define WIFSTOPPED(status) (((status) & 0xff) == 0x7f)
#define WIFSIGNALED(status) (((status) & 0xffff) - 1U < 0xffu)
#define WIFCONTINUED(status) ((status) == 0xffff)

typedef enum { P_ALL = 0, P_PID = 1, P_PGID = 2, P_PIDFD = 3 } idtype_t;

#ifdef __cplusplus
extern "C" {
#endif

struct rusage;

pid_t wait(int*);
pid_t waitpid(pid_t, int*, int);
#if defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE) || defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || \
    defined(_BSD_SOURCE)
/* Also when it fails it clears the members of siginfo_t that it would give (Linux). */
int waitid(idtype_t, id_t, siginfo_t*, int);
#endif
#if defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
pid_t wait3(int*, int, struct rusage*);
pid_t wait4(pid_t, int*, int, struct rusage*);
#endif

#ifdef __cplusplus
}
#endif

#endif
