// How a call of the module fails: one place that words errors, remembers them for wsig_last_error() and tells the
// embedder.
#pragma once

#include <stdint.h>

#include "wasmsig/wasmsig.h"

namespace wasmsig::signal_module {

// A text of fixed size, cut off at the end; there is no stdio here.
class Text {
 public:
  Text& clear() { length_ = 0; data_[0] = 0; return *this; }
  Text& add(const char* text);
  Text& add(int64_t number);
  const char* c_str() const { return data_; }

 private:
  static constexpr int kSize = 160;  // the longest text of this library has 106
  int length_ = 0;
  char data_[kSize] = {};
};

// Each records the error, calls the embedder's `raise_error`, and returns the code.
int fail_value(const char* text);
int fail_type(const char* text);
int fail_state(const char* text);
int fail_overflow();
int fail_os(int error);                       // a positive errno
int fail_itimer(int error);
int fail_fd_blocking(intptr_t fd);            // "the fd N must be in non-blocking mode"
int fail_set_range(long signum);              // "signal number N out of range [1; NSIG - 1]"
int fail_unavailable(const char* name, const char* documented);
int fail_out_of_range();                      // "signal number out of range"
int raised();                                 // the embedder has its own error: records only the kind
int raised_keyboard_interrupt();              // nobody has: records WSIG_E_KEYBOARD_INTERRUPT, returns WSIG_E_RAISED

// Reports that have no caller.
void report_race(int signum);
void report_wakeup(int error, bool socket);

}  // namespace wasmsig::signal_module
