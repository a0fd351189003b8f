// Generation: a signal becomes pending for the process or for a thread. The rules of job control, of ignoring and of
// coalescing are here.
#include "process/internal.hpp"
#include "process/numbers.hpp"

namespace wasmsig::process {

void discard_everywhere(SignalSet signals) {
  state.shared.discard(signals, state.pool);
  for (Thread& thread : threads()) thread.pending.discard(signals, state.pool);
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): complete_signal() of Linux, rule by rule
bool generate(int signo, Origin origin, Thread* target) {
  if (kStopping.has(signo)) discard_everywhere(SignalSet::of(kSIGCONT));
  if (signo == kSIGCONT) {
    discard_everywhere(kStopping);
    if (state.halt.stopped_by()) state.halt.clear();  // even if SIGCONT is blocked or ignored
  }
  // Linux, sig_ignored(): a signal that is blocked, or waited for, is kept, since its disposition may change meanwhile.
  const Effect effect = effect_of(signo);
  const Thread& first = target ? *target : state.threads[0];
  if (effect == Effect::kIgnored && !(first.mask | first.waiting).has(signo)) return true;
  if (!(target ? target->pending : state.shared).add(signo, origin, state.pool)) return false;
  Thread* const chosen = target ? (target->mask.has(signo) ? nullptr : target) : thread_for(signo);
  if (!chosen) return true;
  chosen->has_work = true;
  if (kMaxThreads > 1 && chosen != &self()) state.notification_due = true;
  // Linux, complete_signal(): a fatal signal without a core takes effect at once, before handlers of others. A stopped
  // process has to be continued first.
  const bool may_die = state.halt.none() || (state.halt.stopped_by() && signo == kSIGKILL);
  if (effect == Effect::kEnds && !chosen->waiting.has(signo) && may_die) state.halt.die(signo);
  return true;
}

}  // namespace wasmsig::process
