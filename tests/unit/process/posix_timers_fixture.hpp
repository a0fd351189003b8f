// POSIX timers for the tests of src/process/, and what comes of them.
#pragma once

#include "process_fixture.hpp"

namespace wasmsig::process {

inline constexpr int64_t kSecond = 1000000000;

inline int created(int signo, int32_t value, TimerClock clock = TimerClock::kMonotonic) {
  const TimerEvent event = {TimerNotice::kSignal, signo, value, 0};
  const int id = create_timer(clock, &event);
  REQUIRE(id >= 0);
  return id;
}

inline int silent(TimerClock clock = TimerClock::kMonotonic) {
  const TimerEvent event = {TimerNotice::kNone, 0, 0, 0};
  return create_timer(clock, &event);
}

inline void arm(int id, int64_t value_ns, int64_t interval_ns = 0, bool absolute = false) {
  REQUIRE(set_posix_timer(id, absolute, {value_ns, interval_ns}, nullptr) == 0);
}

inline int64_t left(int id) {
  TimerValue value;
  REQUIRE(get_posix_timer(id, &value) == 0);
  return value.value_ns;
}

// The next signal of the set, as text: number, code, timer, overrun, value.
inline std::string taken(SignalSet set = SignalSet::all()) {
  SigInfo info;
  const int signo = wait(set, &info, 0);
  if (signo < 0) return "none";
  std::string text = std::to_string(signo) + "/code" + std::to_string(info.code);
  if (info.code == kTimer) text += "/id" + std::to_string(info.pid) + "/overrun" + std::to_string(info.uid);
  return text + "/value" + std::to_string(info.value);
}

}  // namespace wasmsig::process
