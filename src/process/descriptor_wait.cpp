// Waiting for descriptors and for signals at once: poll(2) and its kin. Only in programs that use them.
#include "process/deadline.hpp"
#include "process/internal.hpp"

namespace wasmsig::process {

namespace {

constexpr int kInterrupted = -EINTR;

// Until a descriptor is ready (how many), there is something to do (kInterrupted), the thread is cancelled
// (-ECANCELED), or the deadline (0). Otherwise the error of the host. As on Linux a descriptor that is ready comes
// before a signal, and a signal before the end of the time.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one round under one lock
int wait_for(Thread& me, struct pollfd* fds, unsigned count, int64_t deadline_ns) {
  const Sleeper sleeper;
  for (;;) {
    uint32_t ring;
    int64_t timeout;
    bool woken, cancel, notify, over;
    {
      const Lock lock;
      ring = drain(me, true);
      woken = any_to_accept(me);
      cancel = cancelled(me);
      timeout = time_left(deadline_ns);
      over = timeout == 0;
      if (woken || cancel) {
        timeout = 0;
      } else if (linked(real_timer_left)) {
        const int64_t alarm = real_timer_left();
        if (alarm >= 0 && (timeout < 0 || alarm < timeout)) timeout = alarm;
      }
      notify = must_notify(me);
      state.checked_before_sleep = timeout != 0;
      me.polls = true;
    }
    if (notify) notify_others();  // and then checks again, at once
    const int ready = wsig_host_poll(fds, count, ring, timeout);
    const Lock lock;
    me.polls = false;
    if (ready < 0) state.checked_before_sleep = false;
    if (ready != 0) return ready;
    if (woken) return kInterrupted;
    if (cancel) return -ECANCELED;
    if (over) return 0;
  }
}

}  // namespace

bool poll_interrupted() {
  Thread& me = self();
  if (!me.polls) return false;
  const Lock lock;
  drain(me, true);
  return any_to_accept(me);
}

int poll(struct pollfd* fds, unsigned count, const SignalSet* mask, int64_t timeout_ns, int64_t* left_ns) {
  start();
  const DeliveryDeferral deferral;
  Thread& me = self();
  const int64_t deadline = deadline_after(timeout_ns);
  const auto use = [&me](const SignalSet& wanted) {
    const Lock lock;
    use_mask(me, wanted);
  };
  SignalSet restore;
  {
    const Lock lock;
    restore = me.mask;
  }
  int result;
  for (;;) {
    if (mask) use(*mask);
    result = wait_for(me, fds, count, deadline);
    if (result == kInterrupted && deliver_pending(me, mask ? &restore : nullptr) != kNone) break;
    // No handler has run, which would have restored it. Signals that only the temporary mask lets in stay pending.
    if (mask) use(restore);
    deliver_pending(me, nullptr);
    if (result != kInterrupted) break;
    // It was stopped and continued, or what came is ignored: Linux starts the call again.
  }
  if (left_ns) *left_ns = time_left(deadline);
  return result;
}

}  // namespace wasmsig::process
