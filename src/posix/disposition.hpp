// Between a handler as programs know it and a disposition.
//
// Why: docs/rationale.md#why-is-sig_ign--2
#pragma once

#include <signal.h>

#include "process/process.hpp"

namespace wasmsig::posix {

using process::Handler;

// Code that ignores a signal without this layer leaves no handler.
inline Handler handler_of(const process::Action& action) {
  return action.disposition == process::Disposition::kIgnore ? SIG_IGN : reinterpret_cast<Handler>(action.handler);
}

inline bool is_handler(Handler handler) { return handler != SIG_ERR && handler != SIG_HOLD; }

inline process::Action action_of(Handler handler, uint32_t flags) {
  const auto disposition = handler == SIG_DFL   ? process::Disposition::kDefault
                           : handler == SIG_IGN ? process::Disposition::kIgnore
                                                : process::Disposition::kCatch;
  return {disposition, flags, {}, nullptr, reinterpret_cast<uintptr_t>(handler)};
}

}  // namespace wasmsig::posix
