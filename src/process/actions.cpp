// Dispositions: sigaction(2).
#include "process/internal.hpp"
#include "process/numbers.hpp"
#include "process/posix_timers.hpp"

namespace wasmsig::process {

// Linux forgets other bits, so that a program can find out what is supported.
constexpr uint32_t kKnownFlags =
    kNoChildStop | kNoChildWait | kSigInfo | kRestart | kOnStack | kNoDefer | kResetHand | kExposeTagBits;

// Locked.
static void replace(Thread& me, int signo, const Action* action, Action* old) {
  Action& current = state.actions[signo];
  const Action& from = action ? *action : current;  // without an action it is stored as it was
  const Action next = {from.disposition, from.flags & kKnownFlags, from.mask - kUnblockable, from.invoke, from.handler};
  if (old) *old = current;
  current = next;
  if (!action) return;
  // `old` may be where `action` was: signal(3)
  set_non_default(signo, next.disposition != Disposition::kDefault);
  // POSIX, 2.4.3: setting an ignoring action discards what is pending, blocked or not.
  if (effect_of(signo) == Effect::kIgnored) {
    discard_everywhere(SignalSet::of(signo));
  } else if (linked(timer_signals_not_ignored)) {
    timer_signals_not_ignored(signo);
  }
  // What was sent meanwhile found a handler: as in use_mask().
  if (next.disposition == Disposition::kDefault && queue::rung(queue::block)) drain(me, false);
}

int set_action(int signo, const Action* action, Action* old) {
  start();
  if (!valid_signal(signo) || (action ? kUnblockable | kReserved : kReserved).has(signo)) return -EINVAL;
  const DeliveryDeferral deferral;
  Thread& me = self();
  deliver_sent(me);
  bool something;
  {
    const Lock lock;
    replace(me, signo, action, old);
    // There may be room now, and no sender rings again for what waits in the queue: delivery drains it.
    something = me.has_work || state.notification_due || state.backlog;
  }
  if (something) deliver_pending(me, nullptr);
  return 0;
}

}  // namespace wasmsig::process
