/*
 * Reads the standard input: "ready", then for each read "data N: TEXT", "EINTR signo=N" or "end". SIGUSR1 interrupts a read, SIGUSR2
 * has SA_RESTART. "handled N" says how many handlers ran, at the end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t last, handled;

static void note(int signo) {
  last = signo;
  handled = handled + 1;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR2, &action, NULL);
  printf("ready tty=%d\n", isatty(0));
  fflush(stdout);
  for (;;) {
    char data[512];
    const ssize_t count = read(0, data, sizeof data);
    if (count > 0) {
      int length = (int)count;
      if (data[length - 1] == '\n') --length;
      printf("data %d: %.*s\n", (int)count, length, data);
    } else if (count == 0) {
      printf("end\nhandled %d\n", (int)handled);
      return 0;
    } else if (errno == EINTR) {
      printf("EINTR signo=%d\n", (int)last);
    } else {
      printf("error %s\n", strerror(errno));
      return 1;
    }
    fflush(stdout);
  }
}
