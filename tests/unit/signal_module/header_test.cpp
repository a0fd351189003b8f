// The headers: the C one from C and from C++, and the C++ wrapper, with the values of its enumerations.
#if defined(WSIG_TEST_EMULATED) && !defined(WASMSIG_LINUX_NUMBERS)
#define WASMSIG_LINUX_NUMBERS 1
#endif

#include <catch_amalgamated.hpp>

#include <map>
#include <string>

#include "wasmsig/wasmsig.hpp"
#if defined(WSIG_TEST_EMULATED)
#include "platform/fake/fake_host.hpp"
#endif

extern "C" int header_c11_main(void);

using wasmsig::Edition;
using wasmsig::Signals;

namespace {
struct Start {
  Start() {
#if defined(WSIG_TEST_EMULATED)
    wasmsig::fake::reset();
#endif
  }
};
}  // namespace

TEST_CASE("a C program can use the header") {
  Start start;
  CHECK(header_c11_main() == 0);
}

TEST_CASE("the version is one") {
  const std::string text = std::to_string(WSIG_VERSION_MAJOR) + "." + std::to_string(WSIG_VERSION_MINOR) + "." + std::to_string(WSIG_VERSION_PATCH);
  CHECK(text == WSIG_VERSION_STRING);
}

TEST_CASE("macros and members have the numbers that the module reports") {
  Start start;
  const wasmsig::Module module(Edition::kExtended);
  REQUIRE(module);
  const std::map<std::string, int> constants = {
#define WSIG_ONE(name) {#name, WSIG_##name},
      WSIG_ONE(SIGABRT) WSIG_ONE(SIGFPE) WSIG_ONE(SIGILL) WSIG_ONE(SIGINT) WSIG_ONE(SIGSEGV) WSIG_ONE(SIGTERM)
#ifdef WSIG_SIGHUP
      WSIG_ONE(SIGHUP) WSIG_ONE(SIGQUIT) WSIG_ONE(SIGTRAP) WSIG_ONE(SIGBUS) WSIG_ONE(SIGKILL) WSIG_ONE(SIGUSR1) WSIG_ONE(SIGUSR2)
      WSIG_ONE(SIGPIPE) WSIG_ONE(SIGALRM) WSIG_ONE(SIGCHLD) WSIG_ONE(SIGCONT) WSIG_ONE(SIGSTOP) WSIG_ONE(SIGTSTP) WSIG_ONE(SIGTTIN)
      WSIG_ONE(SIGTTOU) WSIG_ONE(SIGURG) WSIG_ONE(SIGXCPU) WSIG_ONE(SIGXFSZ) WSIG_ONE(SIGVTALRM) WSIG_ONE(SIGPROF) WSIG_ONE(SIGWINCH)
      WSIG_ONE(SIGIO) WSIG_ONE(SIGSYS) WSIG_ONE(SIG_BLOCK) WSIG_ONE(SIG_UNBLOCK) WSIG_ONE(SIG_SETMASK)
      WSIG_ONE(ITIMER_REAL) WSIG_ONE(ITIMER_VIRTUAL) WSIG_ONE(ITIMER_PROF)
#endif
#ifdef WSIG_SIGPWR
      WSIG_ONE(SIGPWR) WSIG_ONE(SIGSTKFLT)
#endif
#ifdef WSIG_SIGRTMIN
      WSIG_ONE(SIGRTMIN) WSIG_ONE(SIGRTMAX)
#endif
#ifdef WSIG_SIGBREAK
      WSIG_ONE(SIGBREAK) WSIG_ONE(CTRL_C_EVENT) WSIG_ONE(CTRL_BREAK_EVENT)
#endif
  };
  int signals = 0;
  wsig_name name{};
  name.size = sizeof name;
  for (size_t index = 0; index < wsig_name_count(); index++) {
    REQUIRE(wsig_name_at(index, &name) == 0);
    if (name.kind != WSIG_NAME_SIGNAL && name.kind != WSIG_NAME_SIGMASK && name.kind != WSIG_NAME_ITIMER) continue;
    CAPTURE(name.name);
    REQUIRE(constants.count(name.name) == 1);  // the header has every name
    CHECK(constants.at(name.name) == name.value);
    signals++;
  }
  CHECK(signals == static_cast<int>(constants.size()));  // and no other
  CHECK(wasmsig::number(Signals::kInt) == wasmsig::name_value("SIGINT"));
  CHECK_FALSE(wasmsig::name_value("SIGFOO").has_value());
}

TEST_CASE("the wrapper gives values, errors and scopes") {
  Start start;
  const wasmsig::Module module(Edition::kExtended);
  REQUIRE(module);
  CHECK_FALSE(wasmsig::Module());  // one at a time
  int runs = 0;
  const auto object = [&](Signals signum, void*) {
    CHECK(signum == Signals::kTerm);
    runs++;
    return 0;
  };
  {
    const wasmsig::HandlerScope scope(Signals::kTerm, wasmsig::handler_of(object));
    REQUIRE(scope);
    CHECK(scope.previous()->kind == WSIG_ACTION_DEFAULT);
    CHECK(wasmsig::raise_signal(Signals::kTerm));
    CHECK(wasmsig::set_interrupt(Signals::kTerm));
    CHECK(wasmsig::poll() == 0);
    CHECK(runs == 2);
  }
  CHECK(wasmsig::getsignal(Signals::kTerm)->kind == WSIG_ACTION_DEFAULT);
  const auto refused = wasmsig::signal(static_cast<Signals>(-1), wasmsig::ignore());
  CHECK_FALSE(refused);
  CHECK(refused.code() == WSIG_E_VALUE);
  CHECK(refused.error().kind_name() == "ValueError");
  CHECK_FALSE(refused.error().text.empty());
  CHECK(refused.value_or(wasmsig::default_action()).kind == WSIG_ACTION_DEFAULT);
  CHECK(**wasmsig::strsignal(Signals::kInt) == "Interrupt");
  CHECK(wasmsig::valid_signals()->has(Signals::kInt));
  CHECK(wasmsig::set_wakeup_fd(-1).value() == -1);
  CHECK(wasmsig::has("signal"));
#if defined(__cpp_exceptions)
  CHECK_THROWS_AS(refused.or_throw(), wasmsig::SignalError);
#endif
}

#ifdef WSIG_SIG_BLOCK
TEST_CASE("a mask scope holds signals back and lets them go") {
  Start start;
  const wasmsig::Module module(Edition::kExtended);
  REQUIRE(module);
  int runs = 0;
  const auto object = [&](Signals, void*) {
    runs++;
    return 0;
  };
  const wasmsig::HandlerScope handler(Signals::kTerm, wasmsig::handler_of(object));
  {
    const wasmsig::MaskScope mask(wasmsig::Set(Signals::kTerm, Signals::kUsr1));
    REQUIRE(mask);
    CHECK(wasmsig::raise_signal(Signals::kTerm));
    CHECK(runs == 0);
    CHECK(wasmsig::sigpending()->has(Signals::kTerm));
    CHECK(*wasmsig::sigtimedwait(wasmsig::Set(Signals::kUsr1), 0) == std::nullopt);
  }
  CHECK(runs == 1);
  int listed = 0;
  wasmsig::Set(Signals::kTerm, Signals::kUsr1).for_each([&](Signals) { listed++; });
  CHECK(listed == 2);
}
#endif
