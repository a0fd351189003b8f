// Deferral of delivery while a thread runs code of the library. For the files of this folder only.
#pragma once

#include <stdint.h>

#include "platform/host.h"
#include "process/state.hpp"

namespace wasmsig::process {

// While one of these lives the thread runs code of the library. Loops of the library may be instrumented like any
// others. A safe point in them must not deliver, since no handler may run in the middle of this code. Nor may it leave
// the doorbell rung, since a loop whose doorbell stays rung checks for ever. So it takes the doorbell and defers what
// that said, until the last of these objects is gone, or until drain().
class DeliveryDeferral {
 public:
  DeliveryDeferral() { depth++; }
  ~DeliveryDeferral() { leave(); }
  DeliveryDeferral(const DeliveryDeferral&) = delete;
  DeliveryDeferral& operator=(const DeliveryDeferral&) = delete;

  static constinit WSIG_THREAD_LOCAL int depth;          // how many of them this thread has
  static constinit WSIG_THREAD_LOCAL uint32_t deferred;  // doorbell bits that safe points met meanwhile
#if !defined(WSIG_SINGLE_THREAD)
  static constinit thread_local uint32_t renewed;  // the last notification that notify_again() made; 0 outside of it
#endif

  // One of them ends. Before the last ends, what was deferred is rung again.
  [[gnu::always_inline]] static void leave_inline() {
    if (depth == 1 && deferred != 0) notify_again();
    depth--;
  }
  [[gnu::noinline]] static void leave() { leave_inline(); }

 private:
  [[gnu::noinline]] static void notify_again();
};

// The same, but without a call at its end: for functions that programs call in loops.
class InlineDeliveryDeferral {
 public:
  InlineDeliveryDeferral() { DeliveryDeferral::depth++; }
  [[gnu::always_inline]] ~InlineDeliveryDeferral() { DeliveryDeferral::leave_inline(); }
  InlineDeliveryDeferral(const InlineDeliveryDeferral&) = delete;
  InlineDeliveryDeferral& operator=(const InlineDeliveryDeferral&) = delete;
};

// Whether this thread may check for signals now (platform/host.h, wsig_host_may_check()).
#if defined(WSIG_SINGLE_THREAD)
inline bool may_check() { return true; }
#else
inline bool may_check() { return wsig_host_may_check() != 0; }
#endif

// For safe points. True: the check is deferred, or this thread may not check; the safe point does nothing more. A
// notification that is only for threads stays in the doorbell for the others: `*ignored`, which this thread may ignore.
bool defer_check(uint32_t* ignored = nullptr);

// The deferral and the lock, for code that has neither.
class Guard {
  DeliveryDeferral deferral_;
  Lock lock_;
};

}  // namespace wasmsig::process
