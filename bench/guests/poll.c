/*
 * An embedder with a loop of its own, which calls wsig_poll() in it; the handler's first act is to read the clock. At SIGTERM prints the times of all
 * arrivals, in nanoseconds of the monotonic clock, one a line.
 */
#include <stdio.h>
#include <time.h>

#include "wasmsig/wasmsig.h"

enum { MOST = 20000 };

static long long arrivals[MOST];
static int count, ended;

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int note(int signum, void *frame, void *data) {
  (void)signum, (void)frame, (void)data;
  if (count < MOST) arrivals[count++] = now_ns();
  return 0;
}

static int end(int signum, void *frame, void *data) {
  (void)frame, (void)data;
  ended = signum;
  return 0;
}

int main(void) {
  const wsig_config config = {.size = sizeof config, .edition = WSIG_EDITION_EXTENDED};
  const wsig_action notes = wsig_callable(note, NULL), ends = wsig_callable(end, NULL);
  if (wsig_init(&config) || wsig_signal(WSIG_SIGUSR1, &notes, NULL) || wsig_signal(WSIG_SIGTERM, &ends, NULL)) return 1;
  puts("ready 0");
  fflush(stdout);
  unsigned state = 1;
  while (!ended) {
    state = state * 1664525u + 1013904223u;
    if (wsig_poll(NULL)) return 1;
  }
  for (int i = 0; i < count; i++) printf("%lld\n", arrivals[i]);
  return state == 0;
}
