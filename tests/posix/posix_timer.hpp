// POSIX timers for tests, and what comes of them.
#pragma once

#include "support.hpp"

namespace libc_test {

inline constexpr long long kMillisecond = 1000000, kSecond = 1000000000;

inline struct sigevent event_of(int notify, int signo, int value = 0) {
  struct sigevent event = {};
  event.sigev_notify = notify;
  event.sigev_signo = signo;
  event.sigev_value.sival_int = value;
  return event;
}

// Deleted at the end of its test.
class Timer {
 public:
  explicit Timer(clockid_t clock, int signo, int value = 0) : Timer(clock, event_of(SIGEV_SIGNAL, signo, value)) {}
  Timer(clockid_t clock, struct sigevent event) { REQUIRE(timer_create(clock, &event, &id_) == 0); }
  ~Timer() { timer_delete(id_); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void set(long long value_ns, long long interval_ns = 0, int flags = 0) {
    const struct itimerspec value = {timespec_of(interval_ns), timespec_of(value_ns)};
    const int result = timer_settime(id_, flags, &value, nullptr);
    REQUIRE(result == 0);
  }
  long long left() const { return total(present().it_value); }
  long long interval() const { return total(present().it_interval); }
  int overrun() const { return timer_getoverrun(id_); }
  timer_t id() const { return id_; }

 private:
  static long long total(const struct timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }
  struct itimerspec present() const {
    struct itimerspec value;
    REQUIRE(timer_gettime(id_, &value) == 0);
    return value;
  }
  timer_t id_;
};

inline void pass(long long ns) {
  struct timespec rest = timespec_of(ns);
  while (nanosleep(&rest, &rest) != 0) {
  }
}

// 0: none is pending.
inline int take(int signo, siginfo_t* info) {
  const sigset_t set = set_of({signo});
  const struct timespec none = {};
  const int taken = sigtimedwait(&set, info, &none);
  return taken < 0 ? 0 : taken;
}

inline std::vector<int> taken_values(int signo) {
  std::vector<int> values;
  for (siginfo_t info; take(signo, &info);) values.push_back(info.si_code == SI_TIMER ? info.si_value.sival_int : -1);
  return values;
}

inline long long time_of(clockid_t clock) {
  struct timespec time;
  REQUIRE(clock_gettime(clock, &time) == 0);
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace libc_test
