#include <climits>

#include "process_fixture.hpp"

namespace wasmsig::process {

static TimerValue left(TimerKind kind) {
  TimerValue value;
  REQUIRE(get_timer(kind, &value) == 0);
  return value;
}

TEST_CASE("the real timer expires on the monotonic clock and asks the host to ring in time") {
  Fresh fresh;
  install(kSIGALRM, telling());
  CHECK(set_timer(TimerKind::kReal, {5000, 0}, nullptr) == 0);
  CHECK(fake::requested_ns() == 5000);
  fake::advance(4999);
  deliver();
  CHECK(log.empty());
  CHECK(left(TimerKind::kReal).value_ns == 1000);  // never less than a microsecond while armed
  fake::advance(1);
  deliver();
  CHECK(log == "14/code128/pid0/value0");
  CHECK(left(TimerKind::kReal).value_ns == 0);
  fake::advance(1000000);
  deliver();
  CHECK(log == "14/code128/pid0/value0");
}

TEST_CASE("timers of running time keep the interval that they were disarmed with, the real timer does not (Linux)") {
  Fresh fresh;
  for (const TimerKind kind : {TimerKind::kReal, TimerKind::kVirtual, TimerKind::kProf}) {
    CHECK(set_timer(kind, {0, 5000}, nullptr) == 0);
    CHECK(left(kind).value_ns == 0);
    CHECK(left(kind).interval_ns == (kind == TimerKind::kReal ? 0 : 5000));
  }
  CHECK(fake::requested_ns() == -1);
}

TEST_CASE("an interval of one microsecond overruns without a flood") {
  Fresh fresh;
  install(kSIGALRM, catching());
  set_timer(TimerKind::kReal, {1000, 1000}, nullptr);
  fake::advance(1000000000);
  deliver();
  CHECK(log == "14");
  CHECK(left(TimerKind::kReal).interval_ns == 1000);
  fake::advance(1000);
  deliver();
  CHECK(log == "14 14");
}

TEST_CASE("while its signal is blocked the real interval timer rests (Linux)") {
  Fresh fresh;
  install(kSIGALRM, catching());
  block(SignalSet::of(kSIGALRM));
  set_timer(TimerKind::kReal, {1000, 1000}, nullptr);
  fake::advance(20000);
  CHECK(left(TimerKind::kReal).value_ns == 0);
  CHECK(pending() == SignalSet::of(kSIGALRM));
  unblock(SignalSet::of(kSIGALRM));
  CHECK(log == "14");
  fake::advance(1000);
  deliver();
  CHECK(log == "14 14");
}

TEST_CASE("virtual and profiling timers count running time, not wall time") {
  Fresh fresh;
  install(kSIGVTALRM, catching());
  install(kSIGPROF, catching());
  set_timer(TimerKind::kVirtual, {1000000, 0}, nullptr);
  set_timer(TimerKind::kProf, {2000000, 2000000}, nullptr);
  fake::advance(50000000);
  deliver();
  CHECK(log.empty());
  CHECK(left(TimerKind::kVirtual).value_ns == 1000000);
  fake::advance_running(1000000);
  deliver();
  CHECK(log == "26");
  fake::advance_running(7000000);
  deliver();
  CHECK(log == "26 27");
  CHECK(left(TimerKind::kProf).value_ns == 2000000);
}

TEST_CASE("where the host has no clock of running time, virtual timers count what is not slept") {
  Fresh fresh;
  fake::hide_running_clock();
  install(kSIGVTALRM, catching());
  CHECK(sleep(70000000, nullptr) == 0);  // before there is a timer
  set_timer(TimerKind::kVirtual, {1000000, 0}, nullptr);
  CHECK(sleep(50000000, nullptr) == 0);
  fake::advance(400000);
  CHECK(sleep(50000000, nullptr) == 0);
  CHECK(log.empty());
  CHECK(left(TimerKind::kVirtual).value_ns == 600000);
  fake::advance(600000);
  deliver();
  CHECK(log == "26");
}

TEST_CASE("a sleep that the host refuses is not slept") {
  Fresh fresh;
  fake::hide_running_clock();
  fake::refuse_to_block(true);
  install(kSIGPROF, catching());
  set_timer(TimerKind::kProf, {3000000, 0}, nullptr);
  for (int i = 0; i < 3; i++) {
    CHECK(sleep(1000000000, nullptr) == -EDEADLK);
    fake::advance(1000000);
  }
  deliver();
  CHECK(log == "27");
}

TEST_CASE("alarm replaces, cancels and rounds as Linux does") {
  Fresh fresh;
  CHECK(alarm(0) == 0);
  CHECK(!real_timer_armed());
  CHECK(alarm(10) == 0);
  CHECK(real_timer_armed());
  fake::advance(1);
  CHECK(alarm(3) == 10);
  fake::advance(2400000000);
  CHECK(left(TimerKind::kReal).value_ns == 600000000);
  CHECK(alarm(0) == 1);
  CHECK(alarm(0) == 0);
  alarm(1);
  fake::advance(900000000);
  CHECK(alarm(0) == 1);  // never 0 while one is pending
  alarm(4);
  fake::advance(2600000000);
  CHECK(alarm(0) == 1);
  CHECK(!real_timer_armed());
  CHECK(fake::requested_ns() == -1);
  CHECK(alarm(UINT_MAX) == 0);
  CHECK(alarm(0) == UINT_MAX);
}

TEST_CASE("bad timers are refused and change nothing") {
  Fresh fresh;
  set_timer(TimerKind::kReal, {5000, 6000}, nullptr);
  CHECK(set_timer(TimerKind::kReal, {-1, 0}, nullptr) == -EINVAL);
  CHECK(set_timer(TimerKind::kReal, {0, -1}, nullptr) == -EINVAL);
  CHECK(set_timer(static_cast<TimerKind>(3), {1, 0}, nullptr) == -EINVAL);
  TimerValue value;
  CHECK(get_timer(static_cast<TimerKind>(-1), &value) == -EINVAL);
  CHECK(left(TimerKind::kReal).value_ns == 5000);
  CHECK(left(TimerKind::kReal).interval_ns == 6000);
}

TEST_CASE("huge times do not overflow") {
  Fresh fresh;
  fake::advance(1000);
  CHECK(set_timer(TimerKind::kReal, {INT64_MAX, INT64_MAX}, nullptr) == 0);
  CHECK(left(TimerKind::kReal).value_ns > INT64_MAX / 2);
  install(kSIGALRM, catching());
  set_timer(TimerKind::kReal, {1000, INT64_MAX}, nullptr);
  fake::advance(1000);
  deliver();
  CHECK(log == "14");
  CHECK(left(TimerKind::kReal).value_ns > INT64_MAX / 2);
}

TEST_CASE("a sleeping process is woken by its real timer") {
  Fresh fresh;
  install(kSIGALRM, catching());
  set_timer(TimerKind::kReal, {70000, 0}, nullptr);
  CHECK(pause() == -EINTR);
  CHECK(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) == 70000);
}

TEST_CASE("without a host, timers fire by the guest's own clock") {
  Fresh fresh(fake::Mode::kScripted, WSIG_HOST_ALONE);
  install(kSIGALRM, catching());
  set_timer(TimerKind::kReal, {5000, 0}, nullptr);
  CHECK(fake::requested_ns() == -1);
  fake::advance(5000);
  CHECK(safe_point() > 0);
  CHECK(log == "14");
}

TEST_CASE("the countdown adapts to the time between checks") {
  Fresh fresh(fake::Mode::kScripted, WSIG_HOST_ALONE);
  int32_t count = safe_point();
  for (int i = 0; i < 40; i++) {
    fake::advance(count * 10);  // 10 ns a check
    count = safe_point();
  }
  CHECK(count >= 2000);
  CHECK(count <= 8000);
  for (int i = 0; i < 3; i++) {
    fake::advance(count * int64_t{1000});  // the code becomes slower: 1 us a check
    count = safe_point();
  }
  CHECK(count <= 100);
  CHECK(count >= 1);
}

}  // namespace wasmsig::process
