// Delivery: dequeue, set up, run the handler, restore the mask. The only place that runs handlers.
#include "platform/host.h"
#include "process/numbers.hpp"
#include "process/process.hpp"
#include "process/state.hpp"

namespace wasmsig::process {

namespace {

enum class Step { kNothing, kCatch, kStop, kDie };

struct Accepted {
  int signo = 0;
  Action action;
  Origin origin;
  SignalSet restore;  // the mask that returns after the handler
  bool more = false;  // there is something to do before the handler runs
};

// Dequeues until something has to be done without the lock. Linux, get_signal(): the thread's own signals before the process's.
Step accept_next(Thread& me, const SignalSet* restore, Accepted* accepted) {
  if (state.dying) {
    accepted->signo = state.dying;
    return Step::kDie;
  }
  if (state.stopped) {
    accepted->signo = 0;
    return Step::kStop;
  }
  while (me.wanted) {
    const int signo = dequeue(me, SignalSet::all() - me.mask, &accepted->origin);
    if (signo == 0) {
      me.wanted = false;
      break;
    }
    Action& action = state.actions[signo];
    if (action.disposition == Disposition::kIgnore) continue;
    accepted->signo = signo;
    if (action.disposition == Disposition::kDefault) {
      switch (default_action(signo)) {
        case DefaultAction::IGNORE:
        case DefaultAction::CONTINUE:  // it has continued when the signal was generated
          continue;
        case DefaultAction::STOP:
          return Step::kStop;
        case DefaultAction::TERMINATE:
        case DefaultAction::CORE:
          return Step::kDie;
      }
    }
    accepted->action = action;
    accepted->restore = restore ? *restore : me.mask;
    if (action.flags & kResetHand) action.disposition = Disposition::kDefault;
    SignalSet during = me.mask | accepted->action.mask;
    if (!(accepted->action.flags & kNoDefer)) during.add(signo);
    use_mask(me, during);
    accepted->more = any_to_accept(me);
    return Step::kCatch;
  }
  return Step::kNothing;
}

// The job-control stop: nothing happens until SIGCONT is generated, or a signal that ends the process.
void stop(Thread& me, int signo) {
  if (signo) {
    {
      Lock lock;
      state.stopped = true;
      queue::block.stop_signal.store(static_cast<uint32_t>(signo), std::memory_order_seq_cst);
      queue::block.state.store(2, std::memory_order_seq_cst);
    }
    wsig_host_stop(signo);
  }
  sleep_until(me, -1, [](const Thread&) { return !state.stopped; });
  bool continued;
  {
    Lock lock;
    continued = queue::block.state.load(std::memory_order_seq_cst) == 2;
    state.stopped = false;  // also where the host may not block: there a stop cannot last
    queue::block.stop_signal.store(0, std::memory_order_seq_cst);
    queue::block.state.store(1, std::memory_order_seq_cst);
  }
  if (continued) wsig_host_stop(0);
}

// A kernel sets up one frame after the other and only then returns to the program, so the handler that was set up last
// runs first: hence the nested call *before* the handler. It also means that a signal taken here while another's
// handler is about to run interrupts that handler, as POSIX has it. Nothing is kept that a jump out of a handler would lose:
// whoever jumps takes the mask along (siglongjmp) and drops the handlers set up below, like the frames they are.
Delivered deliver_nested(Thread& me, const SignalSet* restore, int depth) {
  Delivered result = kNone;
  Accepted accepted;
  for (;;) {
    Step step;
    {
      Lock lock;
      step = accept_next(me, restore, &accepted);
    }
    switch (step) {
      case Step::kNothing:
        return result;
      case Step::kDie:
        die(accepted.signo);
      case Step::kStop:
        stop(me, accepted.signo);
        continue;
      case Step::kCatch:
        break;
    }
    restore = nullptr;
    // Linux decides about the interrupted call when it sets up the first frame.
    if (result == kNone) result = accepted.action.flags & kRestart ? kRestarts : kInterrupts;
    if (accepted.more && depth < kMaxNested) deliver_nested(me, nullptr, depth + 1);
    SignalSet mask_after = accepted.restore;
    call_handler(accepted.action, info_of(accepted.signo, accepted.origin), &mask_after);
    Lock lock;
    use_mask(me, mask_after);
    if (!any_to_accept(me)) return result;
  }
}

}  // namespace

SigInfo info_of(int signo, const Origin& origin) {
  SigInfo info;
  info.signo = signo;
  info.code = origin.code;
  info.pid = origin.pid;
  info.uid = queue::block.uid;
  info.value = origin.value;
  return info;
}

void die(int signo) {
  const bool core = default_action(signo) == DefaultAction::CORE;
  queue::block.exit.store((core ? 0x300u : 0x200u) + static_cast<uint32_t>(signo), std::memory_order_seq_cst);
  queue::block.state.store(3, std::memory_order_seq_cst);
  wsig_host_exit(signo, core);
  __builtin_trap();
}

int dequeue(Thread& me, SignalSet allowed, Origin* origin) {
  if (const int signo = me.pending.next(allowed)) {
    *origin = me.pending.take(signo, state.pool);
    return signo;
  }
  const int signo = state.shared.next(allowed);
  if (signo == 0) return 0;
  *origin = state.shared.take(signo, state.pool);
  if (signo == kSIGALRM && state.real_timer_waits) real_timer_dequeued(me);
  return signo;
}

Delivered deliver_pending(Thread& me, const SignalSet* restore) {
  const Inside inside;
  Delivered result = deliver_nested(me, restore, 0);
  while (!answer_ring(me)) {
    const Delivered later = deliver_nested(me, result == kNone ? restore : nullptr, 0);
    if (result == kNone) result = later;
  }
  return result;
}

Delivered take_and_deliver() {
  start();
  const Inside inside;
  Thread& me = self();
  {
    Lock lock;
    take(me, false);
  }
  return deliver_pending(me, nullptr);
}

Delivered deliver() { return put_off_look() ? kNone : take_and_deliver(); }

}  // namespace wasmsig::process
