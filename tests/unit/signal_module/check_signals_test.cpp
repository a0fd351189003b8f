// Tripping and safe points: what runs, when, in which order, and what an error leaves behind.
#include <setjmp.h>

#include "signal_module/module_state.hpp"
#include "module_fixture.hpp"

using namespace module_test;

namespace {
int here;
void* const kFrame = &here;
const int kInt = WSIG_SIGINT, kFpe = WSIG_SIGFPE, kTerm = WSIG_SIGTERM;  // 2, 8, 15 on every platform

// A function of its own, with nothing to destroy: wasm's longjmp() unwinds. Whether a handler jumped.
jmp_buf jumped;
[[gnu::noinline]] bool check_and_jump() {
  if (setjmp(jumped) != 0) return true;
  wsig_check_signals(nullptr);
  return false;
}
}  // namespace

TEST_CASE("an arrival only trips, and the handler runs at the safe point") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  arrive(kTerm);
  CHECK(calls.empty());
  CHECK(tripped());
  REQUIRE(wsig_check_signals(kFrame) == 0);
  CHECK(calls == std::vector<Call>{{kTerm, kFrame}});
  CHECK_FALSE(tripped());
  REQUIRE(wsig_check_signals(kFrame) == 0);
  CHECK(calls.size() == 1);
}

TEST_CASE("handlers run lowest number first, whatever the order of arrival") {
  Running running;
  for (const int signum : {kInt, kFpe, kTerm}) REQUIRE(set(signum, noting()) == 0);
  for (const int signum : {kTerm, kInt, kFpe}) arrive(signum);
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(signums() == std::vector<int>{kInt, kFpe, kTerm});
}

TEST_CASE("a signal that trips twice before a safe point is handled once") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  arrive(kTerm);
  arrive(kTerm);
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(calls.size() == 1);
}

TEST_CASE("a handler that raises stops the walk, and the rest stays tripped for the next call") {
  Running running;
  REQUIRE(set(kInt, noting()) == 0);
  REQUIRE(set(kFpe, raising()) == 0);
  REQUIRE(set(kTerm, noting()) == 0);
  for (const int signum : {kInt, kFpe, kTerm}) REQUIRE(wsig_set_interrupt(signum) == 0);
  CHECK(wsig_check_signals(nullptr) == WSIG_E_RAISED);
  CHECK(signums() == std::vector<int>{kInt, kFpe});
  CHECK(last_error().kind == WSIG_E_RAISED);
  CHECK(errors.empty());  // the error is the embedder's own
  CHECK(tripped());
  CHECK(wsig_check_signals(nullptr) == 0);
  CHECK(signums() == std::vector<int>{kInt, kFpe, kTerm});
  CHECK_FALSE(tripped());
}

