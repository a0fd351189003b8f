// When the interval timers expire. The guest compares clocks itself, so an expiry is exact at the next check; the host
// only has to make the guest check.
//
// Why: docs/rationale.md#why-does-the-guest-compare-clocks-itself
#include "platform/host.h"
#include "process/internal.hpp"
#include "process/numbers.hpp"

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

// The next expiry after `now`, in whole intervals; those in between are overruns, and one signal stands for all of
// them.
void forward(Timer& timer, int64_t now) {
  const int64_t missed = (now - timer.expiry_ns) / timer.interval_ns;
  int64_t next;
  // missed * interval is at most now - expiry, so only the last step can overflow.
  if (__builtin_add_overflow(timer.expiry_ns + missed * timer.interval_ns, timer.interval_ns, &next)) next = INT64_MAX;
  timer.expiry_ns = next;
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
  wsig_host_arm(soonest);
}

void timers_expire(Thread& me, bool check_clocks, bool notified) {
  if (!check_clocks && !notified && state.host != WSIG_HOST_ALONE) return;
  if (!state.timers[0].armed && !state.timers[1].armed && !state.timers[2].armed) return;
  account_for_sleep();
  bool changed = notified;
  for (const TimerKind kind : kKinds) {
    Timer& timer = timer_of(kind);
    if (!timer.armed) continue;
    const Timer before = timer;
    const int64_t now = clock_of(kind, me);
    if (kind == TimerKind::kReal)
      real_timer_expires(timer, now);
    else
      running_timer_expires(timer, kind, now);
    changed = changed || timer.armed != before.armed || timer.expiry_ns != before.expiry_ns;
  }
  if (changed) arm_host(me);
}

void real_timer_dequeued(Thread& me) {
  if (!state.real_timer_waits) return;
  Timer& timer = timer_of(TimerKind::kReal);
  state.real_timer_waits = false;
  forward(timer, clock_of(TimerKind::kReal, me));
  timer.armed = true;
  arm_host(me);
}

int64_t real_timer_left() {
  const int64_t left = timer_of(TimerKind::kReal).expiry_ns - wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC);
  return left > 0 ? left : 0;
}

}  // namespace wasmsig::process
