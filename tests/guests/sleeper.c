/*
 * Blocks in the call that its argument names, "ready" before and the outcome after it: "NAME EINTR signo=N", or "NAME 0".
 * sleeper nanosleep|sleep|usleep|clock_nanosleep|pause|sigsuspend|sigwait|sigwaitinfo|sigtimedwait [seconds [times]]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t last;

static void note(int signo) { last = signo; }

static void call_once(const char *call, time_t seconds, const sigset_t *set) {
  const struct timespec time = {seconds, 0};
  sigset_t none;
  sigemptyset(&none);
  int result = -1, error, accepted = 0;
  siginfo_t info;
  memset(&info, 0, sizeof info);
  errno = 0;
  if (!strcmp(call, "nanosleep")) result = nanosleep(&time, NULL);
  if (!strcmp(call, "sleep")) result = sleep((unsigned)seconds) == 0 ? 0 : (errno = EINTR, -1);
  if (!strcmp(call, "usleep")) result = usleep((unsigned)seconds * 1000000);
  if (!strcmp(call, "clock_nanosleep")) {
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
    result = errno ? -1 : 0;
  }
  if (!strcmp(call, "pause")) result = pause();
  if (!strcmp(call, "sigsuspend")) result = sigsuspend(&none);
  if (!strcmp(call, "sigwait")) result = sigwait(set, &accepted);
  if (!strcmp(call, "sigwaitinfo")) result = sigwaitinfo(set, &info);
  if (!strcmp(call, "sigtimedwait")) result = sigtimedwait(set, &info, &time);
  error = errno;
  if (result == -1 && error == EINTR) {
    printf("%s EINTR signo=%d\n", call, (int)last);
  } else if (result == -1) {
    printf("%s error=%s\n", call, error == EAGAIN ? "EAGAIN" : error == EDEADLK ? "EDEADLK" : strerror(error));
  } else {
    printf("%s %d\n", call, accepted ? accepted : result);
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  const char *const call = argc > 1 ? argv[1] : "nanosleep";
  const time_t seconds = argc > 2 ? atoi(argv[2]) : 30;
  const int times = argc > 3 ? atoi(argv[3]) : 1;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR2, &action, NULL);
  signal(SIGHUP, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  if (!strncmp(call, "sigwait", 7) || !strcmp(call, "sigtimedwait")) sigprocmask(SIG_BLOCK, &set, NULL);
  puts("ready");
  fflush(stdout);
  for (int i = 0; i < times; i++) call_once(call, seconds, &set);
  return 0;
}
