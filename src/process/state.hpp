// The state of the emulated process, for the files of this folder only.
#pragma once

#include <atomic>
#include <optional>

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
  uint32_t seen = 0;        // the doorbell that take() left because it is for threads only
};

struct Timer {
  bool armed = false;
  int64_t expiry_ns = 0;  // on the timer's clock
  int64_t interval_ns = 0;
};

struct State {
  int host = 0;  // WSIG_HOST_...
  std::atomic<bool> started{false};
  bool stopped = false;
  int dying = 0;            // a signal whose default action ends the process has been sent
  bool backlog = false;     // real-time signals were left in the queue, because the pool was full
  Action actions[kSignalLimit] = {};
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
};

extern State state;

struct ThreadRange {
  Thread* begin() const { return state.threads; }
  Thread* end() const { return state.threads + (kMaxThreads > 1 ? state.thread_count : 1); }
};
inline ThreadRange threads() { return {}; }

// The calling thread's record; makes one on its first call.
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
  ~Inside() {
    while (depth == 1 && put_off != 0) ring_again();
    depth--;
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  static constinit WSIG_THREAD_LOCAL int depth;         // how many of them this thread has
  static constinit WSIG_THREAD_LOCAL uint32_t put_off;  // doorbell bits that it met meanwhile

  static void ring_again();  // with what was put off, while it is still inside
};

// For safe points: whether the thread is inside. If so the doorbell has been put off.
bool put_off_look();

// Calls a handler: outside again until it returns, and also if it never does.
void call_handler(const Action& action, const SigInfo& info, SignalSet* mask);

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

// Makes a signal pending for `target`, or for the process if null; applies the rules of generation (job control, ignoring, coalescing).
int generate(int signo, const Origin& origin, Thread* target);

// With one thread nothing of this is needed, and nothing of it is linked.
#if defined(WSIG_SINGLE_THREAD)
inline Thread* thread_of(uintptr_t id) { return id == wsig_host_thread() ? &state.threads[0] : nullptr; }
inline Thread* thread_for(int signo) { return state.threads[0].mask.has(signo) ? nullptr : &state.threads[0]; }
inline void hand_on(const Thread&, SignalSet) {}
inline bool must_ring(const Thread&) { return false; }
inline void wake_others() {}
inline bool answer_ring(Thread&) { return true; }
inline void answer_put_off() {}
#else
Thread* thread_of(uintptr_t id);  // null: no such thread
Thread* thread_for(int signo);    // which one accepts what the process was sent; null: all block it
void hand_on(const Thread& from, SignalSet signals);  // to others: what the process was sent, and `from` now blocks

// Others than `me` must be rung: they are wanted and may not know. Asked before the lock is given back by whoever took the doorbell, chose a
// thread, or changed a mask.
bool must_ring(const Thread& me);

// These two want the lock free.
uint32_t wake_others();        // rings this process's own doorbell; what this thread may take for silence
bool answer_ring(Thread& me);  // after a look: it may have taken the ring that was meant for another thread, which runs and does not look by itself. False: deliver again
void answer_put_off();
#endif

// Removes the next of the allowed signals that the thread or the process has pending. 0: none.
int dequeue(Thread& me, SignalSet allowed, Origin* origin);

// Blocks these signals and no others. What the thread was to accept and now blocks is handed on, and what it no longer blocks it will accept.
void use_mask(Thread& me, SignalSet mask);

// Moves what the host queued to pending, and lets due timers expire. `look_at_clocks`: even if no timer rang. Returns the
// ring word as it was before: a sleeper that then finds nothing sleeps on this value. `posted`: is given the signal that came by itself, in the doorbell, which then is not pending.
uint32_t take(Thread& me, bool look_at_clocks, queue::Sent* posted = nullptr);
Origin origin_of(const queue::Sent& sent);

// A signal whose handler is set up and has not run.
struct Accepted {
  Accepted(int s, const Action& a, const Origin& o, SignalSet r) : signo(s), action(a), origin(o), restore(r) {}

  int signo;
  Action action;
  Origin origin;
  SignalSet restore;  // the mask that returns after the handler
};

// Takes as take() does, but sets up the handler of a signal that came by itself, if nothing stands in between. `restore`: as for deliver_pending().
uint32_t take_or_set_up(Thread& me, bool look_at_clocks, const SignalSet* restore, std::optional<Accepted>* accepted);

// Whether there is anything for `me` to do: a handler, a stop, the end.
inline bool any_to_accept(const Thread& me) { return state.dying || state.stopped || me.wanted; }

inline bool timers_armed() { return state.timers[0].armed || state.timers[1].armed || state.timers[2].armed; }
// Only for programs that have a timer: on wasm timers.cpp is linked only where something sets one.
WSIG_IF_LINKED void timers_expire(Thread& me, bool rang);  // if timers_armed()
WSIG_IF_LINKED void real_timer_dequeued(Thread& me);       // a SIGALRM of the process was accepted, if real_timer_waits
WSIG_IF_LINKED int64_t real_timer_left();                  // nanoseconds, if it is armed. (Others do not run while the process sleeps.)

// The siginfo of a signal that was pending.
SigInfo info_of(int signo, const Origin& origin);

// The functions below want it free.

// Delivers what `me` may have, like deliver(), but what was sent is already taken. `restore`: the mask to return to after
// the first handler, if it is not the present one (suspend).
Delivered deliver_pending(Thread& me, const SignalSet* restore);

// Delivers a signal that a thread sends itself, if nothing stands between that and its handler: nothing else to accept, no mask, no rule of generation. kNone: something
// does, and nothing has happened.
Delivered deliver_at_once(Thread& me, int signo, const Origin& origin);

// Runs the handler of what was set up, and delivers what has come meanwhile.
Delivered run_at_once(Thread& me, const Accepted& accepted);

// deliver() for a thread that is not inside, or only because its caller wants to know what was delivered.
Delivered take_and_deliver();

// Sleeps until `ready` (asked with the lock held), or a fatal signal, or the deadline (monotonic; negative: none).
// WSIG_HOST_WOKEN, WSIG_HOST_TIMED_OUT or WSIG_HOST_MAY_NOT_BLOCK. `accepted`, where it may be: what the caller must run at once, with `restore`.
int sleep_until(Thread& me, int64_t deadline_ns, bool (*ready)(const Thread&), const SignalSet* restore = nullptr, std::optional<Accepted>* accepted = nullptr);

[[noreturn]] void die(int signo);

// For the fake host and tests: the process as it was before start().
void reset();

}  // namespace wasmsig::process
