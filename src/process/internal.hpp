// What the files of this folder call of each other, by file. Where two files call each other, their heads say why.
//
// "Locked": the caller holds the lock. "Unlocked": it does not, and delivery is deferred (deferral.hpp).
//
// Why: docs/rationale.md#why-is-the-library-in-every-program-so-small
// Why: docs/rationale.md#why-do-only-srcprocess-and-srcqueue-use-atomic-instructions
#pragma once

#include "platform/host.h"
#include "process/deferral.hpp"
#include "process/numbers.hpp"
#include "process/process.hpp"
#include "process/state.hpp"
#include "queue/queue.hpp"

// A reference that does not pull its file out of the archive.
#if defined(__wasm__)
#define WSIG_IF_LINKED [[gnu::weak]]
#else
#define WSIG_IF_LINKED
#endif

namespace wasmsig::process {

// Whether a function of an object that only some programs link is there.
template <class Function>
bool linked([[maybe_unused]] Function* function) {
#if defined(__wasm__)
  return function != nullptr;
#else
  return true;
#endif
}

// --- effects.cpp: locked -------------------------------------------------------------------------------------------

Effect default_effect(int signo);
Effect effect_of(int signo);

// For the host, which carries out a default action that ends or stops the process also if no thread checks: the signals
// that have one and that some thread does not block. After every change of an action, a mask, or the set of threads.
[[gnu::noinline]] void publish_defaults();
void set_non_default(int signo, bool non_default);

// --- retarget.cpp: locked ------------------------------------------------------------------------------------------

// With one thread there is none to choose, and nothing of it is linked.
#if defined(WSIG_SINGLE_THREAD)
inline Thread* thread_numbered(int32_t number) { return number == pid() ? &state.threads[0] : nullptr; }
inline Thread* thread_of(uintptr_t id) { return id == wsig_host_thread() ? &state.threads[0] : nullptr; }
[[gnu::always_inline]] inline Thread* thread_for(int signo) {
  return state.threads[0].mask.has(signo) ? nullptr : &state.threads[0];
}
inline void retarget(const Thread&, SignalSet) {}
#else
Thread* thread_of(uintptr_t id);          // null: no such thread
Thread* thread_numbered(int32_t number);  // as thread_number() gives it
Thread* thread_for(int signo);            // which one accepts what the process was sent; null: all block it
void retarget(const Thread& from, SignalSet signals);  // of what the process was sent: `from` now blocks these
#endif

// Whether there is anything for `me` to do: a handler, a stop, the end. A thread that is none of the program's does not
// stop: others need it to report that they have.
inline bool any_to_accept(const Thread& me) {
  return state.halt.dying_of() || me.has_work || (state.halt.stopped_by() && (kMaxThreads == 1 || me.used));
}

// --- masks.cpp: locked ---------------------------------------------------------------------------------------------

// Blocks these signals and no others. What the thread was to accept and now blocks is retargeted, and what it no longer
// blocks it will accept.
void use_mask(Thread& me, SignalSet mask);

// --- notify.cpp ----------------------------------------------------------------------------------------------------

// With one thread nothing of this is linked either.
#if defined(WSIG_SINGLE_THREAD)
inline int32_t leave_doorbell() { return 0; }
inline bool must_notify(const Thread&) { return false; }
inline void notify_others() {}
#else
// Locked. Whether other threads have work that they may not know of. To be asked before the lock is given back, after
// the doorbell was taken, a thread was chosen, or a mask was changed.
bool must_notify(const Thread& me);
bool others_have_work(const Thread& me);

// Unlocked. Writes a notification into this process's own doorbell: the value that this thread may ignore from now on,
// 0 if it may not. `own`: the notification.
uint32_t notify_others();
uint32_t notify_others(uint32_t* own);

// By a thread that may not check: the value that it may ignore meanwhile. It checks as soon as it may, whatever that
// was.
int32_t leave_doorbell();

// Unlocked, after a check: it may have taken a notification that was meant for another thread, which computes and does
// not check by itself. False: deliver again.
bool answer_notification(Thread& me);
#endif

// Counts this thread as a sleeper, so that senders wake it. No handler runs meanwhile, so no jump skips the end.
class Sleeper {
 public:
  Sleeper() { queue::block.waiters.fetch_add(1); }
  ~Sleeper() { queue::block.waiters.fetch_add(uint32_t(-1)); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
};

// --- generate.cpp: locked ------------------------------------------------------------------------------------------

// Makes a signal pending for `target`, or for the process if null; applies the rules of generation (job control,
// ignoring, coalescing). False: too many real-time signals are pending.
bool generate(int signo, Origin origin, Thread* target);
// Its parts, for the signals of timers.
void apply_job_control(int signo);
bool is_dropped(int signo, const Thread* target);  // ignored, and not kept
void make_pending(int signo, Origin origin, Thread* target);
[[gnu::noinline]] void discard_everywhere(SignalSet signals);
inline Origin sent_by(queue::InfoCode code, int32_t pid, int32_t value = 0) {
  return Origin::of(queue::info_of(code, pid), value);
}

// --- expiry.cpp: locked --------------------------------------------------------------------------------------------

// Only for programs that have a timer: on wasm the file is linked only where something sets one (timers.cpp). Otherwise
// these functions do not exist, which linked() asks. `notified`: the host has rung for a timer.
WSIG_IF_LINKED void timers_expire(Thread& me, bool check_clocks, bool notified);
// A signal was taken out of a set. False: it is not accepted (timer_signal_dequeued()).
WSIG_IF_LINKED bool signal_dequeued(Thread& me, Pending& from, int signo, Origin* origin);
// Nanoseconds until the next timer that runs while the process sleeps; -1: none is armed.
WSIG_IF_LINKED int64_t real_timer_left();

// For timers.cpp.
Timer& timer_of(TimerKind kind);
int64_t clock_of(TimerKind kind, Thread& me);
void account_for_sleep();
void arm_host(Thread& me);
// The next expiry after `now`, in whole intervals. `missed`: those in between.
int64_t next_expiry(int64_t expiry_ns, int64_t interval_ns, int64_t now, int64_t* missed);

// --- drain.cpp: locked ---------------------------------------------------------------------------------------------

// Moves what the host queued to pending, and lets due timers expire. `check_clocks`: even if the host rang for none.
// Returns the ring word as it was before: a sleeper that then finds nothing sleeps on this value.
uint32_t drain(Thread& me, bool check_clocks);

// --- deliver.cpp ---------------------------------------------------------------------------------------------------

// Locked. Removes the next of the allowed signals that the thread or the process has pending. 0: none.
int dequeue(Thread& me, SignalSet allowed, Origin* origin);

// The others unlocked: what wakes a call, or comes while it checks, must not run its handler before the call knows.

// Delivers what `me` may have, like deliver(), but what was sent is already taken. `restore`: the mask to return to
// after the first handler, if it is not the present one (suspend).
// `depth`: how many handlers are set up and have not run
Delivered deliver_nested(Thread& me, const SignalSet* restore, int depth);
#if defined(WSIG_SINGLE_THREAD)
[[gnu::always_inline]] inline Delivered deliver_pending(Thread& me, const SignalSet* restore) {
  return deliver_nested(me, restore, 0);
}
#else
Delivered deliver_pending(Thread& me, const SignalSet* restore);
#endif

// deliver().
Delivered drain_and_deliver();

// First in the calls whose meaning depends on what is pending. A kernel would have delivered before such a call what
// was sent before it: with the mask and the actions of then.
[[gnu::noinline]] void check_host();
[[gnu::always_inline]] inline void deliver_sent(const Thread& me) {
  if (state.host != WSIG_HOST_SHARED || queue::block.doorbell.load() != (kMaxThreads > 1 ? me.own_notification : 0))
    check_host();
}

[[noreturn]] void die(int signo);

// --- threads.cpp ---------------------------------------------------------------------------------------------------

// Whether waits of `me` are to end with -ECANCELED.
#if defined(WSIG_SINGLE_THREAD)
inline bool cancelled(const Thread&) { return false; }
#else
inline bool cancelled(const Thread& me) { return me.cancelled && wsig_host_cancelable(); }
#endif

// --- descriptor_wait.cpp: unlocked ---------------------------------------------------------------------------------

// Only for programs that have poll(): whether it waits and there is something to do. Then the host has to come back,
// and poll() delivers.
WSIG_IF_LINKED bool poll_interrupted();

}  // namespace wasmsig::process
