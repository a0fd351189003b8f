// alarm() and the interval timers.
#include "signal_module/itimers.hpp"

#include <errno.h>

#include "signal_module/fail.hpp"
#include "signal_module/names.hpp"
#include "signal_module/module_state.hpp"

namespace wasmsig::signal_module {

Seconds to_nanoseconds(double seconds, int64_t* ns) {
  if (seconds != seconds) return Seconds::kNotANumber;
  const double exact = seconds * 1e9;
  // 2^63; the comparison is exact, and so is the conversion below it.
  if (!(exact < 9223372036854775808.0) || !(exact >= -9223372036854775808.0)) return Seconds::kTooLarge;
  const int64_t whole = static_cast<int64_t>(exact);  // towards zero
  *ns = static_cast<double>(whole) < exact ? whole + 1 : whole;
  return Seconds::kFine;
}

int fail_seconds(Seconds problem) {
  return problem == Seconds::kNotANumber ? fail_value("Invalid value NaN (not a number)") : fail_overflow();
}

namespace {

// 0 or an error. Up to whole microseconds, which is what setitimer(2) knows.
int to_microseconds(double seconds, int64_t* us) {
  int64_t ns = 0;
  const Seconds result = to_nanoseconds(seconds, &ns);
  if (result != Seconds::kFine) return fail_seconds(result);
  if (seconds < 0) return fail_itimer(EINVAL);
  *us = ns / 1000 + (ns % 1000 != 0);
  return 0;
}

// As CPython adds them: whole seconds and a fraction.
double to_seconds(int64_t us) { return static_cast<double>(us / 1000000) + static_cast<double>(us % 1000000) / 1e6; }

void give(const wsig_platform_timer& timer, double* seconds, double* interval) {
  if (seconds) *seconds = to_seconds(timer.value_us);
  if (interval) *interval = to_seconds(timer.interval_us);
}

}  // namespace
}  // namespace wasmsig::signal_module

using namespace wasmsig::signal_module;

extern "C" {

int wsig_alarm(unsigned seconds, unsigned* left) {
  if (const int error = require("alarm")) return error;
  const unsigned before = wsig_platform_alarm(seconds);
  if (left) *left = before;
  return 0;
}

int wsig_setitimer(int which, double seconds, double interval, double* old_seconds, double* old_interval) {
  if (const int error = require("setitimer")) return error;
  wsig_platform_timer value{0, 0}, old{0, 0};
  if (const int error = to_microseconds(seconds, &value.value_us)) return error;
  if (const int error = to_microseconds(interval, &value.interval_us)) return error;
  if (const int error = wsig_platform_set_timer(which, &value, &old)) return fail_itimer(-error);
  give(old, old_seconds, old_interval);
  return 0;
}

int wsig_getitimer(int which, double* seconds, double* interval) {
  if (const int error = require("getitimer")) return error;
  wsig_platform_timer value{0, 0};
  if (const int error = wsig_platform_get_timer(which, &value)) return fail_itimer(-error);
  give(value, seconds, interval);
  return 0;
}

}  // extern "C"
