/*
 * An event loop on standard input and SIGUSR1, which is blocked but for pselect() or ppoll() (the argument): says what each of them ended with, at the end of the file too.
 * SIGUSR2's handler runs at any time and has SA_RESTART.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static volatile sig_atomic_t usr1, usr2;

static void count(int signo) {
  if (signo == SIGUSR1) usr1 = usr1 + 1;
  if (signo == SIGUSR2) usr2 = usr2 + 1;
}

static int wait_by_pselect(const struct timespec *limit, const sigset_t *mask) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(0, &readable);
  const int ready = pselect(1, &readable, NULL, NULL, limit, mask);
  return ready == 1 && !FD_ISSET(0, &readable) ? 99 : ready;
}

static int wait_by_ppoll(const struct timespec *limit, const sigset_t *mask) {
  struct pollfd one = {0, POLLIN, 0};
  const int ready = ppoll(&one, 1, limit, mask);
  return ready == 1 && !(one.revents & (POLLIN | POLLHUP)) ? 99 : ready;
}

int main(int argc, char **argv) {
  int (*const wait)(const struct timespec *, const sigset_t *) = argc > 1 && !strcmp(argv[1], "ppoll") ? wait_by_ppoll : wait_by_pselect;
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = count;
  sigaction(SIGUSR1, &action, NULL);
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR2, &action, NULL);
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  const struct timespec shortly = {0, 20000000};
  printf("nothing: %d\n", wait(&shortly, &none));
  puts("ready");
  for (;;) {
    errno = 0;
    const int ready = wait(NULL, &none);
    if (ready != 1) {
      printf("%d %s, SIGUSR1 %d, SIGUSR2 %d\n", ready, errno == EINTR ? "EINTR" : strerror(errno), (int)usr1, (int)usr2);
      continue;
    }
    char bytes[100];
    const ssize_t got = read(0, bytes, sizeof bytes);
    printf("read %d\n", (int)got);
    if (got <= 0) return 0;
  }
}
