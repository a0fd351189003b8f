// Masks, waits and timers, on every platform that has them. Where a name is absent the test of the names has seen it.
#include <cmath>
#include <limits>

#include "module_fixture.hpp"

#if defined(WSIG_TEST_EMULATED)
#include "platform/host.h"
#elif defined(__wasm__)
#include <sys/pidfd.h>
#include <unistd.h>
#elif defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

using namespace module_test;

namespace {

const int kTerm = WSIG_SIGTERM, kFpe = WSIG_SIGFPE;

int number_of(const char* name) { return wsig_platform_number(name); }
int how(const char* name) { return wsig_platform_number(name); }

wsig_siginfo blank() {
  wsig_siginfo info{};
  info.size = sizeof info;
  return info;
}

// Signals of a test are blocked while it lives.
struct Blocked {
  wsig_set before{0};
  explicit Blocked(std::initializer_list<int> signals) {
    const wsig_set set = set_of(signals);
    REQUIRE(wsig_pthread_sigmask(how("SIG_BLOCK"), &set, &before) == 0);
  }
  ~Blocked() { wsig_pthread_sigmask(how("SIG_SETMASK"), &before, nullptr); }
};

// A descriptor of this process, where there are such.
#if defined(WSIG_TEST_EMULATED)
int open_self() { return wsig_host_pidfd_open(42, 0); }
void close_self(int fd) { wasmsig::fake::close_pidfd(fd); }
#elif defined(__wasm__)
int open_self() { return pidfd_open(getpid(), 0); }
void close_self(int fd) { close(fd); }
#elif defined(__linux__) && defined(SYS_pidfd_open)
int open_self() { return static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)); }
void close_self(int fd) { close(fd); }
#else
int open_self() { return -1; }
void close_self(int) {}
#endif

}  // namespace

TEST_CASE("a blocked signal stays pending until it is unblocked, and then is handled before the call returns") {
  Running running;
  if (!wsig_has("pthread_sigmask")) return;
  REQUIRE(set(kTerm, noting()) == 0);
  const wsig_set set_term = set_of({kTerm});
  wsig_set old{~uint64_t{0}}, pending{0};
  REQUIRE(wsig_pthread_sigmask(how("SIG_BLOCK"), &set_term, &old) == 0);
  CHECK_FALSE(wsig_set_has(old, kTerm));
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(calls.empty());
  REQUIRE(wsig_sigpending(&pending) == 0);
  CHECK(pending.bits == set_term.bits);
  REQUIRE(wsig_pthread_sigmask(how("SIG_UNBLOCK"), &set_term, &old) == 0);
  CHECK(wsig_set_has(old, kTerm));
  CHECK(signums() == std::vector<int>{kTerm});
  REQUIRE(wsig_sigpending(&pending) == 0);
  CHECK(pending.bits == 0);
}

TEST_CASE("mask calls: union, difference, replacement, only a question") {
  Running running;
  if (!wsig_has("pthread_sigmask")) return;
  const wsig_set term = set_of({kTerm}), fpe = set_of({kFpe}), none{0};
  wsig_set old{0};
  REQUIRE(wsig_pthread_sigmask(how("SIG_SETMASK"), &none, nullptr) == 0);
  REQUIRE(wsig_pthread_sigmask(how("SIG_BLOCK"), &term, &old) == 0);
  CHECK(old.bits == 0);
  REQUIRE(wsig_pthread_sigmask(how("SIG_BLOCK"), &fpe, &old) == 0);
  CHECK(old.bits == term.bits);
  REQUIRE(wsig_pthread_sigmask(how("SIG_UNBLOCK"), &term, &old) == 0);
  CHECK(old.bits == (term.bits | fpe.bits));
  REQUIRE(wsig_pthread_sigmask(how("SIG_UNBLOCK"), &term, &old) == 0);  // not blocked: fine
  CHECK(old.bits == fpe.bits);
  REQUIRE(wsig_pthread_sigmask(how("SIG_BLOCK"), nullptr, &old) == 0);
  CHECK(old.bits == fpe.bits);
  const wsig_set hard = set_of({number_of("SIGKILL"), number_of("SIGSTOP")});
  REQUIRE(wsig_pthread_sigmask(how("SIG_SETMASK"), &hard, nullptr) == 0);
  REQUIRE(wsig_pthread_sigmask(how("SIG_SETMASK"), &none, &old) == 0);
  CHECK(old.bits == 0);
  REQUIRE(wsig_pthread_sigmask(how("SIG_BLOCK"), &fpe, nullptr) == 0);
  for (const int wrong : {-1, 3, 1700}) {
    CHECK(wsig_pthread_sigmask(wrong, &term, &old) == WSIG_E_OS);
    CHECK(last_error().number == EINVAL);
  }
  REQUIRE(wsig_pthread_sigmask(how("SIG_SETMASK"), &none, &old) == 0);
  CHECK(old.bits == fpe.bits);
}

