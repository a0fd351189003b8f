// Life of the module, and signal(), getsignal(), raise_signal(), siginterrupt(): results, errors, and that errors change nothing.
#include "module_fixture.hpp"

using namespace module_test;

namespace {
const int kInt = WSIG_SIGINT, kTerm = WSIG_SIGTERM;

// Two of these are no signals anywhere, so on Windows they are wrong values.
const char* out_of_range_text() { return wsig_has("SIGBREAK") ? "invalid signal value" : "signal number out of range"; }

constexpr const char* kTypeText = "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object";
}  // namespace

TEST_CASE("init finds what there is, ignores SIGPIPE and SIGXFSZ and handles SIGINT") {
  Running running;
  CHECK(get(kInt).kind == WSIG_ACTION_CALLABLE);
  CHECK(get(kInt).function == wsig_default_int_handler);
  CHECK(get(kTerm).kind == WSIG_ACTION_DEFAULT);
  if (wsig_has("SIGPIPE")) {
    CHECK(get(wsig_platform_number("SIGPIPE")).kind == WSIG_ACTION_IGNORE);
    CHECK(get(wsig_platform_number("SIGXFSZ")).kind == WSIG_ACTION_IGNORE);
    CHECK(wsig_platform_disposition(wsig_platform_number("SIGPIPE")) == WSIG_DISPOSITION_IGNORE);
  }
  CHECK(wsig_platform_disposition(kInt) == WSIG_DISPOSITION_OURS);
}

TEST_CASE("init leaves alone what the options name") {
  // An earlier module may have ignored them in this process.
  for (const char* name : {"SIGPIPE", "SIGXFSZ"}) {
    if (wsig_platform_number(name) > 0) wsig_platform_install(wsig_platform_number(name), WSIG_DISPOSITION_DEFAULT);
  }
  wsig_config with = config();
  with.options = WSIG_KEEP_SIGPIPE | WSIG_KEEP_SIGXFSZ | WSIG_KEEP_SIGINT;
  Running running(with);
  CHECK(get(kInt).kind == WSIG_ACTION_DEFAULT);
  CHECK(wsig_platform_disposition(kInt) == WSIG_DISPOSITION_DEFAULT);
  if (wsig_has("SIGPIPE")) {
    CHECK(get(wsig_platform_number("SIGPIPE")).kind == WSIG_ACTION_DEFAULT);
    CHECK(get(wsig_platform_number("SIGXFSZ")).kind == WSIG_ACTION_DEFAULT);
  }
}

TEST_CASE("init keeps SIGINT as it is if it was not the default") {
#if defined(WSIG_TEST_EMULATED)
  wasmsig::fake::reset();
#endif
  REQUIRE(wsig_platform_install(kInt, WSIG_DISPOSITION_IGNORE) == 0);
  const wsig_config with = config();
  REQUIRE(wsig_init(&with) == 0);
  CHECK(get(kInt).kind == WSIG_ACTION_IGNORE);
  wsig_finalize();
  CHECK(wsig_platform_disposition(kInt) == WSIG_DISPOSITION_IGNORE);  // not ours to reset
  wsig_platform_install(kInt, WSIG_DISPOSITION_DEFAULT);
}

TEST_CASE("init twice, finalize twice and calls outside are errors") {
  forget();
  const wsig_action ignore = wsig_ignore();
  CHECK(wsig_finalize() == WSIG_E_STATE);
  CHECK(wsig_signal(kTerm, &ignore, nullptr) == WSIG_E_STATE);
  CHECK(last_error().text == "wsig_init() was not called");
  CHECK(wsig_raise_signal(kTerm) == WSIG_E_STATE);  // and this process lives
  CHECK(wsig_set_interrupt(kTerm) == 0);
  CHECK(wsig_is_running() == 0);
  Running running;
  CHECK(wsig_is_running() == 1);
  const wsig_config with = config();
  CHECK(wsig_init(&with) == WSIG_E_STATE);
  CHECK(last_error().text == "wsig_init() was called already");
  CHECK(wsig_finalize() == 0);
  CHECK(wsig_finalize() == WSIG_E_STATE);
}

TEST_CASE("init refuses a configuration that it does not know") {
  wsig_config with = config();
  SECTION("a size of zero") { with.size = 0; }
  SECTION("an edition") { with.edition = 3; }
  SECTION("an option") { with.options = 1u << 31; }
  CHECK(wsig_init(&with) == WSIG_E_VALUE);
  CHECK(wsig_is_running() == 0);
}

TEST_CASE("init accepts no configuration, and one from an older header") {
#if defined(WSIG_TEST_EMULATED)
  wasmsig::fake::reset();
#endif
  REQUIRE(wsig_init(nullptr) == 0);
  REQUIRE(wsig_finalize() == 0);
  wsig_config with = config();
  with.size = offsetof(wsig_config, hook_data);
  with.raise_error = reinterpret_cast<void (*)(const wsig_error*, void*)>(uintptr_t{1});  // beyond its size: never called
  REQUIRE(wsig_init(&with) == 0);
  CHECK(wsig_getsignal(0, nullptr) == WSIG_E_VALUE);
  REQUIRE(wsig_finalize() == 0);
}

