// The three interval timers: setitimer(2), getitimer(2), alarm(2).
#include "process/internal.hpp"

namespace wasmsig::process {

namespace {

constexpr int64_t kMinLeft_ns = 1000;  // an armed timer never reports less than a microsecond (Linux)
constexpr int64_t kSecond = 1000000000;

TimerValue value_of(const Timer& timer, int64_t now) {
  if (!timer.armed) return {0, timer.interval_ns};
  const int64_t left = timer.expiry_ns - now;
  return {left > kMinLeft_ns ? left : kMinLeft_ns, timer.interval_ns};
}

}  // namespace

int set_timer(TimerKind kind, const TimerValue& value, TimerValue* old) {
  start();
  if (kind < TimerKind::kReal || kind > TimerKind::kProf) return -EINVAL;
  if (value.value_ns < 0 || value.interval_ns < 0) return -EINVAL;
  const DeliveryDeferral deferral;
  Thread& me = self();
  {
    const Lock lock;
    drain(me, true);  // what is due has expired
    account_for_sleep();
    Timer& timer = timer_of(kind);
    const int64_t now = clock_of(kind, me);
    if (old) *old = value_of(timer, now);
    timer = {};
    if (kind == TimerKind::kReal) state.real_timer_waits = false;
    // Linux: the other two report the interval of a timer that is not armed.
    if (value.value_ns > 0 || kind != TimerKind::kReal) timer.interval_ns = value.interval_ns;
    if (value.value_ns > 0) {
      timer.armed = true;
      if (__builtin_add_overflow(now, value.value_ns, &timer.expiry_ns)) timer.expiry_ns = INT64_MAX;
    }
    arm_host(me);
  }
  deliver_pending(me, nullptr);
  return 0;
}

int get_timer(TimerKind kind, TimerValue* value) {
  start();
  if (kind < TimerKind::kReal || kind > TimerKind::kProf) return -EINVAL;
  const DeliveryDeferral deferral;
  Thread& me = self();
  {
    const Lock lock;
    drain(me, true);
    *value = value_of(timer_of(kind), clock_of(kind, me));
  }
  deliver_pending(me, nullptr);
  return 0;
}

bool real_timer_armed() {
  Guard guard;
  return timer_of(TimerKind::kReal).armed;
}

unsigned alarm(unsigned seconds) {
  TimerValue old;
  set_timer(TimerKind::kReal, {static_cast<int64_t>(seconds) * kSecond, 0}, &old);
  int64_t left = old.value_ns / kSecond;
  const int64_t rest = old.value_ns % kSecond;
  // Linux rounds to the nearest second, but never to "no alarm".
  if ((left == 0 && rest > 0) || rest >= kSecond / 2) left++;
  return static_cast<unsigned>(left);
}

}  // namespace wasmsig::process
