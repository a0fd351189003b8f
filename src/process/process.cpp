// Threads, dispositions, masks, sending and taking.
#include "process/process.hpp"

#include "platform/host.h"
#include "process/numbers.hpp"
#include "process/state.hpp"

namespace wasmsig::process {

constinit State state;
#if !defined(WSIG_SINGLE_THREAD)
constinit thread_local Thread* this_thread = nullptr;
#endif
constinit WSIG_THREAD_LOCAL int Inside::depth = 0;
constinit WSIG_THREAD_LOCAL uint32_t Inside::put_off = 0;

namespace {

// Linux forgets other bits, so that a program can find out what is supported.
constexpr uint32_t kKnownFlags =
    kNoChildStop | kNoChildWait | kSigInfo | kRestart | kOnStack | kNoDefer | kResetHand | kExposeTagBits;

bool ignores(const Action& action, int signo) {
  return action.disposition == Disposition::kIgnore ||
         (action.disposition == Disposition::kDefault && (default_action(signo) == DefaultAction::IGNORE ||
                                                           default_action(signo) == DefaultAction::CONTINUE));
}

}  // namespace

// A ring for threads is made anew: or-ed with a later one, its tag could be that of the next one, which then nobody would notice.
void Inside::ring_again() {
  constexpr uint32_t kKept = kMaxThreads == 1 ? 0xffffffffu : queue::kRingSignals | queue::kRingTimer | queue::kRingInput;
  const uint32_t bits = put_off;
  put_off = 0;
  queue::block.doorbell.fetch_or(bits & kKept, std::memory_order_seq_cst);
  if (kMaxThreads > 1 && (bits & queue::kRingThread)) wake_others();
}

bool put_off_look() {
  if (Inside::depth == 0) return false;
  Inside::put_off |= queue::block.doorbell.exchange(0, std::memory_order_seq_cst);
  return true;
}

void call_handler(const Action& action, const SigInfo& info, SignalSet* mask) {
  const int depth = Inside::depth;
  Inside::depth = 0;
  action.invoke(action, info, mask);
  Inside::depth = depth;
}

#if !defined(WSIG_SINGLE_THREAD)
constinit static std::atomic<bool> lock_held{false};

// Acquire pairs with the release in the destructor of the thread that held it before.
Guard::Guard() {
  while (lock_held.exchange(true, std::memory_order_acquire)) {
    while (lock_held.load(std::memory_order_relaxed)) {
    }
  }
}

Guard::~Guard() { lock_held.store(false, std::memory_order_release); }
#endif

// --- threads -------------------------------------------------------------------------------------------------------

#if defined(WSIG_SINGLE_THREAD)

void thread_enter(SignalSet) {
  Thread& only = state.threads[0];
  only.used = true;
  only.id = wsig_host_thread();
  state.thread_count = 1;
  const int64_t running = wsig_host_clock(WSIG_HOST_CLOCK_RUNNING);
  only.running_seen_ns = running < 0 ? 0 : running;
}

#else

void thread_enter(SignalSet inherited) {
  if (this_thread) return;
  const uintptr_t id = wsig_host_thread();
  bool first = false;
  {
    Guard guard;
    Thread* record = &state.threads[0];
    for (Thread& candidate : state.threads) {
      if (candidate.used) continue;
      record = &candidate;
      first = record == &state.threads[0];
      record->used = true;
      record->waiting = {};
      record->wanted = false;
      record->id = id;
      const int index = static_cast<int>(record - state.threads);
      if (index >= state.thread_count) state.thread_count = index + 1;
      record->mask = {};
      use_mask(*record, inherited);
      const int64_t running = wsig_host_clock(WSIG_HOST_CLOCK_RUNNING);
      record->running_seen_ns = running < 0 ? 0 : running;
      break;
    }
    this_thread = record;
  }
  if (!first) wsig_host_thread_entered(this_thread);
}

void thread_leave(void* record) {
  Thread* const thread = static_cast<Thread*>(record);
  bool wake = false;
  {
    Guard guard;
    if (thread == &state.threads[0]) return;
    thread->pending.discard(SignalSet::all(), state.pool);
    use_mask(*thread, SignalSet::all());  // what it was to accept goes to others
    thread->used = false;
    wake = must_ring(*thread);
  }
  this_thread = nullptr;
  if (wake) wake_others();
}

#endif

// --- dispositions --------------------------------------------------------------------------------------------------

int set_action(int signo, const Action* action, Action* old) {
  start();
  if (!valid_signal(signo) || reserved_signal(signo)) return -EINVAL;
  if (action && kUnblockable.has(signo)) return -EINVAL;
  Guard guard;
  Action& current = state.actions[signo];
  const Action previous = current;
  if (action) {
    current = *action;
    current.flags &= kKnownFlags;
    current.mask = current.mask - kUnblockable;
    // POSIX, 2.4.3: setting an ignoring action discards what is pending, blocked or not.
    if (ignores(current, signo)) {
      state.shared.discard(SignalSet::of(signo), state.pool);
      for (Thread& thread : threads()) thread.pending.discard(SignalSet::of(signo), state.pool);
    }
  }
  if (old) *old = previous;
  return 0;
}

// --- masks and pending ---------------------------------------------------------------------------------------------

int set_mask(How how, const SignalSet* set, SignalSet* old) {
  Thread& me = self();
  bool something;
  {
    Guard guard;
    const SignalSet previous = me.mask;
    if (set) {
      switch (how) {
        case How::kBlock: use_mask(me, previous | *set); break;
        case How::kUnblock: use_mask(me, previous - *set); break;
        case How::kSetMask: use_mask(me, *set); break;
        default: return -EINVAL;
      }
    }
    if (old) *old = previous;
    something = me.wanted || state.handed_on;
  }
  if (something) deliver_pending(me, nullptr);
  return 0;
}

SignalSet mask() {
  Thread& me = self();
  Guard guard;
  return me.mask;
}

SignalSet pending() {
  start();
  Thread& me = self();
  SignalSet result;
  {
    Guard guard;
    take(me, true);
    result = (me.pending.set() | state.shared.set()) & me.mask;  // Linux: pending and blocked
  }
  deliver_pending(me, nullptr);  // what came in with take() and is not blocked
  return result;
}

// --- sending -------------------------------------------------------------------------------------------------------

namespace {

void discard_everywhere(SignalSet signals) {
  state.shared.discard(signals, state.pool);
  for (Thread& thread : threads()) thread.pending.discard(signals, state.pool);
}

// Linux, sig_ignored(): a signal that is blocked, or waited for, is kept, since its disposition may change meanwhile.
bool dropped(int signo, const Thread& thread) {
  if (thread.mask.has(signo) || thread.waiting.has(signo)) return false;
  return ignores(state.actions[signo], signo);
}

// Linux, complete_signal(): the first thread if it can; otherwise in turn, from the one that was chosen last.
Thread* thread_for(int signo) {
  const auto can = [signo](const Thread& thread) { return thread.used && !thread.mask.has(signo); };
  if (can(state.threads[0])) return &state.threads[0];
  for (int step = 0; step < state.thread_count; step++) {
    const int index = (state.last_taker + step) % state.thread_count;
    if (!can(state.threads[index])) continue;
    state.last_taker = index;
    return &state.threads[index];
  }
  return nullptr;
}

// Linux, retarget_shared_pending().
void hand_on(const Thread& from, SignalSet signals) {
  SignalSet rest = state.shared.set() & signals;
  for (int step = 1; step < state.thread_count; step++) {
    Thread& thread = state.threads[(&from - state.threads + step) % state.thread_count];
    if (!thread.used || (rest - thread.mask).empty()) continue;
    thread.wanted = true;
    state.handed_on = true;
    rest = rest & thread.mask;
  }
}

}  // namespace

// Sleepers too: one that was rung looks by itself, but what it is wanted for may have come after that.
bool others_wanted(const Thread& me) {
  for (const Thread& thread : threads()) {
    if (thread.used && &thread != &me && thread.wanted) return true;
  }
  return false;
}

void use_mask(Thread& me, SignalSet mask) {
  mask = mask - kUnblockable;
  if (kMaxThreads > 1 && me.wanted) hand_on(me, mask - me.mask);
  me.mask = mask;
  me.wanted = !((me.pending.set() | state.shared.set()) - mask).empty();
}

bool must_ring(const Thread& me) {
  if (kMaxThreads == 1 || !state.handed_on) return false;
  state.handed_on = false;
  return state.thread_count > 1 && others_wanted(me);
}

int generate(int signo, const Origin& origin, Thread* target) {
  if (kStopping.has(signo)) discard_everywhere(SignalSet::of(kSIGCONT));
  if (signo == kSIGCONT) {
    discard_everywhere(kStopping);
    state.stopped = false;  // even if it is blocked or ignored
  }
  if (dropped(signo, target ? *target : state.threads[0])) return 0;
  if (const int error = (target ? target->pending : state.shared).add(signo, origin, state.pool)) return error;
  Thread* const taker = target ? (target->mask.has(signo) ? nullptr : target) : thread_for(signo);
  if (!taker) return 0;
  taker->wanted = true;
  if (taker != &self()) state.handed_on = true;
  // Linux, complete_signal(): a fatal signal without a core takes effect at once, before handlers of others.
  if (state.actions[signo].disposition == Disposition::kDefault && !taker->waiting.has(signo) &&
      default_action(signo) == DefaultAction::TERMINATE) {
    state.dying = state.dying ? state.dying : signo;
  }
  return 0;
}

// Without others that are wanted the ring has done its work. A newer one has another tag, and stays.
void leave_ring(Thread& me, bool wanted) {
  if (wanted) {
    me.rang = me.seen;
  } else {
    queue::block.doorbell.compare_exchange_strong(me.seen, 0, std::memory_order_seq_cst);
  }
  me.seen = 0;
}

uint32_t wake_others() {
  uint32_t value;
  if (queue::ring_threads(queue::block, &value)) wsig_host_wake();
  return value;
}

namespace {

struct Target {
  enum Kind { kProcess, kSelf, kOther } kind;
  uintptr_t thread = 0;  // kOther
};

Thread* find(uintptr_t id) {
  for (Thread& thread : threads()) {
    if (thread.used && thread.id == id) return &thread;
  }
  return nullptr;
}

// Makes the signal pending, and other threads look if it is for them.
int send(int signo, const Origin& origin, Target to) {
  if (signo < 0 || signo >= kSignalLimit) return -EINVAL;
  Thread& me = self();
  bool wake;
  {
    Guard guard;
    Thread* const target = to.kind == Target::kProcess ? nullptr : to.kind == Target::kSelf ? &me : find(to.thread);
    if (!target && to.kind == Target::kOther) return -ESRCH;
    if (signo == 0) return 0;
    if (const int error = generate(signo, origin, target)) return error;
    wake = must_ring(me) || (kMaxThreads > 1 && state.thread_count > 1 && state.dying && target != &me);
  }
  if (wake) wake_others();
  return 0;
}

int elsewhere(int32_t to, int signo, uint32_t code, int64_t value) {
  if (!has_host()) return -ESRCH;
  // Linux first looks for the process, then at the number.
  const bool known = signo >= 0 && signo < kSignalLimit;
  switch (wsig_host_send(to, known ? signo : 0, static_cast<int>(code), static_cast<int32_t>(value))) {
    case 0: return known ? 0 : -EINVAL;
    case 1: return -EPERM;
    case 11: return -EAGAIN;
    case 22: return -EINVAL;
    default: return -ESRCH;
  }
}

// The processes that a pid argument of kill() means: this one is alone in its group. kill(-1) leaves out the caller (Linux).
bool means_self(int32_t to) { return to == 0 || to == pid() || to == -pid(); }

int deliver_after(int result) {
  if (result == 0) deliver_pending(self(), nullptr);
  return result;
}

}  // namespace

int send_process(int signo, Code code, int32_t sender, int64_t value) {
  start();
  return send(signo, {code, sender, value}, {Target::kProcess});
}

int send_thread(uintptr_t thread, int signo, Code code, int64_t value) {
  start();
  return send(signo, {code, pid(), value}, {Target::kOther, thread});
}

int raise(int signo) {
  start();
  return deliver_after(send(signo, {kThread, pid(), 0}, {Target::kSelf}));
}

int kill_thread(uintptr_t thread, int signo) { return deliver_after(send_thread(thread, signo, kThread, 0)); }

int kill(int32_t to, int signo) {
  if (!means_self(to)) return elsewhere(to, signo, queue::kCodeUser, 0);
  return deliver_after(send_process(signo, kUser, pid(), 0));
}

int queue(int32_t to, int signo, int64_t value) {
  if (to != pid()) return elsewhere(to, signo, queue::kCodeQueue, value);
  return deliver_after(send_process(signo, kQueue, pid(), value));
}

int pidfd_open(int32_t to, bool nonblocking) {
  start();
  if (to <= 0) return -EINVAL;
  const int result = wsig_host_pidfd_open(to, nonblocking);
  switch (result) {
    case -3: return -ESRCH;
    case -24: return -EMFILE;
    default: return result < 0 ? -ENOSYS : result;
  }
}

int pidfd_pid(int fd) {
  start();
  const int result = wsig_host_pidfd_pid(fd);
  return result < 0 ? -EBADF : result;
}

// --- taking --------------------------------------------------------------------------------------------------------

namespace {

Code code_of(uint32_t code) {
  switch (code) {
    case queue::kCodeQueue: return kQueue;
    case queue::kCodeKernel: return kKernel;
    case queue::kCodeTimer: return kTimer;
    case queue::kCodeThread: return kThread;
    default: return kUser;
  }
}

// A sender on the other side is not trusted to send numbers that exist.
bool accept(void*, const queue::Sent& sent) {
  if (!valid_signal(sent.signo) || reserved_signal(sent.signo)) return true;
  if (real_time(sent.signo) && state.pool.full()) {
    state.backlog = true;
    return false;
  }
  generate(sent.signo, {code_of(sent.code), sent.pid, sent.value}, nullptr);
  return true;
}

}  // namespace

uint32_t take(Thread& me, bool look_at_clocks) {
  if (state.host == WSIG_HOST_SYNCED) wsig_host_sync();
  const uint32_t ring = queue::block.ring.load(std::memory_order_seq_cst);
  // The exchange comes before the contents are read: what is sent later rings again.
  // A ring that is only for threads stays for the others, with its tag; what it is for is in `wanted`, not in the queue.
  queue::Word& doorbell = queue::block.doorbell;
  const uint32_t value = kMaxThreads > 1 ? doorbell.load(std::memory_order_seq_cst) : 0;
  me.seen = (value & 0xff) == queue::kRingThread ? value : 0;
  const uint32_t bits = (me.seen ? 0 : doorbell.exchange(0, std::memory_order_seq_cst)) | Inside::put_off;
  Inside::put_off = 0;
  if (bits) state.handed_on = true;
  if (bits & queue::kRingSignals || state.backlog) {
    state.backlog = false;
    queue::take_standard(queue::block, [](void* context, const queue::Sent& sent) { accept(context, sent); }, nullptr);
    queue::take_real_time(queue::block, accept, nullptr);
  }
  const bool rang = bits & queue::kRingTimer;
  if ((look_at_clocks || rang || state.host == WSIG_HOST_ALONE) && timers_armed()) timers_expire(me, rang);
  return ring;
}

// State is all zeros at the start, so that it needs no space in the program's file; so this is what start() found.
void reset() {
#if !defined(WSIG_SINGLE_THREAD)
  this_thread = nullptr;
#endif
  Inside::depth = 0;
  Inside::put_off = 0;
  __builtin_memset(static_cast<void*>(&state), 0, sizeof state);
  __builtin_memset(static_cast<void*>(&queue::block), 0, sizeof queue::block);
}

}  // namespace wasmsig::process
