// Which thread a signal of the process is for, and what a change of its mask makes of that. One thread is chosen when
// the signal is sent; if it then blocks the signal, the signal is retargeted to another one. (Linux: complete_signal(),
// retarget_shared_pending().)
//
// Why: docs/rationale.md#why-is-a-signal-of-the-process-for-one-thread-chosen-when-it-is-sent
#include "process/internal.hpp"
#include "process/numbers.hpp"

namespace wasmsig::process {

#if !defined(WSIG_SINGLE_THREAD)

Thread* thread_of(uintptr_t id) {
  for (Thread& thread : threads()) {
    if (thread.used && thread.id == id) return &thread;
  }
  return nullptr;
}

Thread* thread_numbered(int32_t number) {
  const int64_t index = int64_t{number} - pid();
  if (index < 0 || index >= state.thread_count || !state.threads[index].used) return nullptr;
  return &state.threads[index];
}

// Linux, complete_signal(): the first thread if it can; otherwise in turn, from the one that was chosen last.
Thread* thread_for(int signo) {
  const auto can = [signo](const Thread& thread) { return thread.used && !thread.mask.has(signo); };
  if (can(state.threads[0])) return &state.threads[0];
  for (int step = 0; step < state.thread_count; step++) {
    const int index = (state.last_target + step) % state.thread_count;
    if (!can(state.threads[index])) continue;
    state.last_target = index;
    return &state.threads[index];
  }
  return nullptr;
}

// Linux, retarget_shared_pending().
void retarget(const Thread& from, SignalSet signals) {
  SignalSet rest = state.shared.set() & signals;
  for (int step = 1; step < state.thread_count; step++) {
    Thread& thread = state.threads[(&from - state.threads + step) % state.thread_count];
    if (!thread.used || (rest - thread.mask).empty()) continue;
    thread.has_work = true;
    state.notification_due = true;
    rest = rest & thread.mask;
  }
}

#endif

}  // namespace wasmsig::process
