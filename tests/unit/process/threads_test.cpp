// Real threads on the machine's clocks. Also what the race detector examines.
#if defined(WSIG_TEST_THREADS)

#include <atomic>
#include <thread>
#include <vector>

#include "process_fixture.hpp"

namespace wasmsig::process {

namespace {

std::atomic<int> runs;
std::atomic<uintptr_t> ran_in;

void invoke_counting(Accepted&) {
  ran_in = wsig_host_thread();
  runs++;
}

Action counting() { return {Disposition::kCatch, 0, {}, invoke_counting, 0}; }

}  // namespace

TEST_CASE("a signal for a thread runs its handler in that thread, which was asleep") {
  Fresh fresh(fake::Mode::kThreaded);
  install(kSIGUSR1, counting());
  runs = 0;
  std::atomic<uintptr_t> other = 0;
  int result = 0;
  std::thread thread([&] {
    thread_enter({});
    other = wsig_host_thread();
    result = pause();
  });
  while (other == 0) std::this_thread::yield();
  CHECK(kill_thread(other, kSIGUSR1) == 0);
  thread.join();
  CHECK(result == -EINTR);
  CHECK(runs == 1);
  CHECK(ran_in == other);
  CHECK(kill_thread(other, 0) == -ESRCH);
}

// Parity once waited for ever for such a program (seed 312894806).
TEST_CASE("in turns, a process is stuck when all its threads sleep, whichever has the turn") {
  static int given;
  given = GENERATE(-1, 0, 1);
  Fresh fresh(fake::Mode::kInTurns);
  const fake::Outcome outcome = fake::run(
      [](void*) {
        fake::start_thread(1, [](int) { pause(); });
        fake::give_turn(given);
        pause();
      },
      nullptr);
  fake::join_threads();
  CHECK(outcome.kind == fake::Outcome::kStuck);
}

TEST_CASE("a thread that has not begun can be sent signals, and runs their handlers first") {
  Fresh fresh(fake::Mode::kThreaded);
  install(kSIGUSR1, counting());
  runs = 0;
  const bool creator_first = GENERATE(true, false);
  const uintptr_t expected = thread_expect({});
  REQUIRE(expected != 0);
  std::atomic<uintptr_t> other = 0;
  std::atomic<bool> go = false;
  int at_begin = 0;
  std::thread thread([&] {
    other = wsig_host_thread();
    while (!go) std::this_thread::yield();
    if (!creator_first) thread_known(expected, other);
    thread_enter(SignalSet::of(kSIGUSR1));  // not this mask: the one that it was expected with
    at_begin = runs;
  });
  while (other == 0) std::this_thread::yield();
  if (creator_first) thread_known(expected, other);
  CHECK(kill_thread(creator_first ? other.load() : expected, kSIGUSR1) == 0);
  CHECK(runs == 0);
  go = true;
  thread.join();
  thread_known(expected, other);  // late: it has ended
  CHECK(at_begin == 1);
  CHECK(ran_in == other);
  CHECK(kill_thread(other, 0) == -ESRCH);
  CHECK(kill_thread(expected, 0) == -ESRCH);
}

TEST_CASE("a thread that has not begun keeps what it blocks") {
  Fresh fresh(fake::Mode::kThreaded);
  install(kSIGUSR1, counting());
  runs = 0;
  const uintptr_t expected = thread_expect(SignalSet::of(kSIGUSR1));
  CHECK(kill_thread(expected, kSIGUSR1) == 0);
  SignalSet seen;
  std::thread([&] {
    thread_known(expected, wsig_host_thread());
    thread_enter({});
    seen = pending();
  }).join();
  CHECK(seen == SignalSet::of(kSIGUSR1));
  CHECK(runs == 0);
}

TEST_CASE("a thread that could not be made leaves to others what it was to accept") {
  Fresh fresh(fake::Mode::kThreaded);
  install(kSIGUSR1, counting());
  runs = 0;
  const uintptr_t expected = thread_expect({});
  block(SignalSet::of(kSIGUSR1));
  CHECK(send_process(kSIGUSR1, sent_by(queue::kCodeUser, 1)) == 0);
  thread_forget(expected);
  CHECK(kill_thread(expected, 0) == -ESRCH);
  std::thread([] {
    thread_enter({});
    deliver();
  }).join();
  CHECK(runs == 1);
  CHECK(pending().empty());
}

TEST_CASE("pending sets and masks are each thread's own") {
  Fresh fresh(fake::Mode::kThreaded);
  install(kSIGUSR1, counting());
  runs = 0;
  std::atomic<int> step = 0;
  std::atomic<uintptr_t> other = 0;
  SignalSet seen_there;
  std::thread thread([&] {
    thread_enter(SignalSet::of(kSIGUSR1));
    other = wsig_host_thread();
    step = 1;
    while (step < 2) std::this_thread::yield();
    seen_there = pending();
  });
  while (step < 1) std::this_thread::yield();
  CHECK(kill_thread(other, kSIGUSR1) == 0);
  CHECK(pending().empty());
  step = 2;
  thread.join();
  CHECK(seen_there == SignalSet::of(kSIGUSR1));
  CHECK(runs == 0);
}

TEST_CASE("a process signal that the first thread blocks goes to one that does not") {
  Fresh fresh(fake::Mode::kThreaded);
  install(kSIGUSR1, counting());
  runs = 0;
  block(SignalSet::of(kSIGUSR1));
  std::atomic<uintptr_t> other = 0;
  std::thread thread([&] {
    thread_enter({});
    other = wsig_host_thread();
    while (runs == 0) deliver();
  });
  while (other == 0) std::this_thread::yield();
  kill(pid(), kSIGUSR1);
  thread.join();
  CHECK(ran_in == other);
}

TEST_CASE("a process signal is the first thread's, also when another one checks first") {
  Fresh fresh(fake::Mode::kThreaded);
  install(kSIGUSR1, counting());
  runs = 0;
  CHECK(fake::send(kSIGUSR1) == 0);
  std::thread([] {
    thread_enter({});
    deliver();
  }).join();
  CHECK(runs == 0);
  deliver();
  CHECK(runs == 1);
  CHECK(ran_in == wsig_host_thread());
}

TEST_CASE("sends from many threads: none lost, real-time values once and in each sender's order") {
  Fresh fresh(fake::Mode::kThreaded);
  static constexpr int kSenders = 4;
  static constexpr int kEach = 20000;
  static int next[kSenders];
  static int standard, wrong;
  for (int& n : next) n = 0;
  standard = wrong = 0;
  install(kSIGUSR1, {Disposition::kCatch, 0, {}, [](Accepted&) { standard++; }, 0});
  install(40, {Disposition::kCatch,
               kSigInfo,
               {},
               [](Accepted& accepted) {
                 const int value = accepted.origin.value(), sender = value / kEach, index = value % kEach;
                 if (next[sender]++ != index) wrong++;
               },
               0});
  std::vector<std::thread> senders;
  std::atomic<int> done = 0;
  for (int s = 0; s < kSenders; s++) {
    senders.emplace_back([s, &done] {
      for (int i = 0; i < kEach; i++) {
        fake::send(kSIGUSR1);
        while (fake::send(40, s * kEach + i, true) != 0) std::this_thread::yield();
      }
      done++;
    });
  }
  int total = 0;
  while (total < kSenders * kEach || done < kSenders) {
    deliver();
    total = 0;
    for (const int n : next) total += n;
  }
  for (auto& sender : senders) sender.join();
  deliver();
  CHECK(wrong == 0);
  CHECK(total == kSenders * kEach);
  CHECK(standard >= 1);
  CHECK(standard <= kSenders * kEach);
  CHECK(pending().empty());
}

TEST_CASE("a notification that was deferred does not become the next one's") {
  Fresh fresh(fake::Mode::kThreaded);
  start();
  queue::block.ring.store(4);  // the next tags are 5, 6 and 7, which is 5 | 6
  uint32_t rung, own;
  {
    const DeliveryDeferral deferral;
    queue::notify_threads(queue::block, &rung, &own);
    queue::block.doorbell.fetch_or(queue::kRingSignals);
    safe_point();
    CHECK(queue::block.doorbell.load() == 0);
    queue::notify_threads(queue::block, &rung, &own);  // another thread's, meanwhile
  }
  const uint32_t left = queue::block.doorbell.load();
  CHECK((left & queue::kRingThread) != 0);
  queue::notify_threads(queue::block, &rung, &own);
  CHECK(rung != left);
}

TEST_CASE("a wait learns what any check delivered to its thread, once") {
  Fresh fresh(fake::Mode::kThreaded);
  install(40, counting());
  Action action = counting();
  action.flags = kRestart;
  install(41, action);
  start();
  CHECK(interruption() == kNone);
  fake::send(40);
  safe_point();
  CHECK(interruption() == kInterrupts);
  CHECK(interruption() == kNone);
  fake::send(41);
  safe_point();
  safe_point();
  CHECK(interruption() == kRestarts);
  fake::send(40);
  safe_point();
  std::thread([] { CHECK(interruption() == kNone); }).join();
  CHECK(interruption() == kInterrupts);
}

TEST_CASE("a safe point in a loop of the library leaves a notification to the others, and the thread checks later") {
  Fresh fresh(fake::Mode::kThreaded);
  install(40, counting());
  start();
  uint32_t rung, own;
  runs = 0;
  {
    const DeliveryDeferral deferral;
    queue::notify_threads(queue::block, &rung, &own);
    CHECK(static_cast<uint32_t>(safe_point()) == rung);
    CHECK(queue::block.doorbell.load() == rung);
    send_thread(wsig_host_thread(), 40, {});
  }
  const uint32_t later = queue::block.doorbell.load();
  CHECK(later != rung);
  CHECK((later & queue::kRingThread) != 0);
  safe_point();
  CHECK(runs == 1);
}

// As in a loop of the library where one thread waits for the lock of another: with the ring for a thread that does not check, they would ring for ever.
TEST_CASE("a notification of threads that deferred is not deferred in turn by a safe point behind it") {
  Fresh fresh(fake::Mode::kThreaded);
  install(40, counting());
  start();
  const uintptr_t other = thread_expect({});
  send_thread(other, 40, {});
  static int wakes;
  wakes = 0;
  queue::block.waiters.fetch_add(1);
  fake::on_wake([] {
    if (++wakes == 10) fake::on_wake(nullptr);
    if (queue::block.doorbell.load() & queue::kRingInput)
      return;  // the last ring, behind which nothing has a safe point
    if (wakes == 1) queue::block.doorbell.fetch_or(queue::kRingInput);  // the ring is deferred with it, and made again
    safe_point();
    safe_point();
  });
  uint32_t rung, own;
  {
    const DeliveryDeferral deferral;
    queue::notify_threads(queue::block, &rung, &own);
    safe_point();
  }
  fake::on_wake(nullptr);
  queue::block.waiters.store(0);
  CHECK(wakes <= 3);
  CHECK(queue::block.doorbell.load() != own);
  CHECK((queue::block.doorbell.load() & queue::kRingInput) != 0);
  CHECK((queue::block.doorbell.load() & queue::kRingThread) != 0);
  thread_forget(other);
}

// The thread of -sPROXY_TO_PTHREAD that serves the others: they need it to tell the host that they have stopped.
TEST_CASE("a stop stops the threads of the program, and no other thread") {
  Fresh fresh(fake::Mode::kThreaded);
  start();
  Thread member, outsider;
  member.used = true;
  state.halt.stop(kSIGSTOP);
  CHECK(any_to_accept(member));
  CHECK_FALSE(any_to_accept(outsider));
  state.halt.die(kSIGTERM);
  CHECK(any_to_accept(outsider));
  state.halt.clear();
  CHECK_FALSE(any_to_accept(member));
}

TEST_CASE("a thread that sleeps while another has deferred what was sent is woken when that rings again") {
  Fresh fresh(fake::Mode::kThreaded);
  start();
  static int wakes;
  wakes = 0;
  fake::on_wake([] { wakes++; });
  const uint32_t before = queue::block.ring.load();
  {
    const DeliveryDeferral deferral;
    queue::block.doorbell.fetch_or(queue::kRingInput);
    safe_point();
    CHECK(queue::block.doorbell.load() == 0);
    queue::block.waiters.fetch_add(1);
  }
  fake::on_wake(nullptr);
  queue::block.waiters.store(0);
  CHECK(queue::block.doorbell.load() == queue::kRingInput);
  CHECK(queue::block.ring.load() != before);
  CHECK(wakes == 1);
}

TEST_CASE("threads come and go: records are used again") {
  Fresh fresh(fake::Mode::kThreaded);
  install(40, counting());
  for (int i = 0; i < 3 * kMaxThreads; i++) {
    std::thread([] {
      thread_enter(SignalSet::of(40));
      kill_thread(wsig_host_thread(), 40);  // stays pending, and goes with the thread
    }).join();
  }
  int used = 0;
  for (const Thread& thread : state.threads) used += thread.used;
  CHECK(used == 1);
  runs = 0;
  deliver();
  CHECK(runs == 0);
}

}  // namespace wasmsig::process
#endif
