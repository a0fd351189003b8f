// How often to look, where a look is more than a load: the countdown of safe_point().
#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

namespace {

// A look costs up to some hundred nanoseconds (calls to the host and its clock). One in 40 microseconds costs under 1 %,
// and keeps looks closer than 100 microseconds when the code between them becomes slower.
constexpr uint64_t kBetweenLooks = 40000;
constexpr uint32_t kMost = 1 << 20;
constexpr uint32_t kFirst = 100;

constinit WSIG_THREAD_LOCAL uint32_t count = kFirst;
constinit WSIG_THREAD_LOCAL uint64_t last_look_ns = 0;

// The next count, from the time that the last one took. It falls at once and rises by at most a factor of two, because
// looking too rarely is worse than looking too often.
uint32_t adapt(uint32_t present, uint64_t took_ns) {
  const uint32_t most = present * 2 < kMost ? present * 2 : kMost;
  const uint64_t wanted = present * kBetweenLooks / (took_ns | 1);
  const uint32_t next = wanted < most ? static_cast<uint32_t>(wanted) : most;
  return next ? next : 1;
}

}  // namespace

// Inside to its end: the host's clock is a function that may have a safe point itself, and would come back here without end.
int32_t safe_point() {
  if (!may_look()) return state.host == WSIG_HOST_SHARED ? leave_doorbell() : 1;
  uint32_t silence = 0;
  if (!put_off_look(&silence)) {
    {
      const Inside inside;
      take_and_deliver();
      if (state.host != WSIG_HOST_SHARED) {
        const auto now = static_cast<uint64_t>(wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC));
        if (last_look_ns != 0) count = adapt(count, now - last_look_ns);
        last_look_ns = now;
      }
    }
    // After that, because what was put off may have been rung anew. Nothing is called here that could look itself, as self() could: outside, with a doorbell that stays
    // rung for others, that would go on without end.
#if !defined(WSIG_SINGLE_THREAD)
    silence = this_thread->rang;
#endif
  }
  return static_cast<int32_t>(state.host == WSIG_HOST_SHARED ? silence : count);
}

}  // namespace wasmsig::process
