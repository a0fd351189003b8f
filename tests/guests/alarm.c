/*
 * alarm [milliseconds [interval in milliseconds]]: a timer that interrupts a computation without any call in it. Prints "ready", then
 * "alarm N after T ms" for one expiry, or for five with an interval. "default": no handler, so SIGALRM kills it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t count;

static void ring(int signo) {
  (void)signo;
  count = count + 1;
}

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static struct timeval milliseconds(long value) {
  struct timeval time;
  memset(&time, 0, sizeof time);
  time.tv_sec = value / 1000;
  time.tv_usec = value % 1000 * 1000;
  return time;
}

int main(int argc, char **argv) {
  const int by_default = argc > 1 && !strcmp(argv[1], "default");
  const long delay = argc > 1 && !by_default ? atol(argv[1]) : 100, interval = argc > 2 ? atol(argv[2]) : 0;
  if (!by_default) signal(SIGALRM, ring);
  struct itimerval timer;
  timer.it_value = milliseconds(delay);
  timer.it_interval = milliseconds(interval);
  puts("ready");
  fflush(stdout);
  const double start = now_ms();
  setitimer(ITIMER_REAL, &timer, NULL);
  volatile unsigned long work = 0;
  for (int printed = 0; printed < (interval ? 5 : 1);) {
    while (count == printed) work = work + 1;
    printed = count;
    printf("alarm %d after %.0f ms\n", printed, now_ms() - start);
    fflush(stdout);
  }
  return 0;
}
