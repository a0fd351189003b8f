#include "process/queue.hpp"

#include <errno.h>

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

void take_standard(Block& from, void (*accept)(void*, const Sent&), void* context) {
  uint32_t bits = from.std_bits.exchange(0, kOrder);
  bits &= 0x7fffffff;  // 31 signals
  for (; bits; bits &= bits - 1) {
    const int signo = __builtin_ctz(bits) + 1;
    const uint32_t info = from.std_info[signo].load(kOrder);
    if (!(info & kReady)) continue;  // taken before, or its sender is about to ring
    const uint32_t code = info_code(info);
    const uint32_t value = code == kCodeQueue ? from.std_value[signo].load(kOrder) : 0;  // elsewhere in memory: only if it means something
    from.std_info[signo].store(0, kOrder);
    accept(context, {signo, code, info_pid(info), static_cast<int32_t>(value)});
  }
}

void take_real_time(Block& from, bool (*accept)(void*, const Sent&), void* context) {
  for (;;) {
    const uint32_t head = from.rt_head.load(kOrder);
    Cell& cell = from.rt_cell[head % kCells];
    if (cell.seq.load(kOrder) != head + 1) return;
    const uint32_t info = cell.info.load(kOrder);
    const Sent sent = {static_cast<int32_t>(cell.signo.load(kOrder)), info_code(info), info_pid(info),
                       static_cast<int32_t>(cell.value.load(kOrder))};
    if (!accept(context, sent)) return;
    cell.seq.store(head + kCells, kOrder);
    from.rt_head.store(head + 1, kOrder);
  }
}

bool has_real_time(const Block& from) {
  const uint32_t head = from.rt_head.load(kOrder);
  return from.rt_cell[head % kCells].seq.load(kOrder) == head + 1;
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
  Word& slot = to.std_info[sent.signo];
  uint32_t free = 0;
  if (sent.code != kCodeQueue) {
    slot.compare_exchange_strong(free, info, kOrder);
  } else if (slot.compare_exchange_strong(free, info - kReady + kBusy, kOrder)) {
    to.std_value[sent.signo].store(static_cast<uint32_t>(sent.value), kOrder);
    slot.store(info, kOrder);
  }
  to.std_bits.fetch_or(uint32_t{1} << (sent.signo - 1), kOrder);
}

int send(Block& to, const Sent& sent) {
  const uint32_t info = kReady | (sent.code & 7) << 24 | (static_cast<uint32_t>(sent.pid) & 0xffffff);
  if (sent.signo > 31) return send_real_time(to, sent, info);
  send_standard(to, sent, info);
  return 0;
}

bool ring(Block& to, uint32_t bits) {
  to.doorbell.fetch_or(bits, kOrder);
  to.ring.fetch_add(1, kOrder);
  return to.waiters.load(kOrder) != 0;
}

bool ring_threads(Block& to, uint32_t* value) {
  const uint32_t tag = (to.ring.fetch_add(1, kOrder) + 1) << 8;
  uint32_t present = to.doorbell.load(kOrder);
  do {
    *value = (present & 0xff) | kRingThread | tag;
  } while (!to.doorbell.compare_exchange_weak(present, *value, kOrder));
  return to.waiters.load(kOrder) != 0;
}

}  // namespace wasmsig::queue