TEST_CASE("all valid signals can be blocked and read back") {
  Running running;
  if (!wsig_has("pthread_sigmask")) return;
  wsig_set valid{0}, old{0}, back{0};
  REQUIRE(wsig_valid_signals(&valid) == 0);
  REQUIRE(wsig_pthread_sigmask(how("SIG_SETMASK"), &valid, &old) == 0);
  REQUIRE(wsig_pthread_sigmask(how("SIG_SETMASK"), &old, &back) == 0);
  wsig_set expected = valid;
  for (const char* name : {"SIGKILL", "SIGSTOP"}) expected.bits &= ~(uint64_t{1} << (number_of(name) - 1));
  CHECK(back.bits == expected.bits);
}

TEST_CASE("a handler that raises during unblocking gives its error") {
  Running running;
  if (!wsig_has("pthread_sigmask")) return;
  REQUIRE(set(kTerm, raising()) == 0);
  const wsig_set set_term = set_of({kTerm});
  REQUIRE(wsig_pthread_sigmask(how("SIG_BLOCK"), &set_term, nullptr) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(wsig_pthread_sigmask(how("SIG_UNBLOCK"), &set_term, nullptr) == WSIG_E_RAISED);
}

TEST_CASE("sigwait, sigwaitinfo and sigtimedwait accept a pending signal without its handler") {
  Running running;
  if (!wsig_has("sigwait")) return;
  REQUIRE(set(kTerm, noting()) == 0);
  {
    Blocked blocked({kTerm});
    const wsig_set wanted = set_of({kTerm, kFpe});
    REQUIRE(wsig_raise_signal(kTerm) == 0);
    int signum = 0;
    REQUIRE(wsig_sigwait(&wanted, &signum) == 0);
    CHECK(signum == kTerm);
    if (wsig_has("sigwaitinfo")) {
      REQUIRE(wsig_raise_signal(kTerm) == 0);
      wsig_siginfo info = blank();
      REQUIRE(wsig_sigwaitinfo(&wanted, &info) == 0);
      CHECK(info.signo == kTerm);
      CHECK(info.code <= 0);  // from a process, not from the kernel
      CHECK(info.pid != 0);
      REQUIRE(wsig_raise_signal(kTerm) == 0);
      info = blank();
      REQUIRE(wsig_sigtimedwait(&wanted, 10.1, &info) == 1);
      CHECK(info.signo == kTerm);
    }
  }
  CHECK(calls.empty());
}

TEST_CASE("sigtimedwait ends in time, polls with 0 and refuses times that are none") {
  Running running;
  if (!wsig_has("sigtimedwait")) return;
  Blocked blocked({kTerm});
  const wsig_set wanted = set_of({kTerm});
  wsig_siginfo info = blank();
  CHECK(wsig_sigtimedwait(&wanted, 0, &info) == 0);
  CHECK(info.signo == 0);
  CHECK(wsig_sigtimedwait(&wanted, 0.01, &info) == 0);
  CHECK(wsig_sigtimedwait(&wanted, -1.0, &info) == WSIG_E_VALUE);
  CHECK(last_error().text == "timeout must be non-negative");
  CHECK(wsig_sigtimedwait(&wanted, -1e-12, &info) == WSIG_E_VALUE);
  CHECK(wsig_sigtimedwait(&wanted, std::numeric_limits<double>::quiet_NaN(), &info) == WSIG_E_VALUE);
  CHECK(last_error().text == "Invalid value NaN (not a number)");
  CHECK(wsig_sigtimedwait(&wanted, 1e300, &info) == WSIG_E_OVERFLOW);
  CHECK(wsig_sigtimedwait(&wanted, std::numeric_limits<double>::infinity(), &info) == WSIG_E_OVERFLOW);
  info.size = 0;
  CHECK(wsig_sigtimedwait(&wanted, 0, &info) == WSIG_E_VALUE);
  CHECK(wsig_sigwaitinfo(&wanted, nullptr) == WSIG_E_VALUE);
}

TEST_CASE("a set with a number past the end is refused") {
  Running running;
  if (!wsig_has("sigwait") || wsig_nsig() == 65) return;  // 64 bits, 64 signals: every bit is one
  const wsig_set wrong{uint64_t{1} << (wsig_nsig() - 1)};
  int signum = 0;
  CHECK(wsig_sigwait(&wrong, &signum) == WSIG_E_VALUE);
}

TEST_CASE("a wait that another signal interrupts runs its handler and waits on") {
  Running running;
  if (!wsig_has("sigtimedwait") || !wsig_has("setitimer")) return;
  const int alarm_signal = number_of("SIGALRM");
  Blocked blocked({kTerm});
  const wsig_set wanted = set_of({kTerm});
  wsig_siginfo info = blank();
  SECTION("and ends at its own time") {
    REQUIRE(set(alarm_signal, noting()) == 0);
    REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.01, 0, nullptr, nullptr) == 0);
    CHECK(wsig_sigtimedwait(&wanted, 0.1, &info) == 0);
    CHECK(signums() == std::vector<int>{alarm_signal});
  }
  SECTION("for what is left of it, however often it is interrupted") {
    // A wait that starts over each time would never end: the handler gives up on it.
    static int interruptions;
    interruptions = 0;
    const auto count = [](int, void*, void*) { return ++interruptions == 200 ? 1 : 0; };
    REQUIRE(set(alarm_signal, wsig_callable(count, nullptr)) == 0);
    REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.01, 0.01, nullptr, nullptr) == 0);
    CHECK(wsig_sigtimedwait(&wanted, 0.1, &info) == 0);
    REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0, 0, nullptr, nullptr) == 0);
    CHECK(interruptions > 0);
  }
  SECTION("unless the handler raised") {
    REQUIRE(set(alarm_signal, raising()) == 0);
    REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.01, 0, nullptr, nullptr) == 0);
    CHECK(wsig_sigtimedwait(&wanted, 30, &info) == WSIG_E_RAISED);
    REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.01, 0, nullptr, nullptr) == 0);
    CHECK(wsig_sigwaitinfo(&wanted, &info) == WSIG_E_RAISED);
    int signum = 0;
    REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.01, 0, nullptr, nullptr) == 0);
    CHECK(wsig_sigwait(&wanted, &signum) == WSIG_E_RAISED);
    CHECK(calls.size() == 3);
  }
}