TEST_CASE("a handler that raises as the last one leaves the flag set, as CPython does") {
  Running running;
  REQUIRE(set(kTerm, raising()) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  CHECK(wsig_check_signals(nullptr) == WSIG_E_RAISED);
  CHECK(tripped());
  CHECK(wsig_check_signals(nullptr) == 0);
  CHECK(calls.size() == 1);
}

TEST_CASE("a signal that arrives while its own handler runs is handled again, not lost") {
  Running running;
  static int left;
  left = 3;
  REQUIRE(set(kTerm, wsig_callable(
                         [](int signum, void* frame, void*) {
                           note(signum, frame, nullptr);
                           if (--left > 0) wsig_set_interrupt(signum);
                           return 0;
                         },
                         nullptr)) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  for (int looks = 0; looks < 10 && tripped(); looks++) REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(calls.size() == 3);
}

TEST_CASE("a handler may remove itself") {
  Running running;
  const wsig_handler removes_itself = [](int signum, void* frame, void*) {
    const wsig_action ignore = wsig_ignore();
    CHECK(wsig_signal(signum, &ignore, nullptr) == 0);
    return note(signum, frame, nullptr);
  };
  REQUIRE(set(kTerm, wsig_callable(removes_itself, nullptr)) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(calls.size() == 1);
  CHECK(get(kTerm).kind == WSIG_ACTION_IGNORE);
  CHECK(unraisable.empty());
}

TEST_CASE("a handler stays installed until it is replaced") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  for (int times = 0; times < 3; times++) REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(calls.size() == 3);
}

TEST_CASE("a tripped signal whose handler is gone is reported as a race and kills no process") {
  Running running;
  const wsig_action replacement = GENERATE(0, 1) ? wsig_default() : wsig_ignore();
  REQUIRE(set(kTerm, replacement) == 0);
  wsig_trip(kTerm);  // as a handler does that was on its way when signal() ran
  REQUIRE(wsig_check_signals(nullptr) == 0);
  REQUIRE(unraisable.size() == 1);
  CHECK(unraisable[0].text == "Signal 15 ignored due to race condition");
  CHECK(unraisable[0].kind == WSIG_E_OS);
  CHECK(calls.empty());
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(unraisable.size() == 1);
}

TEST_CASE("a safe point inside a handler runs nothing that waits behind it") {  // as in CPython: one handler after the other
  static int order[2], done;
  static int (*safe_point)(void*);
  done = 0;
  safe_point = GENERATE(wsig_check_signals, wsig_poll, wsig_poll_slow);
  Running running;
  const wsig_handler looks = [](int signum, void* frame, void*) {
    CHECK(safe_point(frame) == 0);
    if (done < 2) order[done] = signum;
    done++;
    return 0;
  };
  for (const int signum : {kInt, kTerm}) REQUIRE(set(signum, wsig_callable(looks, nullptr)) == 0);
  for (const int signum : {kInt, kTerm}) REQUIRE(wsig_set_interrupt(signum) == 0);
  REQUIRE(wsig_check_signals(nullptr) == 0);
  REQUIRE(done == 2);
  CHECK(order[0] == kInt);
  CHECK(order[1] == kTerm);
  CHECK_FALSE(tripped());
}

TEST_CASE("an arrival inside a handler is handled there, and with it what waits behind the handler") {  // as in CPython
  Running running;
  const wsig_handler sends = [](int signum, void* frame, void*) {
    CHECK(wsig_raise_signal(kFpe) == 0);
    return note(signum, frame, nullptr);
  };
  REQUIRE(set(kInt, wsig_callable(sends, nullptr)) == 0);
  for (const int signum : {kFpe, kTerm}) REQUIRE(set(signum, noting()) == 0);
  for (const int signum : {kInt, kTerm}) REQUIRE(wsig_set_interrupt(signum) == 0);
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(signums() == std::vector<int>{kFpe, kTerm, kInt});
  CHECK_FALSE(tripped());
}

TEST_CASE("what waits behind a handler that leaves by a jump runs at the next safe point") {
  Running running;
  REQUIRE(set(kInt, wsig_callable([](int, void*, void*) -> int { longjmp(jumped, 1); }, nullptr)) == 0);
  REQUIRE(set(kTerm, noting()) == 0);
  for (const int signum : {kInt, kTerm}) REQUIRE(wsig_set_interrupt(signum) == 0);
  REQUIRE(check_and_jump());
  CHECK(calls.empty());
  CHECK(tripped());
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(signums() == std::vector<int>{kTerm});
  CHECK_FALSE(tripped());
}

TEST_CASE("a handler that resets a signal that waits behind it makes a race of that one") {  // as in CPython
  Running running;
  const wsig_handler resets_term = [](int signum, void* frame, void*) {
    note(signum, frame, nullptr);
    return set(kTerm, wsig_default());
  };
  REQUIRE(set(kInt, wsig_callable(resets_term, nullptr)) == 0);
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  REQUIRE(wsig_set_interrupt(kInt) == 0);
  REQUIRE(wsig_check_signals(kFrame) == 0);
  CHECK(signums() == std::vector<int>{kInt});
  REQUIRE(unraisable.size() == 1);
  CHECK(unraisable[0].text == "Signal 15 ignored due to race condition");
  CHECK(get(kTerm).kind == WSIG_ACTION_DEFAULT);
}

TEST_CASE("accept consumes a signal that has tripped, and its handler does not run") {
  Running running;
  for (const int signum : {kInt, kTerm}) REQUIRE(set(signum, noting()) == 0);
  CHECK(wsig_accept(kInt) == 0);
  SECTION("an arrival") { arrive(kInt); }
  SECTION("two arrivals are one") {
    arrive(kInt);
    arrive(kInt);
  }
  arrive(kTerm);
  CHECK(wsig_accept(kInt) == 1);
  CHECK(wsig_accept(kInt) == 0);
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(signums() == std::vector<int>{kTerm});  // the others are not touched
  CHECK(wsig_accept(0) == WSIG_E_VALUE);
  CHECK(wsig_accept(wsig_nsig()) == WSIG_E_VALUE);
  CHECK(last_error().text == "signal number out of range");
}

TEST_CASE("set_interrupt simulates an arrival") {
  Running running;
  SECTION("a callable is tripped, not called") {
    REQUIRE(set(kTerm, noting()) == 0);
    CHECK(wsig_set_interrupt(kTerm) == 0);
    CHECK(calls.empty());
    CHECK(wsig_check_signals(nullptr) == 0);
    CHECK(calls.size() == 1);
  }
  SECTION("the default and ignored do nothing") {
    REQUIRE(set(kTerm, wsig_default()) == 0);
    CHECK(wsig_set_interrupt(kTerm) == 0);
    REQUIRE(set(kTerm, wsig_ignore()) == 0);
    CHECK(wsig_set_interrupt(kTerm) == 0);
    CHECK_FALSE(tripped());
    CHECK(unraisable.empty());
  }
  SECTION("a number out of range is refused") {
    for (const int signum : {-1, 0, wsig_nsig(), 1000000000}) {
      CAPTURE(signum);
      CHECK(wsig_set_interrupt(signum) == -1);
    }
    CHECK_FALSE(tripped());
  }
  SECTION("a number that no signal has does nothing") { CHECK(wsig_set_interrupt(wsig_nsig() - 1) == 0); }
}

TEST_CASE("the eval breaker gets its bits, and the hook its call, after the flags") {
  static uint32_t breaker;
  static bool flag_first;
  static int hook_calls;
  breaker = 0x10;
  hook_calls = 0;
  flag_first = false;
  wsig_config with = config();
  with.eval_breaker = &breaker;
  with.eval_breaker_bits = 0x3;
  with.hook_data = &here;
  with.tripped = [](void* data) {
    hook_calls++;
    flag_first = tripped() && breaker == 0x13 && data == &here;
  };
  Running running(with);
  REQUIRE(set(kTerm, noting()) == 0);
  CHECK(breaker == 0x10);
  arrive(kTerm);
  CHECK(hook_calls == 1);
  CHECK(flag_first);
  CHECK(breaker == 0x13);
}

TEST_CASE("a hook that is told that something tripped finds the signal's own flag set") {
  wsig_config with = config();
  // A real hook must be async-signal-safe; here nothing interrupts anything.
  with.tripped = [](void*) { wsig_check_signals(nullptr); };
  Running running(with);
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  CHECK(signums() == std::vector<int>{kTerm});
  CHECK_FALSE(tripped());
}

TEST_CASE("a handler that leaves while others wait leaves the flag and the eval breaker set") {
  static uint32_t breaker;
  breaker = 0;
  wsig_config with = config();
  with.eval_breaker = &breaker;
  with.eval_breaker_bits = 1;
  Running running(with);
  static bool seen;
  seen = false;
  REQUIRE(set(kInt, wsig_callable(
                        [](int, void*, void*) {
                          seen = tripped() && breaker == 1;  // a jump from here would still find SIGTERM
                          return 0;
                        },
                        nullptr)) == 0);
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  REQUIRE(wsig_set_interrupt(kInt) == 0);
  breaker = 0;
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(seen);
  CHECK(calls.size() == 1);
}

TEST_CASE("poll finds what tripped, and nothing when nothing did") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  for (int times = 0; times < 1000; times++) REQUIRE(wsig_poll(nullptr) == 0);
  CHECK(calls.empty());
  arrive(kTerm);
  REQUIRE(wsig_poll(kFrame) == 0);
  CHECK(calls == std::vector<Call>{{kTerm, kFrame}});
  REQUIRE(set(kTerm, raising()) == 0);
  arrive(kTerm);
  CHECK(wsig_poll(nullptr) == WSIG_E_RAISED);
}

TEST_CASE("a poll before init and after finalize does nothing") {
  CHECK(wsig_poll(nullptr) == 0);
  CHECK(wsig_check_signals(nullptr) == 0);
  { Running running; }
  CHECK(wsig_poll(nullptr) == 0);
  wsig_trip(kTerm);
  CHECK_FALSE(tripped());
}

TEST_CASE("may_handle says whether this is the main interpreter") {
  static bool may;
  wsig_config with = config();
  with.may_handle = [](void*) -> int { return may; };
  may = true;
  Running running(with);
  REQUIRE(set(kTerm, noting()) == 0);
  may = false;
  arrive(kTerm);
  CHECK(wsig_check_signals(nullptr) == 0);
  CHECK(calls.empty());
  CHECK(set(kTerm, wsig_ignore()) == WSIG_E_VALUE);
  CHECK(last_error().text == "signal only works in main thread of the main interpreter");
  CHECK(wsig_set_wakeup_fd(-1, 1, nullptr) == WSIG_E_VALUE);
  CHECK(last_error().text == "set_wakeup_fd only works in main thread of the main interpreter");
  CHECK(wsig_finalize() == WSIG_E_VALUE);
  may = true;
  CHECK(wsig_check_signals(nullptr) == 0);
  CHECK(calls.size() == 1);
}

TEST_CASE("after a fork the child has nothing tripped, and its thread is the main thread") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  wsig_after_fork_child();
  CHECK_FALSE(tripped());
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(calls.empty());
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(calls.size() == 1);
}

