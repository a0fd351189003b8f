// From the queue to pending: takes the doorbell, generates what the host queued, and lets due timers expire.
#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

namespace {

// A sender on the other side is not trusted to send numbers that exist.
bool accept(int signo, Origin origin) {
  if (!valid_signal(signo) || reserved_signal(signo) || generate(signo, origin, nullptr)) return true;
  state.backlog = true;
  return false;
}

// The bits to act on, with those that were deferred.
[[gnu::always_inline]] inline uint32_t take_bits(const Thread& me) {
  // A notification that is only for threads stays for the others; what it is for is in `has_work`, not in the queue.
  if (kMaxThreads > 1 && me.kept_notification) return DeliveryDeferral::deferred;
  // An inline signal that came after a deferred ring was sent after what that ring was for.
  queue::Word& doorbell = queue::block.doorbell;
  return (DeliveryDeferral::deferred ? queue::take_doorbell(queue::block) : doorbell.exchange(0)) |
         DeliveryDeferral::deferred;
}

// Whether what the doorbell said may be for a thread other than `me`.
[[gnu::always_inline]] inline bool may_be_for_others(const Thread& me) {
  return kMaxThreads > 1 && (state.thread_count > 1 || !me.used);
}

}  // namespace

uint32_t drain(Thread& me, bool check_clocks) {
  if (state.host == WSIG_HOST_SYNCED) wsig_host_sync();
  const uint32_t ring = queue::block.ring.load();
  if (kMaxThreads > 1) {
    const uint32_t doorbell = queue::block.doorbell.load();
    me.kept_notification = (doorbell & 0xff) == queue::kRingThread ? doorbell : 0;
    if (me.kept_notification) DeliveryDeferral::deferred &= ~queue::kRingThread;
  }
  // The doorbell is taken before the contents are read: what is sent later rings again.
  const uint32_t bits = take_bits(me);
  DeliveryDeferral::deferred = 0;
  const bool others = may_be_for_others(me);
  if (others && bits) state.notification_due = true;
  if (bits & queue::kRingInline) accept(queue::inline_signo(bits), Origin::of(queue::inline_info(bits)));
  if (bits & queue::kRingSignals || state.backlog) {
    if (others) state.notification_due = true;  // draining may take more of the doorbell
    state.backlog = false;
    queue::drain(queue::block, accept);
  }
  if (linked(timers_expire)) timers_expire(me, check_clocks, bits & queue::kRingTimer);
  return ring;
}

}  // namespace wasmsig::process
