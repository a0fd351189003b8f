#include <climits>

#include "posix_timers_fixture.hpp"

namespace wasmsig::process {

TEST_CASE("a POSIX timer sends its signal with its id and value, and asks the host to ring in time") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  const int id = created(kSIGUSR1, 77);
  CHECK(id == 0);
  arm(id, 5000);
  CHECK(fake::requested_ns() == 5000);
  CHECK(left(id) == 5000);
  fake::advance(4999);
  CHECK(left(id) == 1);
  CHECK(taken() == "none");
  fake::advance(1);
  CHECK(left(id) == 0);
  CHECK(taken() == "10/code-2/id0/overrun0/value77");
  CHECK(fake::requested_ns() == -1);
  CHECK(taken() == "none");
}

TEST_CASE("without an event a POSIX timer sends SIGALRM with its id") {
  Fresh fresh;
  block(SignalSet::of(kSIGALRM));
  created(kSIGUSR1, 0);
  const int id = create_timer(TimerClock::kMonotonic, nullptr);
  CHECK(id == 1);
  arm(id, 1);
  fake::advance(1);
  CHECK(taken() == "14/code-2/id1/overrun0/value1");
}

TEST_CASE("there are as many timers as the table has, and an id does not soon mean another timer") {
  Fresh fresh;
  const int first = silent();
  for (int i = 1; i < kMaxPosixTimers; i++) CHECK(silent() == first + i);
  CHECK(silent() == -EAGAIN);
  CHECK(delete_timer(first + 3) == 0);
  CHECK(delete_timer(first + 3) == -EINVAL);
  const int another = silent();
  CHECK(another == first + 3 + kMaxPosixTimers);
  TimerValue value;
  CHECK(get_posix_timer(first + 3, &value) == -EINVAL);
  CHECK(set_posix_timer(first + 3, false, {}, nullptr) == -EINVAL);
  CHECK(timer_overrun(first + 3) == -EINVAL);
  CHECK(timer_overrun(another) == 0);
  CHECK(timer_overrun(-1) == -EINVAL);
}

TEST_CASE("events and times that are none are refused") {
  Fresh fresh;
  for (const int signo : {0, -1, 65}) {
    const TimerEvent event = {TimerNotice::kSignal, signo, 0, 0};
    CHECK(create_timer(TimerClock::kMonotonic, &event) == -EINVAL);
  }
  const TimerEvent nobody = {TimerNotice::kThread, kSIGUSR1, 0, 4711};
  CHECK(create_timer(TimerClock::kMonotonic, &nobody) == -EINVAL);
  const int id = created(kSIGUSR1, 0);
  arm(id, 5000, 6000);
  CHECK(set_posix_timer(id, false, {-1, 0}, nullptr) == -EINVAL);
  CHECK(set_posix_timer(id, false, {1, -1}, nullptr) == -EINVAL);
  TimerValue old;
  CHECK(set_posix_timer(id, false, {0, 9}, &old) == 0);
  CHECK(old.value_ns == 5000);
  CHECK(old.interval_ns == 6000);
  CHECK(get_posix_timer(id, &old) == 0);
  CHECK(old.value_ns == 0);
  CHECK(old.interval_ns == 0);
  CHECK(fake::requested_ns() == -1);
  arm(id, INT64_MAX, INT64_MAX);
  CHECK(left(id) > INT64_MAX / 2);
}

TEST_CASE("a silent timer only counts") {
  Fresh fresh;
  const int id = silent();
  CHECK(left(id) == 0);
  arm(id, 5000);
  CHECK(fake::requested_ns() == -1);
  fake::advance(4000);
  CHECK(left(id) == 1000);
  fake::advance(1000);
  CHECK(left(id) == 0);
  arm(id, 5000, 10000);
  fake::advance(8000);
  CHECK(left(id) == 7000);
  CHECK(timer_overrun(id) == 0);
}