TEST_CASE("pause sleeps until a handler has run, and the waiting hooks stand around it") {
  static int begun, ended;
  begun = ended = 0;
  wsig_config with = config();
  with.blocking_begin = [](void*) -> void* {
    begun++;
    return &begun;
  };
  with.blocking_end = [](void* token, void*) { ended += token == &begun; };
  Running running(with);
  if (!wsig_has("pause") || !wsig_has("setitimer")) return;
  const int alarm_signal = number_of("SIGALRM");
  REQUIRE(set(alarm_signal, noting()) == 0);
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.01, 0, nullptr, nullptr) == 0);
  REQUIRE(wsig_pause() == 0);
  CHECK(signums() == std::vector<int>{alarm_signal});
  CHECK(begun == 1);
  CHECK(ended == 1);
  REQUIRE(set(alarm_signal, raising()) == 0);
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.01, 0, nullptr, nullptr) == 0);
  CHECK(wsig_pause() == WSIG_E_RAISED);
}

TEST_CASE("alarm returns the seconds left, never 0 while one is pending") {
  Running running;
  if (!wsig_has("alarm")) return;
  REQUIRE(set(number_of("SIGALRM"), noting()) == 0);
  unsigned left = 99;
  REQUIRE(wsig_alarm(0, &left) == 0);
  CHECK(left == 0);
  REQUIRE(wsig_alarm(1000, &left) == 0);
  CHECK(left == 0);
  REQUIRE(wsig_alarm(1, &left) == 0);
  CHECK(left >= 999);
  CHECK(left <= 1000);
  REQUIRE(wsig_alarm(0, &left) == 0);
  CHECK(left == 1);
  REQUIRE(wsig_alarm(0, &left) == 0);
  CHECK(left == 0);
  CHECK(calls.empty());
}

