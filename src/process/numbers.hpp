// Linux's signal numbers, default actions and the sets that the rules speak of, from signals.def.
#pragma once

#include "signal_set.hpp"

namespace wasmsig::process {

enum Number : int {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, default_action, description) \
  k##name = linux_number,
#include "signals.def"
};

enum class DefaultAction : uint8_t { TERMINATE, CORE, IGNORE, STOP, CONTINUE };

constexpr DefaultAction default_action(int signo) {
  switch (signo) {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, action, description) \
  case linux_number ? linux_number: -windows_number : return DefaultAction::action;
#include "signals.def"
    default: return DefaultAction::TERMINATE;  // real-time signals
  }
}

// What becomes of a signal when it is accepted.
enum class Effect { kIgnored, kStops, kEnds, kEndsWithCore, kCaught };

// Two bits for each standard signal.
inline constexpr uint64_t kDefaultEffects = [] {
  uint64_t result = 0;
  for (int signo = 1; signo < kRealTimeFirst; signo++) {
    Effect effect = Effect::kEnds;
    switch (default_action(signo)) {
      case DefaultAction::IGNORE:
      // The process continues when SIGCONT is generated
      case DefaultAction::CONTINUE: effect = Effect::kIgnored; break;
      case DefaultAction::STOP: effect = Effect::kStops; break;
      case DefaultAction::CORE: effect = Effect::kEndsWithCore; break;
      case DefaultAction::TERMINATE: break;
    }
    result |= static_cast<uint64_t>(effect) << 2 * signo;
  }
  return result;
}();

// Those that a default action ends or stops the process for.
inline constexpr SignalSet kActing = [] {
  SignalSet result;
  for (int signo = 1; signo < kSignalLimit; signo++) {
    if (real_time(signo) || (kDefaultEffects >> 2 * signo & 3) != static_cast<uint64_t>(Effect::kIgnored))
      result.add(signo);
  }
  return result;
}();

inline constexpr SignalSet kUnblockable = SignalSet::of(kSIGKILL, kSIGSTOP);
inline constexpr SignalSet kStopping = [] {
  SignalSet result;
  for (int signo = 1; signo < kRealTimeFirst; signo++) {
    if (default_action(signo) == DefaultAction::STOP) result.add(signo);
  }
  return result;
}();
inline constexpr SignalSet kSynchronous = SignalSet::of(kSIGSEGV, kSIGBUS, kSIGILL, kSIGTRAP, kSIGFPE, kSIGSYS);

}  // namespace wasmsig::process
