// What the tests of the module share: a running module with hooks that write down what they are told, and handlers that write down
// that they ran. The same tests run on posix, Windows, the emulated process on the fake host, and both wasm targets.
//
// WSIG_TEST_THREADS is 1 where std::thread works, WSIG_TEST_EMULATED is defined on the fake host, natively.
#pragma once

#if defined(WSIG_TEST_EMULATED) && !defined(WASMSIG_LINUX_NUMBERS)
#define WASMSIG_LINUX_NUMBERS 1
#endif

#include <catch_amalgamated.hpp>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <string>
#include <vector>

#include "platform/platform.h"
#include "wasmsig/wasmsig.h"

#ifndef WSIG_TEST_THREADS
#define WSIG_TEST_THREADS 0
#endif

#if defined(WSIG_TEST_EMULATED)
#include "platform/fake/fake_host.hpp"
#endif

namespace module_test {

struct Call {
  int signum;
  void* frame;
  bool operator==(const Call&) const = default;
};

struct Reported {
  int kind, number;
  std::string text, detail;
};

// What happened since the last Running was made.
inline std::vector<Call> calls;
inline std::vector<Reported> unraisable;
inline std::vector<Reported> errors;
inline std::vector<std::string> audits;
inline std::vector<int> dropped;

inline std::vector<int> signums() {
  std::vector<int> result;
  for (const Call& call : calls) result.push_back(call.signum);
  return result;
}

inline Reported copy(const wsig_error* error) { return {error->kind, error->number, error->text, error->detail}; }

// A handler that takes notes; `data` is its result.
inline int note(int signum, void* frame, void* data) {
  calls.push_back({signum, frame});
  return static_cast<int>(reinterpret_cast<intptr_t>(data));
}

inline wsig_action noting() { return wsig_callable(note, nullptr); }
inline wsig_action raising() { return wsig_callable(note, reinterpret_cast<void*>(intptr_t{1})); }

inline wsig_config config(int edition = WSIG_EDITION_EXTENDED) {
  wsig_config result{};
  result.size = sizeof result;
  result.edition = edition;
  result.unraisable = [](const wsig_error* error, void*) { unraisable.push_back(copy(error)); };
  result.raise_error = [](const wsig_error* error, void*) { errors.push_back(copy(error)); };
  return result;
}

inline void forget() {
  calls.clear();
  unraisable.clear();
  errors.clear();
  audits.clear();
  dropped.clear();
}

class Running {
 public:
  explicit Running(int edition = WSIG_EDITION_EXTENDED) : Running(config(edition)) {}
  explicit Running(const wsig_config& config) {
    forget();
#if defined(WSIG_TEST_EMULATED)
    wasmsig::fake::reset();
#endif
    REQUIRE(wsig_init(&config) == 0);
  }
  ~Running() {
    if (wsig_is_running()) wsig_finalize();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
};

inline Reported last_error() {
  wsig_error error{};
  error.size = sizeof error;
  wsig_last_error(&error);
  return copy(&error);
}

inline int set(int signum, wsig_action action) { return wsig_signal(signum, &action, nullptr); }

inline wsig_action get(int signum) {
  wsig_action action = wsig_callable(nullptr, nullptr);
  REQUIRE(wsig_getsignal(signum, &action) == 0);
  return action;
}

inline wsig_set set_of(std::initializer_list<int> signals) {
  wsig_set result{0};
  for (const int signum : signals) REQUIRE(wsig_set_add(&result, signum) == 0);
  return result;
}

// Arrives, but no handler runs yet. (On the emulated process a thread's own signals arrive at once, too.)
inline void arrive(int signum) { REQUIRE(wsig_platform_raise(signum) == 0); }

inline bool tripped() { return __atomic_load_n(&wsig_poll_tripped, __ATOMIC_ACQUIRE) != 0; }

}  // namespace module_test
