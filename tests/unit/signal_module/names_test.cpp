// Names and editions: what wsig_name_at() lists, what answers WSIG_E_UNAVAILABLE, and signals.def agree.
#include <algorithm>
#include <map>

#include "signal_module/names.hpp"
#include "module_fixture.hpp"
#if defined(WSIG_TEST_EMULATED)
#include "process/process.hpp"
#include "queue/queue.hpp"
#endif

using namespace module_test;

namespace {

struct Row {
  const char* name;
  const char* kind;
  const char* documented;
  std::string linux_state, windows_state, emscripten_state, wasi_state, extended_state;
};

const std::vector<Row>& table() {
  static const std::vector<Row> rows = {
#define WSIG_NAME(name, kind, documented, on_linux, on_windows, emscripten, wasi, extended) \
  {#name, #kind, documented, #on_linux, #on_windows, #emscripten, #wasi, #extended},
#include "signals.def"
  };
  return rows;
}

// As a person would read the table: which column counts here.
std::string state_here(const Row& row, int edition) {
  const std::string platform = wsig_platform_name();
  if (platform == "linux" || platform == "darwin") return row.linux_state;
  if (platform == "windows") return row.windows_state;
  if (edition == WSIG_EDITION_EXTENDED) return row.extended_state;
  return platform == "emscripten" ? row.emscripten_state : row.wasi_state;
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  wsig_name name{};
  name.size = sizeof name;
  for (size_t index = 0; index < wsig_name_count(); index++) {
    REQUIRE(wsig_name_at(index, &name) == 0);
    result.push_back(name.name);
  }
  return result;
}

bool emulated() {
  const std::string platform = wsig_platform_name();
  return platform == "emscripten" || platform == "wasi";
}

// A call of each function that can be absent, and what it answers.
std::map<std::string, int (*)()> optional_functions() {
  static wsig_set set;
  static wsig_siginfo info;
  static int number;
  info.size = sizeof info;
  return {
      {"valid_signals", [] { return wsig_valid_signals(&set); }},
      {"alarm", [] { return wsig_alarm(0, nullptr); }},
      {"pause", [] { return wsig_pause(); }},
      {"pthread_kill", [] { return wsig_pthread_kill(0, 0); }},
      {"pthread_sigmask", [] { return wsig_pthread_sigmask(0, nullptr, nullptr); }},
      {"setitimer", [] { return wsig_setitimer(0, 0, 0, nullptr, nullptr); }},
      {"getitimer", [] { return wsig_getitimer(0, nullptr, nullptr); }},
      {"siginterrupt", [] { return wsig_siginterrupt(WSIG_SIGTERM, 1); }},
      {"sigpending", [] { return wsig_sigpending(&set); }},
      {"sigwait", [] { return wsig_sigwait(&set, &number); }},
      {"sigwaitinfo", [] { return wsig_sigwaitinfo(&set, &info); }},
      {"sigtimedwait", [] { return wsig_sigtimedwait(&set, 0, &info); }},
      {"pidfd_send_signal", [] { return wsig_pidfd_send_signal(-1, 0, nullptr, 0); }},
  };
}

}  // namespace

TEST_CASE("the names are those of the table, in its order, in both editions") {
  const int edition = GENERATE(int{WSIG_EDITION_DOCUMENTED}, int{WSIG_EDITION_EXTENDED});
  Running running(edition);
  std::vector<std::string> expected;
  for (const Row& row : table()) {
    if (state_here(row, edition) == "ABSENT") continue;
    expected.push_back(row.name);
  }
  if (std::string(wsig_platform_name()) != "darwin") CHECK(names() == expected);
  for (const Row& row : table()) {
    CAPTURE(row.name);
    const auto all = names();
    CHECK((wsig_has(row.name) != 0) == (std::find(all.begin(), all.end(), row.name) != all.end()));
  }
  CHECK_FALSE(wsig_has("SIGFOO"));
  CHECK_FALSE(wsig_has(""));
  CHECK_FALSE(wsig_has(nullptr));
}

TEST_CASE("a program that leaves the edition to its host gets the host's, and the documented one where there is none") {
  std::vector<std::string> documented;
  {
    Running running(WSIG_EDITION_DOCUMENTED);
    documented = names();
  }
  {
    Running running(WSIG_EDITION_HOST);
    CHECK(names() == documented);
  }
#if defined(WSIG_TEST_EMULATED)
  for (const int edition : {WSIG_EDITION_HOST, WSIG_EDITION_DOCUMENTED, WSIG_EDITION_EXTENDED}) {
    wasmsig::fake::reset();
    wasmsig::process::start();
    wasmsig::queue::block.flags |= wasmsig::queue::kFlagExtended;
    const wsig_config with = config(edition);
    REQUIRE(wsig_init(&with) == 0);
    CHECK((wsig_has("pthread_kill") != 0) == (edition != WSIG_EDITION_DOCUMENTED));
    REQUIRE(wsig_finalize() == 0);
  }
#endif
  for (const int wrong : {-1, 3}) {
    const wsig_config with = config(wrong);
    CHECK(wsig_init(&with) == WSIG_E_VALUE);
    CHECK_FALSE(wsig_is_running());
  }
}

TEST_CASE("every platform's column can be asked for by the table alone") {
  using wasmsig::signal_module::listed;
  for (const Row& row : table()) {
    CAPTURE(row.name);
    CHECK(listed(row.name, WSIG_NAMES_LINUX, 0) == (row.linux_state != "ABSENT"));
    CHECK(listed(row.name, WSIG_NAMES_WINDOWS, 1) == (row.windows_state != "ABSENT"));
    CHECK(listed(row.name, WSIG_NAMES_EMSCRIPTEN, WSIG_EDITION_DOCUMENTED) == (row.emscripten_state != "ABSENT"));
    CHECK(listed(row.name, WSIG_NAMES_WASI, WSIG_EDITION_DOCUMENTED) == (row.wasi_state != "ABSENT"));
    CHECK(listed(row.name, WSIG_NAMES_EMSCRIPTEN, WSIG_EDITION_EXTENDED) == (row.extended_state != "ABSENT"));
    CHECK(listed(row.name, WSIG_NAMES_WASI, WSIG_EDITION_EXTENDED) == (row.extended_state != "ABSENT"));
  }
  for (const char* name : {"SIGSTKFLT", "SIGPWR", "SIGPOLL", "SIGCLD", "SIGRTMIN", "sigwaitinfo", "sigtimedwait", "pidfd_send_signal"}) {
    CHECK_FALSE(listed(name, WSIG_NAMES_DARWIN, 0));
  }
  CHECK(listed("sigwait", WSIG_NAMES_DARWIN, 0));
}

TEST_CASE("a function that is not there says so in Python's words and does nothing") {
  const int edition = GENERATE(int{WSIG_EDITION_DOCUMENTED}, int{WSIG_EDITION_EXTENDED});
  Running running(edition);
  for (const auto& [name, call] : optional_functions()) {
    if (wsig_has(name.c_str())) continue;
    CAPTURE(name);
    CHECK(call() == WSIG_E_UNAVAILABLE);
    CHECK(last_error().kind == WSIG_E_UNAVAILABLE);
    CHECK(last_error().text == "module 'signal' has no attribute '" + name + "'");
    for (const Row& row : table()) {
      if (row.name == name) CHECK(last_error().detail == (*row.documented ? std::string("Availability: ") + row.documented : ""));
    }
  }
  if (!wsig_has("pidfd_send_signal")) {
    wsig_pidfd_send_signal(0, 0, nullptr, 0);
    CHECK(last_error().detail == "Availability: Linux >= 5.1, Android >= build-time API level 31");
  }
}

TEST_CASE("the documented edition of WASI lacks what CPython lacks there, the extended one has it") {
  if (std::string(wsig_platform_name()) != "wasi") return;  // the table's own test covers the others
  {
    Running running(WSIG_EDITION_DOCUMENTED);
    for (const char* name : {"valid_signals", "pause", "pthread_sigmask", "sigwait", "SIG_BLOCK", "SIGRTMIN", "ItimerError"}) CHECK_FALSE(wsig_has(name));
    for (const char* name : {"signal", "alarm", "raise_signal", "set_wakeup_fd", "SIGINT", "SIGIOT"}) CHECK(wsig_has(name));
  }
  Running running(WSIG_EDITION_EXTENDED);
  for (const char* name : {"valid_signals", "pause", "pthread_sigmask", "sigwait", "SIG_BLOCK", "SIGRTMIN", "SIGCLD"}) CHECK(wsig_has(name));
  CHECK_FALSE(wsig_has("SIGBREAK"));
}

TEST_CASE("members have the platform's numbers") {
  Running running;
  std::map<std::string, wsig_name> by_name;
  wsig_name name{};
  name.size = sizeof name;
  for (size_t index = 0; index < wsig_name_count(); index++) {
    REQUIRE(wsig_name_at(index, &name) == 0);
    by_name[name.name] = name;
  }
  CHECK(by_name.at("SIGINT").value == WSIG_SIGINT);
  CHECK(by_name.at("SIGABRT").value == WSIG_SIGABRT);
  CHECK(by_name.at("SIG_DFL").value == 0);
  CHECK(by_name.at("SIG_IGN").value == 1);
  CHECK(by_name.at("NSIG").value == wsig_nsig());
  CHECK(by_name.at("SIGINT").kind == WSIG_NAME_SIGNAL);
  CHECK(by_name.at("signal").kind == WSIG_NAME_FUNCTION);
  CHECK(by_name.at("Signals").kind == WSIG_NAME_ENUM);
  if (wsig_has("SIGBREAK")) {
    CHECK(wsig_nsig() == 23);
    CHECK(by_name.at("SIGBREAK").value == 21);
    CHECK(by_name.at("SIGABRT").value == 22);
    CHECK(by_name.at("CTRL_C_EVENT").value == 0);
    CHECK(by_name.at("CTRL_BREAK_EVENT").value == 1);
    return;
  }
  CHECK(by_name.at("ITIMER_PROF").value == 2);
  CHECK(by_name.at("SIGIOT").kind == WSIG_NAME_ALIAS);
  CHECK(by_name.at("SIGIOT").value == WSIG_SIGABRT);
  if (std::string(wsig_platform_name()) == "darwin") return;
  CHECK(by_name.at("SIG_SETMASK").value == 2);
  CHECK(by_name.at("SIGCLD").value == by_name.at("SIGCHLD").value);
  CHECK(by_name.at("SIGPOLL").value == by_name.at("SIGIO").value);
#define WSIG_SIGNAL(signal_name, linux_number, windows_number, darwin_number, action, description) \
  if (linux_number != 0) CHECK(by_name.at(#signal_name).value == linux_number);
#include "signals.def"
  CHECK(by_name.at("SIGRTMAX").value == 64);
  CHECK(by_name.at("NSIG").value == 65);
  if (emulated()) CHECK(by_name.at("SIGRTMIN").value == 35);
}

TEST_CASE("name_at refuses an index out of range and a missing size") {
  Running running;
  wsig_name name{};
  CHECK(wsig_name_at(0, &name) == WSIG_E_VALUE);
  CHECK(wsig_name_at(0, nullptr) == WSIG_E_VALUE);
  name.size = sizeof name;
  CHECK(wsig_name_at(wsig_name_count(), &name) == WSIG_E_VALUE);
  CHECK(wsig_name_at(static_cast<size_t>(-1), &name) == WSIG_E_VALUE);
}

TEST_CASE("a number has its primary name") {
  Running running;
  CHECK(std::string(wsig_signal_name(WSIG_SIGABRT)) == "SIGABRT");
  CHECK(std::string(wsig_signal_name(WSIG_SIGINT)) == "SIGINT");
  CHECK(wsig_signal_name(0) == nullptr);
  CHECK(wsig_signal_name(-1) == nullptr);
  CHECK(wsig_signal_name(wsig_nsig()) == nullptr);
  if (wsig_has("SIGIO")) CHECK(std::string(wsig_signal_name(wsig_platform_number("SIGIO"))) == "SIGIO");
}

TEST_CASE("descriptions are the platform's") {
  Running running;
  const auto describe = [](int signum) -> std::string {
    const char* text = "untouched";
    REQUIRE(wsig_strsignal(signum, &text) == 0);
    return text ? text : "(none)";
  };
  CHECK(describe(WSIG_SIGINT) == "Interrupt");
  CHECK(describe(WSIG_SIGTERM) == "Terminated");
  const char* text = nullptr;
  for (const int signum : {0, -1, wsig_nsig()}) {
    CHECK(wsig_strsignal(signum, &text) == WSIG_E_VALUE);
    CHECK(last_error().text == "signal number out of range");
  }
  const std::string platform = wsig_platform_name();
  if (platform == "windows") {
    for (const auto& [signum, expected] : std::map<int, std::string>{{4, "Illegal instruction"}, {8, "Floating point exception"},
             {11, "Segmentation fault"}, {22, "Aborted"}, {21, "(none)"}, {1, "(none)"}}) {
      CHECK(describe(signum) == expected);
    }
  }
  if (platform == "linux" || emulated()) {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, action, description) \
  if (linux_number != 0) CHECK(describe(linux_number) == description);
#include "signals.def"
    CHECK(describe(32) == "(none)");
    CHECK(describe(33) == "(none)");
  }
  if (emulated()) {
    CHECK(describe(34) == "(none)");
    CHECK(describe(35) == "Real-time signal 0");
    CHECK(describe(44) == "Real-time signal 9");
    CHECK(describe(45) == "Real-time signal 10");
    CHECK(describe(64) == "Real-time signal 29");
  }
}

TEST_CASE("valid signals leave out what the C library keeps") {
  Running running;
  wsig_set set{0};
  REQUIRE(wsig_valid_signals(&set) == 0);
  CHECK(wsig_set_has(set, WSIG_SIGINT));
  CHECK_FALSE(wsig_set_has(set, 0));
  CHECK_FALSE(wsig_set_has(set, 65));
  if (wsig_has("SIGBREAK")) {
    CHECK(set.bits == ((1u << 21) | (1u << 20) | (1u << 14) | (1u << 10) | (1u << 7) | (1u << 3) | (1u << 1)));
  }
  if (wsig_nsig() == 65) {
    CHECK(wsig_set_has(set, 1));
    CHECK(wsig_set_has(set, 64));
    CHECK_FALSE(wsig_set_has(set, 32));
    CHECK_FALSE(wsig_set_has(set, 33));
    CHECK(wsig_set_has(set, 34) != emulated());
  }
}

TEST_CASE("a set has room for numbers in range only") {
  Running running;
  wsig_set set{0};
  CHECK(wsig_set_add(&set, WSIG_SIGINT) == 0);
  const std::string limit = std::to_string(wsig_nsig() - 1);
  for (const long signum : {0L, -1L, static_cast<long>(wsig_nsig()), 1000000000L}) {
    CHECK(wsig_set_add(&set, signum) == WSIG_E_VALUE);
    CHECK(last_error().text == "signal number " + std::to_string(signum) + " out of range [1; " + limit + "]");
  }
  if (wsig_nsig() == 65) CHECK(wsig_set_add(&set, 32) == 1);
  CHECK(set.bits == uint64_t{1} << (WSIG_SIGINT - 1));
}
