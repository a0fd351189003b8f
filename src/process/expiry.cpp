// When the interval timers expire. The guest compares clocks itself, so an expiry is exact at the next check; the host
// only has to make the guest check.
//
// Why: docs/rationale.md#why-does-the-guest-compare-clocks-itself
#include "platform/host.h"
#include "process/internal.hpp"
#include "process/numbers.hpp"
#include "process/posix_timers.hpp"

namespace wasmsig::process {

namespace {

constexpr Origin kFromKernel = Origin::of(queue::info_of(queue::kCodeKernel, 0));
constexpr TimerKind kKinds[] = {TimerKind::kReal, TimerKind::kVirtual, TimerKind::kProf};

constexpr int signal_of(TimerKind kind) {
  return kind == TimerKind::kReal ? kSIGALRM : kind == TimerKind::kVirtual ? kSIGVTALRM : kSIGPROF;
}

// Running time of the process: what its threads had used when each of them last checked. Hosts without such a clock:
// the time not slept.
int64_t running_time(Thread& me) {
  const int64_t thread_time = wsig_host_clock(WSIG_HOST_CLOCK_RUNNING);
  if (thread_time < 0) return wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) - state.asleep_ns;
  state.running_ns += thread_time - me.running_counted_ns;
  me.running_counted_ns = thread_time;
  return state.running_ns;
}

// Those that it missed are overruns, and one signal stands for all of them.
void forward(Timer& timer, int64_t now) {
  int64_t missed;
  timer.expiry_ns = next_expiry(timer.expiry_ns, timer.interval_ns, now, &missed);
}

// SIGALRM is generated, and an interval starts again only when that signal is dequeued (Linux): a program that blocks
// or ignores it is not flooded, and a 1 microsecond interval cannot starve it.
void real_timer_expires(Timer& timer, int64_t now) {
  if (!timer.armed || now < timer.expiry_ns) return;
  timer.armed = false;
  state.real_timer_waits = timer.interval_ns > 0;
  generate(kSIGALRM, kFromKernel, nullptr);
}

void running_timer_expires(Timer& timer, TimerKind kind, int64_t now) {
  if (!timer.armed || now < timer.expiry_ns) return;
  if (timer.interval_ns > 0) {
    forward(timer, now);
  } else {
    timer.armed = false;
  }
  generate(signal_of(kind), kFromKernel, nullptr);
}

}  // namespace

int64_t next_expiry(int64_t expiry_ns, int64_t interval_ns, int64_t now, int64_t* missed) {
  *missed = (now - expiry_ns) / interval_ns;
  int64_t next;
  // missed * interval is at most now - expiry, so only the last step can overflow.
  if (__builtin_add_overflow(expiry_ns + *missed * interval_ns, interval_ns, &next)) next = INT64_MAX;
  return next;
}

Timer& timer_of(TimerKind kind) { return state.timers[static_cast<int>(kind)]; }

int64_t clock_of(TimerKind kind, Thread& me) {
  return kind == TimerKind::kReal ? wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) : running_time(me);
}

// A sleeper has checked before, with the clocks.
void account_for_sleep() {
  const int64_t now = wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC);
  if (state.checked_before_sleep) state.asleep_ns += now - state.timers_checked_ns;
  state.checked_before_sleep = false;
  state.timers_checked_ns = now;
}

// Running time passes no faster than real time, so what is left of it is a lower bound for the host's clock.
void arm_host(Thread& me) {
  if (state.host == WSIG_HOST_ALONE) return;
  int64_t soonest = -1;
  for (const TimerKind kind : kKinds) {
    const Timer& timer = timer_of(kind);
    if (!timer.armed) continue;
    const int64_t left = timer.expiry_ns - clock_of(kind, me);
    if (soonest >= 0 && left >= soonest) continue;
    soonest = left > 0 ? left : 0;
    queue::block.timer_signal.store(static_cast<uint32_t>(signal_of(kind)));
  }
  if (linked(posix_timers_left)) {
    int signo;
    const int64_t left = posix_timers_left(me, &signo);
    if (left >= 0 && (soonest < 0 || left < soonest)) {
      soonest = left;
      queue::block.timer_signal.store(static_cast<uint32_t>(signo));
    }
  }
  wsig_host_arm(soonest);
}

namespace {

bool any_armed() {
  return state.timers[0].armed || state.timers[1].armed || state.timers[2].armed ||
         (linked(posix_timers_armed) && posix_timers_armed());
}

// Whether what the host has to be asked for has changed.
bool interval_timer_expires(TimerKind kind, Thread& me) {
  Timer& timer = timer_of(kind);
  if (!timer.armed) return false;
  const Timer before = timer;
  const int64_t now = clock_of(kind, me);
  if (kind == TimerKind::kReal)
    real_timer_expires(timer, now);
  else
    running_timer_expires(timer, kind, now);
  return timer.armed != before.armed || timer.expiry_ns != before.expiry_ns;
}

// A SIGALRM of the process was accepted.
void real_timer_dequeued(Thread& me) {
  if (!state.real_timer_waits) return;
  Timer& timer = timer_of(TimerKind::kReal);
  state.real_timer_waits = false;
  forward(timer, clock_of(TimerKind::kReal, me));
  timer.armed = true;
  arm_host(me);
}

}  // namespace

void timers_expire(Thread& me, bool check_clocks, bool notified) {
  if (!check_clocks && !notified && state.host != WSIG_HOST_ALONE) return;
  if (!any_armed()) return;
  account_for_sleep();
  bool changed = notified;
  for (const TimerKind kind : kKinds) changed = interval_timer_expires(kind, me) || changed;
  if (linked(posix_timers_expire)) changed = posix_timers_expire(me) || changed;
  if (changed) arm_host(me);
}

bool signal_dequeued(Thread& me, Pending& from, int signo, Origin* origin) {
  if (signo == kSIGALRM && &from == &state.shared) real_timer_dequeued(me);
  return !linked(timer_signal_dequeued) || timer_signal_dequeued(me, from, signo, origin);
}

int64_t real_timer_left() {
  int64_t left = -1;
  const Timer& timer = timer_of(TimerKind::kReal);
  if (timer.armed) {
    left = timer.expiry_ns - wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC);
    if (left < 0) left = 0;
  }
  if (linked(posix_real_timers_left)) {
    const int64_t other = posix_real_timers_left();
    if (other >= 0 && (left < 0 || other < left)) left = other;
  }
  return left;
}

}  // namespace wasmsig::process
