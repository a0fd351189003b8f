// The texts of errors, word for word Python's. The last error of each thread is kept in a plain thread-local struct:
// constant initialisation, no destructor, so that it needs nothing of the C++ runtime.
#include "signal_module/fail.hpp"

#include <errno.h>
#include <string.h>

#include "signal_module/module_state.hpp"

namespace wasmsig::signal_module {
namespace {

struct Last {
  int kind = 0;
  int number = 0;
  Text text, detail;
};

constinit thread_local Last last;

wsig_error view(int kind, int number, const char* text, const char* detail) {
  wsig_error error;
  error.size = sizeof error;
  error.kind = kind;
  error.number = number;
  error.text = text;
  error.detail = detail;
  return error;
}

// What would help where a host may not block; its errno alone would puzzle.
constexpr const char* kMayNotBlock =
    "this host may not block here: run the program in a worker thread, or build it with stack switching";

const char* os_text(int error) { return error == EDEADLK ? kMayNotBlock : strerror(error); }

// `last.detail` is set by the caller after this, where there is one, before publish().
Last& begin(int kind, int number) {
  last.kind = kind;
  last.number = number;
  last.text.clear();
  last.detail.clear();
  return last;
}

int publish() {
  const wsig_config& config = state.config;
  if (running() && config.raise_error) {
    const wsig_error error = view(last.kind, last.number, last.text.c_str(), last.detail.c_str());
    config.raise_error(&error, config.hook_data);
  }
  return last.kind;
}

int fail(int kind, int number, const char* text) {
  begin(kind, number).text.add(text);
  return publish();
}

void report(int number, const char* text, const char* detail) {
  const wsig_config& config = state.config;
  if (!config.unraisable) return;
  const wsig_error error = view(WSIG_E_OS, number, text, detail);
  config.unraisable(&error, config.hook_data);
}

}  // namespace

Text& Text::add(const char* text) {
  while (*text && length_ < kSize - 1) data_[length_++] = *text++;
  data_[length_] = 0;
  return *this;
}

Text& Text::add(int64_t number) {
  char digits[21];
  int at = 20;
  digits[at] = 0;
  // Digit by digit from the negative side, so that the lowest number needs no special case.
  int64_t rest = number < 0 ? number : -number;
  do {
    digits[--at] = static_cast<char>('0' - rest % 10);
    rest /= 10;
  } while (rest);
  if (number < 0) digits[--at] = '-';
  return add(digits + at);
}

int fail_value(const char* text) { return fail(WSIG_E_VALUE, 0, text); }
int fail_type(const char* text) { return fail(WSIG_E_TYPE, 0, text); }
int fail_state(const char* text) { return fail(WSIG_E_STATE, 0, text); }
int fail_overflow() { return fail(WSIG_E_OVERFLOW, 0, "timestamp too large to convert to C PyTime_t"); }
int fail_os(int error) { return fail(WSIG_E_OS, error, os_text(error)); }
int fail_itimer(int error) { return fail(WSIG_E_ITIMER, error, os_text(error)); }
int fail_out_of_range() { return fail_value("signal number out of range"); }

int fail_fd_blocking(intptr_t fd) {
  begin(WSIG_E_VALUE, 0).text.add("the fd ").add(int64_t{fd}).add(" must be in non-blocking mode");
  return publish();
}

int fail_set_range(long signum) {
  begin(WSIG_E_VALUE, 0).text.add("signal number ").add(int64_t{signum}).add(" out of range [1; ");
  last.text.add(int64_t{wsig_platform()->limit - 1}).add("]");
  return publish();
}

int fail_unavailable(const char* name, const char* documented) {
  begin(WSIG_E_UNAVAILABLE, 0).text.add("module 'signal' has no attribute '").add(name).add("'");
  if (*documented) last.detail.add("Availability: ").add(documented);
  return publish();
}

int raised() {
  begin(WSIG_E_RAISED, 0);
  return WSIG_E_RAISED;
}

int raised_keyboard_interrupt() {
  begin(WSIG_E_KEYBOARD_INTERRUPT, 0);
  return WSIG_E_RAISED;
}

void report_race(int signum) {
  Text text;
  text.clear().add("Signal ").add(int64_t{signum}).add(" ignored due to race condition");
  report(0, text.c_str(), "");
}

void report_wakeup(int error, bool socket) {
  report(error, strerror(error),
         socket ? "Exception ignored when trying to send to the signal wakeup fd"
                : "Exception ignored when trying to write to the signal wakeup fd");
}

}  // namespace wasmsig::signal_module

using namespace wasmsig::signal_module;

extern "C" {

int wsig_last_error(wsig_error* error) {
  // Recording it would overwrite what was asked for
  if (!error || error->size < sizeof(wsig_error)) return WSIG_E_VALUE;
  const size_t size = error->size;
  *error = view(last.kind, last.number, last.text.c_str(), last.detail.c_str());
  error->size = size;
  return last.kind;
}

const char* wsig_error_kind_name(int kind) {
  switch (kind) {
    case WSIG_E_VALUE: return "ValueError";
    case WSIG_E_TYPE: return "TypeError";
    case WSIG_E_OS: return "OSError";
    case WSIG_E_ITIMER: return "ItimerError";
    case WSIG_E_UNAVAILABLE: return "AttributeError";
    case WSIG_E_RAISED: return "Raised";
    case WSIG_E_STATE: return "RuntimeError";
    case WSIG_E_OVERFLOW: return "OverflowError";
    case WSIG_E_KEYBOARD_INTERRUPT: return "KeyboardInterrupt";
    default: return "";
  }
}

}  // extern "C"
