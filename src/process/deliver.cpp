// Delivery: dequeue, set up, run the handler, restore the mask. The only place that runs handlers.
//
// This file and threads.cpp call each other: threads.cpp says why.
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
    keep(accepted->signo, false);
  }
  use_mask(me, during);
}

// Outside again until the handler returns, and also if it never does.
void run_handler(Thread& me, Accepted& accepted) {
  const int depth = Inside::depth;
  Inside::depth = 1;
  Inside::leave_inline();
  if (accepted.invoke) {
    accepted.invoke(accepted);
  } else {
    reinterpret_cast<Handler>(accepted.handler)(accepted.signo);
  }
  Inside::depth = depth;
  const Lock lock;
  use_mask(me, accepted.restore);
}

// Dequeues until a handler is set up, or the process is stopped or dies, or nothing is left. Linux, get_signal(): the thread's own signals before the process's.
void accept_next(Thread& me, const SignalSet* restore, Accepted* accepted) {
  accepted->signo = 0;
  if (state.backlog) take(me, false);  // the last handler may have made room
  while (state.fate == 0 && me.wanted) {
    const int signo = dequeue(me, SignalSet::all() - me.mask, &accepted->origin);
    if (signo == 0) {
      me.wanted = false;
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
      case Effect::kStops: state.fate = signo; break;
      default: state.fate = -signo;
    }
  }
}

// The job-control stop: nothing happens until SIGCONT is generated, or a signal that ends the process. One thread tells the host of it. Each rings the others,
// which may compute, and again when it has taken a ring that may have been for them.
void end_or_stop(Thread& me) {
  int signo, told = 0;
  {
    const Lock lock;
    signo = state.fate;
    if (kMaxThreads > 1) told = std::exchange(state.told, signo);
  }
  if (signo < 0) die(-signo);
  if (signo != told) wsig_host_stop(signo);
  {
    const Sleeper sleeper;
    for (bool refused = false, first = true;; first = false) {
      uint32_t ring;
      bool ring_others = false;
      {
        const Lock lock;
        if (refused && state.fate > 0) state.fate = 0;  // where the host may not block a stop cannot last
        ring = take(me, true);
        if (state.fate <= 0) {
          told = kMaxThreads > 1 ? std::exchange(state.told, 0) : signo;
          break;
        }
        state.sleeps = true;
        if (kMaxThreads > 1 && state.thread_count > 1) ring_others = std::exchange(state.handed_on, false) || first;
      }
      if (ring_others) wake_others();  // and then look again, at once
      refused = wsig_host_wait(ring, -1) == WSIG_HOST_MAY_NOT_BLOCK;
    }
  }
  if (told) wsig_host_stop(0);
}

}  // namespace

// A kernel sets up one frame after the other and only then returns to the program, so the handler that was set up last
// runs first: hence the nested call *before* the handler. It also means that a signal taken here while another's
// handler is about to run interrupts that handler, as POSIX has it. Nothing is kept that a jump out of a handler would lose:
// whoever jumps takes the mask along (siglongjmp) and drops the handlers set up below, like the frames they are.
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
  int signo;
  while ((signo = from->next(allowed)) == 0) {
    if (from == &state.shared) return 0;
    from = &state.shared;
  }
  *origin = from->take(signo, state.pool);
  if (signo == kSIGALRM && linked(real_timer_dequeued) && from == &state.shared) real_timer_dequeued(me);
  return signo;
}

#if !defined(WSIG_SINGLE_THREAD)
Delivered deliver_pending(Thread& me, const SignalSet* restore) {
  Delivered result = deliver_nested(me, restore, 0);
  while (!answer_ring(me)) {
    const Delivered later = deliver_nested(me, result == kNone ? restore : nullptr, 0);
    if (result == kNone) result = later;
  }
  if (result != kNone) me.interruption = result;
  return result;
}
#endif

Delivered take_and_deliver() {
  start();
  Thread& me = self();
  {
    const Lock lock;
    take(me, false);
  }
  return deliver_pending(me, nullptr);
}

void look_at_host() {
  if (may_look()) take_and_deliver();
}

Delivered deliver() {
  if (put_off_look()) return kNone;
  const Inside inside;
  return take_and_deliver();
}

}  // namespace wasmsig::process
