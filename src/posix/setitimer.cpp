// The interval timers.
#include <sys/time.h>
#include <unistd.h>

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

constexpr int64_t kMicrosecond = 1000;
constexpr int64_t kMicroseconds = 1000000;

bool valid_kind(int which) { return which == ITIMER_REAL || which == ITIMER_VIRTUAL || which == ITIMER_PROF; }

bool valid(const struct timeval& time) { return time.tv_sec >= 0 && time.tv_usec >= 0 && time.tv_usec < kMicroseconds; }

int64_t nanoseconds_of(const struct timeval& time) { return nanoseconds(time.tv_sec, time.tv_usec * kMicrosecond); }

// Rounded up, so that an armed timer never reads as disarmed.
struct timeval timeval_of(int64_t ns) {
  const int64_t us = ns / kMicrosecond + (ns % kMicrosecond != 0);
  struct timeval time = {};
  time.tv_sec = us / kMicroseconds;
  time.tv_usec = static_cast<decltype(time.tv_usec)>(us % kMicroseconds);
  return time;
}

struct itimerval itimerval_of(const process::TimerValue& value) {
  return {timeval_of(value.interval_ns), timeval_of(value.value_ns)};
}

}  // namespace

static_assert(ITIMER_REAL == static_cast<int>(process::TimerKind::kReal) && ITIMER_PROF == static_cast<int>(process::TimerKind::kProf));

extern "C" {

// Linux takes a missing value for zero; POSIX does not say.
int setitimer(int which, const struct itimerval* __restrict value, struct itimerval* __restrict old) {
  if (!valid_kind(which)) return fail(EINVAL);
  process::TimerValue wanted, previous;
  if (value) {
    if (!valid(value->it_value) || !valid(value->it_interval)) return fail(EINVAL);
    wanted = {nanoseconds_of(value->it_value), nanoseconds_of(value->it_interval)};
  }
  if (const int error = process::set_timer(static_cast<process::TimerKind>(which), wanted, &previous)) return result(error);
  if (old) *old = itimerval_of(previous);
  return 0;
}

int getitimer(int which, struct itimerval* value) {
  if (!valid_kind(which)) return fail(EINVAL);
  if (!value) return fail(EFAULT);
  process::TimerValue current;
  if (const int error = process::get_timer(static_cast<process::TimerKind>(which), &current)) return result(error);
  *value = itimerval_of(current);
  return 0;
}

unsigned alarm(unsigned seconds) { return process::alarm(seconds); }

unsigned ualarm(unsigned value_us, unsigned interval_us) {
  process::TimerValue previous;
  const int error = process::set_timer(process::TimerKind::kReal, {value_us * kMicrosecond, interval_us * kMicrosecond}, &previous);
  if (error) return static_cast<unsigned>(fail(-error));
  return static_cast<unsigned>((previous.value_ns + kMicrosecond - 1) / kMicrosecond);
}

}  // extern "C"