TEST_CASE("absolute times are the clock's, and have expired at once if they have passed") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1, kSIGUSR2));
  fake::advance(50000);
  const int id = created(kSIGUSR1, 1);
  arm(id, 53000, 0, true);
  CHECK(left(id) == 3000);
  arm(id, 20000, 0, true);
  CHECK(taken() == "10/code-2/id0/overrun0/value1");
  arm(id, 5000, 10000, true);
  CHECK(taken() == "10/code-2/id0/overrun4/value1");
  CHECK(left(id) == 5000);
  const int real = created(kSIGUSR2, 2, TimerClock::kRealtime);
  arm(real, timer_clock(TimerClock::kRealtime) + 4000, 0, true);
  CHECK(left(real) == 4000);
}

TEST_CASE("a change of the real-time clock moves absolute times only") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  const int relative = created(kSIGUSR1, 1, TimerClock::kRealtime),
            absolute = created(kSIGUSR1, 2, TimerClock::kRealtime);
  arm(relative, 10000);
  arm(absolute, timer_clock(TimerClock::kRealtime) + 20000, 0, true);
  fake::set_real_time(-5000);
  CHECK(left(relative) == 10000);
  CHECK(left(absolute) == 25000);
  fake::set_real_time(25000);
  CHECK(taken() == "10/code-2/id1/overrun0/value2");
  CHECK(left(relative) == 10000);
}

TEST_CASE("timers of processor time count what runs") {
  for (const TimerClock clock : {TimerClock::kProcess, TimerClock::kThread}) {
    Fresh fresh;
    block(SignalSet::of(kSIGUSR1));
    const int id = created(kSIGUSR1, 1, clock);
    arm(id, 1000000, 500000);
    fake::advance(50000000);
    CHECK(taken() == "none");
    CHECK(left(id) == 1000000);
    fake::advance_running(1700000);
    CHECK(taken() == "10/code-2/id0/overrun1/value1");
    CHECK(left(id) == 300000);
    arm(id, 1, 0, true);
    CHECK(taken() == "10/code-2/id0/overrun0/value1");
  }
}

TEST_CASE("where the host has no clock of running time, timers of processor time count what is not slept") {
  Fresh fresh;
  fake::hide_running_clock();
  install(kSIGUSR1, catching());
  const int id = created(kSIGUSR1, 1, TimerClock::kThread);
  arm(id, 1000000);
  CHECK(sleep(50000000, nullptr) == 0);
  CHECK(left(id) == 1000000);
  fake::advance(1000000);
  deliver();
  CHECK(log == "10");
}

TEST_CASE("a sleeping process is woken by its POSIX timer") {
  Fresh fresh(fake::Mode::kScripted, WSIG_HOST_ALONE);
  install(kSIGUSR1, catching());
  const int far = created(kSIGUSR1, 1), id = created(kSIGUSR1, 2);
  arm(far, 900000);
  arm(id, 70000);
  CHECK(fake::requested_ns() == -1);
  CHECK(pause() == -EINTR);
  CHECK(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) == 70000);
  int64_t rest;
  CHECK(sleep(1000000, &rest) == -EINTR);
  CHECK(rest == 170000);
}

TEST_CASE("a timer for the first thread names it by the pid") {
  Fresh fresh;
  CHECK(thread_number() == pid());
  block(SignalSet::of(kSIGUSR1));
  const TimerEvent event = {TimerNotice::kThread, kSIGUSR1, 5, thread_number()};
  const int id = create_timer(TimerClock::kMonotonic, &event);
  CHECK(id == 0);
  arm(id, 1000);
  fake::advance(1000);
  CHECK(taken() == "10/code-2/id0/overrun0/value5");
}

TEST_CASE("the overrun ends at DELAYTIMER_MAX") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  const int id = created(kSIGUSR1, 0);
  arm(id, 1, 1);
  fake::advance(int64_t{1} << 40);
  CHECK(taken() == "10/code-2/id0/overrun2147483647/value0");
  CHECK(timer_overrun(id) == INT_MAX);
}

}  // namespace wasmsig::process