#if WSIG_TEST_THREADS
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

TEST_CASE("another thread runs no handler and changes none") {
  Running running;
#if defined(WSIG_TEST_EMULATED)
  wsig_finalize();
  wasmsig::fake::reset(wasmsig::fake::Mode::kThreaded);
  const wsig_config threaded = config();
  REQUIRE(wsig_init(&threaded) == 0);
#endif
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  int checked = -1, accepted = -1, signalled = -1, woken = -1, finalized = -1;
  std::string signal_text, wakeup_text;
  wsig_action seen = wsig_default();
  CHECK(set(kTerm, wsig_callable(nullptr, nullptr)) == WSIG_E_TYPE);
  std::thread([&] {
    checked = wsig_check_signals(nullptr);
    accepted = wsig_accept(kTerm);
    const wsig_action ignore = wsig_ignore();
    signalled = wsig_signal(kTerm, &ignore, nullptr);
    signal_text = last_error().text;
    woken = wsig_set_wakeup_fd(-1, 1, nullptr);
    wakeup_text = last_error().text;
    finalized = wsig_finalize();
    wsig_getsignal(kTerm, &seen);
  }).join();
  CHECK(checked == 0);
  CHECK(accepted == 0);
  CHECK(calls.empty());
  CHECK(signalled == WSIG_E_VALUE);
  CHECK(signal_text == "signal only works in main thread of the main interpreter");
  CHECK(woken == WSIG_E_VALUE);
  CHECK(wakeup_text == "set_wakeup_fd only works in main thread of the main interpreter");
  CHECK(finalized == WSIG_E_VALUE);
  CHECK(seen.function == note);
  CHECK(last_error().kind == WSIG_E_TYPE);  // errors are a thread's own
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(calls.size() == 1);
}

