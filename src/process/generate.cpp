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

namespace {

// Inline, since every program has generate(), and only those with timers need the parts.

[[gnu::always_inline]] inline void job_control(int signo) {
  if (kStopping.has(signo)) discard_everywhere(SignalSet::of(kSIGCONT));
  if (signo == kSIGCONT) {
    discard_everywhere(kStopping);
    if (state.halt.stopped_by()) state.halt.clear();  // even if SIGCONT is blocked or ignored
  }
}

// Linux, sig_ignored(): a signal that is blocked, or waited for, is kept, since its disposition may change meanwhile.
[[gnu::always_inline]] inline bool dropped(Effect effect, int signo, const Thread* target) {
  const Thread& first = target ? *target : state.threads[0];
  return effect == Effect::kIgnored && !(first.mask | first.waiting).has(signo);
}

// Linux, complete_signal().
[[gnu::always_inline]] inline bool add(Effect effect, int signo, Origin origin, Thread* target) {
  if (!(target ? target->pending : state.shared).add(signo, origin, state.pool)) return false;
  Thread* const chosen = target ? (target->mask.has(signo) ? nullptr : target) : thread_for(signo);
  if (!chosen) return true;
  chosen->has_work = true;
  if (kMaxThreads > 1 && chosen != &self()) state.notification_due = true;
  // A fatal signal without a core takes effect at once, before handlers of others. A stopped process has to be
  // continued first.
  const bool may_die = state.halt.none() || (state.halt.stopped_by() && signo == kSIGKILL);
  if (effect == Effect::kEnds && !chosen->waiting.has(signo) && may_die) state.halt.die(signo);
  return true;
}

}  // namespace

bool generate(int signo, Origin origin, Thread* target) {
  job_control(signo);
  const Effect effect = effect_of(signo);
  return dropped(effect, signo, target) || add(effect, signo, origin, target);
}

void apply_job_control(int signo) { job_control(signo); }

bool is_dropped(int signo, const Thread* target) { return dropped(effect_of(signo), signo, target); }

void make_pending(int signo, Origin origin, Thread* target) { add(effect_of(signo), signo, origin, target); }

}  // namespace wasmsig::process
