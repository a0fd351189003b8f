/*
 * An alarm limits the time spent waiting for a device that may never answer (the documentation's own example, in C). Here the
 * device is the standard input. Usage: alarm_open [seconds]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t called;

static void handler(int signo) { called = signo; }

int main(int argc, char **argv) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler; /* without SA_RESTART, so the read ends */
  sigaction(SIGALRM, &action, NULL);

  alarm(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5);
  char data[256];
  const ssize_t count = read(STDIN_FILENO, data, sizeof data); /* this may hang */
  const int error = errno;
  alarm(0); /* disable the alarm */

  if (called) printf("Signal handler called with signal %s (%d)\n", strsignal(called), (int)called);
  if (count < 0 && error == EINTR) {
    printf("Couldn't open device!\n");
    return 1;
  }
  printf("The device says: %.*s\n", count > 0 ? (int)count : 0, data);
  return 0;
}