TEST_CASE("no arrival from another thread is lost, and none is handled twice") {
  Running running;
#if defined(WSIG_TEST_EMULATED)
  wsig_finalize();
  wasmsig::fake::reset(wasmsig::fake::Mode::kThreaded);
  const wsig_config threaded = config();
  REQUIRE(wsig_init(&threaded) == 0);
#endif
  static int handled[3];
  for (int& count : handled) count = 0;
  const wsig_handler count = [](int signum, void*, void*) {
    handled[signum == kInt ? 0 : signum == kFpe ? 1 : 2]++;
    return 0;
  };
  for (const int signum : {kInt, kFpe, kTerm}) REQUIRE(set(signum, wsig_callable(count, nullptr)) == 0);
  constexpr int kRounds = 2000;
  std::atomic<int> sent{0};
  // Senders sleep until a round begins: where yield() does nothing (Emscripten), spinning would take the processor from those that have to send.
  std::mutex mutex;
  std::condition_variable begun;
  int round = 0;
  const auto sender = [&](int signum) {
    for (int mine = 1; mine <= kRounds; mine++) {
      {
        std::unique_lock lock(mutex);
        begun.wait(lock, [&] { return round >= mine; });
      }
      wsig_set_interrupt(signum);
      sent.fetch_add(1);
    }
  };
  std::thread first(sender, kInt), second(sender, kFpe), third(sender, kTerm);
  for (int now = 1; now <= kRounds; now++) {
    sent.store(0);
    {
      std::lock_guard lock(mutex);
      round = now;
    }
    begun.notify_all();
    while (sent.load() < 3) wsig_poll(nullptr);
    wsig_check_signals(nullptr);
    REQUIRE(handled[0] == now);
    REQUIRE(handled[1] == now);
    REQUIRE(handled[2] == now);
  }
  first.join();
  second.join();
  third.join();
}

TEST_CASE("an action is read whole while the main thread changes it") {
  using wasmsig::signal_module::Action;
  static wasmsig::signal_module::Slot slot;
  static const wsig_handler one = [](int, void*, void*) { return 0; };
  static const wsig_handler two = [](int, void*, void*) { return 1; };
  const Action first{WSIG_ACTION_CALLABLE, one, reinterpret_cast<void*>(1)}, second{WSIG_ACTION_CALLABLE, two, reinterpret_cast<void*>(2)};
  slot.store(first);
  std::atomic<bool> done{false}, started{false}, torn{false};
  std::thread reader([&] {
    while (!done.load()) {
      started = true;
      const Action action = slot.load();
      const auto data = reinterpret_cast<uintptr_t>(action.data);
      if (!(action.function == one && data == 1) && !(action.function == two && data == 2)) torn = true;
    }
  });
  while (!started.load()) std::this_thread::yield();
  for (int times = 0; times < 500000; times++) {
    slot.store(second);
    slot.store(first);
  }
  done = true;
  reader.join();
  CHECK_FALSE(torn.load());
}
#endif