TEST_CASE("finalize restores the default of every callable and gives it back") {
  static int data;
  wsig_config with = config();
  with.dropped = [](int signum, const wsig_action* action, void*) {
    dropped.push_back(signum);
    CHECK(action->function == note);
    CHECK(action->data == &data);
  };
  {
    Running running(with);
    REQUIRE(set(kTerm, wsig_callable(note, &data)) == 0);
    REQUIRE(set(WSIG_SIGFPE, wsig_ignore()) == 0);
    REQUIRE(wsig_set_interrupt(kTerm) == 0);
  }
  CHECK(dropped == std::vector<int>{kTerm});
  CHECK(wsig_platform_disposition(kTerm) == WSIG_DISPOSITION_DEFAULT);
  CHECK(wsig_platform_disposition(kInt) == WSIG_DISPOSITION_DEFAULT);
  CHECK(wsig_platform_disposition(WSIG_SIGFPE) == WSIG_DISPOSITION_IGNORE);
  CHECK_FALSE(tripped());
  wsig_platform_install(WSIG_SIGFPE, WSIG_DISPOSITION_DEFAULT);
}

TEST_CASE("signal returns the previous action") {
  Running running;
  static int data;
  wsig_action previous = wsig_callable(nullptr, nullptr);
  const wsig_action first = wsig_callable(note, &data), ignore = wsig_ignore(), reset = wsig_default();
  REQUIRE(wsig_signal(kTerm, &first, &previous) == 0);
  CHECK(previous.kind == WSIG_ACTION_DEFAULT);
  REQUIRE(wsig_signal(kTerm, &ignore, &previous) == 0);
  CHECK(previous.kind == WSIG_ACTION_CALLABLE);
  CHECK(previous.function == note);
  CHECK(previous.data == &data);
  REQUIRE(wsig_signal(kTerm, &reset, &previous) == 0);
  CHECK(previous.kind == WSIG_ACTION_IGNORE);
  CHECK(previous.function == nullptr);
  SECTION("action and previous may be the same struct") {
    wsig_action both = first;
    REQUIRE(wsig_signal(kTerm, &both, &both) == 0);
    CHECK(both.kind == WSIG_ACTION_DEFAULT);
    CHECK(get(kTerm).function == note);
  }
}

TEST_CASE("signal refuses numbers and handlers, and then nothing has changed") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  SECTION("numbers out of range") {
    for (const int signum : {0, -1, wsig_nsig(), 1000000000, INT32_MIN}) {
      CAPTURE(signum);
      errors.clear();
      CHECK(set(signum, noting()) == WSIG_E_VALUE);
      REQUIRE(errors.size() == 1);
      CHECK(errors[0].text == out_of_range_text());
      CHECK(last_error().text == out_of_range_text());
      CHECK(last_error().kind == WSIG_E_VALUE);
    }
  }
  SECTION("handlers that are none") {
    wsig_action unsized = wsig_ignore();
    unsized.size = 0;
    for (const wsig_action& action :
         {wsig_callable(nullptr, nullptr), wsig_action_make(WSIG_ACTION_NONE, nullptr, nullptr), wsig_action_make(99, note, nullptr), unsized}) {
      CHECK(set(kTerm, action) == WSIG_E_TYPE);
      CHECK(last_error().text == kTypeText);
    }
    CHECK(wsig_signal(kTerm, nullptr, nullptr) == WSIG_E_TYPE);
  }
  SECTION("a result without a size") {
    wsig_action previous{};
    const wsig_action ignore = wsig_ignore();
    CHECK(wsig_signal(kTerm, &ignore, &previous) == WSIG_E_VALUE);
  }
  SECTION("SIGKILL and SIGSTOP") {
    for (const char* name : {"SIGKILL", "SIGSTOP"}) {
      if (!wsig_has(name)) continue;
      const wsig_action before = get(wsig_platform_number(name));
      CHECK(set(wsig_platform_number(name), noting()) == WSIG_E_OS);
      CHECK(last_error().number == EINVAL);
      CHECK(get(wsig_platform_number(name)).kind == before.kind);
    }
  }
  SECTION("a pending handler that raises") {
    REQUIRE(set(kInt, raising()) == 0);
    REQUIRE(wsig_set_interrupt(kInt) == 0);
    CHECK(set(kTerm, wsig_ignore()) == WSIG_E_RAISED);
  }
  CHECK(get(kTerm).function == note);
  CHECK(wsig_platform_disposition(kTerm) == WSIG_DISPOSITION_OURS);
}

TEST_CASE("signal runs pending handlers before it changes anything") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  arrive(kTerm);
  REQUIRE(set(kTerm, wsig_ignore()) == 0);
  CHECK(signums() == std::vector<int>{kTerm});
  CHECK(unraisable.empty());
}

