/*
 * What raise(), a pair of sigprocmask() and a call of the handler cost: nanoseconds each, over rounds that take turns. The same program natively and in wasm.
 * Output: {"raise": {"p50": 30.5, "p99": 41}, "mask": {"p50": 12.1, "p99": 14}, "call": {"p50": 1.5, "p99": 2}}
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile sig_atomic_t handled;
static void handler(int signo) { handled += signo != 0; }

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double time_raise(int times) {
  const double start = now_ns();
  for (int i = 0; i < times; i++) raise(SIGUSR1);
  return (now_ns() - start) / times;
}

static double time_mask(int times) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  const double start = now_ns();
  for (int i = 0; i < times; i++) {
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
  }
  return (now_ns() - start) / times;
}

/* The least that a handler can cost: it is called by its address. */
static double time_call(int times) {
  void (*volatile address)(int) = handler;
  const double start = now_ns();
  for (int i = 0; i < times; i++) address(SIGUSR1);
  return (now_ns() - start) / times;
}

static int compare(const void *a, const void *b) {
  const double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

enum { ROUNDS = 41 };

static void print(const char *name, double *rounds, const char *end) {
  qsort(rounds, ROUNDS, sizeof *rounds, compare);
  printf("\"%s\": {\"p50\": %.1f, \"p99\": %.1f}%s", name, rounds[ROUNDS / 2], rounds[ROUNDS - 1], end);
}

int main(int argc, char **argv) {
  const int times = argc > 1 ? atoi(argv[1]) : 20000;
  double raises[ROUNDS], masks[ROUNDS], calls[ROUNDS];
  signal(SIGUSR1, handler);
  for (int round = 0; round < ROUNDS; round++) {
    raises[round] = time_raise(times);
    masks[round] = time_mask(times);
    calls[round] = time_call(times);
  }
  if (handled != 2 * times * ROUNDS) return 1; /* one was lost, or came twice */
  printf("{");
  print("raise", raises, ", ");
  print("mask", masks, ", ");
  print("call", calls, "}\n");
  return 0;
}
