#include "support.hpp"

namespace {

const struct timespec kNoTime = {};

}  // namespace

LIBC_TEST("sigwait() accepts a pending signal without its handler") {
  catch_with(SIGUSR1, record_signal);
  block({SIGUSR1});
  send_self(SIGUSR1);
  const sigset_t set = set_of({SIGUSR1, SIGUSR2});
  int signo = 0;
  CHECK(sigwait(&set, &signo) == 0);
  CHECK(signo == SIGUSR1);
  CHECK(!is_pending(SIGUSR1));
  unblock({SIGUSR1});
  CHECK(recorded == 0);
}

LIBC_TEST("the lowest pending signal of the set is accepted first") {
  block({SIGUSR1, SIGHUP, SIGRTMIN, SIGTERM});
  for (int signo : {SIGRTMIN, SIGTERM, SIGUSR1, SIGHUP}) send_self(signo);
  const sigset_t set = set_of({SIGUSR1, SIGHUP, SIGRTMIN});
  for (int expected : {SIGHUP, SIGUSR1, SIGRTMIN}) {
    int signo = 0;
    CHECK(sigwait(&set, &signo) == 0);
    CHECK(signo == expected);
  }
  CHECK(is_pending(SIGTERM));
}

LIBC_TEST("sigwaitinfo() answers the number and the siginfo") {
  block({SIGRTMIN});
  queue_self(SIGRTMIN, 5);
  queue_self(SIGRTMIN, 6);
  const sigset_t set = set_of({SIGRTMIN});
  siginfo_t info;
  CHECK(sigwaitinfo(&set, &info) == SIGRTMIN);
  CHECK(info.si_signo == SIGRTMIN);
  CHECK(info.si_code == SI_QUEUE);
  CHECK(info.si_pid == getpid());
  CHECK(info.si_value.sival_int == 5);
  CHECK(sigwaitinfo(&set, nullptr) == SIGRTMIN);
  CHECK(!is_pending(SIGRTMIN));
}

LIBC_TEST("sigwaitinfo() and sigtimedwait() give SI_USER for raise(), a handler SI_TKILL") {
  const sigset_t set = set_of({SIGUSR1, SIGRTMIN});
  block({SIGUSR1, SIGRTMIN});
  siginfo_t info;
  raise(SIGUSR1);
  REQUIRE(sigwaitinfo(&set, &info) == SIGUSR1);
  CHECK(info.si_code == SI_USER);
  CHECK(info.si_pid == getpid());
  const struct timespec none = {};
  pthread_kill(pthread_self(), SIGUSR1);
  REQUIRE(sigtimedwait(&set, &info, &none) == SIGUSR1);
  CHECK(info.si_code == SI_USER);
  queue_self(SIGRTMIN, 5);
  REQUIRE(sigtimedwait(&set, &info, &none) == SIGRTMIN);
  CHECK(info.si_code == SI_QUEUE);
  CHECK(info.si_value.sival_int == 5);
  catch_info(SIGUSR1);
  raise(SIGUSR1);
  unblock({SIGUSR1});
  REQUIRE(recorded == 1);
  CHECK(records[0].code == SI_TKILL);
}

LIBC_TEST("sigtimedwait() polls with no time and ends when the time is over") {
  block({SIGUSR1});
  const sigset_t set = set_of({SIGUSR1});
  errno = 0;
  CHECK(sigtimedwait(&set, nullptr, &kNoTime) == -1);
  CHECK(errno == EAGAIN);
  const struct timespec some = {0, 20000000};
  const double start = now();
  errno = 0;
  CHECK(sigtimedwait(&set, nullptr, &some) == -1);
  CHECK(errno == EAGAIN);
  CHECK(now() - start >= 0.019);
  send_self(SIGUSR1);
  CHECK(sigtimedwait(&set, nullptr, &kNoTime) == SIGUSR1);
  send_self(SIGUSR1);
  CHECK(sigtimedwait(&set, nullptr, nullptr) == SIGUSR1);
}

LIBC_TEST("sigtimedwait() refuses times that are none") {
  const sigset_t set = set_of({SIGUSR1});
  for (const struct timespec time : {timespec{0, 1000000000}, timespec{0, -1}, timespec{-1, 0}}) {
    errno = 0;
    CHECK(sigtimedwait(&set, nullptr, &time) == -1);
    CHECK(errno == EINVAL);
  }
}

