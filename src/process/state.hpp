// The state of the emulated process, for the files of this folder only.
#pragma once

#include <atomic>

#include "platform/host.h"
#include "process/pending.hpp"
#include "process/process.hpp"
#include "queue/queue.hpp"

// A wasm program without threads has no thread-local storage that works together with atomic instructions.
#if defined(WSIG_SINGLE_THREAD)
#define WSIG_THREAD_LOCAL
#else
#define WSIG_THREAD_LOCAL thread_local
#endif

namespace wasmsig::process {

struct Thread {
  bool used = false;
  uintptr_t id = 0;   // as the host names threads
  SignalSet mask;     // blocked
  SignalSet waiting;  // being waited for by wait(): unblocked meanwhile, and never ignored
  Pending pending;
  // Something is pending that it is to accept (Linux: TIF_SIGPENDING); other threads leave it that
  bool has_work = false;
  int64_t running_counted_ns = 0;  // its running time when it last checked
  // The doorbell value that it may ignore, since it is for others; 0: none (notify.cpp)
  uint32_t own_notification = 0;
  uint32_t kept_notification = 0;  // the doorbell value that drain() left, since it is for threads only; 0: none
  bool polls = false;              // it waits in wsig_host_poll(), which ends when there is something to do
  Delivered interruption = kNone;  // see interruption()
  bool cancelled = false;          // by pthread_cancel(): its waits end as soon as it may be cancelled
};

struct Timer {
  bool armed = false;
  int64_t expiry_ns = 0;  // on the timer's clock
  int64_t interval_ns = 0;
};

// What stops or ends the process. One word, since "neither" is the question of every delivery.
class Halt {
 public:
  bool none() const { return value_ == 0; }
  int stopped_by() const { return value_ > 0 ? value_ : 0; }  // until SIGCONT is generated; 0: not stopped
  int dying_of() const { return value_ < 0 ? -value_ : 0; }   // 0: it is not to be ended
  void stop(int signo) { value_ = signo; }
  void die(int signo) { value_ = -signo; }
  void clear() { value_ = 0; }

 private:
  int value_ = 0;
};

struct State {
  int host = 0;  // WSIG_HOST_...
  std::atomic<bool> started{false};
  Halt halt;
  int reported_stop = 0;  // the stop that the host has a report of
  bool backlog = false;   // real-time signals were left in the queue, because the pool was full
  Action actions[kSignalLimit] = {};
  SignalSet non_default;  // signals that are not at their default action
  Pending shared;
  Pool pool;
  Thread threads[kMaxThreads] = {};
  int thread_count = 0;  // records that were ever used; the first is the main thread's
  int last_target = 0;   // the thread that was last chosen for what the process was sent and the first one blocks
  bool notification_due = false;  // threads may have work that they were not notified of
  Timer timers[3] = {};
  bool real_timer_waits = false;  // ITIMER_REAL expired; an interval starts again when its SIGALRM is dequeued
  int64_t running_ns = 0;         // running time of all threads, when each of them last checked
  // Of the monotonic clock, what was slept with a timer armed: stands in for a missing running clock
  int64_t asleep_ns = 0;
  int64_t timers_checked_ns = 0;      // when timers were last checked
  bool checked_before_sleep = false;  // and whether that was before a sleep
};

extern State state;

struct ThreadRange {
  Thread* begin() const { return state.threads; }
  Thread* end() const { return state.threads + (kMaxThreads > 1 ? state.thread_count : 1); }
};
inline ThreadRange threads() { return {}; }

// The calling thread's record; makes one on its first call. Threads that are none of the program's, or that end, share
// one that no signal is for.
#if defined(WSIG_SINGLE_THREAD)
inline Thread& self() { return state.threads[0]; }
#else
extern constinit thread_local Thread* this_thread;
inline Thread& self() {
  if (!this_thread) thread_enter({});
  return *this_thread;
}
#endif

// Everything in State is guarded by one lock, held for short straight runs of code and never while a handler or the
// host sleeps. For code in which delivery is deferred already; other code takes a Guard (deferral.hpp).
class Lock {
 public:
#if defined(WSIG_SINGLE_THREAD)
  Lock() {}
#else
  Lock();
  ~Lock();
#endif
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

// For the fake host and tests: the process as it was before start().
void reset();

}  // namespace wasmsig::process
