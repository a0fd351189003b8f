#include "process_fixture.hpp"

namespace wasmsig::process {

TEST_CASE("sigsuspend runs handlers under the suspend mask and then restores the old one") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  install(kSIGUSR2, catching());
  block(SignalSet::of(kSIGUSR1, kSIGUSR2));
  fake::schedule(1000, kSIGUSR2);
  fake::schedule(2000, kSIGUSR1);
  CHECK(suspend(SignalSet::of(kSIGUSR2)) == -EINTR);
  CHECK(log == "10");
  CHECK(mask() == SignalSet::of(kSIGUSR1, kSIGUSR2));
  CHECK(pending() == SignalSet::of(kSIGUSR2));
}

TEST_CASE("stopped in sigsuspend: SIGCONT's handler runs under the old mask, and the call goes on (Linux)") {
  Fresh fresh;
  install(kSIGCONT, catching());
  install(kSIGUSR1, catching());
  fake::schedule(1000, kSIGSTOP);
  fake::schedule(2000, kSIGCONT);
  fake::schedule(3000, kSIGUSR1);
  CHECK(suspend(SignalSet::of(kSIGCONT)) == -EINTR);
  CHECK(log == "18 10");
  CHECK(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) == 3000);
  CHECK(mask().empty());
}

TEST_CASE("pause returns after a handler, not after an ignored signal") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  install(kSIGUSR2, ignoring());
  fake::schedule(1000, kSIGUSR2);
  fake::schedule(2000, kSIGCHLD);
  fake::schedule(3000, kSIGUSR1);
  CHECK(pause() == -EINTR);
  CHECK(log == "10");
  CHECK(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) == 3000);
}

TEST_CASE("a signal sent before the sleep ends it") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  fake::send(kSIGUSR1);
  CHECK(pause() == -EINTR);
  CHECK(log == "10");
}

TEST_CASE("a signal sent between the check and the sleep wakes the sleeper") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  const TimerValue far = {1000000000, 0};
  REQUIRE(set_timer(TimerKind::kVirtual, far, nullptr) == 0);
  fake::on_clock(WSIG_HOST_CLOCK_RUNNING, [] { fake::send(kSIGUSR1); });
  const fake::Outcome outcome = run([] { CHECK(pause() == -EINTR); });
  CHECK(outcome.kind == fake::Outcome::kFinished);
  CHECK(log == "10");
  CHECK(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) == 0);
}

TEST_CASE("a signal sent while the process checks makes it check again") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  block(SignalSet::of(kSIGUSR2));
  const TimerValue far = {1000000000, 0};
  REQUIRE(set_timer(TimerKind::kVirtual, far, nullptr) == 0);
  fake::send(kSIGUSR2);
  fake::on_clock(WSIG_HOST_CLOCK_RUNNING, [] { fake::send(kSIGUSR1); });
  CHECK(pending() == SignalSet::of(kSIGUSR2));  // it checks the clocks too
  CHECK(log == "");
  CHECK(queue::block.doorbell.load() != 0);
  CHECK(deliver() == kInterrupts);
  CHECK(log == "10");
}

TEST_CASE("what only sigsuspend blocked comes when it returns, also where the host may not block") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  const TimerValue far = {1000000000, 0};
  REQUIRE(set_timer(TimerKind::kVirtual, far, nullptr) == 0);
  fake::refuse_to_block(true);
  fake::on_clock(WSIG_HOST_CLOCK_RUNNING, [] { fake::send(kSIGUSR1); });
  CHECK(suspend(SignalSet::of(kSIGUSR1)) == -EDEADLK);
  CHECK(log == "10");
}

TEST_CASE("pause does not return without a signal") {
  Fresh fresh;
  CHECK(run([] { pause(); }).kind == fake::Outcome::kStuck);
}

TEST_CASE("a fatal signal ends a sleeping process") {
  Fresh fresh;
  fake::schedule(1000, kSIGTERM);
  CHECK(run([] { pause(); }).signo == kSIGTERM);
}

TEST_CASE("sleep: to its end, or interrupted with the rest") {
  Fresh fresh;
  int64_t left = -1;
  CHECK(sleep(5000, &left) == 0);
  CHECK(left == -1);
  install(kSIGUSR1, catching(nullptr, kRestart));  // sleeping is never restarted
  fake::schedule(7000, kSIGUSR1);
  CHECK(sleep(5000, &left) == -EINTR);
  CHECK(left == 3000);
  fake::schedule(8000, kSIGCHLD);
  CHECK(sleep(5000, &left) == 0);
  CHECK(sleep(0, nullptr) == 0);
}

