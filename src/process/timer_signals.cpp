// The signals of POSIX timers: one at most is pending for each timer, however often it expires; the expiries in between
// are its overrun. (Linux: posixtimer_send_sigqueue(), posixtimer_deliver_signal(), posixtimer_sig_unignore().)
//
// A timer's signal is pending beside others of its number, also where that is a standard signal: the first of them is in
// the pending set, the others are noted here and follow it one by one. A real-time signal is lent the timer's own node of
// the pool, so that it is queued however many are.
#include "process/posix_timers.hpp"

namespace wasmsig::process {

constinit PosixTimer posix_timers[kMaxPosixTimers] = {};

namespace {

constexpr uint32_t kSlots = kMaxPosixTimers - 1;  // a mask of bits
static_assert((kMaxPosixTimers & kSlots) == 0);

Thread* target_of(const PosixTimer& timer) { return timer.notice == TimerNotice::kThread ? timer.target : nullptr; }

Pending& set_of(const PosixTimer& timer) {
  Thread* const target = target_of(timer);
  return target ? target->pending : state.shared;
}

Origin origin_of(const PosixTimer& timer) {
  return Origin::of(kFromTimer | static_cast<uint32_t>(&timer - posix_timers));
}

// Null: no timer sent it.
PosixTimer* sender_of(Origin origin) {
  constexpr uint32_t kMark = ~kSlots;
  return (origin.info() & kMark) == kFromTimer ? &posix_timers[origin.info() & kSlots] : nullptr;
}

// The first, or the last, in their order; null: none.
template <class Which>
PosixTimer* first_of(Which which, bool last = false) {
  PosixTimer* found = nullptr;
  for (PosixTimer& timer : posix_timers) {
    if (which(timer) && (!found || (timer.order < found->order) != last)) found = &timer;
  }
  return found;
}

bool has_ignoring_action(int signo) { return state.actions[signo].disposition == Disposition::kIgnore; }

void enqueue(PosixTimer& timer) {
  Pending& set = set_of(timer);
  timer.ignored = false;
  timer.queued = true;
  timer.order = next_order();
  timer.in_set = real_time(timer.signo) || !set.set().has(timer.signo);
  if (real_time(timer.signo)) {
    state.pool.release(timer.reserve);  // and allocates it at once
    timer.reserve = nullptr;
  }
  make_pending(timer.signo, origin_of(timer), target_of(timer));
}

// A standard signal has left this set: the next timer's of that number takes its place.
void put_next(Pending& set, int signo) {
  PosixTimer* const follower = first_of([&](const PosixTimer& timer) {
    return timer.queued && !timer.in_set && timer.signo == signo && &set_of(timer) == &set;
  });
  if (!follower) return;
  follower->in_set = true;
  set.add(signo, origin_of(*follower), state.pool);
}

// An interval timer starts again, and its overrun is known.
void start_again(PosixTimer& timer, Thread& me) {
  const int64_t now = now_of(timer, me);
  int64_t missed = 0;
  if (now >= timer.expiry_ns) timer.expiry_ns = next_expiry(timer.expiry_ns, timer.interval_ns, now, &missed);
  timer.overrun = missed > INT32_MAX ? INT32_MAX : static_cast<int32_t>(missed);  // DELAYTIMER_MAX
  timer.armed = true;
  timer.armed_order = next_order();
  timer.setting++;
  arm_host(me);
}

}  // namespace

uint32_t next_order() {
  static constinit uint32_t last = 0;
  return ++last;
}

void forget_signal(PosixTimer& timer) {
  timer.queued = false;
  if (!timer.reserve) timer.reserve = state.pool.allocate();  // its node was just given back
  if (timer.life == PosixTimer::Life::kDeleted) timer.life = PosixTimer::Life::kFree;
}

void expire(PosixTimer& timer) {
  timer.armed = false;
  timer.sent_for = timer.setting;
  timer.periodic = timer.interval_ns > 0;
  if (timer.notice == TimerNotice::kThread && !timer.target) return;  // that thread has ended
  apply_job_control(timer.signo);
  if (timer.queued) return;
  if (!is_dropped(timer.signo, target_of(timer))) return enqueue(timer);
  if (timer.periodic && !timer.ignored) timer.order = next_order();
  timer.ignored = timer.periodic;
  timer.by_action = has_ignoring_action(timer.signo);
}

bool timer_signal_dequeued(Thread& me, Pending& from, int signo, Origin* origin) {
  PosixTimer* const timer = sender_of(*origin);
  const bool sent = timer && timer->queued && timer->in_set && timer->signo == signo;
  if (!real_time(signo)) put_next(from, signo);
  if (!sent) return true;
  const bool valid = timer->life == PosixTimer::Life::kLives && timer->sent_for == timer->setting;
  forget_signal(*timer);
  if (!valid) return false;
  if (timer->interval_ns > 0) start_again(*timer, me);
  *origin = Origin::of(origin->info(), timer->overrun);
  return true;
}

// By an action that ignores, or by job control.
void timer_signals_discarded(SignalSet signals) {
  while (PosixTimer* const timer =
             first_of([signals](const PosixTimer& each) { return each.queued && signals.has(each.signo); })) {
    timer->ignored = timer->periodic && timer->life == PosixTimer::Life::kLives;
    timer->order = next_order();
    forget_signal(*timer);
  }
  for (PosixTimer& timer : posix_timers) {
    if (timer.ignored && signals.has(timer.signo)) timer.by_action = has_ignoring_action(timer.signo);
  }
}

// Linux: the one that was ignored last comes first.
void timer_signals_not_ignored(int signo) {
  while (PosixTimer* const timer = first_of(
             [signo](const PosixTimer& each) { return each.ignored && each.by_action && each.signo == signo; }, true)) {
    timer->ignored = false;
    if (timer->notice != TimerNotice::kThread || timer->target) enqueue(*timer);
  }
}

void timers_of_thread_end(Thread& thread) {
  for (PosixTimer& timer : posix_timers) {
    if (timer.owner == &thread) {
      timer.owner = nullptr;
      timer.armed = timer.armed && timer.clock != TimerClock::kThread;
    }
    if (timer.target != &thread) continue;
    timer.target = nullptr;
    if (timer.queued) forget_signal(timer);
  }
}

bool describe_timer_signal(Origin origin, SigInfo* info) {
  const PosixTimer* const timer = sender_of(origin);
  if (!timer) return false;
  info->code = kTimer;
  info->pid = timer->id;  // si_timerid and si_overrun are where others have si_pid and si_uid
  info->uid = static_cast<uint32_t>(origin.value());
  info->value = timer->value;
  return true;
}

}  // namespace wasmsig::process
