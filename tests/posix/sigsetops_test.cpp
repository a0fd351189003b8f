#include "support.hpp"

LIBC_TEST("an emptied set has no signal and a filled one has all") {
  sigset_t empty, full;
  CHECK(sigemptyset(&empty) == 0);
  CHECK(sigfillset(&full) == 0);
  for (int signo = 1; signo < NSIG; ++signo) {
    CHECK(sigismember(&empty, signo) == 0);
    if (signo < 32 || signo >= SIGRTMIN) CHECK(sigismember(&full, signo) == 1);
  }
}

LIBC_TEST("the signals of the C library cannot be put into a set") {
  sigset_t set;
  sigfillset(&set);
  for (int signo = 32; signo < SIGRTMIN; ++signo) {
    CHECK(sigismember(&set, signo) == 0);
    errno = 0;
    CHECK(sigaddset(&set, signo) == -1);
    CHECK(errno == EINVAL);
  }
}

LIBC_TEST("adding and removing a signal changes that signal only") {
  sigset_t set;
  sigemptyset(&set);
  CHECK(sigaddset(&set, SIGUSR1) == 0);
  CHECK(sigaddset(&set, SIGRTMAX) == 0);
  CHECK(sigaddset(&set, SIGUSR1) == 0);
  CHECK(sigdelset(&set, SIGUSR2) == 0);
  for (int signo = 1; signo < NSIG; ++signo) CHECK(sigismember(&set, signo) == (signo == SIGUSR1 || signo == SIGRTMAX));
  CHECK(sigdelset(&set, SIGUSR1) == 0);
  CHECK(sigismember(&set, SIGUSR1) == 0);
}

LIBC_TEST("a number that is no signal is refused by the set functions") {
  sigset_t set;
  sigemptyset(&set);
  for (int signo : {0, -1, NSIG, 1000000000}) {
    errno = 0;
    CHECK(sigaddset(&set, signo) == -1);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(sigdelset(&set, signo) == -1);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(sigismember(&set, signo) == -1);
    CHECK(errno == EINVAL);
  }
}

LIBC_TEST("sets can be joined, intersected and asked for emptiness") {
  const sigset_t left = set_of({SIGINT, SIGTERM}), right = set_of({SIGTERM, SIGRTMIN});
  sigset_t result;
  CHECK(sigorset(&result, &left, &right) == 0);
  CHECK(sigismember(&result, SIGINT) == 1);
  CHECK(sigismember(&result, SIGRTMIN) == 1);
  CHECK(sigandset(&result, &left, &right) == 0);
  CHECK(sigismember(&result, SIGTERM) == 1);
  CHECK(sigismember(&result, SIGINT) == 0);
  CHECK(sigisemptyset(&result) == 0);
  sigemptyset(&result);
  CHECK(sigisemptyset(&result) == 1);
}
