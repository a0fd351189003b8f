// Dispositions: sigaction(2).
#include "process/internal.hpp"
#include "process/numbers.hpp"

namespace wasmsig::process {

// Linux forgets other bits, so that a program can find out what is supported.
constexpr uint32_t kKnownFlags =
    kNoChildStop | kNoChildWait | kSigInfo | kRestart | kOnStack | kNoDefer | kResetHand | kExposeTagBits;

int set_action(int signo, const Action* action, Action* old) {
  start();
  if (!valid_signal(signo) || (action ? kUnblockable | kReserved : kReserved).has(signo)) return -EINVAL;
  const DeliveryDeferral deferral;
  deliver_sent(self());
  const Lock lock;
  Action& current = state.actions[signo];
  const Action& from = action ? *action : current;  // without an action it is stored as it was
  const Action next = {from.disposition, from.flags & kKnownFlags, from.mask - kUnblockable, from.invoke, from.handler};
  if (old) *old = current;
  current = next;
  // `old` may be where `action` was: signal(3)
  if (action) set_non_default(signo, next.disposition != Disposition::kDefault);
  // POSIX, 2.4.3: setting an ignoring action discards what is pending, blocked or not.
  if (action && effect_of(signo) == Effect::kIgnored) {
    discard_everywhere(SignalSet::of(signo));
    // There is room now, and no sender rings again for what waits in the queue.
    if (state.backlog) queue::block.doorbell.fetch_or(queue::kRingSignals);
  }
  return 0;
}

}  // namespace wasmsig::process
