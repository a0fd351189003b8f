// Dispositions, masks, sending and taking.
#include "process/process.hpp"

#include "platform/host.h"
#include "process/numbers.hpp"
#include "process/state.hpp"

namespace wasmsig::process {

constinit State state;
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

[[gnu::noinline]] void discard_everywhere(SignalSet signals) {
  state.shared.discard(signals, state.pool);
  for (Thread& thread : threads()) thread.pending.discard(signals, state.pool);
}

}  // namespace

void Inside::ring_again() {
  const uint32_t bits = put_off;
  put_off = 0;
  queue::block.doorbell.fetch_or(bits & ~queue::kRingThread, std::memory_order_seq_cst);
  if (bits & queue::kRingThread) answer_put_off();
}

bool put_off_look() {
  if (Inside::depth == 0) return false;
  Inside::put_off |= queue::take_doorbell(queue::block);
  return true;
}

void call_handler(const Action& action, const SigInfo& info, SignalSet* mask) {
  while (Inside::put_off != 0) Inside::ring_again();  // not only when the handler returns
  const int depth = Inside::depth;
  Inside::depth = 0;
  action.invoke(action, info, mask);
  Inside::depth = depth;
}

// --- dispositions --------------------------------------------------------------------------------------------------

int set_action(int signo, const Action* action, Action* old) {
  start();
  if (!valid_signal(signo) || reserved_signal(signo)) return -EINVAL;
  if (action && kUnblockable.has(signo)) return -EINVAL;
  Guard guard;
  Action& current = state.actions[signo];
  if (old) *old = current;
  if (action) {
    current = *action;
    current.flags &= kKnownFlags;
    current.mask = current.mask - kUnblockable;
    // POSIX, 2.4.3: setting an ignoring action discards what is pending, blocked or not.
    if (ignores(current, signo)) discard_everywhere(SignalSet::of(signo));
  }
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

// Linux, sig_ignored(): a signal that is blocked, or waited for, is kept, since its disposition may change meanwhile.
bool dropped(int signo, const Thread& thread) {
  if (thread.mask.has(signo) || thread.waiting.has(signo)) return false;
  return ignores(state.actions[signo], signo);
}

}  // namespace

void use_mask(Thread& me, SignalSet mask) {
  mask = mask - kUnblockable;
  if (me.wanted) hand_on(me, mask - me.mask);
  me.mask = mask;
  me.wanted = !((me.pending.set() | state.shared.set()) - mask).empty();
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
  // Linux, complete_signal(): a fatal signal without a core takes effect at once, before handlers of others. A stopped process has to be continued first.
  if (state.actions[signo].disposition == Disposition::kDefault && !taker->waiting.has(signo) &&
      default_action(signo) == DefaultAction::TERMINATE && (!state.stopped || signo == kSIGKILL)) {
    state.dying = state.dying ? state.dying : signo;
  }
  return 0;
}

namespace {

struct Target {
  enum Kind { kProcess, kSelf, kOther } kind;
  uintptr_t thread = 0;  // kOther
};

// Makes the signal pending, and other threads look if it is for them.
int send(int signo, const Origin& origin, Target to) {
  if (signo < 0 || signo >= kSignalLimit) return -EINVAL;
  Thread& me = self();
  bool wake;
  {
    Guard guard;
    Thread* const target = to.kind == Target::kProcess ? nullptr : to.kind == Target::kSelf ? &me : thread_of(to.thread);
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
  const Origin origin = {kThread, pid(), 0};
  if (deliver_at_once(self(), signo, origin) != kNone) return 0;
  return deliver_after(send(signo, origin, {Target::kSelf}));
}

void abort() {
  start();
  Thread& me = self();
  {
    Guard guard;
    use_mask(me, me.mask - SignalSet::of(kSIGABRT));
  }
  raise(kSIGABRT);
  die(kSIGABRT);  // it is ignored, or its handler returned
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

constexpr int16_t kCodes[8] = {kUser, kQueue, kKernel, kTimer, kThread, kUser, kUser, kUser};  // by InfoCode
static_assert(kCodes[queue::kCodeQueue] == kQueue && kCodes[queue::kCodeKernel] == kKernel && kCodes[queue::kCodeTimer] == kTimer &&
              kCodes[queue::kCodeThread] == kThread);

// A sender on the other side is not trusted to send numbers that exist.
bool accept(const queue::Sent& sent) {
  if (!valid_signal(sent.signo) || reserved_signal(sent.signo)) return true;
  state.backlog = real_time(sent.signo) && state.pool.full();
  if (state.backlog) return false;
  generate(sent.signo, origin_of(sent), nullptr);
  return true;
}

}  // namespace

Origin origin_of(const queue::Sent& sent) { return {kCodes[sent.code & 7], sent.pid, sent.value}; }

uint32_t take(Thread& me, bool look_at_clocks, queue::Sent* posted) {
  if (state.host == WSIG_HOST_SYNCED) wsig_host_sync();
  const uint32_t ring = queue::block.ring.load(std::memory_order_seq_cst);
  // The exchange comes before the contents are read: what is sent later rings again.
  // A ring that is only for threads stays for the others, with its tag; what it is for is in `wanted`, not in the queue.
  queue::Word& doorbell = queue::block.doorbell;
  const uint32_t value = kMaxThreads > 1 ? doorbell.load(std::memory_order_seq_cst) : 0;
  me.seen = (value & 0xff) == queue::kRingThread ? value : 0;
  const uint32_t bits = (me.seen ? 0 : doorbell.exchange(0, std::memory_order_seq_cst)) | Inside::put_off;
  Inside::put_off = 0;
  if (kMaxThreads > 1 && bits) state.handed_on = true;
  if (bits & queue::kRingPosted) {
    if (posted && !(bits & queue::kRingSignals)) *posted = queue::posted(bits);
    else accept(queue::posted(bits));
  }
  if (bits & queue::kRingSignals || state.backlog) {
    state.backlog = false;
    queue::take(queue::block, accept);
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
