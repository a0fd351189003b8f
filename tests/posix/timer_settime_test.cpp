#include "posix_timer.hpp"

LIBC_TEST("a POSIX timer sends its signal with its value, once") {
  for (clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME}) {
    recorded = 0;
    catch_info(SIGUSR1);
    Timer timer(clock, SIGUSR1, 77);
    CHECK(timer.left() == 0);
    timer.set(100 * kSecond);
    CHECK(timer.left() > 50 * kSecond);
    CHECK(timer.left() <= 100 * kSecond);
    timer.set(5 * kMillisecond);
    CHECK(run_until([] { return recorded >= 1; }));
    CHECK(records[0].signo == SIGUSR1);
    CHECK(records[0].code == SI_TIMER);
    CHECK(records[0].value == 77);
    CHECK(timer.left() == 0);
    pass(6 * kMillisecond);
    CHECK(recorded == 1);
  }
}

LIBC_TEST("an interval timer fires again and again, even at ten microseconds") {
  for (long long interval : {10000LL, 2 * kMillisecond}) {
    recorded = 0;
    catch_info(SIGUSR1);
    Timer timer(CLOCK_MONOTONIC, SIGUSR1);
    timer.set(interval, interval);
    CHECK(run_until([] { return recorded >= 20; }));
  }
}

LIBC_TEST("si_overrun and timer_getoverrun() tell of the expiries that have no signal of their own") {
  for (const int signo : {SIGUSR1, SIGRTMIN + 3}) {
    block({signo});
    Timer timer(CLOCK_MONOTONIC, signo, 5);
    timer.set(kMillisecond, 10 * kMillisecond);
    pass(56 * kMillisecond);
    CHECK(timer.overrun() == 0);
    CHECK(timer.left() > 0);
    siginfo_t info;
    REQUIRE(take(signo, &info) == signo);
    CHECK(info.si_code == SI_TIMER);
    CHECK(info.si_value.sival_int == 5);
    CHECK(info.si_overrun >= 5);
    CHECK(info.si_overrun == timer.overrun());
    CHECK(info.si_timerid == static_cast<int>(reinterpret_cast<intptr_t>(timer.id())));
    CHECK(timer.interval() == 10 * kMillisecond);
    timer.set(kSecond);
    CHECK(timer.overrun() == 0);
    CHECK(take(signo, &info) == 0);
  }
}

LIBC_TEST("an absolute time that has passed has expired at once, with the overrun since") {
  block({SIGUSR1});
  Timer timer(CLOCK_REALTIME, SIGUSR1);
  timer.set(time_of(CLOCK_REALTIME) - 3500 * kSecond, 1000 * kSecond, TIMER_ABSTIME);
  siginfo_t info;
  REQUIRE(take(SIGUSR1, &info) == SIGUSR1);
  CHECK(info.si_overrun == 3);
  CHECK(timer.left() > 400 * kSecond);
  CHECK(timer.left() <= 501 * kSecond);
  timer.set(1, 0, TIMER_ABSTIME);
  CHECK(take(SIGUSR1, &info) == SIGUSR1);
}

LIBC_TEST("an absolute time is the clock's") {
  for (clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
    recorded = 0;
    catch_info(SIGUSR1);
    Timer timer(clock, SIGUSR1);
    const long long end = time_of(clock) + 20 * kMillisecond;
    timer.set(end, 0, TIMER_ABSTIME);
    CHECK(run_until([] { return recorded >= 1; }));
    CHECK(time_of(clock) >= end);
    CHECK(time_of(clock) < end + 5 * kSecond);
  }
}

LIBC_TEST("timer_settime() answers what was left, and disarms with zero") {
  Timer timer(CLOCK_MONOTONIC, SIGUSR1);
  timer.set(100 * kSecond, 7 * kSecond + 3);
  struct itimerspec none = {}, old;
  CHECK(timer_settime(timer.id(), 0, &none, &old) == 0);
  CHECK((old.it_value.tv_sec == 99 || old.it_value.tv_sec == 100));
  CHECK(old.it_interval.tv_sec == 7);
  CHECK(old.it_interval.tv_nsec == 3);
  CHECK(timer.left() == 0);
  CHECK(timer.interval() == 0);
}

LIBC_TEST("a POSIX timer ends sleeps and waits") {
  catch_info(SIGUSR1);
  Timer timer(CLOCK_REALTIME, SIGUSR1);
  timer.set(5 * kMillisecond);
  const struct timespec time = {10, 0};
  errno = 0;
  CHECK(nanosleep(&time, nullptr) == -1);
  CHECK(errno == EINTR);
  timer.set(5 * kMillisecond);
  CHECK(pause() == -1);
  CHECK(recorded == 2);
  block({SIGUSR1});
  timer.set(5 * kMillisecond, 5 * kMillisecond);
  const sigset_t set = set_of({SIGUSR1});
  for (int i = 0; i < 3; i++) {
    int signo = 0;
    CHECK(sigwait(&set, &signo) == 0);
    CHECK(signo == SIGUSR1);
  }
}

LIBC_TEST("timers of processor time count while the process runs, and only then") {
  for (clockid_t clock : {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID}) {
    recorded = 0;
    catch_info(SIGUSR1);
    Timer timer(clock, SIGUSR1, 3);
    timer.set(30 * kMillisecond);
    const double start = now();
    const struct timespec time = {0, 60000000};
    CHECK(nanosleep(&time, nullptr) == 0);
    CHECK(recorded == 0);
    CHECK(run_until([] { return recorded == 1; }));
    CHECK(now() - start >= 0.06);
    CHECK(records[0].value == 3);
  }
}
