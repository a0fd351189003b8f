// Generation: a signal becomes pending for the process or for a thread. The rules of job control, of ignoring and of
// coalescing are here.
#include "process/internal.hpp"
#include "process/numbers.hpp"
#include "process/posix_timers.hpp"

namespace wasmsig::process {

void discard_everywhere(SignalSet signals) {
  state.shared.discard(signals, state.pool);
  for (Thread& thread : threads()) thread.pending.discard(signals, state.pool);
  if (linked(timer_signals_discarded)) timer_signals_discarded(signals);
}

void apply_job_control(int signo) {
  if (kStopping.has(signo)) discard_everywhere(SignalSet::of(kSIGCONT));
  if (signo == kSIGCONT) {
    discard_everywhere(kStopping);
    if (state.halt.stopped_by()) state.halt.clear();  // even if SIGCONT is blocked or ignored
  }
}

// Linux, sig_ignored(): a signal that is blocked, or waited for, is kept, since its disposition may change meanwhile.
bool is_dropped(int signo, const Thread* target) {
  const Thread& first = target ? *target : state.threads[0];
  return effect_of(signo) == Effect::kIgnored && !(first.mask | first.waiting).has(signo);
}

// Linux, complete_signal().
bool make_pending(int signo, Origin origin, Thread* target) {
  if (!(target ? target->pending : state.shared).add(signo, origin, state.pool)) return false;
  Thread* const chosen = target ? (target->mask.has(signo) ? nullptr : target) : thread_for(signo);
  if (!chosen) return true;
  chosen->has_work = true;
  if (kMaxThreads > 1 && chosen != &self()) state.notification_due = true;
  // A fatal signal without a core takes effect at once, before handlers of others. A stopped process has to be
  // continued first.
  const bool may_die = state.halt.none() || (state.halt.stopped_by() && signo == kSIGKILL);
  if (effect_of(signo) == Effect::kEnds && !chosen->waiting.has(signo) && may_die) state.halt.die(signo);
  return true;
}

bool generate(int signo, Origin origin, Thread* target) {
  apply_job_control(signo);
  return is_dropped(signo, target) || make_pending(signo, origin, target);
}

}  // namespace wasmsig::process
