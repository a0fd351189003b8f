// A change of a thread's mask, without calls: set_mask(), which programs call in loops, has it inline. Everything else
// calls use_mask() and publish_defaults(), which keeps programs small.
#pragma once

#include "platform/host.h"
#include "process/internal.hpp"
#include "process/numbers.hpp"

namespace wasmsig::process {

// publish_defaults().
[[gnu::always_inline]] inline void publish_open_defaults() {
  SignalSet closed = SignalSet::all();
  for (const Thread& thread : threads()) {
    if (kMaxThreads == 1 || thread.used) closed = closed & (thread.mask | thread.waiting);
  }
  const uint64_t open = (kActing - state.non_default - closed).bits, before = queue::block.defaults.load_own();
  if (open == before) return;
  if (open & ~before) {
    queue::block.defaults.store(open);
  } else {
    queue::block.defaults.store_late(open);  // the owner may act as if what it sends had been sent before
  }
  if (state.host == WSIG_HOST_SYNCED) wsig_host_sync();
}

// use_mask(). `publish`: publish_defaults() or publish_open_defaults().
[[gnu::always_inline]] inline void change_mask(Thread& me, SignalSet mask, void (*publish)()) {
  mask = mask - kUnblockable;
  if (me.has_work) retarget(me, mask - me.mask);
  const SignalSet unblocked = me.mask - mask, changed = (mask - me.mask) | unblocked;
  me.mask = mask;
  if (!((changed & kActing) - state.non_default).empty()) publish();
  // A signal that was sent while it was blocked is the program's to take: the owner found no default action that acts.
  // In this order, so that the owner or this thread sees it.
  if (!unblocked.empty() && queue::rung(queue::block)) drain(me, false);
  me.has_work = (kMaxThreads == 1 || me.used) && !((me.pending.set() | state.shared.set()) - mask).empty();
}

}  // namespace wasmsig::process
