// The records of threads, from the first call of a thread to its end.
//
// This file and deliver.cpp call each other: self() makes the record of a thread that has none yet, and a thread that
// was expected may have been sent signals before it began, which thread_enter() delivers.
//
// Why: docs/rationale.md#why-may-a-thread-not-check-everywhere
#include <utility>

#include "platform/host.h"
#include "process/internal.hpp"
#include "process/posix_timers.hpp"

namespace wasmsig::process {

#if !defined(WSIG_SINGLE_THREAD)

// The record of threads that no signal is for: those that are none of the program's, and those that have left.
constinit static Thread outsiders;

// Null: all are used.
static Thread* add_record(uintptr_t id, SignalSet mask) {
  // The first is the main thread's for ever.
  for (int index = state.thread_count ? 1 : 0; index < kMaxThreads; index++) {
    Thread& record = state.threads[index];
    if (record.used) continue;
    record.used = true;
    record.waiting = {};
    record.has_work = false;
    record.interruption = kNone;
    record.cancelled = false;
    record.id = id;
    if (index >= state.thread_count) state.thread_count = index + 1;
    record.mask = {};
    use_mask(record, mask);
    publish_defaults();
    return &record;
  }
  return nullptr;
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): the cases of one birth
void thread_enter(SignalSet inherited) {
  if (this_thread) return;
  const uintptr_t id = wsig_host_thread();
  bool sent = false;
  if (id == 0) {
    this_thread = &outsiders;
  } else {
    Guard guard;
    Thread* record = thread_of(id);  // expected
    // Main's has what the process inherited
    if (!record) record = add_record(id, state.thread_count ? inherited : state.threads[0].mask);
    if (record) {
      const int64_t running = wsig_host_clock(WSIG_HOST_CLOCK_RUNNING);
      record->running_counted_ns = running < 0 ? 0 : running;
      sent = !(record->pending.set() - record->mask).empty();
    }
    this_thread = record ? record : &state.threads[0];
  }
  wsig_host_thread_entered(this_thread);
  if (sent) deliver();
}

static void retire(Thread& thread) {
  bool wake = false;
  {
    Guard guard;
    thread.pending.discard(SignalSet::all(), state.pool);
    if (linked(timers_of_thread_end)) timers_of_thread_end(thread);
    use_mask(thread, SignalSet::all());  // what it was to accept goes to others
    thread.used = false;
    wake = must_notify(thread);
  }
  if (wake) notify_others();
}

void thread_leave(void* record) {
  Thread& thread = *static_cast<Thread*>(record);
  // Not main's, which threads without a record of their own share. (Its owner is asked for that record only: some hosts
  // no longer know a thread that ends.)
  if (thread.used && (&thread != state.threads || thread.id == wsig_host_thread())) retire(thread);
  this_thread = &outsiders;
}

uintptr_t thread_expect(SignalSet mask) {
  static constinit uintptr_t last = 0;
  Guard guard;
  last--;  // from the end of the address space downwards, where no thread is
  return add_record(last, mask) ? last : 0;
}

void thread_known(uintptr_t expected, uintptr_t id) {
  Guard guard;
  if (Thread* const thread = thread_of(expected)) thread->id = id;
}

void thread_forget(uintptr_t expected) {
  Thread* thread;
  {
    Guard guard;
    thread = thread_of(expected);
  }
  if (thread) retire(*thread);
}

// Threads without a record of their own have the first one's.
int32_t thread_number() {
  start();
  const Thread& me = self();
  return pid() + (&me == &outsiders ? 0 : static_cast<int32_t>(&me - state.threads));
}

int32_t number_of_thread(uintptr_t id) {
  const Guard guard;
  const Thread* const thread = thread_of(id);
  return thread ? pid() + static_cast<int32_t>(thread - state.threads) : 0;
}

Delivered interruption() { return std::exchange(self().interruption, kNone); }

int cancel_thread(uintptr_t id) {
  {
    Guard guard;
    Thread* const thread = thread_of(id);
    if (!thread) return -ESRCH;
    thread->cancelled = true;
  }
  notify_others();
  wsig_host_cancel(id);
  return 0;
}

#endif

}  // namespace wasmsig::process
