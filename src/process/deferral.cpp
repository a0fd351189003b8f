// Deferral of delivery: what safe points within the library meet, and how it is rung again.
#include "process/deferral.hpp"
#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

constinit WSIG_THREAD_LOCAL int Inside::depth = 0;
constinit WSIG_THREAD_LOCAL uint32_t Inside::put_off = 0;
#if !defined(WSIG_SINGLE_THREAD)
constinit thread_local uint32_t Inside::own_ring = 0;
#endif

#if defined(WSIG_SINGLE_THREAD)
void Inside::ring_again() {
  const uint32_t bits = put_off;
  put_off = 0;
  queue::block.doorbell.fetch_or(bits);
}
#else
// A ring for threads that was put off. It is made anew, since its tag may be older than what others take for silence by now; and only if somebody still needs
// it, or threads that look would ring for each other without end.
static void answer_put_off() {
  if (!this_thread) {
    ring_others(&Inside::own_ring);
    return;
  }
  Thread& me = *this_thread;
  bool others, mine;
  {
    Lock lock;
    others = others_wanted(me);
    mine = any_to_accept(me);
  }
  if (others || mine) me.rang = ring_others(&Inside::own_ring);
  if (mine) me.rang = 0;
}

// The safe points of what this does look too. So it ends only if they do not put off what it rings: its own ring for threads is not put off again,
// and everything else is rung when nothing is left to do that has a safe point. One instruction takes what is put off: a compiler, which does not see safe points,
// would have one between a load and a store.
void Inside::ring_again() {
  uint32_t bits = 0;
  while (const uint32_t more = __atomic_exchange_n(&put_off, 0, __ATOMIC_RELAXED)) {
    bits |= more;
    if (more & queue::kRingThread) answer_put_off();
  }
  own_ring = 0;
  bits &= ~queue::kRingThread;
  // Another thread may have found nothing meanwhile, and sleep.
  if (bits && queue::ring(queue::block, bits)) wsig_host_wake();
}
#endif

// Whoever has rung others and then sleeps would take his own ring away from them, if a look on the way took that too.
bool put_off_look([[maybe_unused]] uint32_t* left) {
  if (!may_look()) return true;
  if (Inside::depth == 0) return false;
#if !defined(WSIG_SINGLE_THREAD)
  const uint32_t doorbell = queue::block.doorbell.load();
  if ((doorbell & 0xff) == queue::kRingThread) {
    if (doorbell != Inside::own_ring) Inside::put_off |= queue::kRingThread;
    if (left) *left = doorbell;
    return true;
  }
#endif
  Inside::put_off |= queue::take_doorbell(queue::block);
  return true;
}

}  // namespace wasmsig::process
