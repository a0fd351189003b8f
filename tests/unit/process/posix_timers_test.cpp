#include <climits>

#include "process_fixture.hpp"

namespace wasmsig::process {

namespace {

constexpr int64_t kSecond = 1000000000;

int created(int signo, int32_t value, TimerClock clock = TimerClock::kMonotonic) {
  const TimerEvent event = {TimerNotice::kSignal, signo, value, 0};
  const int id = create_timer(clock, &event);
  REQUIRE(id >= 0);
  return id;
}

int silent(TimerClock clock = TimerClock::kMonotonic) {
  const TimerEvent event = {TimerNotice::kNone, 0, 0, 0};
  return create_timer(clock, &event);
}

void arm(int id, int64_t value_ns, int64_t interval_ns = 0, bool absolute = false) {
  REQUIRE(set_posix_timer(id, absolute, {value_ns, interval_ns}, nullptr) == 0);
}

int64_t left(int id) {
  TimerValue value;
  REQUIRE(get_posix_timer(id, &value) == 0);
  return value.value_ns;
}

// The next signal of the set, as text: number, code, timer, overrun, value.
std::string taken(SignalSet set = SignalSet::all()) {
  SigInfo info;
  const int signo = wait(set, &info, 0);
  if (signo < 0) return "none";
  std::string text = std::to_string(signo) + "/code" + std::to_string(info.code);
  if (info.code == kTimer) text += "/id" + std::to_string(info.pid) + "/overrun" + std::to_string(info.uid);
  return text + "/value" + std::to_string(info.value);
}

}  // namespace

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

TEST_CASE("one signal is pending for an interval timer, and its overrun is known when it is accepted") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  const int id = created(kSIGUSR1, 5);
  arm(id, 1000, 10000);
  fake::advance(54000);
  CHECK(left(id) == 7000);
  CHECK(timer_overrun(id) == 0);
  fake::advance(1000);
  CHECK(taken() == "10/code-2/id0/overrun5/value5");
  CHECK(timer_overrun(id) == 5);
  CHECK(taken() == "none");
  CHECK(left(id) == 6000);
  CHECK(fake::requested_ns() == 61000);
  fake::advance(6000);
  CHECK(taken() == "10/code-2/id0/overrun0/value5");
  CHECK(timer_overrun(id) == 0);
  arm(id, 1000, 1000);
  fake::advance(9500);
  CHECK(taken() == "10/code-2/id0/overrun8/value5");
  arm(id, kSecond);
  CHECK(timer_overrun(id) == 0);
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

TEST_CASE("a handler is told what it was sent for, also if the timer is set before it runs") {
  Fresh fresh;
  install(kSIGUSR1, telling());
  const int id = created(kSIGUSR1, 5);
  static int other;
  other = id;
  install(kSIGUSR2, catching([](int) { arm(other, 0); }));
  block(SignalSet::of(kSIGUSR1, kSIGUSR2));
  arm(id, 1000, 1000);
  fake::advance(3000);
  kill(pid(), kSIGUSR2);
  deliver();
  unblock(SignalSet::of(kSIGUSR1, kSIGUSR2));
  CHECK(log == "12 10/code-2/pid0/value5");
}

TEST_CASE("signals of timers are pending beside others of their number, which coalesce") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  const int a = created(kSIGUSR1, 1), b = created(kSIGUSR1, 2), c = created(kSIGUSR1, 3);
  arm(b, 1000);
  arm(a, 2000);
  fake::advance(2000);
  kill(pid(), kSIGUSR1);
  arm(c, 1000);
  fake::advance(1000);
  CHECK(pending() == SignalSet::of(kSIGUSR1));
  CHECK(taken() == "10/code-2/id1/overrun0/value2");
  CHECK(pending() == SignalSet::of(kSIGUSR1));
  CHECK(taken() == "10/code-2/id0/overrun0/value1");
  CHECK(taken() == "10/code-2/id2/overrun0/value3");
  CHECK(taken() == "none");
  CHECK(pending().empty());
  kill(pid(), kSIGUSR1);
  arm(a, 1000);
  fake::advance(1000);
  deliver();
  kill(pid(), kSIGUSR1);
  CHECK(taken() == "10/code0/value0");
  CHECK(taken() == "10/code-2/id0/overrun0/value1");
  CHECK(taken() == "none");
}

