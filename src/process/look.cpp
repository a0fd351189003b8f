// How often to look, where a look is more than a load: the countdown of safe_point().
#include "platform/host.h"
#include "process/process.hpp"
#include "process/state.hpp"

namespace wasmsig::process {

namespace {

// A look costs up to some hundred nanoseconds (calls to the host and its clock). One in 40 microseconds costs under 1 %,
// and keeps looks closer than 100 microseconds when the code between them becomes slower.
constexpr int64_t kBetweenLooks = 40000;
constexpr int32_t kFirst = 100;
constexpr int32_t kMost = 1 << 20;

constinit WSIG_THREAD_LOCAL int32_t count = kFirst;
constinit WSIG_THREAD_LOCAL int64_t last_look_ns = 0;

// The next count, from the time that the last one took. It falls at once and rises by at most a factor of two, because
// looking too rarely is worse than looking too often.
int32_t adapt(int32_t present, int64_t took_ns) {
  const int64_t wanted = took_ns > 0 ? present * kBetweenLooks / took_ns : kMost;
  const int64_t most = present * int64_t{2} < kMost ? present * int64_t{2} : kMost;
  return static_cast<int32_t>(wanted < 1 ? 1 : wanted > most ? most : wanted);
}

}  // namespace

// Inside to its end: the host's clock is a function that may have a safe point itself, and would come back here without end.
int32_t safe_point() {
  if (put_off_look()) return state.host == WSIG_HOST_SHARED ? 0 : count;
  {
    const Inside inside;
    take_and_deliver();
    if (state.host != WSIG_HOST_SHARED) {
      const int64_t now = wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC);
      if (last_look_ns != 0) count = adapt(count, now - last_look_ns);
      last_look_ns = now;
    }
  }
  // After that, because what was put off may have been rung anew.
  return state.host == WSIG_HOST_SHARED ? static_cast<int32_t>(self().rang) : count;
}

}  // namespace wasmsig::process
