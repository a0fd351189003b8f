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

static bool later(uint32_t ticket, uint32_t than) { return static_cast<int32_t>(ticket - than) > 0; }

// Whether a signal of job control with this ticket was undone: one of the other kind was sent after it, and these are their tickets.
static bool undone(const Word (&tickets)[kJobs], int job, uint32_t ticket) {
  if (job > 0) return later(tickets[0].load(), ticket);
  for (int stop = 1; stop < kJobs; stop++) {
    if (later(tickets[stop].load(), ticket)) return true;
  }
  return false;
}

// `jobs`: bit j for signal kFirstJob + j. A ticket may be of a later send, whose bit is not set yet: that send is taken now, and nothing that it undid is taken after it.
static void take_job_control(Block& from, uint32_t jobs, bool (*accept)(int signo, Origin)) {
  uint32_t order[kJobs];
  for (int job = 0; job < kJobs; job++) order[job] = from.job_order[job].load();
  while (jobs) {
    int first = __builtin_ctz(jobs);
    for (uint32_t rest = jobs & (jobs - 1); rest; rest &= rest - 1) {
      const int job = __builtin_ctz(rest);
      if (later(order[first], order[job])) first = job;
    }
    jobs &= ~(uint32_t{1} << first);
    if (!later(order[first], from.job_taken[first].load()) || undone(from.job_taken, first, order[first])) continue;
    from.job_taken[first].store(order[first]);
    const int i = kFirstJob - 1 + first;
    accept(i + 1, origin(from.std_info[i].load(), from.std_value[i].load()));
  }
}

void take(Block& from, bool (*accept)(int signo, Origin)) {
  constexpr uint32_t kJobBits = ((1u << kJobs) - 1) << (kFirstJob - 1);
  const uint32_t sent = from.std_bits.exchange(0) & 0x7fffffff;  // 31 signals
  for (uint32_t bits = sent & ~kJobBits; bits; bits &= bits - 1) {
    const int i = __builtin_ctz(bits);
    const uint32_t info = from.std_info[i].load();
    if (!(info & kReady)) continue;  // taken before, or its sender is about to ring
    const uint32_t value = info_code(info) == kCodeQueue ? from.std_value[i].load() : 0;  // elsewhere in memory: only if it means something
    from.std_info[i].store(0);
    accept(i + 1, origin(info, value));
  }
  if (sent & kJobBits) take_job_control(from, (sent & kJobBits) >> (kFirstJob - 1), accept);
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

// Its ticket is stored before its bit: who takes the bit finds no older ticket.
static void send_job_control(Block& to, int signo, uint32_t info, int32_t value) {
  const int job = signo - kFirstJob;
  const uint32_t bit = uint32_t{1} << (signo - 1);
  Word& order = to.job_order[job];
  uint32_t last = order.load();
  // It coalesces with the last one of its number, unless that was taken or undone.
  if (!(to.std_bits.load() & bit) || undone(to.job_order, job, last)) {
    to.std_value[signo - 1].store(static_cast<uint32_t>(value));
    to.std_info[signo - 1].store(info);
  }
  const uint32_t ticket = to.job_seq.fetch_add(1) + 1;
  while (later(ticket, last) && !order.replace(last, ticket)) last = order.load();
  to.std_bits.fetch_or(bit);
}

static void send_standard(Block& to, int signo, uint32_t info) {
  if (job_control(signo)) return send_job_control(to, signo, info, 0);
  to.std_info[signo - 1].replace(0, info);
  to.std_bits.fetch_or(uint32_t{1} << (signo - 1));
}

static void send_standard_value(Block& to, const Sent& sent, uint32_t info) {
  if (job_control(sent.signo)) return send_job_control(to, sent.signo, info, sent.value);
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
  if (sent.signo > 31 || job_control(sent.signo) || sent.code == kCodeQueue || pid > 0xffff) return false;
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
