// The state of the emulated process, for the files of this folder only.
#pragma once

#include <atomic>

#include "platform/host.h"
#include "process/pending.hpp"
#include "process/process.hpp"
#include "process/queue.hpp"

// A wasm program without threads has no thread-local storage that works together with atomic instructions.
#if defined(WSIG_SINGLE_THREAD)
#define WSIG_THREAD_LOCAL
#else
#define WSIG_THREAD_LOCAL thread_local
#endif

// A reference that does not pull its file out of the archive.
#if defined(__wasm__)
#define WSIG_IF_LINKED [[gnu::weak]]
#else
#define WSIG_IF_LINKED
#endif

namespace wasmsig::process {

struct Thread {
  bool used = false;
  uintptr_t id = 0;         // as the host names threads
  SignalSet mask;           // blocked
  SignalSet waiting;        // being waited for by wait(): unblocked meanwhile, and never ignored
  Pending pending;
  bool wanted = false;      // something is pending that it is to accept (Linux: TIF_SIGPENDING). Others leave it what the process was sent
  int64_t running_seen_ns = 0;  // its running time when it last looked
  uint32_t rang = 0;        // the doorbell as it left it for others, 0: silent
  bool polls = false;       // it waits in wsig_host_poll(), which ends when there is something to do
  uint32_t seen = 0;        // the doorbell that take() left because it is for threads only
  Delivered interruption = kNone;  // see interruption()
  bool cancelled = false;   // by pthread_cancel(): its waits end as soon as it may be cancelled
};

struct Timer {
  bool armed = false;
  int64_t expiry_ns = 0;  // on the timer's clock
  int64_t interval_ns = 0;
};

struct State {
  int host = 0;  // WSIG_HOST_...
  std::atomic<bool> started{false};
  int fate = 0;             // n: stopped by signal n, until SIGCONT is sent; -n: to be ended by signal n
  int told = 0;             // the stop that the host was told of
  bool backlog = false;     // real-time signals were left in the queue, because the pool was full
  Action actions[kSignalLimit] = {};
  SignalSet kept;           // not at their default action
  Pending shared;
  Pool pool;
  Thread threads[kMaxThreads] = {};
  int thread_count = 0;  // records that were ever used; the first is the main thread's
  int last_taker = 0;    // the thread that was last chosen for what the process was sent and the first one blocks
  bool handed_on = false;  // threads are wanted that may not have been rung
  Timer timers[3] = {};
  bool real_timer_waits = false;  // ITIMER_REAL expired; an interval starts again when its SIGALRM is dequeued
  int64_t running_ns = 0;         // running time of all threads, as far as they have looked
  int64_t asleep_ns = 0;          // of the monotonic clock, what was slept with a timer armed: stands in for a missing running clock
  int64_t looked_ns = 0;          // when timers were last looked at
  bool sleeps = false;            // and whether that was before a sleep
};

extern State state;

struct ThreadRange {
  Thread* begin() const { return state.threads; }
  Thread* end() const { return state.threads + (kMaxThreads > 1 ? state.thread_count : 1); }
};
inline ThreadRange threads() { return {}; }

// The calling thread's record; makes one on its first call. Threads that are none of the program's, or that end, share one that no signal is for.
#if defined(WSIG_SINGLE_THREAD)
inline Thread& self() { return state.threads[0]; }
#else
extern constinit thread_local Thread* this_thread;
inline Thread& self() {
  if (!this_thread) thread_enter({});
  return *this_thread;
}
#endif

// While one of these lives the thread runs code of the library. Its loops may be instrumented like any others, and a safe
// point in them must neither deliver (no handler runs in the middle of this) nor leave the doorbell rung, because a loop
// whose doorbell stays rung looks for ever: what rings is put off until the last of them is gone, or until take().
class Inside {
 public:
  Inside() { depth++; }
  ~Inside() { leave(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  static constinit WSIG_THREAD_LOCAL int depth;         // how many of them this thread has
  static constinit WSIG_THREAD_LOCAL uint32_t put_off;  // doorbell bits that it met meanwhile
#if !defined(WSIG_SINGLE_THREAD)
  static constinit thread_local uint32_t own_ring;      // the last that ring_again() has made; 0 outside of it
#endif

  // One of them. Before the last, rings again with what was put off.
  [[gnu::always_inline]] static void leave_inline() {
    if (depth == 1 && put_off != 0) ring_again();
    depth--;
  }
  [[gnu::noinline]] static void leave() { leave_inline(); }

 private:
  [[gnu::noinline]] static void ring_again();
};

// The same, without a call at its end, for what programs call in loops.
class InsideInline {
 public:
  InsideInline() { Inside::depth++; }
  [[gnu::always_inline]] ~InsideInline() { Inside::leave_inline(); }
  InsideInline(const InsideInline&) = delete;
  InsideInline& operator=(const InsideInline&) = delete;
};

#if defined(WSIG_SINGLE_THREAD)
inline bool may_look() { return true; }
#else
inline bool may_look() { return wsig_host_may_look() != 0; }
#endif

// For safe points: whether the thread is inside. If so the doorbell has been put off. A ring that is only for threads stays for the others: `*left`, which this thread may take for silence.
bool put_off_look(uint32_t* left = nullptr);

// Everything in State is guarded by one lock, held for short straight runs of code and never while a handler or the host sleeps.
// For code that is inside already.
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

// For all other code.
class Guard {
  Inside inside_;
  Lock lock_;
};

// The functions below want the lock held.

// What becomes of a signal when it is accepted.
enum class Effect { kIgnored, kStops, kEnds, kEndsWithCore, kCaught };
Effect default_effect(int signo);
Effect effect_of(int signo);

// Makes a signal pending for `target`, or for the process if null; applies the rules of generation (job control, ignoring, coalescing). False: too many
// real-time signals are pending.
bool generate(int signo, Origin origin, Thread* target);

// With one thread nothing of this is needed, and nothing of it is linked.
#if defined(WSIG_SINGLE_THREAD)
inline Thread* thread_of(uintptr_t id) { return id == wsig_host_thread() ? &state.threads[0] : nullptr; }
[[gnu::always_inline]] inline Thread* thread_for(int signo) { return state.threads[0].mask.has(signo) ? nullptr : &state.threads[0]; }
inline void hand_on(const Thread&, SignalSet) {}
inline int32_t leave_doorbell() { return 0; }
inline bool must_ring(const Thread&) { return false; }
inline void wake_others() {}
#else
Thread* thread_of(uintptr_t id);  // null: no such thread
Thread* thread_for(int signo);    // which one accepts what the process was sent; null: all block it
void hand_on(const Thread& from, SignalSet signals);  // to others: what the process was sent, and `from` now blocks

// Others than `me` must be rung: they are wanted and may not know. Asked before the lock is given back by whoever took the doorbell, chose a
// thread, or changed a mask.
bool must_ring(const Thread& me);

// These two want the lock free.
uint32_t wake_others();        // rings this process's own doorbell; what this thread may take for silence
int32_t leave_doorbell();      // by a thread that may not look: what it may take for silence meanwhile. It looks as soon as it may, whatever it took for silence
bool answer_ring(Thread& me);  // after a look: it may have taken the ring that was meant for another thread, which runs and does not look by itself. False: deliver again
void answer_put_off();
#endif

// Removes the next of the allowed signals that the thread or the process has pending. 0: none.
int dequeue(Thread& me, SignalSet allowed, Origin* origin);
inline Origin sent_by(queue::InfoCode code, int32_t pid, int32_t value = 0) { return Origin::of(queue::info_of(code, pid), value); }

// For the host, which carries out a default action that ends or stops the process also if no thread looks: for which signals there is one, and a thread that
// does not block it. After every change of an action, a mask, or which threads there are.
[[gnu::noinline]] void publish_defaults();
void keep(int signo, bool kept);  // whether a signal is no longer at its default action

// Blocks these signals and no others. What the thread was to accept and now blocks is handed on, and what it no longer blocks it will accept.
void use_mask(Thread& me, SignalSet mask);

// Moves what the host queued to pending, and lets due timers expire. `look_at_clocks`: even if no timer rang. Returns the
// ring word as it was before: a sleeper that then finds nothing sleeps on this value.
uint32_t take(Thread& me, bool look_at_clocks);

// Whether there is anything for `me` to do: a handler, a stop, the end. A thread that is none of the program's does not stop: others need it to say that they have.
inline bool any_to_accept(const Thread& me) { return state.fate < 0 || me.wanted || (state.fate > 0 && (kMaxThreads == 1 || me.used)); }

// Whether waits of `me` are to end with -ECANCELED.
#if defined(WSIG_SINGLE_THREAD)
inline bool cancelled(const Thread&) { return false; }
#else
inline bool cancelled(const Thread& me) { return me.cancelled && wsig_host_cancelable(); }
#endif

// Only for programs that have a timer: on wasm timers.cpp is linked only where something sets one. Otherwise these functions do not exist, which linked() asks.
WSIG_IF_LINKED void timers_expire(Thread& me, bool look_at_clocks, bool rang);
WSIG_IF_LINKED void real_timer_dequeued(Thread& me);  // a SIGALRM of the process was accepted
WSIG_IF_LINKED int64_t real_timer_left();             // nanoseconds, if it is armed. (Others do not run while the process sleeps.)
// Likewise for programs that have poll(): whether it waits and there is something to do. Then the host has to come back, and poll() delivers.
WSIG_IF_LINKED bool poll_interrupted();
template <class Function>
bool linked([[maybe_unused]] Function* function) {
#if defined(__wasm__)
  return function != nullptr;
#else
  return true;
#endif
}

// The functions below want it free, and their caller inside: what wakes a call, or comes while it looks, must not run its handler before the call knows.

// Delivers what `me` may have, like deliver(), but what was sent is already taken. `restore`: the mask to return to after
// the first handler, if it is not the present one (suspend).
Delivered deliver_nested(Thread& me, const SignalSet* restore, int depth);  // `depth`: how many handlers are set up and have not run
#if defined(WSIG_SINGLE_THREAD)
inline Delivered deliver_pending(Thread& me, const SignalSet* restore) { return deliver_nested(me, restore, 0); }
#else
Delivered deliver_pending(Thread& me, const SignalSet* restore);
#endif

// deliver().
Delivered take_and_deliver();

// First in the calls whose meaning depends on what is pending. A kernel would have delivered before such a call what was sent before it: with the mask and
// the actions of then.
[[gnu::noinline]] void look_at_host();
[[gnu::always_inline]] inline void deliver_sent(const Thread& me) {
  if (state.host != WSIG_HOST_SHARED || queue::block.doorbell.load() != (kMaxThreads > 1 ? me.rang : 0)) look_at_host();
}

// Counts this thread as a sleeper, so that ringers wake it. No handler runs meanwhile, so no jump skips the end.
class Sleeper {
 public:
  Sleeper() { queue::block.waiters.fetch_add(1); }
  ~Sleeper() { queue::block.waiters.fetch_add(uint32_t(-1)); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
};

[[noreturn]] void die(int signo);

// For the fake host and tests: the process as it was before start().
void reset();

}  // namespace wasmsig::process
