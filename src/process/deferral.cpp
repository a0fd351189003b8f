// Deferral of delivery: what safe points within the library met is rung again when the thread leaves the library.
//
// Why: docs/rationale.md#why-does-the-library-defer-delivery-while-it-waits
#include "process/deferral.hpp"

#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

constinit WSIG_THREAD_LOCAL int DeliveryDeferral::depth = 0;
constinit WSIG_THREAD_LOCAL uint32_t DeliveryDeferral::deferred = 0;
#if !defined(WSIG_SINGLE_THREAD)
constinit thread_local uint32_t DeliveryDeferral::renewed = 0;
#endif

#if defined(WSIG_SINGLE_THREAD)
void DeliveryDeferral::notify_again() {
  const uint32_t bits = deferred;
  deferred = 0;
  queue::block.doorbell.fetch_or(bits);
}
#else
// A notification for threads was deferred. A new one is made, since others may be ignoring the old tag by now; and only
// if some thread still has work, or threads that check would notify each other for ever.
static void renew_deferred() {
  if (!this_thread) {
    notify_others(&DeliveryDeferral::renewed);
    return;
  }
  Thread& me = *this_thread;
  bool others, mine;
  {
    Lock lock;
    others = others_have_work(me);
    mine = any_to_accept(me);
  }
  if (others || mine) me.own_notification = notify_others(&DeliveryDeferral::renewed);
  if (mine) me.own_notification = 0;
}

// There must be no safe point between the last ring and the end: it would defer that ring again, for ever. What the
// loop calls has safe points. So the loop makes only notifications for threads, and those that it made are not deferred
// again (`renewed`); everything else is rung after the loop, when nothing is left to do that has a safe point. One
// instruction takes what was deferred: a compiler does not see safe points, and would have one between load and store.
void DeliveryDeferral::notify_again() {
  uint32_t bits = 0;
  while (const uint32_t more = __atomic_exchange_n(&deferred, 0, __ATOMIC_RELAXED)) {
    bits |= more;
    if (more & queue::kRingThread) renew_deferred();
  }
  renewed = 0;
  bits &= ~queue::kRingThread;
  // Another thread may have found nothing meanwhile, and sleep.
  if (bits && queue::ring(queue::block, bits)) wsig_host_wake();
}
#endif

// A thread may notify others and then sleep. If a safe point on the way took the notification, the others would lose
// it.
bool defer_check([[maybe_unused]] uint32_t* ignored) {
  if (!may_check()) return true;
  if (DeliveryDeferral::depth == 0) return false;
#if !defined(WSIG_SINGLE_THREAD)
  const uint32_t doorbell = queue::block.doorbell.load();
  if ((doorbell & 0xff) == queue::kRingThread) {
    if (doorbell != DeliveryDeferral::renewed) DeliveryDeferral::deferred |= queue::kRingThread;
    if (ignored) *ignored = doorbell;
    return true;
  }
#endif
  DeliveryDeferral::deferred |= queue::take_doorbell(queue::block);
  return true;
}

}  // namespace wasmsig::process
