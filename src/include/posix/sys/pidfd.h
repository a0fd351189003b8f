/* <sys/pidfd.h> of Linux, for wasm programs: descriptors that stand for processes. A process can open itself and those that its host granted to it. */
#ifndef _SYS_PIDFD_H
#define _SYS_PIDFD_H

#include <fcntl.h>
#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PIDFD_NONBLOCK O_NONBLOCK

/* A new descriptor for a process. `flags`: 0 or PIDFD_NONBLOCK. It is closed by close(), and readable for poll() when the process has ended.
 * -1 and errno: EINVAL (flags, or pid is not positive), ESRCH (no such process, or not granted), EMFILE, ENOSYS (a WASI host without wasmsig). */
int pidfd_open(pid_t pid, unsigned flags);

/* Sends a signal to the process of a descriptor: as kill() where `info` is null, otherwise with its si_code and si_value, and si_pid if it is the
 * process itself (another one is told the true sender, and of codes only SI_QUEUE). Signal 0 only checks. `flags` must be 0.
 * -1 and errno: EBADF (no descriptor of a process), EINVAL (signal, flags, info->si_signo is another signal, a code that cannot be sent), EPERM (a code
 * of kill() or of the kernel for another process, or a process that may not be sent to), ESRCH (it has ended), EAGAIN (too many real-time signals). */
int pidfd_send_signal(int pidfd, int signo, siginfo_t* info, unsigned flags);

#ifdef __cplusplus
}
#endif

#endif