TEST_CASE("timers that were due before a check expire in the order of their times, then in that of their arming") {
  Fresh fresh;
  block(SignalSet::of(40));
  const int a = created(40, 1), b = created(40, 2), c = created(40, 3, TimerClock::kRealtime);
  arm(b, 2000);
  arm(a, 2000);
  arm(c, 1000);
  queue(pid(), 40, 9);
  fake::advance(5000);
  CHECK(taken() == "40/code-1/value9");
  CHECK(taken() == "40/code-2/id2/overrun0/value3");
  CHECK(taken() == "40/code-2/id1/overrun0/value2");
  CHECK(taken() == "40/code-2/id0/overrun0/value1");
}

TEST_CASE("a timer's real-time signal is queued when no other can be") {
  Fresh fresh;
  block(SignalSet::all());
  int ids[kMaxPosixTimers];
  for (int i = 0; i < kMaxPosixTimers; i++) arm(ids[i] = created(40, i), 1000 + i);
  for (int i = 0; i < kMaxQueued; i++) REQUIRE(queue(pid(), 41, i) == 0);
  CHECK(queue(pid(), 41, 0) == -EAGAIN);
  for (int round = 0; round < 3; round++) {
    fake::advance(2000);
    CHECK(queue(pid(), 41, 0) == -EAGAIN);
    for (int i = 0; i < kMaxPosixTimers; i++) {
      const int id = ids[i];
      CHECK(taken(SignalSet::of(40)) == "40/code-2/id" + std::to_string(id) + "/overrun0/value" + std::to_string(i));
    }
    CHECK(queue(pid(), 41, 0) == -EAGAIN);
    for (int i = 0; i < kMaxPosixTimers; i++) arm(ids[i], 1000 + i);
  }
  // Discarded, they leave as much room as before
  fake::advance(2000);
  deliver();
  install(40, ignoring());
  CHECK(queue(pid(), 41, 0) == -EAGAIN);
  CHECK(taken(SignalSet::of(41)) == "41/code-1/value0");
  CHECK(queue(pid(), 41, 0) == 0);
  CHECK(queue(pid(), 41, 0) == -EAGAIN);
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

TEST_CASE("what is pending of a timer that was set again is not accepted, unless it expired again (Linux)") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  const int a = created(kSIGUSR1, 1), b = created(kSIGUSR1, 2);
  arm(a, 1000);
  fake::advance(1000);
  arm(a, 0);
  CHECK(pending() == SignalSet::of(kSIGUSR1));
  CHECK(taken() == "none");
  CHECK(pending().empty());
  arm(a, 1000);
  arm(b, 2000);
  fake::advance(2000);
  arm(a, 1000);
  fake::advance(1000);
  CHECK(taken() == "10/code-2/id0/overrun0/value1");
  CHECK(taken() == "10/code-2/id1/overrun0/value2");
  CHECK(taken() == "none");
}

TEST_CASE("what is pending of a deleted timer is not accepted (Linux)") {
  for (const int signo : {static_cast<int>(kSIGUSR1), 40}) {
    Fresh fresh;
    install(signo, catching());
    block(SignalSet::of(signo));
    const int a = created(signo, 1), b = created(signo, 2);
    arm(a, 1000, 1000);
    arm(b, 2000);
    fake::advance(2000);
    deliver();
    CHECK(delete_timer(a) == 0);
    CHECK(fake::requested_ns() == -1);
    CHECK(pending() == SignalSet::of(signo));
    unblock(SignalSet::of(signo));
    CHECK(log == std::to_string(signo));
    // Its place is free again
    for (int i = 0; i < kMaxPosixTimers - 1; i++) CHECK(silent() >= 0);
    CHECK(silent() == -EAGAIN);
  }
}

TEST_CASE("a deleted timer's signal does not end a wait") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  install(kSIGUSR1, catching());
  const int id = created(kSIGUSR1, 1);
  arm(id, 1000);
  fake::advance(1000);
  deliver();
  delete_timer(id);
  fake::schedule(9000, kSIGUSR1);
  CHECK(suspend({}) == -EINTR);
  CHECK(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) == 9000);
  CHECK(log == "10");
}

