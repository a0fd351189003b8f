/*
 * Takes SIGUSR1 while it computes ("busy") or sleeps ("wait"). The handler's first act is to count up a word that the sender watches; of one who sleeps
 * it is to read the clock, whose nanoseconds are found eight bytes behind the word.
 * Prints "ready ADDRESS" (of the word) and ends at SIGTERM.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

/* In a cache line of its own: the sender's loads would slow down whatever else was in it. */
static _Alignas(64) volatile struct {
  unsigned acknowledged;
  long long began;
  char rest[48];
} watched;
static volatile sig_atomic_t ended;

/* Counted here, so that the first act is a store. A load of the watched word would fetch its line from the sender first, as the raw limit does not. */
static unsigned count;
static void acknowledge(int signo) { watched.acknowledged = count += signo == SIGUSR1; }
static void note(int signo) {
  __wasi_timestamp_t now;
  __wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 0, &now);
  watched.began = (long long)now;
  acknowledge(signo);
}
static void end(int signo) { ended = signo; }

int main(int argc, char **argv) {
  sigset_t none, both;
  sigemptyset(&none);
  sigemptyset(&both);
  sigaddset(&both, SIGUSR1);
  sigaddset(&both, SIGTERM);
  const int wait = argc > 1 && strcmp(argv[1], "wait") == 0;
  if (wait) sigprocmask(SIG_BLOCK, &both, NULL); /* so that none arrives between the look at `ended` and the sleep */
  signal(SIGUSR1, wait ? note : acknowledge);
  signal(SIGTERM, end);
  printf("ready %lu\n", (unsigned long)&watched);
  fflush(stdout);
  unsigned state = 1;
  while (!ended) {
    if (wait) {
      sigsuspend(&none);
    } else {
      for (int i = 0; i < 1000; i++) state = state * 1664525u + 1013904223u;
    }
  }
  return state == 0;
}
