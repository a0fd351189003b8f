// POSIX timers: timer_create(), timer_settime(), timer_gettime(), timer_getoverrun(), timer_delete().
#include <time.h>

#include "posix/convert.hpp"
#include "posix/timer_thread.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;
using process::TimerClock;

namespace {

// False: a clock on which there are no timers.
bool clock_named(clockid_t id, TimerClock* clock) {
  if (id == CLOCK_REALTIME) {
    *clock = TimerClock::kRealtime;
  } else if (id == CLOCK_MONOTONIC || id == CLOCK_BOOTTIME) {
    *clock = TimerClock::kMonotonic;
  } else if (id == CLOCK_PROCESS_CPUTIME_ID) {
    *clock = TimerClock::kProcess;
  } else if (id == CLOCK_THREAD_CPUTIME_ID) {
    *clock = TimerClock::kThread;
  } else {
    return false;
  }
  return true;
}

// Linux has these clocks without timers, or with timers that wake the machine.
bool is_clock_without_timers([[maybe_unused]] clockid_t id) {
#if defined(CLOCK_MONOTONIC_RAW)
  return id == CLOCK_MONOTONIC_RAW || id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC_COARSE ||
         id == CLOCK_REALTIME_ALARM || id == CLOCK_BOOTTIME_ALARM || id == CLOCK_TAI;
#else
  return false;
#endif
}

// False: there is no such notification.
bool event_of(const struct sigevent& from, process::TimerEvent* event) {
  switch (from.sigev_notify) {
    case SIGEV_SIGNAL: event->notice = process::TimerNotice::kSignal; break;
    case SIGEV_NONE: event->notice = process::TimerNotice::kNone; break;
    case SIGEV_THREAD_ID:
      event->notice = process::TimerNotice::kThread;
      event->thread = from.sigev_notify_thread_id;
      break;
    default: return false;
  }
  event->signo = from.sigev_signo;
  event->value = bits_of(from.sigev_value);
  return event->notice == process::TimerNotice::kNone || !reserved_signal(event->signo);
}

int create(TimerClock clock, const struct sigevent* from) {
  if (!from) return process::create_timer(clock, nullptr);
  if (from->sigev_notify == SIGEV_THREAD) return create_thread_timer(clock, *from);
  process::TimerEvent event;
  return event_of(*from, &event) ? process::create_timer(clock, &event) : -EINVAL;
}

int id_of(timer_t timer) { return static_cast<int>(reinterpret_cast<intptr_t>(timer)); }

struct itimerspec itimerspec_of(const process::TimerValue& value) {
  return {timespec_of(value.interval_ns), timespec_of(value.value_ns)};
}

int64_t nanoseconds_of(const struct timespec& time) { return nanoseconds(time.tv_sec, time.tv_nsec); }

// A time of processor time as the C library's clock has it, on the clock that the process has.
int64_t on_own_clock(int64_t time_ns, TimerClock clock) {
  struct timespec now;
  const clockid_t theirs = clock == TimerClock::kProcess ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID;
  if (clock < TimerClock::kProcess || clock_gettime(theirs, &now)) return time_ns;
  int64_t time;
  if (__builtin_add_overflow(time_ns - nanoseconds_of(now), process::timer_clock(clock), &time)) return INT64_MAX;
  return time > 0 ? time : 1;
}

}  // namespace

extern "C" {

int timer_create(clockid_t clock_id, struct sigevent* __restrict event, timer_t* __restrict timer) {
  TimerClock clock;
  if (!clock_named(clock_id, &clock)) return fail(is_clock_without_timers(clock_id) ? EOPNOTSUPP : EINVAL);
  if (!timer) return fail(EFAULT);
  const int id = create(clock, event);
  if (id < 0) return fail(-id);
  *timer = reinterpret_cast<timer_t>(static_cast<intptr_t>(id));
  return 0;
}

int timer_delete(timer_t timer) {
  const int error = process::delete_timer(id_of(timer));
  if (error) return fail(-error);
  forget_thread_timer(id_of(timer));
  return 0;
}

int timer_settime(timer_t timer, int flags, const struct itimerspec* __restrict value,
                  struct itimerspec* __restrict old) {
  if (!value || !valid_timespec(value->it_value) || !valid_timespec(value->it_interval)) return fail(EINVAL);
  process::TimerValue wanted = {nanoseconds_of(value->it_value), nanoseconds_of(value->it_interval)}, previous;
  const bool absolute = flags & TIMER_ABSTIME;
  TimerClock clock;
  if (absolute && wanted.value_ns > 0 && process::clock_of_timer(id_of(timer), &clock) == 0)
    wanted.value_ns = on_own_clock(wanted.value_ns, clock);
  const int error = process::set_posix_timer(id_of(timer), absolute, wanted, &previous);
  if (error) return fail(-error);
  if (old) *old = itimerspec_of(previous);
  return 0;
}

int timer_gettime(timer_t timer, struct itimerspec* value) {
  process::TimerValue present;
  const int error = process::get_posix_timer(id_of(timer), &present);
  if (error) return fail(-error);
  if (!value) return fail(EFAULT);
  *value = itimerspec_of(present);
  return 0;
}

int timer_getoverrun(timer_t timer) { return result(process::timer_overrun(id_of(timer))); }

}  // extern "C"
