// Dispositions, masks, sending and taking.
#include "process/process.hpp"

#include "platform/host.h"
#include "process/numbers.hpp"
#include "process/state.hpp"

namespace wasmsig::process {

constinit State state;
constinit WSIG_THREAD_LOCAL int Inside::depth = 0;
constinit WSIG_THREAD_LOCAL uint32_t Inside::put_off = 0;
#if !defined(WSIG_SINGLE_THREAD)
constinit thread_local uint32_t Inside::own_ring = 0;
#endif

namespace {

// Linux forgets other bits, so that a program can find out what is supported.
constexpr uint32_t kKnownFlags =
    kNoChildStop | kNoChildWait | kSigInfo | kRestart | kOnStack | kNoDefer | kResetHand | kExposeTagBits;

[[gnu::noinline]] void discard_everywhere(SignalSet signals) {
  state.shared.discard(signals, state.pool);
  for (Thread& thread : threads()) thread.pending.discard(signals, state.pool);
}

}  // namespace

#if defined(WSIG_SINGLE_THREAD)
void Inside::ring_again() {
  const uint32_t bits = put_off;
  put_off = 0;
  queue::block.doorbell.fetch_or(bits);
}
#else
// The safe points of what this does look too. So it ends only if they do not put off what it rings: its own ring for threads is not put off again,
// and everything else is rung when nothing is left to do that has a safe point. One instruction takes what is put off: a compiler, which does not see safe points,
// would have one between a load and a store.
void Inside::ring_again() {
  uint32_t bits = 0;
  while (const uint32_t more = __atomic_exchange_n(&put_off, 0, __ATOMIC_RELAXED)) {
    bits |= more;
    if (more & queue::kRingThread) answer_put_off();
  }
  own_ring = 0;
  bits &= ~queue::kRingThread;
  // Another thread may have found nothing meanwhile, and sleep.
  if (bits && queue::ring(queue::block, bits)) wsig_host_wake();
}
#endif

// Whoever has rung others and then sleeps would take his own ring away from them, if a look on the way took that too.
bool put_off_look([[maybe_unused]] uint32_t* left) {
  if (!may_look()) return true;
  if (Inside::depth == 0) return false;
#if !defined(WSIG_SINGLE_THREAD)
  const uint32_t doorbell = queue::block.doorbell.load();
  if ((doorbell & 0xff) == queue::kRingThread) {
    if (doorbell != Inside::own_ring) Inside::put_off |= queue::kRingThread;
    if (left) *left = doorbell;
    return true;
  }
#endif
  Inside::put_off |= queue::take_doorbell(queue::block);
  return true;
}

// --- dispositions --------------------------------------------------------------------------------------------------

// Two bits for each standard signal.
static constexpr uint64_t kDefaultEffects = [] {
  uint64_t result = 0;
  for (int signo = 1; signo < kRealTimeFirst; signo++) {
    Effect effect = Effect::kEnds;
    switch (default_action(signo)) {
      case DefaultAction::IGNORE:
      case DefaultAction::CONTINUE: effect = Effect::kIgnored; break;  // the process continues when SIGCONT is generated
      case DefaultAction::STOP: effect = Effect::kStops; break;
      case DefaultAction::CORE: effect = Effect::kEndsWithCore; break;
      case DefaultAction::TERMINATE: break;
    }
    result |= static_cast<uint64_t>(effect) << 2 * signo;
  }
  return result;
}();

// Those that a default action ends or stops the process for.
static constexpr SignalSet kActing = [] {
  SignalSet result;
  for (int signo = 1; signo < kSignalLimit; signo++) {
    if (real_time(signo) || (kDefaultEffects >> 2 * signo & 3) != static_cast<uint64_t>(Effect::kIgnored)) result.add(signo);
  }
  return result;
}();

Effect default_effect(int signo) { return real_time(signo) ? Effect::kEnds : static_cast<Effect>(kDefaultEffects >> 2 * signo & 3); }

Effect effect_of(int signo) {
  const Disposition disposition = state.actions[signo].disposition;
  if (disposition == Disposition::kDefault) return default_effect(signo);
  return disposition == Disposition::kIgnore ? Effect::kIgnored : Effect::kCaught;
}

void publish_defaults() {
  SignalSet closed = SignalSet::all();
  for (const Thread& thread : threads()) {
    if (kMaxThreads == 1 || thread.used) closed = closed & (thread.mask | thread.waiting);
  }
  const uint64_t open = (kActing - state.kept - closed).bits;
  const uint32_t low = static_cast<uint32_t>(open), high = static_cast<uint32_t>(open >> 32);
  queue::Word* const told = queue::block.defaults;
  const bool same_low = told[0].load() == low, same_high = told[1].load() == high;
  if (same_low && same_high) return;
  if (!same_low) told[0].store(low);
  if (!same_high) told[1].store(high);
  if (state.host == WSIG_HOST_SYNCED) wsig_host_sync();
}

void keep(int signo, bool kept) {
  if (state.kept.has(signo) == kept) return;
  state.kept.bits ^= SignalSet::of(signo).bits;
  publish_defaults();
}

int set_action(int signo, const Action* action, Action* old) {
  start();
  if (!valid_signal(signo) || (action ? kUnblockable | kReserved : kReserved).has(signo)) return -EINVAL;
  const Inside inside;
  deliver_sent(self());
  const Lock lock;
  Action& current = state.actions[signo];
  const Action& from = action ? *action : current;  // without an action it is stored as it was
  const Action next = {from.disposition, from.flags & kKnownFlags, from.mask - kUnblockable, from.invoke, from.handler};
  if (old) *old = current;
  current = next;
  if (action) keep(signo, next.disposition != Disposition::kDefault);  // `old` may be where `action` was: signal(3)
  // POSIX, 2.4.3: setting an ignoring action discards what is pending, blocked or not.
  if (action && effect_of(signo) == Effect::kIgnored) {
    discard_everywhere(SignalSet::of(signo));
    if (state.backlog) queue::block.doorbell.fetch_or(queue::kRingSignals);  // there is room now, and nobody rings again for what waits in the queue
  }
  return 0;
}

// --- masks and pending ---------------------------------------------------------------------------------------------

// Programs call it in loops, so it calls nothing in turn.
[[gnu::flatten]] int set_mask(How how, const SignalSet* set, SignalSet* old) {
  const InsideInline inside;
  Thread& me = self();
  deliver_sent(me);
  bool something;
  {
    const Lock lock;
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
  const Inside inside;
  Thread& me = self();
  SignalSet result;
  {
    const Lock lock;
    take(me, true);
    result = (me.pending.set() | state.shared.set()) & me.mask;  // Linux: pending and blocked
  }
  deliver_pending(me, nullptr);  // what came in with take() and is not blocked
  return result;
}

// --- sending -------------------------------------------------------------------------------------------------------

void use_mask(Thread& me, SignalSet mask) {
  mask = mask - kUnblockable;
  if (me.wanted) hand_on(me, mask - me.mask);
  const SignalSet changed = {mask.bits ^ me.mask.bits};
  me.mask = mask;
  if (!((changed & kActing) - state.kept).empty()) publish_defaults();
  me.wanted = (kMaxThreads == 1 || me.used) && !((me.pending.set() | state.shared.set()) - mask).empty();
}

bool generate(int signo, Origin origin, Thread* target) {
  if (kStopping.has(signo)) discard_everywhere(SignalSet::of(kSIGCONT));
  if (signo == kSIGCONT) {
    discard_everywhere(kStopping);
    if (state.fate > 0) state.fate = 0;  // even if it is blocked or ignored
  }
  // Linux, sig_ignored(): a signal that is blocked, or waited for, is kept, since its disposition may change meanwhile.
  const Effect effect = effect_of(signo);
  const Thread& first = target ? *target : state.threads[0];
  if (effect == Effect::kIgnored && !(first.mask | first.waiting).has(signo)) return true;
  if (!(target ? target->pending : state.shared).add(signo, origin, state.pool)) return false;
  Thread* const taker = target ? (target->mask.has(signo) ? nullptr : target) : thread_for(signo);
  if (!taker) return true;
  taker->wanted = true;
  if (kMaxThreads > 1 && taker != &self()) state.handed_on = true;
  // Linux, complete_signal(): a fatal signal without a core takes effect at once, before handlers of others. A stopped process has to be continued first.
  if (effect == Effect::kEnds && !taker->waiting.has(signo) && (state.fate == 0 || (state.fate > 0 && signo == kSIGKILL))) state.fate = -signo;
  return true;
}

namespace {

// To whom: asked with the lock held, false if there is no such thread.
constexpr auto to_process = [](Thread** target) {
  *target = nullptr;
  return true;
};
auto to_thread(uintptr_t id) {
  return [id](Thread** target) { return (*target = thread_of(id)) != nullptr; };
}

// Makes the signal pending, and other threads look if it is for them.
template <class To>
int send(int signo, Origin origin, To to) {
  if (signo < 0 || signo >= kSignalLimit) return -EINVAL;
  Thread& me = self();
  bool wake;
  {
    const Lock lock;
    Thread* target;
    if (!to(&target)) return -ESRCH;
    if (signo == 0) return 0;
    if (!generate(signo, origin, target)) return -EAGAIN;
    wake = must_ring(me) || (kMaxThreads > 1 && state.thread_count > 1 && state.fate < 0 && target != &me);
  }
  if (wake) wake_others();
  return 0;
}

int elsewhere(int32_t to, int signo, uint32_t code, int32_t value) {
  if (!has_host()) return -ESRCH;
  // Linux first looks for the process, then at the number.
  const bool known = signo >= 0 && signo < kSignalLimit;
  switch (wsig_host_send(to, known ? signo : 0, static_cast<int>(code), value)) {
    case 0: return known ? 0 : -EINVAL;
    case 1: return -EPERM;
    case 11: return -EAGAIN;
    case 22: return -EINVAL;
    default: return -ESRCH;
  }
}

// The processes that a pid argument of kill() means: this one is alone in its group. kill(-1) leaves out the caller (Linux).
bool means_self(int32_t to) { return to == 0 || to == pid() || to == -pid(); }

template <class To>
int send_and_deliver(int signo, Origin origin, To to) {
  const InsideInline inside;
  deliver_sent(self());
  const int result = send(signo, origin, to);
  if (result == 0) deliver_pending(self(), nullptr);
  return result;
}

}  // namespace

int send_process(int signo, Origin origin) {
  start();
  const Inside inside;
  return send(signo, origin, to_process);
}

int send_thread(uintptr_t thread, int signo, Origin origin) {
  start();
  const Inside inside;
  return send(signo, origin, to_thread(thread));
}

int raise(int signo) {
  start();
  return send_and_deliver(signo, sent_by(queue::kCodeThread, static_cast<int32_t>(queue::block.pid)), [](Thread** target) {
    *target = &self();
    return true;
  });
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

int kill_thread(uintptr_t thread, int signo) { return send_and_deliver(signo, sent_by(queue::kCodeThread, pid()), to_thread(thread)); }

int kill(int32_t to, int signo) {
  if (!means_self(to)) return elsewhere(to, signo, queue::kCodeUser, 0);
  return send_and_deliver(signo, sent_by(queue::kCodeUser, pid()), to_process);
}

int queue(int32_t to, int signo, int32_t value) {
  if (to != pid()) return elsewhere(to, signo, queue::kCodeQueue, value);
  return send_and_deliver(signo, sent_by(queue::kCodeQueue, pid(), value), to_process);
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

// A sender on the other side is not trusted to send numbers that exist.
bool accept(int signo, Origin origin) {
  if (!valid_signal(signo) || reserved_signal(signo) || generate(signo, origin, nullptr)) return true;
  state.backlog = true;
  return false;
}

}  // namespace

uint32_t take(Thread& me, bool look_at_clocks) {
  if (state.host == WSIG_HOST_SYNCED) wsig_host_sync();
  const uint32_t ring = queue::block.ring.load();
  // The exchange comes before the contents are read: what is sent later rings again.
  // A ring that is only for threads stays for the others, with its tag; what it is for is in `wanted`, not in the queue.
  queue::Word& doorbell = queue::block.doorbell;
  if (kMaxThreads > 1) {
    const uint32_t value = doorbell.load();
    me.seen = (value & 0xff) == queue::kRingThread ? value : 0;
    if (me.seen) Inside::put_off &= ~queue::kRingThread;
  }
  // What is posted after a ring that was put off came after what that ring was for.
  const uint32_t bits = (kMaxThreads > 1 && me.seen ? 0 : Inside::put_off ? queue::take_doorbell(queue::block) : doorbell.exchange(0)) | Inside::put_off;
  Inside::put_off = 0;
  if (kMaxThreads > 1 && bits) state.handed_on = true;
  if (bits & queue::kRingPosted) accept(queue::posted_signo(bits), Origin::of(queue::posted_info(bits)));
  if (bits & queue::kRingSignals || state.backlog) {
    if (kMaxThreads > 1) state.handed_on = true;  // more rings may be taken there
    state.backlog = false;
    queue::take(queue::block, accept);
  }
  if (linked(timers_expire)) timers_expire(me, look_at_clocks, bits & queue::kRingTimer);
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
