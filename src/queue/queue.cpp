// Sending to a control block and draining it. A sender may be terminated between any two atomic steps of these
// functions, and others may find the block as it is there (tests/unit/queue/queue_steps_test.cpp tries them all).
//
// Why: docs/rationale.md#why-may-a-signal-travel-in-the-doorbell
// Why: docs/rationale.md#why-is-each-signal-published-by-one-compare-exchange-of-64-bits
// Why: docs/rationale.md#why-does-sigcont-take-the-stops-before-it-out-of-the-queue
#include "queue/queue.hpp"

#include <errno.h>

#include "platform/host.h"
#include "signal_set.hpp"

namespace wasmsig::queue {

constinit Block block = {};

// In std_bits, which has 31 signals: a stop came before its SIGCONT.
constexpr uint32_t kUndidStops = 0x80000000;

static uint64_t empty(uint32_t position) { return uint64_t{position} << 32; }

static uint32_t filled(uint32_t position) { return kCellFilled | (position / kCells & 1) * kCellLap; }

static bool is_filled(uint64_t cell, uint32_t position) {
  return (static_cast<uint32_t>(cell) & (kCellFilled | kCellLap)) == filled(position);
}

void initialise(Block& to, uint32_t pid, uint32_t ppid) {
  for (uint32_t i = 0; i < kCells; i++) to.rt_cell[i].store(empty(i));
  to.version = kVersion;
  to.size = kBlockWords;
  to.flags = 0;
  to.pid = pid;
  to.ppid = ppid;
  to.uid = 0;
  to.state.store(1);
  to.magic = kMagic;
}

static void drain_contents(Block& from, bool (*accept)(int signo, Origin)) {
  uint32_t bits = from.std_bits.exchange(0);
  if (bits & kUndidStops) accept(kFirstJob + 1, Origin{0});
  for (bits &= ~kUndidStops; bits; bits &= bits - 1) {
    const int i = __builtin_ctz(bits);
    // A signal of job control comes with each of its bits: it may have been undone between two of them. Others may have
    // been taken before (0).
    const uint64_t origin = job_control(i + 1) ? from.std_sent[i].load() : from.std_sent[i].exchange(0);
    if (origin) accept(i + 1, Origin{origin});
  }
  for (;;) {
    const uint32_t head = from.rt_head.load();
    Pair& cell = from.rt_cell[head % kCells];
    const uint64_t content = cell.load();
    if (!is_filled(content, head)) return;
    const auto low = static_cast<uint32_t>(content), high = static_cast<uint32_t>(content >> 32);
    const uint32_t info = info_of(low & kCellValue ? kCodeQueue : high, static_cast<int32_t>(low));
    if (!accept(static_cast<int>(low >> kCellSigno & 31) + kCellFirst,
                Origin::of(info, low & kCellValue ? static_cast<int32_t>(high) : 0)))
      return;
    cell.store(empty(head + kCells));
    from.rt_head.store(head + 1);
  }
}

void drain(Block& from, bool (*accept)(int signo, Origin)) {
  constexpr int kMaxRounds = 8;
  for (int round = 0;; round++) {
    drain_contents(from, accept);
    // A sender that sent something before what was found above rang before that: since the doorbell was taken, or that
    // was found too.
    uint32_t doorbell;
    do {
      doorbell = from.doorbell.load();
      if (!(doorbell & (kRingInline | kRingSignals)) || round == kMaxRounds) return;
    } while (!from.doorbell.replace(
        doorbell, doorbell & kRingInline ? doorbell & 0xff & ~(kRingInline | kRingSignals) : doorbell & ~kRingSignals));
    if (!(doorbell & kRingInline)) continue;
    if (const int signo = inline_signo(doorbell)) accept(signo, Origin::of(inline_info(doorbell)));
  }
}

static int send_real_time(Block& to, int signo, Origin origin) {
  const uint32_t code = info_code(origin.info());
  const bool queued = code == kCodeQueue;
  const uint32_t low =
      static_cast<uint32_t>(signo - kCellFirst) << kCellSigno | (queued ? kCellValue : 0) | (origin.info() & kPidMask);
  const uint64_t content = uint64_t{queued ? static_cast<uint32_t>(origin.value()) : code} << 32 | low;
  for (;;) {
    const uint32_t tail = to.rt_tail.load();
    const uint64_t was = to.rt_cell[tail % kCells].compare_exchange(empty(tail), content | filled(tail));
    if (is_filled(was, tail + kCells)) {  // of a later lap, whose tail is another one; or still as in the lap before
      if (to.rt_tail.load() != tail) continue;
      to.rt_dropped.fetch_add(1);
      return EAGAIN;
    }
    to.rt_tail.replace(tail, tail + 1);  // also for another sender, which may have been terminated before it could
    if (was == empty(tail)) return 0;
  }
}

// SIGCONT removes the stops that were sent before it and not taken yet, and leaves a mark, because these have undone an
// older SIGCONT that may be pending in the process. Stops are taken after it, as they were sent.
static void send_job_control(Block& to, int signo, Origin origin) {
  constexpr uint32_t kStops = ((1u << (kJobs - 1)) - 1) << kFirstJob;
  const uint32_t bit = uint32_t{1} << (signo - 1);
  uint32_t set, undone;
  do {
    set = to.std_bits.load();
    undone = signo == kFirstJob ? set & kStops : 0;
    if (!(set & bit) || undone) to.std_sent[signo - 1].store(origin.bits);  // otherwise it coalesces
  } while (!to.std_bits.replace(set, (set & ~undone) | bit | (undone ? kUndidStops : 0)));
}

// The bit also where it coalesces: the sender of the first one may have been terminated before it set the bit.
static void send_standard(Block& to, int signo, Origin origin) {
  if (job_control(signo)) return send_job_control(to, signo, origin);
  to.std_sent[signo - 1].replace(0, origin.bits);
  to.std_bits.fetch_or(uint32_t{1} << (signo - 1));
}

// A silent doorbell has room for a signal and its sender: then one word, which the drain reads anyway, is all that has
// to go from one processor to the other. One that has this signal already is pending: the new one coalesces with it.
// (So what is in std_sent meanwhile was sent before.)
static bool post(Block& to, const Sent& sent) {
  const auto pid = static_cast<uint32_t>(sent.pid);
  if (real_time(sent.signo) || job_control(sent.signo)) return false;
  const bool fits = sent.code != kCodeQueue && pid <= 0xffff;
  if (fits &&
      to.doorbell.replace(0, pid << 16 | (sent.code & 7) << 13 | static_cast<uint32_t>(sent.signo) << 8 | kRingInline))
    return true;
  const uint32_t doorbell = to.doorbell.load();
  return doorbell & kRingInline && inline_signo(doorbell) == sent.signo;
}

int send(Block& to, const Sent& sent, uint32_t* bits) {
  *bits = 0;
  if (!valid_signal(sent.signo) || reserved_signal(sent.signo)) return EINVAL;
  if (post(to, sent)) return 0;
  *bits = kRingSignals;
  const Origin origin = Origin::of(info_of(sent.code, sent.pid), sent.code == kCodeQueue ? sent.value : 0);
  if (real_time(sent.signo)) return send_real_time(to, sent.signo, origin);
  send_standard(to, sent.signo, origin);
  return 0;
}

uint32_t take_doorbell(Block& from) {
  const uint32_t doorbell = from.doorbell.exchange(0);
  if (!(doorbell & kRingInline)) return doorbell & 0xff;
  if (const int signo = inline_signo(doorbell)) send_standard(from, signo, Origin::of(inline_info(doorbell)));
  return (doorbell & 0xff & ~kRingInline) | kRingSignals;
}

bool ring(Block& to, uint32_t bits) {
  if (bits) to.doorbell.fetch_or(bits);
  if (to.waiters.load() == 0) return false;
  to.ring.fetch_add(1);
  return true;
}

#if defined(__wasm__)
int wait_for_ring(uint32_t ring, int64_t timeout_ns) {
  constexpr int kTimedOut = 2;  // memory.atomic.wait32
  return __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&block.ring), static_cast<int>(ring), timeout_ns) ==
                 kTimedOut
             ? WSIG_HOST_TIMED_OUT
             : WSIG_HOST_WOKEN;
}
#endif

bool notify_threads(Block& to, uint32_t* value, uint32_t* own) {
  *own = (to.ring.fetch_add(1) + 1) << 8 | kRingThread;
  uint32_t present;
  do {
    // Makes room for the tag
    while ((present = to.doorbell.load()) & kRingInline) to.doorbell.fetch_or(take_doorbell(to));
  } while (!to.doorbell.replace(present, (present & 0xff) | *own));
  // Another thread's ring that was there, and maybe came in between, may be for this one.
  *value = present & kRingThread ? 0 : *own;
  return ring(to, 0);  // for a thread that found nothing before the doorbell was rung, and does not sleep yet
}

}  // namespace wasmsig::queue
