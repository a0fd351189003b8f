/* How many bytes wasmsig adds: SIZE_OF 0 is the program without signals, 1 with signal() and raise(), 2 with every function of the C library layer. */
#define _GNU_SOURCE
#include <stdio.h>
#if SIZE_OF > 0
#include <signal.h>
#endif
#if SIZE_OF == 2
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#endif

static volatile int seen;

#if SIZE_OF > 0
static void handler(int signo) { seen = signo; }
#endif

#if SIZE_OF == 2
/* Addresses are enough: the linker must keep what they lead to. */
#define FUNCTION(name) (void (*)(void)) name
static void (*volatile const functions[])(void) = {
    FUNCTION(sigaction),   FUNCTION(bsd_signal),  FUNCTION(siginterrupt), FUNCTION(sigset),       FUNCTION(sighold),     FUNCTION(sigrelse),
    FUNCTION(sigignore),   FUNCTION(sigpause),    FUNCTION(kill),         FUNCTION(killpg),       FUNCTION(sigqueue),    FUNCTION(pthread_kill),
    FUNCTION(sigprocmask), FUNCTION(sigpending),  FUNCTION(sigsuspend),   FUNCTION(sigwait),      FUNCTION(sigwaitinfo), FUNCTION(sigtimedwait),
    FUNCTION(sigaltstack), FUNCTION(sigemptyset), FUNCTION(sigfillset),   FUNCTION(sigaddset),    FUNCTION(sigdelset),   FUNCTION(sigismember),
    FUNCTION(alarm),       FUNCTION(setitimer),   FUNCTION(getitimer),    FUNCTION(ualarm),       FUNCTION(pause),       FUNCTION(sleep),
    FUNCTION(usleep),      FUNCTION(nanosleep),   FUNCTION(psignal),      FUNCTION(psiginfo),     FUNCTION(sig2str),     FUNCTION(str2sig),
    FUNCTION(strsignal),   FUNCTION(abort),       FUNCTION(getpid),       FUNCTION(pthread_sigmask),
    FUNCTION(pthread_sigqueue), FUNCTION(sigblock), FUNCTION(sigsetmask), FUNCTION(siggetmask),
    FUNCTION(sigabbrev_np), FUNCTION(sigdescr_np), FUNCTION(wait), FUNCTION(waitpid), FUNCTION(wait3), FUNCTION(wait4), FUNCTION(waitid),
    FUNCTION(getppid), FUNCTION(getpgrp), FUNCTION(getpgid), FUNCTION(setpgid), FUNCTION(getsid), FUNCTION(setsid), FUNCTION(tcgetpgrp),
    FUNCTION(tcsetpgrp), FUNCTION(getuid), FUNCTION(setuid), FUNCTION(setresuid), FUNCTION(getresuid), FUNCTION(getgid), FUNCTION(getgroups),
    FUNCTION(timer_create), FUNCTION(timer_delete), FUNCTION(timer_settime), FUNCTION(timer_gettime), FUNCTION(timer_getoverrun), FUNCTION(gettid),
};
#endif

int main(void) {
#if SIZE_OF > 0
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
#endif
#if SIZE_OF == 2
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) seen += functions[i] != NULL;
#endif
  printf("%d\n", seen);
  return 0;
}
