#include "support.hpp"

#if defined(__GLIBC__)
#include <sys/resource.h>
#endif

LIBC_TEST("raise() returns after the handler") {
  catch_with(SIGUSR1, record_signal);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(seen() == std::vector{SIGUSR1});
}

LIBC_TEST("signal 0 only checks") {
  CHECK(raise(0) == 0);
  CHECK(kill(getpid(), 0) == 0);
  CHECK(kill(0, 0) == 0);
  CHECK(killpg(getpgrp(), 0) == 0);
  CHECK(killpg(0, 0) == 0);
  union sigval value = {};
  CHECK(sigqueue(getpid(), 0, value) == 0);
  CHECK(pthread_kill(pthread_self(), 0) == 0);
  CHECK(pthread_sigqueue(pthread_self(), 0, value) == 0);
}

LIBC_TEST("a number that is no signal is refused by everything that sends") {
  union sigval value = {};
  for (int signo : {-1, NSIG, 99, 1000000000}) {
    errno = 0;
    CHECK(raise(signo) == -1);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(kill(getpid(), signo) == -1);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(killpg(getpgrp(), signo) == -1);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(sigqueue(getpid(), signo, value) == -1);
    CHECK(errno == EINVAL);
    CHECK(pthread_kill(pthread_self(), signo) == EINVAL);
    CHECK(pthread_sigqueue(pthread_self(), signo, value) == EINVAL);
  }
}

LIBC_TEST("pthread_sigqueue() gives the value and the sender, and delivers before it returns") {
  catch_info(SIGUSR1);
  catch_info(SIGRTMIN);
  union sigval value = {};
  value.sival_int = -7;
  errno = 0;
  CHECK(pthread_sigqueue(pthread_self(), SIGUSR1, value) == 0);
  value.sival_int = 1 << 30;
  CHECK(pthread_sigqueue(pthread_self(), SIGRTMIN, value) == 0);
  REQUIRE(seen() == std::vector{SIGUSR1, SIGRTMIN});
  CHECK(seen_values() == std::vector{-7, 1 << 30});
  for (int i = 0; i < 2; i++) {
    CHECK(records[i].code == SI_QUEUE);
    CHECK(records[i].pid == getpid());
  }
  CHECK(pthread_sigqueue(pthread_self(), -1, value) == EINVAL);
  CHECK(errno == 0);  // its result is the error
}

LIBC_TEST("pthread_sigqueue() queues real-time signals, and of standard ones keeps the first") {
  block({SIGUSR1, SIGRTMIN});
  catch_info(SIGUSR1);
  catch_info(SIGRTMIN);
  union sigval value = {};
  for (int signo : {SIGRTMIN, SIGUSR1}) {
    for (int i = 1; i <= 3; i++) {
      value.sival_int = i;
      CHECK(pthread_sigqueue(pthread_self(), signo, value) == 0);
    }
  }
  CHECK(recorded == 0);
  CHECK(is_pending(SIGRTMIN));
  unblock({SIGRTMIN});
  CHECK(seen_values() == std::vector{1, 2, 3});
  unblock({SIGUSR1});
  CHECK(seen_values() == std::vector{1, 2, 3, 1});
}

LIBC_TEST("pthread_sigqueue() refuses the C library's own signals") {
  union sigval value = {};
  CHECK(pthread_sigqueue(pthread_self(), 32, value) == EINVAL);
  CHECK(pthread_sigqueue(pthread_self(), 33, value) == EINVAL);
}

LIBC_TEST("pthread_sigqueue() says when no more real-time signals can be queued") {
  block({SIGUSR1, SIGRTMIN});
  union sigval value = {};
  CHECK(pthread_sigqueue(pthread_self(), SIGRTMIN, value) == 0);
#if defined(__GLIBC__)  // the limit is the user's: none from now on
  struct rlimit limit;
  REQUIRE(getrlimit(RLIMIT_SIGPENDING, &limit) == 0);
  const struct rlimit none = {0, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_SIGPENDING, &none) == 0);
#endif
  int error = 0;
  for (int i = 0; i < 100000 && !error; i++) error = pthread_sigqueue(pthread_self(), SIGRTMIN, value);
  const int standard = pthread_sigqueue(pthread_self(), SIGUSR1, value);
#if defined(__GLIBC__)
  REQUIRE(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
#endif
  CHECK(error == EAGAIN);
  CHECK(standard == 0);  // these have room always
  CHECK(is_pending(SIGUSR1));
}

LIBC_TEST("a process that does not exist is not found") {
  union sigval value = {};
  errno = 0;
  CHECK(kill(2000000000, SIGUSR1) == -1);
  CHECK(errno == ESRCH);
  errno = 0;
  CHECK(kill(2000000000, 0) == -1);
  CHECK(errno == ESRCH);
  errno = 0;
  CHECK(kill(-2000000000, 0) == -1);
  CHECK(errno == ESRCH);
  errno = 0;
  CHECK(sigqueue(2000000000, SIGUSR1, value) == -1);
  CHECK(errno == ESRCH);
  errno = 0;
  CHECK(killpg(2000000000, 0) == -1);
  CHECK(errno == ESRCH);
  errno = 0;
  CHECK(killpg(-1, 0) == -1);
  CHECK(errno == EINVAL);
}

LIBC_TEST("kill() of the own process delivers before it returns") {
  catch_with(SIGUSR1, record_signal);
  send_self(SIGUSR1);
  CHECK(recorded == 1);
  CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0);
  CHECK(recorded == 2);
}

LIBC_TEST("signals whose default is to be ignored, or SIG_IGN, do nothing") {
  for (int signo : {SIGCHLD, SIGURG, SIGWINCH, SIGCONT}) CHECK(raise(signo) == 0);
  signal(SIGTERM, SIG_IGN);
  CHECK(raise(SIGTERM) == 0);
  CHECK(kill(getpid(), SIGTERM) == 0);
}

LIBC_TEST("a handler for SIGCONT runs") {
  catch_with(SIGCONT, record_signal);
  raise(SIGCONT);
  CHECK(seen() == std::vector{SIGCONT});
}

LIBC_TEST("many real-time signals can be pending, and one too many is refused") {
  block({SIGRTMIN});
  catch_info(SIGRTMIN);
  union sigval value = {};
  int sent = 0;
  while (sent < 1000) {
    value.sival_int = sent;
    if (sigqueue(getpid(), SIGRTMIN, value) != 0) break;
    ++sent;
  }
  CHECK(sent == 1000);
#if !defined(__GLIBC__)  // there the limit is the user's (RLIMIT_SIGPENDING), mostly far higher
  int refused = 0;
  while (sent < 100000 && !refused) {
    value.sival_int = sent;
    refused = sigqueue(getpid(), SIGRTMIN, value);
    if (!refused) ++sent;
  }
  CHECK(refused == -1);
  CHECK(errno == EAGAIN);
  CHECK(sent >= 1024);
#endif
  unblock({SIGRTMIN});
  REQUIRE(recorded == sent);
  for (int i = 1; i < sent; ++i) {
    if (records[i].value != records[i - 1].value + 1 && records[i].value != records[i - 1].value - 1) FAIL("out of order at " << i);
  }
}

LIBC_TEST("abort() runs the handler, which may leave by a jump") {
  static sigjmp_buf out;
  static int runs;
  runs = 0;
  signal(SIGABRT, [](int) {
    ++runs;
    siglongjmp(out, 1);
  });
  block({SIGABRT});
  if (sigsetjmp(out, 1) == 0) {
    abort();
  }
  CHECK(runs == 1);
  CHECK(blocked(SIGABRT));
}
