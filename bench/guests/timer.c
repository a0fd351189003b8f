/*
 * How late setitimer(ITIMER_REAL) is, in a compute loop ("busy") or asleep ("idle"): one line for each of N expiries, microseconds. The same program natively
 * and in wasm. "first" is "busy" after "ready 0" and SIGUSR1. Arguments: busy|idle|first N
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static volatile double arrived;
static volatile sig_atomic_t started;

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void handler(int signo) {
  (void)signo;
  arrived = now_us();
}

static void start(int signo) {
  started = signo;
}

int main(int argc, char **argv) {
  const int idle = argc > 1 && strcmp(argv[1], "idle") == 0;
  const int times = argc > 2 ? atoi(argv[2]) : 200;
  signal(SIGALRM, handler);
  sigset_t none, alarm_only;
  sigemptyset(&none);
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  if (idle) sigprocmask(SIG_BLOCK, &alarm_only, NULL);
  unsigned state = 1;
  if (argc > 1 && strcmp(argv[1], "first") == 0) {
    signal(SIGUSR1, start);
    puts("ready 0");
    fflush(stdout);
    while (!started) {
      for (int j = 0; j < 100; j++) state = state * 1664525u + 1013904223u;
    }
  }
  for (int i = 0; i < times; i++) {
    const int delay = 500 + (int)(state >> 8) % 3000;
    const struct itimerval timer = {{0, 0}, {0, delay}};
    arrived = 0;
    const double due = now_us() + delay;
    setitimer(ITIMER_REAL, &timer, NULL);
    while (arrived == 0) {
      if (idle) {
        sigsuspend(&none);
      } else {
        for (int j = 0; j < 100; j++) state = state * 1664525u + 1013904223u;
      }
    }
    state = state * 1664525u + 1013904223u;
    printf("%.1f\n", arrived - due);
  }
  return 0;
}