LIBC_TEST("sigwaitinfo() is interrupted by a handler of another signal, sigwait() goes on") {
  block({SIGUSR1});
  catch_with(SIGALRM, record_signal, SA_RESTART);
  const sigset_t set = set_of({SIGUSR1});
  set_timer(ITIMER_REAL, 5000);
  errno = 0;
  CHECK(sigwaitinfo(&set, nullptr) == -1);
  CHECK(errno == EINTR);
  CHECK(recorded == 1);
  catch_with(SIGALRM, [](int signo) {
    record_signal(signo);
    if (recorded == 3) send_self(SIGUSR1);
  });
  set_timer(ITIMER_REAL, 2000, 2000);
  int signo = 0;
  CHECK(sigwait(&set, &signo) == 0);
  CHECK(signo == SIGUSR1);
  CHECK(recorded >= 3);
}

LIBC_TEST("sigwait() accepts what a timer sends") {
  block({SIGALRM});
  set_timer(ITIMER_REAL, 3000, 3000);
  const sigset_t set = set_of({SIGALRM});
  for (int i = 0; i < 3; ++i) {
    siginfo_t info;
    CHECK(sigwaitinfo(&set, &info) == SIGALRM);
    CHECK(info.si_code == SI_KERNEL);
  }
}

LIBC_TEST("a signal that is ignored can be waited for while it is blocked") {
  signal(SIGUSR1, SIG_IGN);
  block({SIGUSR1});
  send_self(SIGUSR1);
  const sigset_t set = set_of({SIGUSR1});
  int signo = 0;
  CHECK(sigwait(&set, &signo) == 0);
  CHECK(signo == SIGUSR1);
}

LIBC_TEST("sigsuspend() runs what its mask lets through, then returns to the former mask") {
  catch_with(SIGUSR1, record_signal);
  catch_with(SIGUSR2, record_signal);
  block({SIGUSR1, SIGUSR2});
  send_self(SIGUSR1);
  send_self(SIGUSR2);
  const sigset_t mask = set_of({SIGUSR2});
  errno = 0;
  CHECK(sigsuspend(&mask) == -1);
  CHECK(errno == EINTR);
  CHECK(seen() == std::vector{SIGUSR1});
  CHECK(blocked(SIGUSR1));
  CHECK(is_pending(SIGUSR2));
}

LIBC_TEST("the handler of sigsuspend() runs under its mask") {
  static bool usr2, hup;
  catch_with(SIGUSR1, [](int) {
    usr2 = blocked(SIGUSR2);
    hup = blocked(SIGHUP);
  });
  block({SIGUSR1, SIGHUP});
  send_self(SIGUSR1);
  const sigset_t mask = set_of({SIGUSR2});
  usr2 = false;
  hup = true;
  sigsuspend(&mask);
  CHECK(usr2);
  CHECK(!hup);
  CHECK(blocked(SIGHUP));
  CHECK(!blocked(SIGUSR2));
}

LIBC_TEST("pause() and sigsuspend() sleep until a handler has run, whatever SA_RESTART says") {
  for (int flags : {0, SA_RESTART}) {
    recorded = 0;
    catch_with(SIGALRM, record_signal, flags);
    set_timer(ITIMER_REAL, 10000);
    errno = 0;
    CHECK(pause() == -1);
    CHECK(errno == EINTR);
    CHECK(recorded == 1);
    block({SIGALRM});
    set_timer(ITIMER_REAL, 10000);
    sigset_t none;
    sigemptyset(&none);
    errno = 0;
    CHECK(sigsuspend(&none) == -1);
    CHECK(errno == EINTR);
    CHECK(recorded == 2);
    unblock({SIGALRM});
  }
}

LIBC_TEST("an ignored signal does not end sigsuspend()") {
  catch_with(SIGALRM, record_signal);
  signal(SIGUSR1, SIG_IGN);
  block({SIGUSR1, SIGALRM});
  send_self(SIGUSR1);
  set_timer(ITIMER_REAL, 10000);
  sigset_t none;
  sigemptyset(&none);
  CHECK(sigsuspend(&none) == -1);
  CHECK(seen() == std::vector{SIGALRM});
}

LIBC_TEST("the signal itself and not its number is what pause() waits for: one sent before does not count") {
  catch_with(SIGALRM, record_signal);
  raise(SIGALRM);
  set_timer(ITIMER_REAL, 5000);
  CHECK(pause() == -1);
  CHECK(recorded == 2);
}
