// Linux's signal numbers, default actions and the sets that the rules speak of, from signals.def.
#pragma once

#include "process/signal_set.hpp"

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
  case linux_number ? linux_number : -windows_number:                                       \
    return DefaultAction::action;
#include "signals.def"
    default:
      return DefaultAction::TERMINATE;  // real-time signals
  }
}

inline constexpr SignalSet kUnblockable = SignalSet::of(kSIGKILL, kSIGSTOP);
inline constexpr SignalSet kStopping = SignalSet::of(kSIGSTOP, kSIGTSTP, kSIGTTIN, kSIGTTOU);
inline constexpr SignalSet kReserved = SignalSet::of(kRealTimeFirst, kRealTimeFirst + 1, kRealTimeFirst + 2);
inline constexpr SignalSet kSynchronous = SignalSet::of(kSIGSEGV, kSIGBUS, kSIGILL, kSIGTRAP, kSIGFPE, kSIGSYS);

}  // namespace wasmsig::process
