/*
 * Native figures of the latency rows: one thread sends by pthread_kill(), another one takes SIGUSR1 while it computes ("busy") or sleeps ("wait").
 * Prints round trips, send to acknowledgement seen, or if it sleeps the ways to the handler, which reads the clock; one a line, nanoseconds; then "rate N": signals a second, one after another. Arguments: busy|wait N
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static atomic_uint acknowledged;
static atomic_int ended;
static int waits;

static long long began;

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void acknowledge(int signo) {
  if (waits) began = now_ns();
  atomic_fetch_add(&acknowledged, signo == SIGUSR1);
}

static void *take(void *unused) {
  (void)unused;
  sigset_t none;
  sigemptyset(&none);
  unsigned state = 1;
  while (!ended) {
    if (waits) {
      sigsuspend(&none);
    } else {
      for (int i = 0; i < 1000; i++) state = state * 1664525u + 1013904223u;
    }
  }
  return (void *)(size_t)state;
}

static long long send(pthread_t taker, unsigned number) {
  const long long start = now_ns();
  pthread_kill(taker, SIGUSR1);
  while (acknowledged != number) {
  }
  return (waits ? began : now_ns()) - start;
}

int main(int argc, char **argv) {
  waits = argc > 1 && strcmp(argv[1], "wait") == 0;
  const unsigned times = argc > 2 ? (unsigned)atoi(argv[2]) : 2000;
  signal(SIGUSR1, acknowledge);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  if (waits) pthread_sigmask(SIG_BLOCK, &usr1, NULL);
  pthread_t taker;
  if (pthread_create(&taker, NULL, take, NULL)) return 1;
  for (unsigned i = 1; i <= times; i++) {
    const struct timespec gap = {0, 100000};
    if (waits) nanosleep(&gap, NULL); /* until it sleeps */
    printf("%lld\n", send(taker, i));
  }
  const long long start = now_ns();
  for (unsigned i = 1; i <= times; i++) send(taker, times + i);
  printf("rate %.0f\n", times * 1e9 / (double)(now_ns() - start));
  ended = 1;
  pthread_kill(taker, SIGUSR1);
  pthread_join(taker, NULL);
  return 0;
}
