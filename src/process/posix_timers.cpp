// POSIX timers: timer_create(2), timer_settime(2), timer_gettime(2), timer_getoverrun(2), timer_delete(2).
#include "process/posix_timers.hpp"

namespace wasmsig::process {

namespace {

PosixTimer* find(int id) {
  PosixTimer& timer = posix_timers[static_cast<uint32_t>(id) % kMaxPosixTimers];
  return timer.life == PosixTimer::Life::kLives && timer.id == id ? &timer : nullptr;
}

// In turn, so that an id does not soon mean another timer. Null: all are used.
constinit uint32_t next_slot = 0;

PosixTimer* find_free() {
  for (int tries = 0; tries < kMaxPosixTimers; tries++) {
    PosixTimer& timer = posix_timers[next_slot++ % kMaxPosixTimers];
    if (timer.life == PosixTimer::Life::kFree) return &timer;
  }
  return nullptr;
}

// As common_timer_get() of Linux has it.
TimerValue value_of(const PosixTimer& timer, Thread& me) {
  const bool silent = timer.notice == TimerNotice::kNone;
  if (silent ? timer.expiry_ns == 0 : !timer.armed && timer.interval_ns == 0) return {};
  const int64_t now = now_of(timer, me);
  int64_t expiry = timer.expiry_ns, missed;
  if (timer.interval_ns > 0 && !timer.armed && now >= expiry)
    expiry = next_expiry(expiry, timer.interval_ns, now, &missed);
  // What has not been delivered yet never has nothing left.
  return {expiry > now ? expiry - now : silent ? 0 : 1, timer.interval_ns};
}

void set(PosixTimer& timer, bool absolute, const TimerValue& value, Thread& me) {
  timer.setting++;
  timer.overrun = 0;
  timer.armed = false;
  timer.expiry_ns = 0;
  timer.interval_ns = value.value_ns > 0 ? value.interval_ns : 0;
  if (value.value_ns == 0) return;
  // A change of the real-time clock does not move what is relative (POSIX).
  timer.counts_on = !absolute && timer.clock == TimerClock::kRealtime ? TimerClock::kMonotonic : timer.clock;
  const int64_t from = absolute ? 0 : now_of(timer, me);
  if (__builtin_add_overflow(from, value.value_ns, &timer.expiry_ns)) timer.expiry_ns = INT64_MAX;
  timer.armed = timer.notice != TimerNotice::kNone;
  timer.armed_order = next_order();
}

// What `call` does with the timer, after what is due has expired. What it gives is the result, -EINVAL: no such timer.
template <class Call>
int with_timer(int id, Call call) {
  start();
  const DeliveryDeferral deferral;
  Thread& me = self();
  int result = -EINVAL;
  {
    const Lock lock;
    drain(me, true);
    if (PosixTimer* const timer = find(id)) result = call(*timer, me);
  }
  deliver_pending(me, nullptr);
  return result;
}

}  // namespace

int create_timer(TimerClock clock, const TimerEvent* event) {
  start();
  Thread& me = self();
  const Guard guard;
  const TimerEvent wanted = event ? *event : TimerEvent{TimerNotice::kSignal, kSIGALRM, 0, 0};
  const bool for_thread = wanted.notice == TimerNotice::kThread;
  Thread* const target = for_thread ? thread_numbered(wanted.thread) : nullptr;
  if (for_thread && !target) return -EINVAL;
  if (wanted.notice != TimerNotice::kNone && !valid_signal(wanted.signo)) return -EINVAL;
  PosixTimer* const timer = find_free();
  if (!timer) return -EAGAIN;
  const bool used_before = timer->has_reserve;
  const int32_t id =
      used_before ? (timer->id + kMaxPosixTimers) & INT32_MAX : static_cast<int32_t>(timer - posix_timers);
  Pool::Node* const reserve = used_before ? timer->reserve : &timer->own_node;
  *timer = {};
  timer->life = PosixTimer::Life::kLives;
  timer->notice = wanted.notice;
  timer->clock = timer->counts_on = clock;
  timer->has_reserve = true;
  timer->id = id;
  timer->value = event ? wanted.value : id;
  timer->signo = wanted.signo;
  timer->target = target;
  timer->owner = &me;
  timer->reserve = reserve;
  return id;
}

int delete_timer(int id) {
  return with_timer(id, [](PosixTimer& timer, Thread& me) {
    timer.armed = timer.ignored = false;
    timer.life = timer.queued ? PosixTimer::Life::kDeleted : PosixTimer::Life::kFree;
    arm_host(me);
    return 0;
  });
}

int set_posix_timer(int id, bool absolute, const TimerValue& value, TimerValue* old) {
  if (value.value_ns < 0 || value.interval_ns < 0) return -EINVAL;
  return with_timer(id, [&](PosixTimer& timer, Thread& me) {
    if (timer.clock == TimerClock::kThread && !timer.owner) return -ESRCH;
    account_for_sleep();
    if (old) *old = value_of(timer, me);
    set(timer, absolute, value, me);
    posix_timers_expire(me);  // an absolute time may have passed
    arm_host(me);
    return 0;
  });
}

int get_posix_timer(int id, TimerValue* value) {
  return with_timer(id, [value](PosixTimer& timer, Thread& me) {
    *value = value_of(timer, me);
    return 0;
  });
}

int timer_overrun(int id) {
  return with_timer(id, [](PosixTimer& timer, Thread&) { return timer.overrun; });
}

int clock_of_timer(int id, TimerClock* clock) {
  const Guard guard;
  const PosixTimer* const timer = find(id);
  if (!timer) return -EINVAL;
  *clock = timer->clock;
  return 0;
}

void reset_posix_timers() {
  for (PosixTimer& timer : posix_timers) timer = {};
  next_slot = 0;
}

}  // namespace wasmsig::process
