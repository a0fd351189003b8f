// What all tests of the C library layer share. They are written in POSIX terms only, so that the same sources run natively
// on Linux: there the C library and the kernel are the oracle for what is expected here.
#pragma once

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <vector>

#include "catch_amalgamated.hpp"

#if defined(__GLIBC__)
// Old functions are tested too.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

namespace libc_test {

// What handlers saw, in order. No allocation in handlers.
struct Record {
  int signo;
  int code;
  int pid;
  int value;
};

inline constexpr int kMaxRecords = 4096;
inline Record records[kMaxRecords];
inline volatile sig_atomic_t recorded = 0;

inline void record_signal(int signo) {
  if (recorded < kMaxRecords) records[recorded] = {signo, 0, 0, 0};
  recorded = recorded + 1;
}

inline void record_info(int signo, siginfo_t* info, void*) {
  if (recorded < kMaxRecords) records[recorded] = {signo, info->si_code, info->si_pid, info->si_value.sival_int};
  recorded = recorded + 1;
}

inline std::vector<int> seen() {
  std::vector<int> result;
  for (int i = 0; i < recorded; ++i) result.push_back(records[i].signo);
  return result;
}

inline std::vector<int> seen_values() {
  std::vector<int> result;
  for (int i = 0; i < recorded; ++i) result.push_back(records[i].value);
  return result;
}

inline sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signo : signals) sigaddset(&set, signo);
  return set;
}

// A handler may leave these by a jump, so the call stands outside of the assertion, which has frames that a jump must not skip.
inline void block(std::initializer_list<int> signals) {
  const sigset_t set = set_of(signals);
  const int result = sigprocmask(SIG_BLOCK, &set, nullptr);
  REQUIRE(result == 0);
}

inline void unblock(std::initializer_list<int> signals) {
  const sigset_t set = set_of(signals);
  const int result = sigprocmask(SIG_UNBLOCK, &set, nullptr);
  REQUIRE(result == 0);
}

inline bool blocked(int signo) {
  sigset_t set;
  sigprocmask(SIG_SETMASK, nullptr, &set);
  return sigismember(&set, signo) == 1;
}

inline bool is_pending(int signo) {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, signo) == 1;
}

inline void catch_with(int signo, void (*handler)(int), int flags = 0, std::initializer_list<int> mask = {}) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  action.sa_mask = set_of(mask);
  REQUIRE(sigaction(signo, &action, nullptr) == 0);
}

inline void catch_info(int signo, void (*handler)(int, siginfo_t*, void*) = record_info, int flags = 0,
                       std::initializer_list<int> mask = {}) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = flags | SA_SIGINFO;
  action.sa_mask = set_of(mask);
  REQUIRE(sigaction(signo, &action, nullptr) == 0);
}

inline void send_self(int signo) {
  const int result = kill(getpid(), signo);
  REQUIRE(result == 0);
}

inline void queue_self(int signo, int value) {
  union sigval sent;
  sent.sival_ptr = nullptr;
  sent.sival_int = value;
  const int result = sigqueue(getpid(), signo, sent);
  REQUIRE(result == 0);
}

inline void set_timer(int which, long value_us, long interval_us = 0) {
  struct itimerval timer = {};
  timer.it_value.tv_sec = value_us / 1000000;
  timer.it_value.tv_usec = value_us % 1000000;
  timer.it_interval.tv_sec = interval_us / 1000000;
  timer.it_interval.tv_usec = interval_us % 1000000;
  REQUIRE(setitimer(which, &timer, nullptr) == 0);
}

inline struct timespec timespec_of(long long ns) {
  struct timespec time = {};
  time.tv_sec = static_cast<time_t>(ns / 1000000000);
  time.tv_nsec = static_cast<decltype(time.tv_nsec)>(ns % 1000000000);
  return time;
}

inline double now() {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Runs until the condition holds, at most `seconds`. The loop has a call of the library in it, so that a program without
// safe points of its own looks for signals.
template <class Condition>
bool run_until(Condition condition, double seconds = 10) {
  const double end = now() + seconds;
  while (!condition()) {
    sigset_t pending;
    sigpending(&pending);
    if (now() > end) return condition();
  }
  return true;
}

// Every test starts and ends with default dispositions, an empty mask and no timer.
class Clean {
 public:
  Clean() {
    clean();
    recorded = 0;
    errno = 0;
  }
  ~Clean() { clean(); }

 private:
  static void clean() {
    for (int which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
      struct itimerval none = {};
      setitimer(which, &none, nullptr);
    }
    for (int signo = 1; signo < NSIG; ++signo) {
      struct sigaction action = {};
      action.sa_handler = SIG_IGN;  // discards what is pending
      sigaction(signo, &action, nullptr);
      action.sa_handler = SIG_DFL;
      sigaction(signo, &action, nullptr);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
  }
};

}  // namespace libc_test

using namespace libc_test;

#define LIBC_TEST(name) TEST_CASE_METHOD(Clean, name, "[libc]")
