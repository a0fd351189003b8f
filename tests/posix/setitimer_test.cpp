#include <limits.h>

#include "support.hpp"

LIBC_TEST("alarm() answers the seconds left of the former one, never 0 while one is pending") {
  signal(SIGALRM, SIG_IGN);
  CHECK(alarm(100) == 0);
  CHECK(alarm(50) == 100);
  set_timer(ITIMER_REAL, 400000);
  CHECK(alarm(0) == 1);
  set_timer(ITIMER_REAL, 2900000);
  CHECK(alarm(0) == 3);
  set_timer(ITIMER_REAL, 2400000);
  CHECK(alarm(0) == 2);
  CHECK(alarm(0) == 0);
  CHECK(alarm(UINT_MAX) == 0);
  CHECK(alarm(0) > 0);
}

LIBC_TEST("alarm() and ITIMER_REAL are one timer") {
  alarm(100);
  struct itimerval now;
  CHECK(getitimer(ITIMER_REAL, &now) == 0);
  CHECK((now.it_value.tv_sec == 99 || now.it_value.tv_sec == 100));
  CHECK(now.it_interval.tv_sec == 0);
  set_timer(ITIMER_REAL, 0);
  CHECK(alarm(0) == 0);
}

LIBC_TEST("a timer fires once without an interval") {
  catch_info(SIGALRM);
  set_timer(ITIMER_REAL, 5000);
  CHECK(run_until([] { return recorded >= 1; }));
  CHECK(records[0].code == SI_KERNEL);
  struct itimerval now;
  CHECK(getitimer(ITIMER_REAL, &now) == 0);
  CHECK(now.it_value.tv_sec == 0);
  CHECK(now.it_value.tv_usec == 0);
}

LIBC_TEST("a timer fires again and again with an interval, even one microsecond") {
  // The handler disarms it: at 1 microsecond a machine may get to run nothing but handlers.
  catch_with(SIGALRM, [](int signo) {
    record_signal(signo);
    struct itimerval none = {};
    if (recorded == 20) setitimer(ITIMER_REAL, &none, nullptr);
  });
  for (long interval : {1L, 50L, 999L, 2000L}) {
    recorded = 0;
    set_timer(ITIMER_REAL, interval, interval);
    CHECK(run_until([] { return recorded >= 20; }));
    struct timespec time = {0, 5000000};
    nanosleep(&time, nullptr);
    // One more may have expired before the handler disarmed it.
    CHECK((recorded == 20 || recorded == 21));
  }
}

LIBC_TEST("setitimer() answers the former timer, with microseconds below a second") {
  set_timer(ITIMER_REAL, 100999999, 3000007);
  struct itimerval none = {}, old;
  CHECK(setitimer(ITIMER_REAL, &none, &old) == 0);
  CHECK((old.it_value.tv_sec == 100 || old.it_value.tv_sec == 99));
  CHECK((old.it_value.tv_usec >= 0 && old.it_value.tv_usec < 1000000));
  CHECK(old.it_interval.tv_sec == 3);
  CHECK(old.it_interval.tv_usec == 7);
  CHECK(setitimer(ITIMER_REAL, &none, &old) == 0);
  CHECK((old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0));
}

LIBC_TEST("an interval without a value arms nothing") {
  set_timer(ITIMER_REAL, 0, 1000);
  struct itimerval now;
  CHECK(getitimer(ITIMER_REAL, &now) == 0);
  CHECK((now.it_value.tv_sec == 0 && now.it_value.tv_usec == 0));
}

LIBC_TEST("timers that are none and times that are none are refused, and change nothing") {
  set_timer(ITIMER_REAL, 100000000);
  struct itimerval value = {}, now;
  for (int which : {-1, 3, 99}) {
    errno = 0;
    CHECK(setitimer(static_cast<decltype(ITIMER_REAL)>(which), &value, nullptr) == -1);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(getitimer(static_cast<decltype(ITIMER_REAL)>(which), &now) == -1);
    CHECK(errno == EINVAL);
  }
  for (const struct timeval time : {timeval{0, 1000000}, timeval{0, -1}, timeval{-1, 0}}) {
    for (bool interval : {false, true}) {
      value = {};
      value.it_value.tv_sec = 1;
      (interval ? value.it_interval : value.it_value) = time;
      errno = 0;
      CHECK(setitimer(ITIMER_REAL, &value, nullptr) == -1);
      CHECK(errno == EINVAL);
    }
  }
  CHECK(getitimer(ITIMER_REAL, &now) == 0);
  CHECK(now.it_value.tv_sec >= 99);
}

LIBC_TEST("the running timers count while the process runs, and only then") {
  const struct {
    int which, signo;
  } kinds[] = {{ITIMER_VIRTUAL, SIGVTALRM}, {ITIMER_PROF, SIGPROF}};
  for (const auto& kind : kinds) {
    recorded = 0;
    catch_info(kind.signo);
    set_timer(kind.which, 30000);
    const double start = now();
    const struct timespec time = {0, 60000000};
    CHECK(nanosleep(&time, nullptr) == 0);
    CHECK(recorded == 0);
    CHECK(run_until([] { return recorded == 1; }));
    CHECK(now() - start >= 0.06);
    CHECK(records[0].signo == kind.signo);
  }
}

LIBC_TEST("ualarm() is a timer in microseconds") {
  catch_with(SIGALRM, record_signal);
  CHECK(ualarm(900000, 0) == 0);
  const unsigned left = ualarm(2000, 2000);
  CHECK((left > 0 && left <= 900000));
  CHECK(run_until([] { return recorded >= 3; }));
  ualarm(0, 0);
}
