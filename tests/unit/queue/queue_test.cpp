// The control block as a sender, a drain and a ringer see it.
#include <memory>
#include <string>

#include "tests/unit/process/process_fixture.hpp"

namespace wasmsig::process {

namespace {

std::string taken;

bool tell(int signo, Origin origin) {
  taken += std::to_string(signo) + "/code" + std::to_string(queue::info_code(origin.info())) + "/pid" + std::to_string(origin.info() & 0xffffff) + "/value" + std::to_string(origin.value()) + " ";
  return true;
}

struct Sending {
  std::unique_ptr<queue::Block> block = std::make_unique<queue::Block>();

  Sending() {
    queue::initialise(*block, 5, 1);
    taken.clear();
  }

  uint32_t send(const queue::Sent& sent) {
    uint32_t bits = 77;
    REQUIRE(queue::send(*block, sent, &bits) == 0);
    queue::ring(*block, bits);
    return bits;
  }
};

}  // namespace

TEST_CASE("a signal for a quiet doorbell is inline in it, with its code and sender") {
  Sending to;
  CHECK(to.send({31, queue::kCodeThread, 0xffff, 0}) == 0);
  CHECK(to.block->std_bits.load() == 0);
  CHECK(to.block->ring.load() == 0);
  const uint32_t doorbell = to.block->doorbell.load();
  CHECK((doorbell & 0xff) == queue::kRingInline);
  tell(queue::inline_signo(doorbell), Origin::of(queue::inline_info(doorbell)));
  CHECK(taken == "31/code4/pid65535/value0 ");
}

TEST_CASE("a ring counts only while there are waiters, which then have to be woken") {
  Sending to;
  CHECK_FALSE(queue::ring(*to.block, queue::kRingTimer));
  CHECK(to.block->doorbell.load() == queue::kRingTimer);
  CHECK(to.block->ring.load() == 0);
  to.block->waiters.store(1);
  CHECK(queue::ring(*to.block, 0));
  CHECK(to.block->doorbell.load() == queue::kRingTimer);
  CHECK(to.block->ring.load() == 1);
}

TEST_CASE("what does not fit into the doorbell, or finds it rung, is not sent inline") {
  for (const queue::Sent& sent : {queue::Sent{10, queue::kCodeUser, 0x10000, 0}, {10, queue::kCodeQueue, 1, 7}, {40, queue::kCodeUser, 1, 0}}) {
    Sending to;
    CHECK(to.send(sent) == queue::kRingSignals);
    CHECK(to.block->doorbell.load() == queue::kRingSignals);
    queue::drain(*to.block, tell);
    std::string expected;
    std::swap(expected, taken);
    tell(sent.signo, Origin::of(queue::info_of(sent.code, sent.pid), sent.value));
    CHECK(taken == expected);
  }
  Sending to;
  queue::ring(*to.block, queue::kRingTimer);
  CHECK(to.send({10, queue::kCodeUser, 1, 0}) == queue::kRingSignals);
}

TEST_CASE("a doorbell that is exchanged before the drain leaves its signal where any sender would have put it") {
  Sending to;
  to.send({10, queue::kCodeUser, 3, 0});
  to.send({12, queue::kCodeQueue, 4, 5});
  queue::ring(*to.block, queue::kRingTimer);
  CHECK(queue::take_doorbell(*to.block) == (queue::kRingSignals | queue::kRingTimer));
  CHECK(to.block->doorbell.load() == 0);
  queue::drain(*to.block, tell);
  CHECK(taken == "10/code0/pid3/value0 12/code1/pid4/value5 ");
  CHECK(queue::take_doorbell(*to.block) == 0);
}

TEST_CASE("of a signal that is sent twice the first sender stays, when the doorbell is exchanged between and after them") {
  const queue::Sent inlined = {10, queue::kCodeUser, 3, 0}, queued = {10, queue::kCodeQueue, 4, 5};
  Sending to;
  to.send(inlined);
  to.send(queued);
  queue::take_doorbell(*to.block);
  queue::drain(*to.block, tell);
  CHECK(taken == "10/code0/pid3/value0 ");
  taken.clear();
  to.send(queued);
  queue::take_doorbell(*to.block);
  to.send(inlined);
  queue::take_doorbell(*to.block);
  queue::drain(*to.block, tell);
  CHECK(taken == "10/code1/pid4/value5 ");
}

Sending* sending_meanwhile;
queue::Sent meanwhile;

TEST_CASE("what is drained was not overtaken: what its sender has sent before it, during the drain, is drained too") {
  for (const bool queued : {false, true}) {
    Sending to;
    sending_meanwhile = &to;
    meanwhile = {10, queued ? queue::kCodeQueue : queue::kCodeUser, 3, 0};
    to.send({12, queue::kCodeQueue, 3, 1});
    queue::take_doorbell(*to.block);
    queue::drain(*to.block, [](int signo, Origin origin) {
      if (signo == 12) {
        sending_meanwhile->send(meanwhile);
        sending_meanwhile->send({40, queue::kCodeQueue, 3, 2});
      }
      return tell(signo, origin);
    });
    CHECK(taken == std::string("12/code1/pid3/value1 40/code1/pid3/value2 10/code") + (queued ? "1" : "0") + "/pid3/value0 ");
    CHECK(to.block->doorbell.load() == 0);
  }
}

TEST_CASE("a drain ends in a flood, and what is left has rung") {
  Sending to;
  sending_meanwhile = &to;
  to.send({12, queue::kCodeQueue, 3, 0});
  queue::take_doorbell(*to.block);
  queue::drain(*to.block, [](int signo, Origin origin) {
    sending_meanwhile->send({12, queue::kCodeQueue, 3, 0});
    return tell(signo, origin);
  });
  CHECK(to.block->doorbell.load() == queue::kRingSignals);
}

TEST_CASE("a notification makes room for its tag, and an inline signal is neither lost nor hidden by it") {
  Sending to;
  to.send({10, queue::kCodeUser, 3, 0});
  uint32_t value, own;
  queue::notify_threads(*to.block, &value, &own);
  CHECK(value == own);
  CHECK((own & 0xff) == queue::kRingThread);
  CHECK(to.block->doorbell.load() == (own | queue::kRingSignals));
  queue::drain(*to.block, tell);
  CHECK(taken == "10/code0/pid3/value0 ");
}

TEST_CASE("a thread that overwrites another thread's notification may not ignore the doorbell: that one may have been for it") {
  Sending to;
  uint32_t value, own;
  queue::notify_threads(*to.block, &value, &own);
  const uint32_t first = to.block->doorbell.load();
  CHECK(value == first);
  queue::notify_threads(*to.block, &value, &own);
  CHECK(value == 0);
  CHECK(own != first);
  CHECK(to.block->doorbell.load() == own);
}

TEST_CASE("a signal that is sent while one is inline coalesces with it, or comes after it") {
  Fresh fresh;
  install(kSIGUSR1, telling());
  install(kSIGHUP, telling());
  block(SignalSet::of(kSIGHUP));
  fake::send(kSIGUSR1, 0, false, 7);
  fake::send(kSIGUSR1, 0, true, 8);
  fake::send(kSIGHUP, 0, false, 9);
  deliver();
  CHECK(log == "10/code0/pid7/value0");
  unblock(SignalSet::of(kSIGHUP));
  CHECK(log == "10/code0/pid7/value0 1/code0/pid9/value0");
}

TEST_CASE("SIGTSTP and SIGCONT take effect in the order in which they were sent") {
  Fresh fresh;
  fake::send(kSIGTSTP);
  fake::send(kSIGCONT);
  CHECK(run([] { deliver(); }).kind == fake::Outcome::kFinished);
}

TEST_CASE("the last SIGCONT or stop that was sent says whether the process is stopped, in every order of five sends") {
  constexpr int kSignals[] = {kSIGUSR1, kSIGCONT, kSIGSTOP, kSIGTSTP};
  for (int sequence = 0; sequence < 1024; sequence++) {
    Fresh fresh;
    install(kSIGUSR1, telling());
    bool stops = false;
    for (int at = 0, rest = sequence; at < 5; at++, rest /= 4) {
      const int signo = kSignals[rest % 4];
      fake::send(signo);
      if (signo != kSIGUSR1) stops = signo != kSIGCONT;
    }
    CAPTURE(sequence);
    REQUIRE((run([] { deliver(); }).kind != fake::Outcome::kFinished) == stops);
  }
}

TEST_CASE("a stop that SIGCONT undid has discarded the SIGCONT before it, so that the last one's sender is seen") {
  Fresh fresh;
  install(kSIGCONT, telling());
  block(SignalSet::of(kSIGCONT));
  fake::send(kSIGCONT, 0, false, 5);
  deliver();
  fake::send(kSIGTSTP);
  fake::send(kSIGCONT, 0, false, 6);
  deliver();
  unblock(SignalSet::of(kSIGCONT));
  CHECK(log == "18/code0/pid6/value0");
}

TEST_CASE("SIGCONT and a stop that are sent while a stop is being drained are drained after it") {
  static Sending* now;
  Sending to;
  now = &to;
  to.send({kSIGSTOP, queue::kCodeUser, 5, 0});
  to.send({kSIGTSTP, queue::kCodeUser, 5, 0});
  queue::drain(*to.block, [](int signo, Origin origin) {
    if (signo == kSIGSTOP) {  // the drain has the bit of SIGTSTP already
      now->send({kSIGCONT, queue::kCodeUser, 6, 0});
      now->send({kSIGTSTP, queue::kCodeUser, 7, 0});
    }
    return tell(signo, origin);
  });
  queue::drain(*to.block, tell);
  CHECK(taken == "19/code0/pid5/value0 20/code0/pid7/value0 18/code0/pid6/value0 20/code0/pid7/value0 ");
}

TEST_CASE("SIGCONT discards a blocked stop that is pending also if a stop was sent after it, and the other way round") {
  Fresh fresh;
  install(kSIGTSTP, telling());
  install(kSIGTTIN, telling());
  install(kSIGCONT, telling());
  block(SignalSet::of(kSIGTSTP));
  fake::send(kSIGTSTP);
  deliver();
  fake::send(kSIGCONT);
  fake::send(kSIGTTIN, 0, false, 7);
  deliver();
  CHECK(log == "21/code0/pid7/value0");
  unblock(SignalSet::of(kSIGTSTP));
  CHECK(log == "21/code0/pid7/value0");
}

}  // namespace wasmsig::process
