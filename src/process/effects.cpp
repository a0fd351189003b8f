// What accepting a signal does to the process, and for which signals the host may do that by itself (`defaults` of the
// block).
//
// Why: docs/rationale.md#why-are-default-actions-the-owners-too
#include "platform/host.h"
#include "process/internal.hpp"
#include "process/mask_change.hpp"
#include "process/numbers.hpp"

namespace wasmsig::process {

Effect default_effect(int signo) {
  return real_time(signo) ? Effect::kEnds : static_cast<Effect>(kDefaultEffects >> 2 * signo & 3);
}

Effect effect_of(int signo) {
  const Disposition disposition = state.actions[signo].disposition;
  if (disposition == Disposition::kDefault) return default_effect(signo);
  return disposition == Disposition::kIgnore ? Effect::kIgnored : Effect::kCaught;
}

void publish_defaults() { publish_open_defaults(); }

void set_non_default(int signo, bool non_default) {
  if (state.non_default.has(signo) == non_default) return;
  state.non_default.bits ^= SignalSet::of(signo).bits;
  publish_defaults();
}

}  // namespace wasmsig::process
