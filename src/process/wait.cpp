// Waiting: everything that sleeps until a signal comes.
#include "platform/host.h"
#include "process/deadline.hpp"
#include "process/numbers.hpp"
#include "process/internal.hpp"

namespace wasmsig::process {

namespace {

// Until there is something to do, or the deadline (monotonic; negative: none). WSIG_HOST_WOKEN, WSIG_HOST_TIMED_OUT,
// WSIG_HOST_MAY_NOT_BLOCK or -ECANCELED.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one round under one lock
int sleep_until(Thread& me, int64_t deadline_ns) {
  const Sleeper sleeper;
  for (;;) {
    uint32_t ring;
    int64_t timeout = -1;
    bool notify;
    {
      const Lock lock;
      ring = drain(me, true);
      if (any_to_accept(me)) return WSIG_HOST_WOKEN;
      if (cancelled(me)) return -ECANCELED;
      if (linked(real_timer_left)) timeout = real_timer_left();
      if (deadline_ns >= 0) {
        const int64_t left = deadline_ns - now();
        if (left <= 0) return WSIG_HOST_TIMED_OUT;
        if (timeout < 0 || left < timeout) timeout = left;
      }
      notify = must_notify(me);
      state.checked_before_sleep = true;
    }
    if (notify) notify_others();  // and then checks again, at once
    if (wsig_host_wait(ring, timeout) == WSIG_HOST_MAY_NOT_BLOCK) {
      const Lock lock;
      state.checked_before_sleep = false;
      return WSIG_HOST_MAY_NOT_BLOCK;
    }
  }
}

// Sleeps, and delivers what it was woken by. `delivered`: kNone also if the process was stopped and continued.
int sleep_and_deliver(Thread& me, int64_t deadline_ns, const SignalSet* restore, Delivered* delivered) {
  const int result = sleep_until(me, deadline_ns);
  *delivered = result == WSIG_HOST_WOKEN ? deliver_pending(me, restore) : kNone;
  return result;
}

}  // namespace

int suspend(SignalSet mask) {
  start();
  const DeliveryDeferral deferral;
  Thread& me = self();
  const auto use = [&me](SignalSet wanted) {
    Lock lock;
    use_mask(me, wanted);
  };
  SignalSet restore;
  {
    Lock lock;
    restore = me.mask;
  }
  for (;;) {
    use(mask);
    Delivered delivered;
    const int result = sleep_and_deliver(me, -1, &restore, &delivered);
    if (result == WSIG_HOST_MAY_NOT_BLOCK || result == -ECANCELED) {
      use(restore);
      if (result == -ECANCELED) return result;  // the thread ends, and then notifies the others
      deliver_pending(me, nullptr);
      return -EDEADLK;
    }
    if (delivered != kNone) return -EINTR;
    // It was stopped and continued. Linux starts the call again, with the old mask in force in between.
    use(restore);
    deliver_pending(me, nullptr);
  }
}

int pause() { return suspend(mask()); }

int wait(SignalSet set, SigInfo* info, int64_t timeout_ns) {
  start();
  const DeliveryDeferral deferral;
  Thread& me = self();
  set = set - kUnblockable;
  const int64_t deadline = deadline_after(timeout_ns);
  Origin origin;
  int signo;
  {
    Lock lock;
    drain(me, true);
    signo = dequeue(me, set, &origin);
  }
  int slept = WSIG_HOST_TIMED_OUT;
  if (signo == 0 && timeout_ns != 0) {
    SignalSet restore;
    {
      Lock lock;
      restore = me.mask;
      me.waiting = restore & set;
      use_mask(me, restore - set);  // Linux: so a process-wide signal finds this thread
    }
    slept = sleep_until(me, deadline);
    Lock lock;
    // In this order, as in Linux: another thread that does not block the signal checks too, and finds it taken (its own
    // wait ends with EINTR).
    use_mask(me, restore);
    me.waiting = {};
    signo = dequeue(me, set, &origin);
  }
  if (signo && info) *info = info_of(signo, origin);
  deliver_pending(me, nullptr);
  if (signo) return signo;
  if (slept == WSIG_HOST_MAY_NOT_BLOCK) return -EDEADLK;
  if (slept == -ECANCELED) return -ECANCELED;
  return slept == WSIG_HOST_TIMED_OUT ? -EAGAIN : -EINTR;
}

int sleep(int64_t ns, int64_t* remaining) {
  start();
  const DeliveryDeferral deferral;
  Thread& me = self();
  const int64_t deadline = deadline_after(ns);
  for (;;) {
    Delivered delivered;
    const int result = sleep_and_deliver(me, deadline, nullptr, &delivered);
    if (result == WSIG_HOST_TIMED_OUT) {
      deliver_pending(me, nullptr);  // for other threads: the last check may have taken a notification for them
      return 0;
    }
    if (result == WSIG_HOST_MAY_NOT_BLOCK) return -EDEADLK;
    if (result == -ECANCELED) return -ECANCELED;
    if (delivered == kNone) continue;
    if (remaining) *remaining = time_left(deadline);
    return -EINTR;
  }
}

}  // namespace wasmsig::process