TEST_CASE("sigwait family: accepts without running the handler") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  block(SignalSet::of(kSIGUSR1, 40));
  SigInfo info;
  SECTION("already pending") {
    queue(pid(), kSIGUSR1, 11);
    CHECK(wait(SignalSet::of(kSIGUSR1), &info, -1) == kSIGUSR1);
    CHECK(info.value == 11);
    CHECK(info.code == kQueue);
    CHECK(pending().empty());
  }
  SECTION("arriving") {
    fake::schedule(500, kSIGUSR1);
    CHECK(wait(SignalSet::of(kSIGUSR1), &info, -1) == kSIGUSR1);
    CHECK(info.pid == 7);
  }
  SECTION("time-out, poll") {
    CHECK(wait(SignalSet::of(kSIGUSR1), &info, 1000) == -EAGAIN);
    CHECK(wait(SignalSet::of(kSIGUSR1), &info, 0) == -EAGAIN);
  }
  SECTION("interrupted by another one, whose handler runs") {
    install(kSIGUSR2, catching());
    fake::schedule(500, kSIGUSR2);
    CHECK(wait(SignalSet::of(kSIGUSR1), &info, -1) == -EINTR);
    CHECK(log == "12");
  }
  SECTION("lowest first") {
    raise(40);
    raise(kSIGUSR1);
    CHECK(wait(SignalSet::of(kSIGUSR1, 40), nullptr, 0) == kSIGUSR1);
    CHECK(wait(SignalSet::of(kSIGUSR1, 40), nullptr, 0) == 40);
  }
  SECTION("an unblocked signal that is waited for is accepted, not delivered") {
    unblock(SignalSet::of(kSIGUSR1));
    fake::schedule(500, kSIGUSR1);
    CHECK(wait(SignalSet::of(kSIGUSR1), &info, -1) == kSIGUSR1);
  }
  SECTION("SIGKILL cannot be waited for") {
    fake::schedule(500, kSIGKILL);
    CHECK(run([] { wait(SignalSet::all(), nullptr, -1); }).signo == kSIGKILL);
  }
  CHECK((log.empty() || log == "12"));
  CHECK(mask().has(40));
}

TEST_CASE("a blocked, ignored signal can be waited for") {
  Fresh fresh;
  install(kSIGUSR1, ignoring());
  block(SignalSet::of(kSIGUSR1));
  fake::schedule(500, kSIGUSR1);
  CHECK(wait(SignalSet::of(kSIGUSR1), nullptr, -1) == kSIGUSR1);
}

TEST_CASE("a safe point in a loop of the library delivers nothing, and what rang is seen by the next drain") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  fake::send(kSIGUSR1);
  {
    const DeliveryDeferral deferral;
    CHECK(safe_point() == 0);
    CHECK(queue::block.doorbell.load() == 0);
    CHECK(log.empty());
  }
  CHECK(queue::block.doorbell.load() != 0);
  CHECK(safe_point() == 0);
  CHECK(log == "10");
  fake::send(kSIGUSR1);
  {
    const DeliveryDeferral deferral;
    safe_point();
    CHECK(pause() == -EINTR);
  }
  CHECK(log == "10 10");
}

TEST_CASE("a handler is outside of the library: safe points in it deliver, also after it jumped") {
  Fresh fresh;
  install(kSIGUSR2, catching());
  install(kSIGUSR1, catching([](int) {
            fake::send(kSIGUSR2);
            safe_point();
            note("end");
          }));
  fake::send(kSIGUSR1);
  safe_point();
  CHECK(log == "10 12 end");
}

TEST_CASE("where the host may not block, waiting fails and the mask is what it was") {
  Fresh fresh;
  fake::refuse_to_block(true);
  block(SignalSet::of(kSIGUSR1));
  CHECK(suspend({}) == -EDEADLK);
  CHECK(pause() == -EDEADLK);
  CHECK(sleep(1000, nullptr) == -EDEADLK);
  CHECK(wait(SignalSet::of(kSIGUSR1), nullptr, 1000) == -EDEADLK);
  CHECK(mask() == SignalSet::of(kSIGUSR1));
}

}  // namespace wasmsig::process
