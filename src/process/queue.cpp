#include "process/queue.hpp"

#include <errno.h>

#include "platform/host.h"

namespace wasmsig::queue {

// Sequential consistency throughout: every step is half of a handshake with an agent on the other side that reads in
// the opposite order (store info then set bit, against take bit then read info), and JavaScript's Atomics know no other order.
constexpr auto kOrder = std::memory_order_seq_cst;

constinit Block block = {};

void initialise(Block& to, uint32_t pid, uint32_t ppid) {
  for (uint32_t i = 0; i < kCells; i++) to.rt_cell[i].seq.store(i, kOrder);
  to.version = kVersion;
  to.size = kBlockWords;
  to.flags = 0;
  to.pid = pid;
  to.ppid = ppid;
  to.uid = 0;
  to.state.store(1, kOrder);
  to.magic = kMagic;
}

void take(Block& from, bool (*accept)(const Sent&)) {
  uint32_t bits = from.std_bits.load(kOrder) ? from.std_bits.exchange(0, kOrder) & 0x7fffffff : 0;  // 31 signals
  for (; bits; bits &= bits - 1) {
    const int i = __builtin_ctz(bits);
    const uint32_t info = from.std_info[i].load(kOrder);
    if (!(info & kReady)) continue;  // taken before, or its sender is about to ring
    const uint32_t code = info_code(info);
    const uint32_t value = code == kCodeQueue ? from.std_value[i].load(kOrder) : 0;  // elsewhere in memory: only if it means something
    from.std_info[i].store(0, kOrder);
    accept({i + 1, code, info_pid(info), static_cast<int32_t>(value)});
  }
  for (;;) {
    const uint32_t head = from.rt_head.load(kOrder);
    Cell& cell = from.rt_cell[head % kCells];
    if (cell.seq.load(kOrder) != head + 1) return;
    const uint32_t info = cell.info.load(kOrder);
    const auto signo = static_cast<int32_t>(cell.signo.load(kOrder));
    if (!accept({signo, info_code(info), info_pid(info), static_cast<int32_t>(cell.value.load(kOrder))})) return;
    cell.seq.store(head + kCells, kOrder);
    from.rt_head.store(head + 1, kOrder);
  }
}

static int send_real_time(Block& to, const Sent& sent, uint32_t info) {
  for (;;) {
    uint32_t tail = to.rt_tail.load(kOrder);
    Cell& cell = to.rt_cell[tail % kCells];
    const auto lead = static_cast<int32_t>(cell.seq.load(kOrder) - tail);
    if (lead < 0) {
      to.rt_dropped.fetch_add(1, kOrder);
      return EAGAIN;
    }
    if (lead > 0 || !to.rt_tail.compare_exchange_strong(tail, tail + 1, kOrder)) continue;
    cell.signo.store(static_cast<uint32_t>(sent.signo), kOrder);
    cell.info.store(info, kOrder);
    cell.value.store(static_cast<uint32_t>(sent.value), kOrder);
    cell.seq.store(tail + 1, kOrder);
    return 0;
  }
}

static void send_standard(Block& to, const Sent& sent, uint32_t info) {
  const int i = sent.signo - 1;
  Word& slot = to.std_info[i];
  uint32_t free = 0;
  if (sent.code != kCodeQueue) {
    slot.compare_exchange_strong(free, info, kOrder);
  } else if (slot.compare_exchange_strong(free, info - kReady + kBusy, kOrder)) {
    to.std_value[i].store(static_cast<uint32_t>(sent.value), kOrder);
    slot.store(info, kOrder);
  }
  to.std_bits.fetch_or(uint32_t{1} << i, kOrder);
}

static uint32_t info_of(const Sent& sent) { return kReady | (sent.code & 7) << 24 | (static_cast<uint32_t>(sent.pid) & 0xffffff); }

// A silent doorbell has room for a signal and its sender: then one word, which the taker looks at anyway, is all that has to go from here to there.
static bool post(Block& to, const Sent& sent) {
  const auto pid = static_cast<uint32_t>(sent.pid);
  if (sent.signo > 31 || sent.code == kCodeQueue || pid > 0xffff) return false;
  uint32_t silent = 0;
  return to.doorbell.compare_exchange_strong(silent, pid << 16 | (sent.code & 7) << 13 | static_cast<uint32_t>(sent.signo) << 8 | kRingPosted, kOrder);
}

int send(Block& to, const Sent& sent, uint32_t* bits) {
  *bits = 0;
  if (post(to, sent)) return 0;
  *bits = kRingSignals;
  if (sent.signo > 31) return send_real_time(to, sent, info_of(sent));
  send_standard(to, sent, info_of(sent));
  return 0;
}

uint32_t take_doorbell(Block& from) {
  const uint32_t doorbell = from.doorbell.exchange(0, kOrder);
  if (!(doorbell & kRingPosted)) return doorbell & 0xff;
  const Sent sent = posted(doorbell);
  if (sent.signo != 0) send_standard(from, sent, info_of(sent));
  return (doorbell & 0xff & ~kRingPosted) | kRingSignals;
}

bool ring(Block& to, uint32_t bits) {
  if (bits) to.doorbell.fetch_or(bits, kOrder);
  if (to.waiters.load(kOrder) == 0) return false;
  to.ring.fetch_add(1, kOrder);
  return true;
}

#if defined(__wasm__)
int wait_for_ring(uint32_t ring, int64_t timeout_ns) {
  constexpr int kTimedOut = 2;  // memory.atomic.wait32
  return __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&block.ring), static_cast<int>(ring), timeout_ns) == kTimedOut ? WSIG_HOST_TIMED_OUT : WSIG_HOST_WOKEN;
}
#endif

bool ring_threads(Block& to, uint32_t* value) {
  const uint32_t own = (to.ring.fetch_add(1, kOrder) + 1) << 8 | kRingThread;
  uint32_t present = to.doorbell.load(kOrder);
  do {
    if (present & kRingPosted) {  // make room for the tag
      to.doorbell.fetch_or(take_doorbell(to), kOrder);
      present = to.doorbell.load(kOrder);
    }
  } while (!to.doorbell.compare_exchange_weak(present, (present & 0xff) | own, kOrder));
  // Another thread's ring that was there, and maybe came in between, may be for this one.
  *value = present & kRingThread ? 0 : own;
  return to.waiters.load(kOrder) != 0;
}

}  // namespace wasmsig::queue
