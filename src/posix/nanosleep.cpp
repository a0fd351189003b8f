// Sleeps that signals interrupt.
#include <time.h>
#include <unistd.h>

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

bool known_clock(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC; }

int sleep_for(int64_t ns, int64_t* rest_ns) {
  return cancellation_point([&] { return process::sleep(ns, rest_ns); });
}

// A positive errno, or 0.
int sleep_relative(const struct timespec& wanted, struct timespec* rest) {
  int64_t rest_ns = 0;
  const int error = sleep_for(nanoseconds(wanted.tv_sec, wanted.tv_nsec), &rest_ns);
  if (error == -EINTR && rest) *rest = timespec_of(rest_ns);
  return -error;
}

int sleep_until(clockid_t clock, const struct timespec& end) {
  const int64_t end_ns = nanoseconds(end.tv_sec, end.tv_nsec);
  for (;;) {
    struct timespec now;
    if (clock_gettime(clock, &now)) return errno;
    const int64_t left_ns = end_ns - nanoseconds(now.tv_sec, now.tv_nsec);
    if (left_ns <= 0) return 0;
    int64_t rest_ns;
    if (const int error = sleep_for(left_ns, &rest_ns)) return -error;
  }
}

}  // namespace

extern "C" {

int clock_nanosleep(clockid_t clock, int flags, const struct timespec* wanted, struct timespec* rest) {
  if (!known_clock(clock) || !valid_timespec(*wanted)) return EINVAL;
  return flags & TIMER_ABSTIME ? sleep_until(clock, *wanted) : sleep_relative(*wanted, rest);
}

int nanosleep(const struct timespec* wanted, struct timespec* rest) {
  if (!valid_timespec(*wanted)) return fail(EINVAL);
  const int error = sleep_relative(*wanted, rest);
  return error ? fail(error) : 0;
}

unsigned sleep(unsigned seconds) {
  int64_t rest_ns = 0;
  if (sleep_for(seconds * kNanosecond, &rest_ns) == 0) return 0;
  return static_cast<unsigned>(rest_ns / kNanosecond);
}

int usleep(unsigned us) {
  int64_t rest_ns = 0;
  return result(sleep_for(int64_t{us} * 1000, &rest_ns));
}

}  // extern "C"