TEST_CASE("alarm and ITIMER_REAL are one timer") {
  Running running;
  if (!wsig_has("setitimer")) return;
  unsigned left = 0;
  double seconds = 0, interval = 0;
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0.2, 0, nullptr, nullptr) == 0);
  REQUIRE(wsig_alarm(50, &left) == 0);
  CHECK(left == 1);  // rounded up, not to 0
  REQUIRE(wsig_getitimer(WSIG_ITIMER_REAL, &seconds, &interval) == 0);
  CHECK(seconds > 49);
  CHECK(seconds <= 50.001);
  CHECK(interval == 0);
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0, 0, &seconds, &interval) == 0);
  CHECK(seconds > 49);
}

TEST_CASE("setitimer returns the old values, and rounds up") {
  Running running;
  if (!wsig_has("setitimer")) return;
  REQUIRE(set(number_of("SIGALRM"), noting()) == 0);
  double seconds = -1, interval = -1;
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 100, 2.5, &seconds, &interval) == 0);
  CHECK(seconds == 0);
  CHECK(interval == 0);
  REQUIRE(wsig_getitimer(WSIG_ITIMER_REAL, &seconds, &interval) == 0);
  CHECK(seconds > 99);
  CHECK(interval == 2.5);
  // A tiny time is not "off": the signal comes.
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 1e-10, 0, nullptr, nullptr) == 0);
  if (calls.empty()) {
    for (int tries = 0; tries < 1000000000 && calls.empty(); tries++) {
#if defined(WSIG_TEST_EMULATED)
      wasmsig::fake::advance(1000);
#endif
      wsig_check_signals(nullptr);
    }
  }
  CHECK(calls.size() == 1);
}

TEST_CASE("setitimer refuses timers and times that are none, and then nothing has changed") {
  Running running;
  if (!wsig_has("setitimer")) return;
  double seconds = 0, interval = 0;
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 100, 3, nullptr, nullptr) == 0);
  for (const int which : {-1, 3, 1000}) {
    CHECK(wsig_setitimer(which, 1, 0, &seconds, &interval) == WSIG_E_ITIMER);
    CHECK(last_error().number == EINVAL);
    CHECK(wsig_getitimer(which, &seconds, &interval) == WSIG_E_ITIMER);
    CHECK(last_error().number == EINVAL);
  }
  CHECK(wsig_setitimer(WSIG_ITIMER_REAL, -1, 0, nullptr, nullptr) == WSIG_E_ITIMER);
  CHECK(wsig_setitimer(WSIG_ITIMER_REAL, 1, -1e-9, nullptr, nullptr) == WSIG_E_ITIMER);
  CHECK(wsig_setitimer(WSIG_ITIMER_REAL, std::numeric_limits<double>::quiet_NaN(), 0, nullptr, nullptr) == WSIG_E_VALUE);
  CHECK(wsig_setitimer(WSIG_ITIMER_REAL, 1e300, 0, nullptr, nullptr) == WSIG_E_OVERFLOW);
  REQUIRE(wsig_setitimer(WSIG_ITIMER_REAL, 0, 0, &seconds, &interval) == 0);
  CHECK(seconds > 99);
  CHECK(interval == 3);
}

TEST_CASE("pthread_kill sends to a thread, after its audit event") {
  static int answer;
  answer = 0;
  wsig_config with = config();
  with.audit = [](const char* event, uintptr_t thread, int signum, void*) {
    audits.push_back(std::string(event) + " " + std::to_string(thread == wsig_thread_ident()) + " " + std::to_string(signum));
    return answer;
  };
  Running running(with);
  if (!wsig_has("pthread_kill")) return;
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_pthread_kill(wsig_thread_ident(), kTerm) == 0);
  CHECK(signums() == std::vector<int>{kTerm});
  CHECK(audits == std::vector<std::string>{"signal.pthread_kill 1 " + std::to_string(kTerm)});
  REQUIRE(wsig_pthread_kill(wsig_thread_ident(), 0) == 0);  // only a check
  CHECK(calls.size() == 1);
  for (const int signum : {-1, wsig_nsig()}) {
    CHECK(wsig_pthread_kill(wsig_thread_ident(), signum) == WSIG_E_OS);
    CHECK(last_error().number == EINVAL);
  }
  answer = 1;
  CHECK(wsig_pthread_kill(wsig_thread_ident(), kTerm) == WSIG_E_RAISED);
  CHECK(wsig_check_signals(nullptr) == 0);
  CHECK(calls.size() == 1);  // nothing was sent
  CHECK(audits.size() == 5);
}

