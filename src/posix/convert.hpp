// Between the C library's types and the process's. Everything here is inline and compiles to a few instructions.
#pragma once

#include <errno.h>
#if !defined(WSIG_SINGLE_THREAD)
#include <pthread.h>
#endif
#include <signal.h>
#include <stdint.h>

#include "process/process.hpp"

namespace wasmsig::posix {

static_assert(sizeof(sigset_t) == 128 && sizeof(siginfo_t) == 128, "the types are musl's");
static_assert(__builtin_offsetof(siginfo_t, si_pid) == 12 && __builtin_offsetof(siginfo_t, si_value) == 20);
static_assert(_NSIG == kSignalLimit && SA_RESTART == process::kRestart && SI_QUEUE == process::kQueue);

// Like the kernel, we know the first 64 bits of a set and leave the rest alone.
inline SignalSet from(const sigset_t& set) {
  SignalSet result;
  __builtin_memcpy(&result.bits, &set, sizeof result.bits);
  return result;
}

inline void store(sigset_t* set, SignalSet value) { __builtin_memcpy(set, &value.bits, sizeof value.bits); }

// The convention of most functions: -1 and errno.
inline int fail(int error) {
  errno = error;
  return -1;
}
inline int result(int value) { return value < 0 ? fail(-value) : value; }

// A call that waits, `wait`, is a point where pthread_cancel() ends the thread. It does that here, where nothing of the
// process is left half done.
template <class Wait>
int cancellation_point(Wait wait) {
#if !defined(WSIG_SINGLE_THREAD)
  pthread_testcancel();
  const int result = wait();
  if (result != -ECANCELED) return result;
  pthread_testcancel();
  return -EINTR;  // a signal number of the C library was sent, and nobody cancelled
#else
  return wait();
#endif
}

inline constexpr int64_t kNanosecond = 1000000000;

// Times beyond the 292 years that fit are as good as never.
inline int64_t nanoseconds(int64_t seconds, int64_t rest_ns) {
  int64_t value;
  if (__builtin_mul_overflow(seconds, kNanosecond, &value) || __builtin_add_overflow(value, rest_ns, &value)) {
    return INT64_MAX;
  }
  return value;
}

inline struct timespec timespec_of(int64_t ns) {
  struct timespec time = {};
  time.tv_sec = ns / kNanosecond;
  time.tv_nsec = static_cast<decltype(time.tv_nsec)>(ns % kNanosecond);
  return time;
}

template <class Timespec>
bool valid_timespec(const Timespec& time) {
  return time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < kNanosecond;
}

// As wide as a pointer of wasm32.
inline int32_t bits_of(union sigval value) { return static_cast<int32_t>(reinterpret_cast<intptr_t>(value.sival_ptr)); }

void store(siginfo_t* to, const process::SigInfo& from);

// The alternate stack of the calling thread (sigaltstack.cpp).
stack_t alternate_stack();
// Runs `call(context)` on the alternate stack if there is one and it is not in use.
void on_alternate_stack(void (*call)(void*), void* context);

}  // namespace wasmsig::posix