TEST_CASE("an interval timer whose signal was ignored sends it when it is not ignored any more (Linux)") {
  Fresh fresh;
  install(kSIGUSR1, ignoring());
  const int a = created(kSIGUSR1, 1), b = created(kSIGUSR1, 2), once = created(kSIGUSR1, 3);
  arm(a, 1000, 10000);
  arm(b, 2000, 10000);
  arm(once, 1000);
  fake::advance(25000);
  deliver();
  CHECK(left(a) == 6000);
  CHECK(fake::requested_ns() == -1);  // it does not flood
  block(SignalSet::of(kSIGUSR1));
  CHECK(pending().empty());
  install(kSIGUSR1, catching());
  CHECK(pending() == SignalSet::of(kSIGUSR1));
  CHECK(taken() == "10/code-2/id1/overrun2/value2");
  CHECK(taken() == "10/code-2/id0/overrun2/value1");
  CHECK(taken() == "none");
  CHECK(fake::requested_ns() == 31000);
}

TEST_CASE("what was pending of an interval timer when its signal was ignored comes back too, that of others does not") {
  for (const int signo : {static_cast<int>(kSIGUSR1), 40}) {
    Fresh fresh;
    block(SignalSet::of(signo));
    const int a = created(signo, 1), once = created(signo, 2), c = created(signo, 3);
    arm(a, 1000, 10000);
    arm(once, 2000);
    arm(c, 3000, 10000);
    fake::advance(5000);
    deliver();
    install(signo, ignoring());
    CHECK(pending().empty());
    delete_timer(c);
    install(signo, Action{});
    CHECK(taken() == std::to_string(signo) + "/code-2/id0/overrun0/value1");
    CHECK(taken() == "none");
  }
}

TEST_CASE("SIG_IGN is what holds a timer's signal back, not a default action that ignores (Linux)") {
  Fresh fresh;
  const int id = created(kSIGCHLD, 7);
  arm(id, 1000, 10000);
  fake::advance(25000);
  deliver();
  block(SignalSet::of(kSIGCHLD));
  install(kSIGCHLD, catching());
  CHECK(pending().empty());
  install(kSIGCHLD, ignoring());
  install(kSIGCHLD, catching());
  CHECK(taken() == "17/code-2/id0/overrun2/value7");
}

TEST_CASE("an ignored timer that was set again is not accepted when its signal comes back (Linux)") {
  Fresh fresh;
  install(kSIGUSR1, ignoring());
  const int id = created(kSIGUSR1, 1);
  arm(id, 1000, 10000);
  fake::advance(1000);
  deliver();
  arm(id, 100000);
  block(SignalSet::of(kSIGUSR1));
  install(kSIGUSR1, Action{});
  CHECK(pending() == SignalSet::of(kSIGUSR1));
  CHECK(taken() == "none");
  // As one that expires once it is not kept
  install(kSIGUSR1, ignoring());
  unblock(SignalSet::of(kSIGUSR1));
  arm(id, 1000, 10000);
  fake::advance(1000);
  deliver();
  arm(id, 1000);
  fake::advance(1000);
  deliver();
  block(SignalSet::of(kSIGUSR1));
  install(kSIGUSR1, Action{});
  CHECK(pending().empty());
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

TEST_CASE("a stopped process has what its timers sent when it continues") {
  Fresh fresh;
  install(kSIGUSR1, telling());
  const int id = created(kSIGUSR1, 1);
  arm(id, 1000, 10000);
  fake::on_stop([](int signo) {
    if (signo == 0) return;
    fake::advance(35000);
    fake::schedule(0, kSIGCONT);
  });
  raise(kSIGSTOP);
  CHECK(log == "10/code-2/pid0/value1");
  CHECK(timer_overrun(id) == 3);
}

TEST_CASE("a stop undoes a timer's SIGCONT, which comes back when SIGCONT is not ignored any more") {
  Fresh fresh;
  block(SignalSet::of(kSIGCONT, kSIGTSTP));
  const int id = created(kSIGCONT, 1);
  arm(id, 1000, 10000);
  fake::advance(1000);
  deliver();
  kill(pid(), kSIGTSTP);
  CHECK(pending() == SignalSet::of(kSIGTSTP));
  install(kSIGCONT, ignoring());
  install(kSIGCONT, catching());
  CHECK(pending() == SignalSet::of(kSIGTSTP, kSIGCONT));
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

TEST_CASE("a word from outside that looks like a timer's changes no timer") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  const int id = created(kSIGUSR1, 5);
  arm(id, 1000, 1000);
  queue::block.std_sent[kSIGUSR1 - 1].store(0x08000000u);
  queue::block.std_bits.fetch_or(1u << (kSIGUSR1 - 1));
  queue::ring(queue::block, queue::kRingSignals);
  CHECK(taken() != "none");
  CHECK(left(id) == 1000);
  CHECK(timer_overrun(id) == 0);
}

}  // namespace wasmsig::process
