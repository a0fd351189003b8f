// A set of signals, one bit each: bit n-1 for signal n. Trivial, so that it can live in shared tables.
#pragma once

#include <stdint.h>

namespace wasmsig {

// From kRealTimeFirst on Linux's kernel queues; those before kRealTimeMin belong to the C library.
#define WSIG_REAL_TIME(reserved, first, last)     \
  inline constexpr int kRealTimeFirst = reserved; \
  inline constexpr int kRealTimeMin = first;      \
  inline constexpr int kRealTimeMax = last;
#include "signals.def"
inline constexpr int kSignalLimit = kRealTimeMax + 1;  // NSIG

constexpr bool valid_signal(int signo) { return signo >= 1 && signo < kSignalLimit; }
constexpr bool reserved_signal(int signo) { return signo >= kRealTimeFirst && signo < kRealTimeMin; }
constexpr bool real_time(int valid_signo) { return valid_signo >= kRealTimeFirst; }

struct SignalSet {
  uint64_t bits = 0;

  // Of valid signals; what others yield means nothing.
  static constexpr unsigned index(int signo) { return (static_cast<unsigned>(signo) - 1) & 63; }

  static constexpr SignalSet of(int signo) { return {uint64_t{1} << index(signo)}; }
  template <class... Rest>
  static constexpr SignalSet of(int signo, Rest... rest) {
    return of(signo) | of(rest...);
  }
  static constexpr SignalSet all() { return {~uint64_t{0}}; }

  constexpr bool empty() const { return bits == 0; }
  constexpr bool has(int signo) const { return (bits >> index(signo)) & 1; }
  constexpr void add(int signo) { bits |= of(signo).bits; }
  constexpr void remove(int signo) { bits &= ~of(signo).bits; }
  constexpr int lowest() const { return bits ? __builtin_ctzll(bits) + 1 : 0; }

  friend constexpr SignalSet operator|(SignalSet a, SignalSet b) { return {a.bits | b.bits}; }
  friend constexpr SignalSet operator&(SignalSet a, SignalSet b) { return {a.bits & b.bits}; }
  friend constexpr SignalSet operator-(SignalSet a, SignalSet b) { return {a.bits & ~b.bits}; }
  friend constexpr bool operator==(SignalSet a, SignalSet b) { return a.bits == b.bits; }
};

// The C library's own: reserved_signal().
inline constexpr SignalSet kReserved = SignalSet::of(kRealTimeFirst, kRealTimeFirst + 1, kRealTimeFirst + 2);
static_assert(kRealTimeFirst + 3 == kRealTimeMin);

}  // namespace wasmsig
