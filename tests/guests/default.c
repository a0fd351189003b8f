/*
 * Default dispositions: says that it is ready and computes for ever. With an argument:
 *   alarm    until the alarm after a second
 *   blocked  ready is a handler that blocks all signals, computes for some tenths of a second, and returns
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void ready(void) {
  puts("ready");
  fflush(stdout);
}

static void compute(unsigned long times) {
  for (volatile unsigned long count = 0; count < times; ++count) {
  }
}

static void handler(int signo) {
  (void)signo;
  ready();
  compute(300000000);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "blocked") == 0) {
    struct sigaction action = {.sa_handler = handler};
    sigfillset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
  } else {
    if (argc > 1) alarm(1);
    ready();
  }
  for (;;) compute(-1ul);
}
