// Delivery: dequeue, set up, run the handler, restore the mask. The only place that runs handlers.
//
// This file and threads.cpp call each other: threads.cpp says why.
//
// Why: docs/rationale.md#why-does-the-handler-set-up-last-run-first
// Why: docs/rationale.md#why-is-nothing-kept-on-the-stack-across-a-handler
#include <utility>

#include "platform/host.h"
#include "process/numbers.hpp"
#include "process/internal.hpp"

namespace wasmsig::process {

namespace {

// What is done before a handler runs. `restore`: the mask that returns after it, if it is not the present one.
void set_up(Thread& me, const SignalSet* restore, Accepted* accepted) {
  Action& action = state.actions[accepted->signo];
  accepted->flags = action.flags;
  accepted->invoke = action.invoke;
  accepted->handler = action.handler;
  accepted->restore = restore ? *restore : me.mask;
  SignalSet during = me.mask | action.mask;
  if (!(action.flags & kNoDefer)) during.add(accepted->signo);
  if (action.flags & kResetHand) {
    action.disposition = Disposition::kDefault;
    action.handler = 0;
    set_non_default(accepted->signo, false);
  }
  use_mask(me, during);
}

// No deferral until the handler returns, and none if it never does.
void run_handler(Thread& me, Accepted& accepted) {
  const int depth = DeliveryDeferral::depth;
  DeliveryDeferral::depth = 1;
  DeliveryDeferral::leave_inline();
  if (accepted.invoke) {
    accepted.invoke(accepted);
  } else {
    reinterpret_cast<Handler>(accepted.handler)(accepted.signo);
  }
  DeliveryDeferral::depth = depth;
  const Lock lock;
  use_mask(me, accepted.restore);
}

// Dequeues until a handler is set up, or the process is stopped or dies, or nothing is left. Linux, get_signal(): the
// thread's own signals before the process's.
void accept_next(Thread& me, const SignalSet* restore, Accepted* accepted) {
  accepted->signo = 0;
  if (state.backlog) drain(me, false);  // the last handler may have made room
  while (state.halt.none() && me.has_work) {
    const int signo = dequeue(me, SignalSet::all() - me.mask, &accepted->origin);
    if (signo == 0) {
      me.has_work = false;
      return;
    }
    const Disposition disposition = state.actions[signo].disposition;
    if (disposition == Disposition::kCatch) {
      accepted->signo = signo;
      return set_up(me, restore, accepted);
    }
    if (disposition == Disposition::kIgnore) continue;
    switch (default_effect(signo)) {
      case Effect::kIgnored: break;
      case Effect::kStops: state.halt.stop(signo); break;
      default: state.halt.die(signo);
    }
  }
}

// The job-control stop: nothing happens until SIGCONT is generated, or a signal that ends the process. One thread
// reports it to the host. Each thread notifies the others, which may compute, and notifies them again when it has taken
// a notification that may have been for them.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): the default actions, one after the other
void end_or_stop(Thread& me) {
  int stop, end, reported = 0;
  {
    const Lock lock;
    stop = state.halt.stopped_by();
    end = state.halt.dying_of();
    if (kMaxThreads > 1) reported = std::exchange(state.reported_stop, stop);
  }
  if (end) die(end);
  if (stop != reported) wsig_host_stop(stop);
  {
    const Sleeper sleeper;
    for (bool refused = false, first = true;; first = false) {
      uint32_t ring;
      bool notify = false;
      {
        const Lock lock;
        if (refused && state.halt.stopped_by()) state.halt.clear();  // where the host may not block a stop cannot last
        ring = drain(me, true);
        if (!state.halt.stopped_by()) {
          reported = kMaxThreads > 1 ? std::exchange(state.reported_stop, 0) : stop;
          break;
        }
        state.checked_before_sleep = true;
        if (kMaxThreads > 1 && state.thread_count > 1) notify = std::exchange(state.notification_due, false) || first;
      }
      if (notify) notify_others();  // and then checks again, at once
      refused = wsig_host_wait(ring, -1) == WSIG_HOST_MAY_NOT_BLOCK;
    }
  }
  if (reported) wsig_host_stop(0);
}

}  // namespace

// A kernel sets up one frame after the other and only then returns to the program, so the handler that was set up last
// runs first: hence the nested call *before* the handler. It also means that a signal taken here while another's
// handler is about to run interrupts that handler, as POSIX has it. Nothing is kept that a jump out of a handler would
// lose: siglongjmp() restores the mask and drops the handlers set up below, like the frames they are.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one walk; split, it is slower and larger
Delivered deliver_nested(Thread& me, const SignalSet* restore, int depth) {
  Delivered result = kNone;
  for (;;) {
    Accepted accepted;
    bool more;
    {
      const Lock lock;
      accept_next(me, restore, &accepted);
      more = any_to_accept(me);
    }
    if (accepted.signo) {
      restore = nullptr;
      // Linux decides about the interrupted call when it sets up the first frame.
      if (result == kNone) result = accepted.flags & kRestart ? kRestarts : kInterrupts;
      if (more && depth < kMaxNested) deliver_nested(me, nullptr, depth + 1);
      run_handler(me, accepted);
    } else if (!more) {
      return result;
    } else {
      end_or_stop(me);
    }
  }
}

void die(int signo) {
  wsig_host_exit(signo, default_effect(signo) == Effect::kEndsWithCore);
  __builtin_trap();
}

int dequeue(Thread& me, SignalSet allowed, Origin* origin) {
  Pending* from = &me.pending;
  for (;;) {
    const int signo = from->next(allowed);
    if (signo) {
      *origin = from->remove(signo, state.pool);
      if (!linked(signal_dequeued) || signal_dequeued(me, *from, signo, origin)) return signo;
    } else {
      if (from == &state.shared) return 0;
      from = &state.shared;
    }
  }
}

#if !defined(WSIG_SINGLE_THREAD)
Delivered deliver_pending(Thread& me, const SignalSet* restore) {
  Delivered result = deliver_nested(me, restore, 0);
  while (!answer_notification(me)) {
    const Delivered later = deliver_nested(me, result == kNone ? restore : nullptr, 0);
    if (result == kNone) result = later;
  }
  if (result != kNone) me.interruption = result;
  return result;
}
#endif

Delivered drain_and_deliver() {
  start();
  Thread& me = self();
  {
    const Lock lock;
    drain(me, false);
  }
  return deliver_pending(me, nullptr);
}

void check_host() {
  if (may_check()) drain_and_deliver();
}

Delivered deliver() {
  if (defer_check()) return kNone;
  const DeliveryDeferral deferral;
  return drain_and_deliver();
}

}  // namespace wasmsig::process
