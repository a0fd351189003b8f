#include "posix_timers_fixture.hpp"

namespace wasmsig::process {

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