TEST_CASE("pidfd_send_signal refuses a siginfo and a descriptor that is no process") {
  Running running;
  if (!wsig_has("pidfd_send_signal")) return;
  const wsig_siginfo info = blank();
  CHECK(wsig_pidfd_send_signal(0, kTerm, &info, 0) == WSIG_E_TYPE);
  CHECK(last_error().text == "siginfo must be None");
  CHECK(wsig_pidfd_send_signal(-1, kTerm, nullptr, 0) == WSIG_E_OS);
  CHECK(last_error().number == EBADF);
}

TEST_CASE("pidfd_send_signal sends to the process of a descriptor, and fails with what the system says") {
  Running running;
  if (!wsig_has("pidfd_send_signal")) return;
  const int self = open_self();
  REQUIRE(self >= 0);
  REQUIRE(set(kTerm, noting()) == 0);
  CHECK(wsig_pidfd_send_signal(self, kTerm, nullptr, 0) == 0);
  CHECK(wsig_check_signals(nullptr) == 0);
  CHECK(signums() == std::vector<int>{kTerm});
  CHECK(wsig_pidfd_send_signal(self, 0, nullptr, 0) == 0);
  for (const int signum : {-1, wsig_nsig(), 1000}) {
    CHECK(wsig_pidfd_send_signal(self, signum, nullptr, 0) == WSIG_E_OS);
    CHECK(last_error().number == EINVAL);
  }
  CHECK(wsig_pidfd_send_signal(self, kTerm, nullptr, 0x40000000) == WSIG_E_OS);
  CHECK(last_error().number == EINVAL);
  const wsig_siginfo info = blank();
  CHECK(wsig_pidfd_send_signal(self, kTerm, &info, 0) == WSIG_E_TYPE);
  close_self(self);
  CHECK(wsig_pidfd_send_signal(self, kTerm, nullptr, 0) == WSIG_E_OS);
  CHECK(last_error().number == EBADF);
  CHECK(wsig_check_signals(nullptr) == 0);
  CHECK(calls.size() == 1);
}

#if defined(WSIG_TEST_EMULATED)
TEST_CASE("where the host may not block, waiting is an error that says what would help") {
  Running running;
  wasmsig::fake::refuse_to_block(true);
  CHECK(wsig_pause() == WSIG_E_OS);
  CHECK(last_error().number == EDEADLK);
  CHECK(last_error().text.find("worker thread") != std::string::npos);
  int signum = 0;
  const wsig_set wanted = set_of({kTerm});
  CHECK(wsig_sigwait(&wanted, &signum) == WSIG_E_OS);
  CHECK(last_error().number == EDEADLK);
  wasmsig::fake::refuse_to_block(false);
}

TEST_CASE("what another process sends is found by a poll") {
  const int host = GENERATE(1, 0);  // shared memory, or a host that must be asked
  Running running;
  wsig_finalize();
  wasmsig::fake::reset(wasmsig::fake::Mode::kScripted, host);
  const wsig_config with = config();
  REQUIRE(wsig_init(&with) == 0);
  REQUIRE(set(kTerm, noting()) == 0);
  for (int polls = 0; polls < 1000; polls++) REQUIRE(wsig_poll(nullptr) == 0);
  CHECK(calls.empty());
  REQUIRE(wasmsig::fake::send(kTerm) == 0);
  int polls = 0;
  while (calls.empty() && polls < 10000000) {
    polls++;
    REQUIRE(wsig_poll(nullptr) == 0);
  }
  CHECK(calls.size() == 1);
  if (host == 1) CHECK(polls == 1);
}
#endif
