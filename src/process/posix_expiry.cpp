// When POSIX timers expire, and what their clocks are.
#include "process/posix_timers.hpp"

namespace wasmsig::process {

namespace {

int64_t read(TimerClock clock, Thread& me) {
  switch (clock) {
    case TimerClock::kRealtime: return wsig_host_clock(WSIG_HOST_CLOCK_REALTIME);
    case TimerClock::kMonotonic: return wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC);
    case TimerClock::kProcess: return clock_of(TimerKind::kProf, me);
    default: break;
  }
  const int64_t time = wsig_host_clock(WSIG_HOST_CLOCK_RUNNING);
  return time < 0 ? clock_of(TimerKind::kProf, me) : time;
}

// The clocks as they are now, each read once.
class Clocks {
 public:
  explicit Clocks(Thread& me) : me_(me) {}
  int64_t of(const PosixTimer& timer) {
    if (timer.counts_on == TimerClock::kThread) return now_of(timer, me_);
    int64_t& now = now_[static_cast<int>(timer.counts_on)];
    if (now < 0) now = read(timer.counts_on, me_);
    return now;
  }

 private:
  Thread& me_;
  int64_t now_[3] = {-1, -1, -1};
};

// As if they had expired one after the other; null: none is due.
PosixTimer* most_overdue(Clocks& clocks) {
  PosixTimer* found = nullptr;
  int64_t most = 0;
  for (PosixTimer& timer : posix_timers) {
    if (!timer.armed) continue;
    const int64_t late = clocks.of(timer) - timer.expiry_ns;
    if (late < most || (found && late == most && timer.armed_order > found->armed_order)) continue;
    most = late;
    found = &timer;
  }
  return found;
}

}  // namespace

int64_t now_of(const PosixTimer& timer, Thread& me) {
  const bool others = timer.counts_on == TimerClock::kThread && timer.owner != &me;
  if (!others) return read(timer.counts_on, me);
  return timer.owner ? timer.owner->running_counted_ns : 0;
}

int64_t timer_clock(TimerClock clock) {
  Thread& me = self();
  const Guard guard;
  return read(clock, me);
}

bool posix_timers_armed() {
  for (const PosixTimer& timer : posix_timers) {
    if (timer.armed) return true;
  }
  return false;
}

bool posix_timers_expire(Thread& me) {
  Clocks clocks(me);
  bool any = false;
  while (PosixTimer* const timer = most_overdue(clocks)) {
    expire(*timer);
    any = true;
  }
  return any;
}

int64_t posix_timers_left(Thread& me, int* signo) {
  Clocks clocks(me);
  int64_t soonest = -1;
  for (const PosixTimer& timer : posix_timers) {
    if (!timer.armed) continue;
    const int64_t left = timer.expiry_ns - clocks.of(timer);
    if (soonest >= 0 && left >= soonest) continue;
    soonest = left > 0 ? left : 0;
    *signo = timer.notice == TimerNotice::kThread ? 0 : timer.signo;  // the host acts for the process only
  }
  return soonest;
}

int64_t posix_real_timers_left() {
  int64_t soonest = -1;
  Clocks clocks(self());
  for (const PosixTimer& timer : posix_timers) {
    if (!timer.armed || timer.counts_on > TimerClock::kMonotonic) continue;
    const int64_t left = timer.expiry_ns - clocks.of(timer);
    if (soonest < 0 || left < soonest) soonest = left > 0 ? left : 0;
  }
  return soonest;
}

}  // namespace wasmsig::process
