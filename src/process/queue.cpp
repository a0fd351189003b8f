#include "process/queue.hpp"

#include <errno.h>

#include "platform/host.h"

namespace wasmsig::queue {

constinit Block block = {};

void initialise(Block& to, uint32_t pid, uint32_t ppid) {
  for (uint32_t i = 0; i < kCells; i++) to.rt_cell[i].seq.store(i);
  to.version = kVersion;
  to.size = kBlockWords;
  to.flags = 0;
  to.pid = pid;
  to.ppid = ppid;
  to.uid = 0;
  to.state.store(1);
  to.magic = kMagic;
}

static Origin origin(uint32_t info, uint32_t value) { return Origin::of(info & ~(kReady | kBusy), static_cast<int32_t>(value)); }

void take(Block& from, bool (*accept)(int signo, Origin)) {
  for (uint32_t bits = from.std_bits.exchange(0) & 0x7fffffff; bits; bits &= bits - 1) {  // 31 signals
    const int i = __builtin_ctz(bits);
    const uint32_t info = from.std_info[i].load();
    if (!(info & kReady)) continue;  // taken before, or its sender is about to ring
    const uint32_t value = info_code(info) == kCodeQueue ? from.std_value[i].load() : 0;  // elsewhere in memory: only if it means something
    from.std_info[i].store(0);
    accept(i + 1, origin(info, value));
  }
  for (;;) {
    const uint32_t head = from.rt_head.load();
    Cell& cell = from.rt_cell[head % kCells];
    if (cell.seq.load() != head + 1) return;
    if (!accept(static_cast<int>(cell.signo.load()), origin(cell.info.load(), cell.value.load()))) return;
    cell.seq.store(head + kCells);
    from.rt_head.store(head + 1);
  }
}

static int send_real_time(Block& to, const Sent& sent, uint32_t info) {
  for (;;) {
    const uint32_t tail = to.rt_tail.load();
    Cell& cell = to.rt_cell[tail % kCells];
    const auto lead = static_cast<int32_t>(cell.seq.load() - tail);
    if (lead < 0) {
      to.rt_dropped.fetch_add(1);
      return EAGAIN;
    }
    if (lead > 0 || !to.rt_tail.replace(tail, tail + 1)) continue;
    cell.signo.store(static_cast<uint32_t>(sent.signo));
    cell.info.store(info);
    cell.value.store(static_cast<uint32_t>(sent.value));
    cell.seq.store(tail + 1);
    return 0;
  }
}

static void send_standard(Block& to, int signo, uint32_t info) {
  to.std_info[signo - 1].replace(0, info);
  to.std_bits.fetch_or(uint32_t{1} << (signo - 1));
}

static void send_standard_value(Block& to, const Sent& sent, uint32_t info) {
  const int i = sent.signo - 1;
  if (to.std_info[i].replace(0, info - kReady + kBusy)) {
    to.std_value[i].store(static_cast<uint32_t>(sent.value));
    to.std_info[i].store(info);
  }
  to.std_bits.fetch_or(uint32_t{1} << i);
}

// A silent doorbell has room for a signal and its sender: then one word, which the taker looks at anyway, is all that has to go from here to there.
static bool post(Block& to, const Sent& sent) {
  const auto pid = static_cast<uint32_t>(sent.pid);
  if (sent.signo > 31 || sent.code == kCodeQueue || pid > 0xffff) return false;
  return to.doorbell.replace(0, pid << 16 | (sent.code & 7) << 13 | static_cast<uint32_t>(sent.signo) << 8 | kRingPosted);
}

int send(Block& to, const Sent& sent, uint32_t* bits) {
  *bits = 0;
  if (post(to, sent)) return 0;
  *bits = kRingSignals;
  const uint32_t info = kReady | info_of(sent.code, sent.pid);
  if (sent.signo > 31) return send_real_time(to, sent, info);
  if (sent.code == kCodeQueue) send_standard_value(to, sent, info);
  else send_standard(to, sent.signo, info);
  return 0;
}

uint32_t take_doorbell(Block& from) {
  const uint32_t doorbell = from.doorbell.exchange(0);
  if (!(doorbell & kRingPosted)) return doorbell & 0xff;
  if (const int signo = posted_signo(doorbell)) send_standard(from, signo, kReady | posted_info(doorbell));
  return (doorbell & 0xff & ~kRingPosted) | kRingSignals;
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
  return __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&block.ring), static_cast<int>(ring), timeout_ns) == kTimedOut ? WSIG_HOST_TIMED_OUT : WSIG_HOST_WOKEN;
}
#endif

bool ring_threads(Block& to, uint32_t* value) {
  const uint32_t own = (to.ring.fetch_add(1) + 1) << 8 | kRingThread;
  uint32_t present;
  do {
    present = to.doorbell.load();
    if (present & kRingPosted) {  // make room for the tag
      to.doorbell.fetch_or(take_doorbell(to));
      present = to.doorbell.load();
    }
  } while (!to.doorbell.replace(present, (present & 0xff) | own));
  // Another thread's ring that was there, and maybe came in between, may be for this one.
  *value = present & kRingThread ? 0 : own;
  return to.waiters.load() != 0;
}

}  // namespace wasmsig::queue
