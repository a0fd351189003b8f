// The control block of docs/host-abi.md, word by word. This is the only C++ file that knows its words; js/link/queue.js is
// the only JavaScript one, and tests/js/abi/index.test.js compares both with the page.
//
// Why: docs/rationale.md#why-is-there-a-word-ring-beside-the-doorbell
// Why: docs/rationale.md#why-are-there-two-queues-of-one-format
#pragma once

#include <stdint.h>

namespace wasmsig::queue {

inline constexpr uint32_t kMagic = 0x47495357;
inline constexpr uint32_t kVersion = 3;
inline constexpr uint32_t kCells = 1024;

// SIGCONT, and the signals that stop, which follow it. Each undoes those of the other kind that were sent before it, so
// their order counts.
// Generated from src/signals.def by scripts/generate.mjs.
inline constexpr int kFirstJob = 18;
inline constexpr int kJobs = 5;
// End of what is generated.
constexpr bool job_control(int signo) { return signo >= kFirstJob && signo < kFirstJob + kJobs; }

// Flags. (That the block is in shared memory is for the host.)
inline constexpr uint32_t kFlagExtended = 2;
inline constexpr uint32_t kFlagSleeps = 4;

// Doorbell bits.
inline constexpr uint32_t kRingSignals = 1;
inline constexpr uint32_t kRingTimer = 2;
inline constexpr uint32_t kRingInput = 4;
inline constexpr uint32_t kRingThread = 8;   // bits 8..31: a tag
inline constexpr uint32_t kRingInline = 16;  // bits 8..31: a signal. Only one of the two

// Info words: the low half of an Origin. kSent is always set, so that none is 0.
inline constexpr uint32_t kSent = 0x40000000u;
inline constexpr uint32_t kPidMask = 0xffffff;
constexpr uint32_t info_code(uint32_t info) { return (info >> 24) & 7; }
constexpr uint32_t info_of(uint32_t code, int32_t pid) {
  return kSent | (code & 7) << 24 | (static_cast<uint32_t>(pid) & kPidMask);
}
enum InfoCode : uint32_t { kCodeUser = 0, kCodeQueue = 1, kCodeKernel = 2, kCodeTimer = 3, kCodeThread = 4 };
// Of a trap of the engine, within the guest: what is a sender's number otherwise is the si_code.
inline constexpr InfoCode kCodeFault = InfoCode{5};

// A real-time cell. Filled: the sender's pid and the bits below; in its high half the value with kCellValue, else the
// code. Empty: 0, and in its high half the position that may be filled there next.
inline constexpr uint32_t kCellFilled = 0x80000000u;
inline constexpr uint32_t kCellLap = 0x40000000u;  // of a position in an odd lap
inline constexpr uint32_t kCellValue = 0x20000000u;
inline constexpr int kCellSigno = 24;  // where its number is
inline constexpr int kCellFirst = 33;  // less this

// Sequentially consistent throughout: every step is half of a handshake with an agent on the other side that reads in
// the opposite order (store info then set bit, against take bit then read info), and JavaScript's Atomics know no other
// order. (Not std::atomic, whose compare-exchange is half a kilobyte of orders under -Oz.)
template <class Value>
class Atomic {
 public:
  Value load() const { return __atomic_load_n(&value_, __ATOMIC_SEQ_CST); }
  void store(Value value) { __atomic_store_n(&value_, value, __ATOMIC_SEQ_CST); }
  // Plain accesses, since the atomic ones of wasm are all sequentially consistent (a store costs as much as an
  // exchange): to read what only this process writes, and for a change that others may see late.
#if defined(__wasm__)
  Value load_own() const { return value_; }
  void store_late(Value value) { const_cast<volatile Value&>(value_) = value; }
#else
  Value load_own() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  void store_late(Value value) { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }
#endif
  Value exchange(Value value) { return __atomic_exchange_n(&value_, value, __ATOMIC_SEQ_CST); }
  Value fetch_or(Value bits) { return __atomic_fetch_or(&value_, bits, __ATOMIC_SEQ_CST); }
  Value fetch_add(Value more) { return __atomic_fetch_add(&value_, more, __ATOMIC_SEQ_CST); }
  // What it was: if `expected`, it is `value` now.
  Value compare_exchange(Value expected, Value value) {
    __atomic_compare_exchange_n(&value_, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
  }
  bool replace(Value expected, Value value) { return compare_exchange(expected, value) == expected; }

 private:
  Value value_;
};
using Word = Atomic<uint32_t>;
using Pair = Atomic<uint64_t>;  // two words at once, so that no sender can be lost between them
static_assert(sizeof(Word) == 4 && sizeof(Pair) == 8);

struct alignas(64) Block {
  uint32_t magic, version, size, flags;  // 0
  uint32_t pid, ppid, uid;               // 4
  Word state, exit, stop_signal;         // 7
  uint32_t ignored[2], blocked[2];       // 10: inherited at the start, bit n-1 for signal n
  Pair defaults;                         // 14: signals whose default action takes effect without a check
  Word doorbell, ring, waiters;          // 16: what a safe point reads has a cache line of its own
  uint32_t reserved_19[13];
  Word timer_seq, timer_low, timer_high, timer_signal;  // 32
  Word attention;                                       // 36
  uint32_t reserved_37[27];
  Word std_bits;  // 64: beside what it tells of, so that taking one of the first 7 signals needs one cache line
  uint32_t reserved_65[1];
  Pair std_sent[31];  // 66: an Origin of signal i + 1
  Word rt_head;       // 128
  uint32_t reserved_129[15];
  Word rt_tail;  // 144
  uint32_t reserved_145[15];
  Word rt_dropped;  // 160
  uint32_t reserved_161[31];
  Pair rt_cell[kCells];  // 192
};

inline constexpr uint32_t kBlockWords = 2240;
static_assert(sizeof(Block) == kBlockWords * 4);
#define WSIG_AT(member, word) static_assert(__builtin_offsetof(Block, member) == 4 * (word))
WSIG_AT(pid, 4);
WSIG_AT(state, 7);
WSIG_AT(defaults, 14);
WSIG_AT(doorbell, 16);
WSIG_AT(timer_seq, 32);
WSIG_AT(std_bits, 64);
WSIG_AT(std_sent, 66);
WSIG_AT(rt_head, 128);
WSIG_AT(rt_tail, 144);
WSIG_AT(rt_dropped, 160);
WSIG_AT(rt_cell, 192);
#undef WSIG_AT

// The block of this process. In zero-initialised memory until the host attaches.
extern Block block;

}  // namespace wasmsig::queue
