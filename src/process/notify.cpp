// How threads notify each other: one doorbell word, which all threads of the process share.
//
// A thread makes work for another one (generate.cpp, retarget.cpp): it sets `has_work` of that thread and
// `notification_due`, under the lock, and asks must_notify() before it gives the lock back. Then notify_others() writes
// a notification into the doorbell, which is bit 3 and a new tag, and counts up `ring`, on which sleepers sleep. Every
// thread compares the doorbell with its `own_notification`, the value that it may ignore. For a thread X:
//
//    +-----------------------------------------------------------------------+
//    | QUIET      the doorbell is X.own_notification: X passes safe points   |<----------------------------+
//    +-----------------------------------------------------------------------+                             |
//         | a sender rings, or another thread notifies                                                     |
//         v                                                                                                |
//    +-----------------------------------------------------------------------+                             |
//    | NOTIFIED   the doorbell is another value: X checks, by drain()        |                             |
//    +-----------------------------------------------------------------------+                             |
//         | bit 3 alone                        | any other bit                                             |
//         v                                    v                                                           |
//    +-------------------------------+    +----------------------------------+                             |
//    | KEPT   left in the doorbell:  |    | TAKEN   exchanged with 0; others |                             |
//    |   X.kept_notification         |    |   may need it: notification_due  |                             |
//    +-------------------------------+    +----------------------------------+                             |
//         |                                    |                                                           |
//         +----------------+-------------------+                                                           |
//                          v                                                                               |
//    +-----------------------------------------------------------------------+                             |
//    | DELIVERING   deliver_nested()                                         |<-----+                      |
//    +-----------------------------------------------------------------------+      |                      |
//                          |                                                        | X has work           |
//                          v                                                        |                      |
//    +-----------------------------------------------------------------------+      |                      |
//    | ANSWERING    answer_notification(): X.own_notification = 0            |------+                      |
//    |   kept, and others have work:  X.own_notification = the kept one      |                             |
//    |   kept, and no other has work: the doorbell = 0 if it is the kept one |                             |
//    |   must_notify():               X.own_notification = a new one         |-----------------------------+
//    +-----------------------------------------------------------------------+
//
// Three rules. Without them a notification is lost, or circles for ever between threads that compute:
//
//  1. A thread that overwrote another thread's notification must not ignore the doorbell: that may have been for it.
//  2. A thread that took a notification asks whether any thread, itself included, has work. Only then it notifies again.
//  3. An old tag is never restored, and no tag is combined with another: some thread may be ignoring it already.
//
// Within the library a safe point does not check but defers (deferral.cpp): bit 3 stays in the doorbell and is
// remembered, and when the thread leaves the library it notifies again, by rule 2 and with a new tag. A thread that may
// not check leaves the doorbell to the others (leave_doorbell()). tests/judges/model/threads.pml is a model of this.
//
// Why: docs/rationale.md#why-do-notifications-of-threads-carry-tags
// Why: docs/rationale.md#why-does-a-program-with-threads-compare-the-doorbell-with-its-own-notification-not-with-0
#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

#if !defined(WSIG_SINGLE_THREAD)

// Sleepers too: a sleeper that was notified checks by itself, but its work may have come after that.
bool others_have_work(const Thread& me) {
  for (const Thread& thread : threads()) {
    if (thread.used && &thread != &me && thread.has_work) return true;
  }
  return false;
}

bool must_notify(const Thread& me) {
  if (!state.notification_due) return false;
  state.notification_due = false;
  return others_have_work(me);
}

uint32_t notify_others(uint32_t* own) {
  uint32_t value;
  if (queue::notify_threads(queue::block, &value, own)) wsig_host_wake();
  return value;
}

uint32_t notify_others() {
  uint32_t own;
  return notify_others(&own);
}

// The tag tells this value from later ones, which may be for this thread. No loop: if another thread was quicker, the
// caller's own loop comes here again.
int32_t leave_doorbell() {
  queue::Word& doorbell = queue::block.doorbell;
  uint32_t present = doorbell.load();
  if (present & queue::kRingInline) {  // makes room for the tag
    // A sleeper may have found nothing meanwhile.
    if (queue::ring(queue::block, queue::take_doorbell(queue::block))) wsig_host_wake();
    present = doorbell.load();
  }
  if (present == 0 || present & (queue::kRingThread | queue::kRingInline)) return static_cast<int32_t>(present);
  const uint32_t tagged = (queue::block.ring.fetch_add(1) + 1) << 8 | queue::kRingThread | (present & 0xff);
  doorbell.replace(present, tagged);
  return static_cast<int32_t>(tagged);
}

// If no other thread has work, the notification has done its work. A newer one has another tag, and stays.
static void resolve_kept(Thread& me, bool others_work) {
  if (others_work) {
    me.own_notification = me.kept_notification;
  } else {
    queue::block.doorbell.replace(me.kept_notification, 0);
  }
  me.kept_notification = 0;
}

bool answer_notification(Thread& me) {
  me.own_notification = 0;
  if (state.thread_count == 1 && me.used) {
    if (me.kept_notification) resolve_kept(me, false);
    return true;
  }
  bool notify, others_work;
  {
    const Lock lock;
    // Its notification may have been taken by another thread, which has left the work to whichever thread comes here
    // first.
    if (any_to_accept(me)) return false;
    notify = must_notify(me);
    others_work = others_have_work(me);
  }
  if (me.kept_notification) resolve_kept(me, others_work);
  if (notify) me.own_notification = notify_others();
  return true;
}

#endif

}  // namespace wasmsig::process
