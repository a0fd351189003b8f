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

}  // namespace

uint32_t take(Thread& me, bool look_at_clocks) {
  if (state.host == WSIG_HOST_SYNCED) wsig_host_sync();
  const uint32_t ring = queue::block.ring.load();
  // The exchange comes before the contents are read: what is sent later rings again.
  // A ring that is only for threads stays for the others, with its tag; what it is for is in `wanted`, not in the queue.
  queue::Word& doorbell = queue::block.doorbell;
  if (kMaxThreads > 1) {
    const uint32_t value = doorbell.load();
    me.seen = (value & 0xff) == queue::kRingThread ? value : 0;
    if (me.seen) Inside::put_off &= ~queue::kRingThread;
  }
  // What is posted after a ring that was put off came after what that ring was for.
  const uint32_t bits = (kMaxThreads > 1 && me.seen ? 0 : Inside::put_off ? queue::take_doorbell(queue::block) : doorbell.exchange(0)) | Inside::put_off;
  Inside::put_off = 0;
  if (kMaxThreads > 1 && bits) state.handed_on = true;
  if (bits & queue::kRingPosted) accept(queue::posted_signo(bits), Origin::of(queue::posted_info(bits)));
  if (bits & queue::kRingSignals || state.backlog) {
    if (kMaxThreads > 1) state.handed_on = true;  // more rings may be taken there
    state.backlog = false;
    queue::take(queue::block, accept);
  }
  if (linked(timers_expire)) timers_expire(me, look_at_clocks, bits & queue::kRingTimer);
  return ring;
}

}  // namespace wasmsig::process
