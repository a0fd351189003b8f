// The mask of the calling thread, and what it blocks: pthread_sigmask(3), sigpending(2).
#include "process/internal.hpp"
#include "process/mask_change.hpp"

namespace wasmsig::process {

void use_mask(Thread& me, SignalSet mask) { change_mask(me, mask, publish_defaults); }

// Programs call it in loops, so it calls nothing in turn.
[[gnu::flatten]] int set_mask(How how, const SignalSet* set, SignalSet* old) {
  const InlineDeliveryDeferral deferral;
  Thread& me = self();
  deliver_sent(me);
  bool something;
  {
    const Lock lock;
    const SignalSet previous = me.mask;
    if (set) {
      SignalSet mask = *set;
      switch (how) {
        case How::kBlock: mask = previous | mask; break;
        case How::kUnblock: mask = previous - mask; break;
        case How::kSetMask: break;
        default: return -EINVAL;
      }
      change_mask(me, mask, publish_open_defaults);
    }
    if (old) *old = previous;
    something = me.has_work || state.notification_due;
  }
  if (something) deliver_pending(me, nullptr);
  return 0;
}

SignalSet mask() {
  Thread& me = self();
  Guard guard;
  return me.mask;
}

SignalSet pending() {
  start();
  const DeliveryDeferral deferral;
  Thread& me = self();
  SignalSet result;
  {
    const Lock lock;
    drain(me, true);
    result = (me.pending.set() | state.shared.set()) & me.mask;  // Linux: pending and blocked
  }
  deliver_pending(me, nullptr);  // what came in with drain() and is not blocked
  return result;
}

}  // namespace wasmsig::process
