// Delivery: dequeue, set up, run the handler, restore the mask. The only place that runs handlers.
#include "platform/host.h"
#include "process/numbers.hpp"
#include "process/process.hpp"
#include "process/state.hpp"

namespace wasmsig::process {

namespace {

enum class Step { kNothing, kCatch, kCatchAndMore, kStop, kDie };

// What is done before a handler runs. `restore`: the mask that returns after it, if it is not the present one.
void set_up(Thread& me, int signo, const Origin& origin, const SignalSet* restore, std::optional<Accepted>* accepted) {
  Action& action = state.actions[signo];
  accepted->emplace(signo, action, origin, restore ? *restore : me.mask);
  SignalSet during = me.mask | action.mask;
  if (!(action.flags & kNoDefer)) during.add(signo);
  if (action.flags & kResetHand) action.disposition = Disposition::kDefault;
  use_mask(me, during);
}

// Runs it, and restores the mask. Whether there is more to do then, here or in other threads.
bool run_handler(Thread& me, const Accepted& accepted) {
  SignalSet mask_after = accepted.restore;
  call_handler(accepted.action, info_of(accepted.signo, accepted.origin), &mask_after);
  const Lock lock;
  use_mask(me, mask_after);
  return any_to_accept(me) || state.handed_on;
}

// Upon a call that it interrupts.
Delivered effect_of(const Action& action) { return action.flags & kRestart ? kRestarts : kInterrupts; }

// Dequeues until something has to be done without the lock. Linux, get_signal(): the thread's own signals before the process's.
Step accept_next(Thread& me, const SignalSet* restore, int* signo, std::optional<Accepted>* accepted) {
  *signo = state.dying;
  if (state.dying) return Step::kDie;
  if (state.stopped) return Step::kStop;
  while (me.wanted) {
    Origin origin;
    *signo = dequeue(me, SignalSet::all() - me.mask, &origin);
    if (*signo == 0) {
      me.wanted = false;
      break;
    }
    switch (state.actions[*signo].disposition) {
      case Disposition::kIgnore:
        continue;
      case Disposition::kCatch:
        set_up(me, *signo, origin, restore, accepted);
        return any_to_accept(me) ? Step::kCatchAndMore : Step::kCatch;
      case Disposition::kDefault:
        break;
    }
    switch (default_action(*signo)) {
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
  for (;;) {
    std::optional<Accepted> accepted;
    int signo;
    Step step;
    {
      Lock lock;
      step = accept_next(me, restore, &signo, &accepted);
    }
    switch (step) {
      case Step::kNothing:
        return result;
      case Step::kDie:
        die(signo);
      case Step::kStop:
        stop(me, signo);
        continue;
      case Step::kCatch:
      case Step::kCatchAndMore:
        break;
    }
    restore = nullptr;
    // Linux decides about the interrupted call when it sets up the first frame.
    if (result == kNone) result = effect_of(accepted->action);
    if (step == Step::kCatchAndMore && depth < kMaxNested) deliver_nested(me, nullptr, depth + 1);
    if (!run_handler(me, *accepted)) return result;
  }
}

// Whether nothing stands between a signal that was just sent and its handler, which then is set up. Otherwise nothing has happened. Wants the lock held.
bool set_up_at_once(Thread& me, int signo, const Origin& origin, bool to_process, const SignalSet* restore, std::optional<Accepted>* accepted) {
  if (!valid_signal(signo) || kStopping.has(signo) || signo == kSIGCONT) return false;
  const Action& action = state.actions[signo];
  if (any_to_accept(me) || me.mask.has(signo) || action.disposition != Disposition::kCatch || state.pool.full() || (to_process && thread_for(signo) != &me)) return false;
  set_up(me, signo, origin, restore, accepted);
  return true;
}

}  // namespace

Delivered run_at_once(Thread& me, const Accepted& accepted) {
  if (run_handler(me, accepted)) deliver_pending(me, nullptr);
  return effect_of(accepted.action);
}

// One lock for all of it: another thread must not file what was sent later before what was sent first.
uint32_t take_or_set_up(Thread& me, bool look_at_clocks, const SignalSet* restore, std::optional<Accepted>* accepted) {
  queue::Sent posted = {};
  const uint32_t ring = take(me, look_at_clocks, &posted);
  if (posted.signo == 0) return ring;
  const Origin origin = origin_of(posted);
  if (!set_up_at_once(me, posted.signo, origin, true, restore, accepted)) generate(posted.signo, origin, nullptr);
  return ring;
}

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

Delivered deliver_at_once(Thread& me, int signo, const Origin& origin) {
  const Inside inside;
  std::optional<Accepted> accepted;
  {
    const Lock lock;
    if (!set_up_at_once(me, signo, origin, false, nullptr, &accepted)) return kNone;
  }
  return run_at_once(me, *accepted);
}

Delivered take_and_deliver() {
  start();
  const Inside inside;
  Thread& me = self();
  std::optional<Accepted> accepted;
  {
    const Lock lock;
    take_or_set_up(me, false, nullptr, &accepted);
  }
  return accepted ? run_at_once(me, *accepted) : deliver_pending(me, nullptr);
}

Delivered deliver() { return put_off_look() ? kNone : take_and_deliver(); }

}  // namespace wasmsig::process
