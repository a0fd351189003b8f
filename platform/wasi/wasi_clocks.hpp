// What both WASI hosts share: clocks.
#pragma once

#include <stdint.h>
#include <wasi/api.h>

#include "platform/host.h"

namespace wasmsig::wasi {

static_assert(WSIG_HOST_CLOCK_REALTIME == __WASI_CLOCKID_REALTIME && WSIG_HOST_CLOCK_MONOTONIC == __WASI_CLOCKID_MONOTONIC &&
              WSIG_HOST_CLOCK_RUNNING == __WASI_CLOCKID_THREAD_CPUTIME_ID);

// -1: the host refuses this clock (many have no processor time), or there is none of this number.
inline int64_t clock(int which) {
  __wasi_timestamp_t now;
  return __wasi_clock_time_get(static_cast<__wasi_clockid_t>(which), 1, &now) == __WASI_ERRNO_SUCCESS ? static_cast<int64_t>(now) : -1;
}

// Sleeps for a time, on any WASI host. False: the host cannot.
inline bool sleep(int64_t ns) {
  __wasi_subscription_t wanted = {};
  wanted.u.tag = __WASI_EVENTTYPE_CLOCK;
  wanted.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  wanted.u.u.clock.timeout = static_cast<__wasi_timestamp_t>(ns);
  __wasi_event_t event;
  __wasi_size_t count;
  return __wasi_poll_oneoff(&wanted, &event, 1, &count) == __WASI_ERRNO_SUCCESS;
}

}  // namespace wasmsig::wasi
