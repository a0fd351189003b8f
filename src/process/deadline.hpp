// Until when a call waits.
#pragma once

#include "platform/host.h"

namespace wasmsig::process {

inline int64_t now() { return wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC); }

// The time at which a wait that starts now is over; never for the negative, and for what is beyond the clock's range
// (292 years).
inline int64_t deadline_after(int64_t ns) {
  int64_t deadline;
  if (ns < 0 || __builtin_add_overflow(now(), ns, &deadline)) return -1;
  return deadline;
}

// Not below 0. Negative: there is no deadline.
inline int64_t time_left(int64_t deadline_ns) {
  if (deadline_ns < 0) return -1;
  const int64_t left = deadline_ns - now();
  return left > 0 ? left : 0;
}

}  // namespace wasmsig::process
