// Threads: their records, the lock, and which of them is told of what the process was sent.
#include <utility>

#include "platform/host.h"
#include "process/process.hpp"
#include "process/state.hpp"

namespace wasmsig::process {

#if !defined(WSIG_SINGLE_THREAD)

constinit thread_local Thread* this_thread = nullptr;

// The record of threads that no signal is for: those that are none of the program's, and those that have left.
constinit static Thread outsiders;

// --- the lock ------------------------------------------------------------------------------------------------------

constinit static std::atomic<bool> lock_held{false};

// Acquire pairs with the release in the destructor of the thread that held it before.
Lock::Lock() {
  while (lock_held.exchange(true, std::memory_order_acquire)) {
    while (lock_held.load(std::memory_order_relaxed)) {
    }
  }
}

Lock::~Lock() { lock_held.store(false, std::memory_order_release); }

// --- records -------------------------------------------------------------------------------------------------------

// Null: all are used.
static Thread* add_record(uintptr_t id, SignalSet mask) {
  // The first is main's for ever.
  for (int index = state.thread_count ? 1 : 0; index < kMaxThreads; index++) {
    Thread& record = state.threads[index];
    if (record.used) continue;
    record.used = true;
    record.waiting = {};
    record.wanted = false;
    record.interruption = kNone;
    record.cancelled = false;
    record.id = id;
    if (index >= state.thread_count) state.thread_count = index + 1;
    record.mask = {};
    use_mask(record, mask);
    publish_defaults();
    return &record;
  }
  return nullptr;
}

void thread_enter(SignalSet inherited) {
  if (this_thread) return;
  const uintptr_t id = wsig_host_thread();
  bool sent = false;
  if (id == 0) {
    this_thread = &outsiders;
  } else {
    Guard guard;
    Thread* record = thread_of(id);  // expected
    if (!record) record = add_record(id, state.thread_count ? inherited : state.threads[0].mask);  // main's has what the process inherited
    if (record) {
      const int64_t running = wsig_host_clock(WSIG_HOST_CLOCK_RUNNING);
      record->running_seen_ns = running < 0 ? 0 : running;
      sent = !(record->pending.set() - record->mask).empty();
    }
    this_thread = record ? record : &state.threads[0];
  }
  wsig_host_thread_entered(this_thread);
  if (sent) deliver();
}

static void retire(Thread& thread) {
  bool wake = false;
  {
    Guard guard;
    thread.pending.discard(SignalSet::all(), state.pool);
    use_mask(thread, SignalSet::all());  // what it was to accept goes to others
    thread.used = false;
    wake = must_ring(thread);
  }
  if (wake) wake_others();
}

void thread_leave(void* record) {
  Thread& thread = *static_cast<Thread*>(record);
  // Not main's, which threads without a record of their own share. (Only of that is asked whose it is: some hosts no longer know a thread that ends.)
  if (thread.used && (&thread != state.threads || thread.id == wsig_host_thread())) retire(thread);
  this_thread = &outsiders;
}

uintptr_t thread_expect(SignalSet mask) {
  static constinit uintptr_t last = 0;
  Guard guard;
  last--;  // from the end of the address space downwards, where no thread is
  return add_record(last, mask) ? last : 0;
}

void thread_known(uintptr_t expected, uintptr_t id) {
  Guard guard;
  if (Thread* const thread = thread_of(expected)) thread->id = id;
}

void thread_forget(uintptr_t expected) {
  Thread* thread;
  {
    Guard guard;
    thread = thread_of(expected);
  }
  if (thread) retire(*thread);
}

Delivered interruption() { return std::exchange(self().interruption, kNone); }

int cancel_thread(uintptr_t id) {
  {
    Guard guard;
    Thread* const thread = thread_of(id);
    if (!thread) return -ESRCH;
    thread->cancelled = true;
  }
  wake_others();
  wsig_host_cancel(id);
  return 0;
}

// --- whom a signal is for ------------------------------------------------------------------------------------------

Thread* thread_of(uintptr_t id) {
  for (Thread& thread : threads()) {
    if (thread.used && thread.id == id) return &thread;
  }
  return nullptr;
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

// Sleepers too: one that was rung looks by itself, but what it is wanted for may have come after that.
static bool others_wanted(const Thread& me) {
  for (const Thread& thread : threads()) {
    if (thread.used && &thread != &me && thread.wanted) return true;
  }
  return false;
}

bool must_ring(const Thread& me) {
  if (!state.handed_on) return false;
  state.handed_on = false;
  return others_wanted(me);
}

// What the thread may take for silence; `own`: the ring.
static uint32_t ring_others(uint32_t* own) {
  uint32_t value;
  if (queue::ring_threads(queue::block, &value, own)) wsig_host_wake();
  return value;
}

uint32_t wake_others() {
  uint32_t own;
  return ring_others(&own);
}

// A tag tells the ring from later ones, which this thread may then be for. No loop: the caller's own comes here again if somebody else was quicker.
int32_t leave_doorbell() {
  queue::Word& doorbell = queue::block.doorbell;
  uint32_t present = doorbell.load();
  if (present & queue::kRingPosted) {  // makes room for the tag
    if (queue::ring(queue::block, queue::take_doorbell(queue::block))) wsig_host_wake();  // somebody may have found nothing meanwhile
    present = doorbell.load();
  }
  if (present == 0 || present & (queue::kRingThread | queue::kRingPosted)) return static_cast<int32_t>(present);
  const uint32_t tagged = (queue::block.ring.fetch_add(1) + 1) << 8 | queue::kRingThread | (present & 0xff);
  doorbell.replace(present, tagged);
  return static_cast<int32_t>(tagged);
}

// Without others that are wanted the ring has done its work. A newer one has another tag, and stays.
static void leave_ring(Thread& me, bool wanted) {
  if (wanted) {
    me.rang = me.seen;
  } else {
    queue::block.doorbell.replace(me.seen, 0);
  }
  me.seen = 0;
}

bool answer_ring(Thread& me) {
  me.rang = 0;
  if (state.thread_count == 1 && me.used) {
    if (me.seen) leave_ring(me, false);
    return true;
  }
  bool ring, wanted;
  {
    Guard guard;
    if (any_to_accept(me)) return false;  // its ring may have been taken by another thread, which has left it to whoever comes here first
    ring = must_ring(me);
    wanted = others_wanted(me);
  }
  if (me.seen) leave_ring(me, wanted);
  if (ring) me.rang = wake_others();
  return true;
}

// A ring for threads that was put off. It is made anew, since its tag may be older than what others take for silence by now; and only if somebody still needs
// it, or threads that look would ring for each other without end.
void answer_put_off() {
  if (!this_thread) {
    ring_others(&Inside::own_ring);
    return;
  }
  Thread& me = *this_thread;
  bool others, mine;
  {
    Lock lock;
    others = others_wanted(me);
    mine = any_to_accept(me);
  }
  if (others || mine) me.rang = ring_others(&Inside::own_ring);
  if (mine) me.rang = 0;
}

#endif

}  // namespace wasmsig::process
