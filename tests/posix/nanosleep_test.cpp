#include "support.hpp"

LIBC_TEST("a sleep lasts as long as asked") {
  const struct timespec time = {0, 30000000};
  const double start = now();
  CHECK(nanosleep(&time, nullptr) == 0);
  CHECK(now() - start >= 0.0299);
  CHECK(usleep(10000) == 0);
  CHECK(now() - start >= 0.0398);
  CHECK(sleep(0) == 0);
}

LIBC_TEST("a handler ends nanosleep() with EINTR and the rest, whatever SA_RESTART says") {
  for (int flags : {0, SA_RESTART}) {
    catch_with(SIGALRM, record_signal, flags);
    set_timer(ITIMER_REAL, 10000);
    const struct timespec time = {30, 0};
    struct timespec rest = {};
    errno = 0;
    CHECK(nanosleep(&time, &rest) == -1);
    CHECK(errno == EINTR);
    CHECK((rest.tv_sec >= 20 && rest.tv_sec < 30));
    CHECK((rest.tv_nsec >= 0 && rest.tv_nsec < 1000000000));
  }
  CHECK(recorded == 2);
}

LIBC_TEST("sleep() answers the seconds left, usleep() EINTR") {
  catch_with(SIGALRM, record_signal);
  set_timer(ITIMER_REAL, 5000);
  const unsigned left = sleep(30);
  CHECK((left == 29 || left == 30));
  set_timer(ITIMER_REAL, 5000);
  errno = 0;
  CHECK(usleep(900000) == -1);
  CHECK(errno == EINTR);
}

LIBC_TEST("ignored and blocked signals do not end a sleep") {
  signal(SIGALRM, SIG_IGN);
  set_timer(ITIMER_REAL, 2000, 2000);
  const struct timespec time = {0, 20000000};
  const double start = now();
  CHECK(nanosleep(&time, nullptr) == 0);
  CHECK(now() - start >= 0.0199);
  catch_with(SIGALRM, record_signal);
  block({SIGALRM});
  CHECK(nanosleep(&time, nullptr) == 0);
  CHECK(recorded == 0);
}

LIBC_TEST("times that are none are refused") {
  for (const struct timespec time : {timespec{0, 1000000000}, timespec{0, -1}, timespec{-1, 0}}) {
    errno = 0;
    CHECK(nanosleep(&time, nullptr) == -1);
    CHECK(errno == EINVAL);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr) == EINVAL);
  }
}

LIBC_TEST("clock_nanosleep() answers its error, and sleeps until a point in time") {
  catch_with(SIGALRM, record_signal);
  for (clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME}) {
    const struct timespec past = {0, 1};
    CHECK(clock_nanosleep(clock, TIMER_ABSTIME, &past, nullptr) == 0);
    struct timespec time;
    const double start = now();
    clock_gettime(clock, &time);
    struct timespec soon = time;
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000) {
      soon.tv_nsec -= 1000000000;
      ++soon.tv_sec;
    }
    CHECK(clock_nanosleep(clock, TIMER_ABSTIME, &soon, nullptr) == 0);
    CHECK(now() - start >= 0.0199);
    set_timer(ITIMER_REAL, 5000);
    const struct timespec far = {time.tv_sec + 30, 0};
    struct timespec rest = {77, 77};
    errno = 0;
    CHECK(clock_nanosleep(clock, TIMER_ABSTIME, &far, &rest) == EINTR);
    CHECK((rest.tv_sec == 77 && rest.tv_nsec == 77));
    set_timer(ITIMER_REAL, 5000);
    const struct timespec relative = {30, 0};
    CHECK(clock_nanosleep(clock, 0, &relative, &rest) == EINTR);
    CHECK((rest.tv_sec >= 20 && rest.tv_sec < 30));
  }
}