TEST_CASE("getsignal refuses numbers out of range, and a result without a size") {
  Running running;
  wsig_action action = wsig_ignore();
  for (const int signum : {0, -1, wsig_nsig()}) {
    CHECK(wsig_getsignal(signum, &action) == WSIG_E_VALUE);
    CHECK(last_error().text == "signal number out of range");
  }
  action.size = 0;
  CHECK(wsig_getsignal(kTerm, &action) == WSIG_E_VALUE);
  CHECK(wsig_getsignal(kTerm, nullptr) == WSIG_E_VALUE);
  CHECK(action.kind == WSIG_ACTION_IGNORE);
}

TEST_CASE("a signal that the C library keeps for itself is not installed from here") {
  Running running;
  if (wsig_nsig() <= 32) return;  // only where there are real-time signals
  CHECK(get(32).kind == WSIG_ACTION_NONE);
  CHECK(set(32, noting()) == WSIG_E_OS);
  CHECK(last_error().number == EINVAL);
}

TEST_CASE("the default handler of SIGINT raises what the embedder supplies") {
  static void* seen;
  static int answer;
  seen = nullptr;
  wsig_config with = config();
  SECTION("by the hook") {
    answer = GENERATE(0, 1);
    with.keyboard_interrupt = [](void* frame, void*) {
      seen = frame;
      return answer;
    };
    Running running(with);
    arrive(kInt);
    CHECK(wsig_check_signals(&seen) == (answer ? WSIG_E_RAISED : 0));
    CHECK(seen == &seen);
  }
  SECTION("without one the error is in wsig_last_error()") {
    Running running(with);
    CHECK(wsig_raise_signal(kInt) == WSIG_E_RAISED);
    CHECK(last_error().kind == WSIG_E_KEYBOARD_INTERRUPT);
    CHECK(std::string(wsig_error_kind_name(last_error().kind)) == "KeyboardInterrupt");
  }
}

TEST_CASE("raise_signal runs the handler before it returns") {
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(calls == std::vector<Call>{{kTerm, nullptr}});
  REQUIRE(set(kTerm, raising()) == 0);
  CHECK(wsig_raise_signal(kTerm) == WSIG_E_RAISED);
  REQUIRE(set(kTerm, wsig_ignore()) == 0);
  CHECK(wsig_raise_signal(kTerm) == 0);
}

TEST_CASE("raise_signal gives the system's error for a number that it does not have") {
  Running running;
  for (const int signum : {-1, wsig_nsig(), 1000000000}) {
    CAPTURE(signum);
    CHECK(wsig_raise_signal(signum) == WSIG_E_OS);
    CHECK(last_error().kind == WSIG_E_OS);
    CHECK(last_error().number == EINVAL);
  }
  if (wsig_has("SIGBREAK")) {
    CHECK(wsig_raise_signal(1) == WSIG_E_OS);  // SIGHUP elsewhere; not on Windows
    CHECK(wsig_raise_signal(WSIG_CTRL_C_EVENT) == WSIG_E_OS);
  }
}

TEST_CASE("siginterrupt refuses what signal() refuses") {
  Running running;
  if (!wsig_has("siginterrupt")) {
    CHECK(wsig_siginterrupt(kTerm, 1) == WSIG_E_UNAVAILABLE);
    return;
  }
  for (const int signum : {0, -1, wsig_nsig()}) {
    CHECK(wsig_siginterrupt(signum, 1) == WSIG_E_VALUE);
    CHECK(last_error().text == "signal number out of range");
  }
  CHECK(wsig_siginterrupt(wsig_platform_number("SIGKILL"), 0) == WSIG_E_OS);
  CHECK(last_error().number == EINVAL);
  REQUIRE(set(kTerm, noting()) == 0);
  CHECK(wsig_siginterrupt(kTerm, 0) == 0);
  CHECK(wsig_platform_disposition(kTerm) == WSIG_DISPOSITION_OURS);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(calls.size() == 1);
}

TEST_CASE("last_error wants a size, and keeps the error of the last failure") {
  Running running;
  wsig_error error{};
  CHECK(wsig_last_error(&error) == WSIG_E_VALUE);
  CHECK(wsig_last_error(nullptr) == WSIG_E_VALUE);
  CHECK(set(kTerm, wsig_callable(nullptr, nullptr)) == WSIG_E_TYPE);
  CHECK(set(kTerm, noting()) == 0);  // a success forgets nothing
  CHECK(last_error().kind == WSIG_E_TYPE);
  CHECK(last_error().detail.empty());
  CHECK(std::string(wsig_error_kind_name(WSIG_E_TYPE)) == "TypeError");
  CHECK(std::string(wsig_error_kind_name(WSIG_E_ITIMER)) == "ItimerError");
  CHECK(std::string(wsig_error_kind_name(0)).empty());
}

TEST_CASE("set_interrupt does nothing for a disposition that is not from here") {
  Running running;
  if (wsig_nsig() <= 32) return;
  CHECK(get(32).kind == WSIG_ACTION_NONE);
  CHECK(wsig_set_interrupt(32) == 0);
  CHECK_FALSE(tripped());
}
