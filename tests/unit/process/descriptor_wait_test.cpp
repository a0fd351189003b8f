// Windows has neither this type nor the C library that would use it.
#if !defined(_WIN32)
#include <poll.h>

#include "process_fixture.hpp"

extern "C" int32_t wasmsig_deliver();

namespace wasmsig::process {

namespace {

constexpr int64_t kSecond = 1000000000;

int64_t now_ns() { return wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC); }

}  // namespace

TEST_CASE("poll waits for its time and says what is left of it when a handler ends it") {
  Fresh fresh;
  int64_t left = -1;
  CHECK(poll(nullptr, 0, nullptr, 5000, &left) == 0);
  CHECK(now_ns() == 5000);
  CHECK(left == 0);
  install(kSIGUSR1, catching(nullptr, kRestart));
  fake::schedule(now_ns() + 2000, kSIGUSR1);
  CHECK(poll(nullptr, 0, nullptr, kSecond, &left) == -EINTR);
  CHECK(log == "10");
  CHECK(left == kSecond - 2000);
}

TEST_CASE("poll with a mask runs handlers under that mask and then restores the old one") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  install(kSIGUSR2, catching());
  block(SignalSet::of(kSIGUSR1, kSIGUSR2));
  const SignalSet let_in = SignalSet::of(kSIGUSR2);
  fake::schedule(1000, kSIGUSR2);
  fake::schedule(2000, kSIGUSR1);
  CHECK(poll(nullptr, 0, &let_in, -1, nullptr) == -EINTR);
  CHECK(log == "10");
  CHECK(now_ns() == 2000);
  CHECK(mask() == SignalSet::of(kSIGUSR1, kSIGUSR2));
  CHECK(pending() == SignalSet::of(kSIGUSR2));
}

TEST_CASE("a ready descriptor comes before a signal, which then waits for the old mask (Linux)") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  block(SignalSet::of(kSIGUSR1));
  fake::send(kSIGUSR1);
  fake::make_ready(3, POLLIN);
  const SignalSet none;
  struct pollfd one = {3, POLLIN, 0};
  CHECK(poll(&one, 1, &none, -1, nullptr) == 1);
  CHECK(one.revents == POLLIN);
  CHECK(log == "");
  CHECK(pending() == SignalSet::of(kSIGUSR1));
  one.fd = 4;
  CHECK(poll(&one, 1, &none, 0, nullptr) == -EINTR);
  CHECK(log == "10");
}

TEST_CASE("poll that is stopped and continued, or woken by what is ignored, goes on until its old deadline (Linux)") {
  Fresh fresh;
  install(kSIGCONT, catching());
  install(kSIGUSR2, ignoring());
  block(SignalSet::of(kSIGUSR2));
  const SignalSet let_in = SignalSet::of(kSIGCONT);
  fake::schedule(500, kSIGUSR2);
  fake::schedule(1000, kSIGSTOP);
  fake::schedule(2000, kSIGCONT);
  CHECK(poll(nullptr, 0, &let_in, 5000, nullptr) == 0);
  CHECK(log == "18");
  CHECK(now_ns() == 5000);
  CHECK(mask() == SignalSet::of(kSIGUSR2));
}

TEST_CASE("the interval timer ends poll where the host does not ring") {
  Fresh fresh(fake::Mode::kScripted, WSIG_HOST_ALONE);
  install(kSIGALRM, catching());
  const TimerValue soon = {3000, 0};
  REQUIRE(set_timer(TimerKind::kReal, soon, nullptr) == 0);
  CHECK(poll(nullptr, 0, nullptr, -1, nullptr) == -EINTR);
  CHECK(log == "14");
  CHECK(now_ns() == 3000);
}

TEST_CASE("poll is refused where the host may not block, and the old mask returns") {
  Fresh fresh;
  block(SignalSet::of(kSIGUSR1));
  fake::refuse_to_block(true);
  const SignalSet none;
  CHECK(poll(nullptr, 0, &none, -1, nullptr) == -EDEADLK);
  CHECK(mask() == SignalSet::of(kSIGUSR1));
  CHECK(poll(nullptr, 0, &none, 0, nullptr) == 0);
}

// A host whose own wait calls wasmsig_deliver().
TEST_CASE("nothing is delivered inside the host's wait: it is told to come back") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  const SignalSet none;
  static int told = -1, before = -1;
  fake::on_poll([] {
    before = wasmsig_deliver();
    fake::send(kSIGUSR1);
    told = wasmsig_deliver();
    CHECK(log == "");
  });
  CHECK(poll(nullptr, 0, &none, -1, nullptr) == -EINTR);
  CHECK(before == kNone);
  CHECK(told == kInterrupts);
  CHECK(log == "10");
}

}  // namespace wasmsig::process
#endif
