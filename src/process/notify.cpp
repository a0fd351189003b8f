// How threads ring each other.
#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

#if !defined(WSIG_SINGLE_THREAD)

// Sleepers too: one that was rung looks by itself, but what it is wanted for may have come after that.
bool others_wanted(const Thread& me) {
  for (const Thread& thread : threads()) {
    if (thread.used && &thread != &me && thread.wanted) return true;
  }
  return false;
}

bool must_ring(const Thread& me) {
  if (!state.handed_on) return false;
  state.handed_on = false;
  return others_wanted(me);
}

// What the thread may take for silence; `own`: the ring.
uint32_t ring_others(uint32_t* own) {
  uint32_t value;
  if (queue::ring_threads(queue::block, &value, own)) wsig_host_wake();
  return value;
}

uint32_t wake_others() {
  uint32_t own;
  return ring_others(&own);
}

// A tag tells the ring from later ones, which this thread may then be for. No loop: the caller's own comes here again if somebody else was quicker.
int32_t leave_doorbell() {
  queue::Word& doorbell = queue::block.doorbell;
  uint32_t present = doorbell.load();
  if (present & queue::kRingPosted) {  // makes room for the tag
    if (queue::ring(queue::block, queue::take_doorbell(queue::block))) wsig_host_wake();  // somebody may have found nothing meanwhile
    present = doorbell.load();
  }
  if (present == 0 || present & (queue::kRingThread | queue::kRingPosted)) return static_cast<int32_t>(present);
  const uint32_t tagged = (queue::block.ring.fetch_add(1) + 1) << 8 | queue::kRingThread | (present & 0xff);
  doorbell.replace(present, tagged);
  return static_cast<int32_t>(tagged);
}

// Without others that are wanted the ring has done its work. A newer one has another tag, and stays.
static void leave_ring(Thread& me, bool wanted) {
  if (wanted) {
    me.rang = me.seen;
  } else {
    queue::block.doorbell.replace(me.seen, 0);
  }
  me.seen = 0;
}

bool answer_ring(Thread& me) {
  me.rang = 0;
  if (state.thread_count == 1 && me.used) {
    if (me.seen) leave_ring(me, false);
    return true;
  }
  bool ring, wanted;
  {
    const Lock lock;
    if (any_to_accept(me)) return false;  // its ring may have been taken by another thread, which has left it to whoever comes here first
    ring = must_ring(me);
    wanted = others_wanted(me);
  }
  if (me.seen) leave_ring(me, wanted);
  if (ring) me.rang = wake_others();
  return true;
}

#endif

}  // namespace wasmsig::process
