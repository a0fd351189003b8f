/* Somebody else's C program: it takes a signal by the signal module and, where there is POSIX, one that a timer sends. */
#define _XOPEN_SOURCE 700
#include <signal.h>
#include <stdio.h>
#include <wasmsig/wasmsig.h>
#ifndef _WIN32
#include <sys/time.h>
#include <unistd.h>
#endif

#if defined(__wasm__) && !defined(WASMSIG_POSIX_SIGNAL)
#error "<signal.h> is the C library's own"
#endif

static int caught(int signum, void* frame, void* data) {
  (void)frame;
  *(int*)data = signum;
  return 0;
}

/* The number of the signal that a timer sends, 0 where there are no timers. */
static int timer_signal(void) {
#ifdef _WIN32
  return 0;
#else
  const struct itimerval soon = {{0, 0}, {0, 1000}};
  sigset_t set;
  int signo = -1;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || setitimer(ITIMER_REAL, &soon, NULL) != 0 || sigwait(&set, &signo) != 0) return -1;
  return signo;
#endif
}

int main(void) {
  int signum = 0;
  const wsig_action action = wsig_callable(caught, &signum);
  if (wsig_init(NULL) != 0 || wsig_signal(WSIG_SIGTERM, &action, NULL) != 0 || wsig_raise_signal(WSIG_SIGTERM) != 0) return 1;
  if (wsig_finalize() != 0) return 1;
  printf("%s %s: caught %d, timer %d\n", wsig_platform_name(), WSIG_VERSION_STRING, signum, timer_signal());
  return 0;
}
