// safe_point(), and how often it is called where a check is more than a load: the countdown.
#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

namespace {

// A check costs up to some hundred nanoseconds (calls to the host and its clock). One in 32 microseconds costs under
// 1 %, and keeps checks closer than 100 microseconds when the code between them becomes slower.
constexpr uint64_t kCheckInterval_ns = 32000;
constexpr uint32_t kMaxCount = 1 << 20;
constexpr uint32_t kFirstCount = 100;

constinit WSIG_THREAD_LOCAL uint32_t count = kFirstCount;
constinit WSIG_THREAD_LOCAL uint64_t last_check_ns = 0;

// The next count, from the time that the last one took. It falls at once and rises by at most a factor of two, because
// checking too rarely is worse than checking too often.
uint32_t adapt(uint32_t present, uint64_t took_ns) {
  const uint32_t max = present * 2 < kMaxCount ? present * 2 : kMaxCount;
  const uint64_t ideal = present * kCheckInterval_ns / (took_ns | 1);
  const uint32_t next = ideal < max ? static_cast<uint32_t>(ideal) : max;
  return next ? next : 1;
}

}  // namespace

// Deferred to its end: the host's clock is a function that may have a safe point itself, and would call this for ever.
int32_t safe_point() {
  if (!may_check()) return state.host == WSIG_HOST_SHARED ? leave_doorbell() : 1;
  uint32_t ignored = 0;
  if (!defer_check(&ignored)) {
    {
      const DeliveryDeferral deferral;
      drain_and_deliver();
      if (state.host != WSIG_HOST_SHARED) {
        const auto now = static_cast<uint64_t>(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC));
        if (last_check_ns != 0) count = adapt(count, now - last_check_ns);
        last_check_ns = now;
      }
    }
    // After the deferral has ended, because that may have made a new notification. Nothing is called here that could
    // have a safe point, as self() could: delivery is not deferred any more, and where the doorbell stays rung for
    // others that safe point would come here again, for ever.
#if !defined(WSIG_SINGLE_THREAD)
    ignored = this_thread->own_notification;
#endif
  }
  return static_cast<int32_t>(state.host == WSIG_HOST_SHARED ? ignored : count);
}

}  // namespace wasmsig::process
