// Tripping: what happens when a signal arrives. Everything in this file is async-signal-safe and may run on any thread.
//
// The order is a contract: the signal's flag, the global flag, the eval breaker, and only then the wakeup descriptor.
// Code that is woken by the descriptor sees the flags, and code that sees the global flag sees the signal's.
#include <errno.h>

#include "signal_module/module_state.hpp"

// The global flag is a plain word in the C header, so that wsig_poll() can be C; all its accesses are atomic.
extern "C" {
alignas(64) uint32_t wsig_poll_tripped = 0;
}

namespace wasmsig::signal_module {

constinit State state;

void raise_flag(uint32_t bits) {
  // Read-modify-write, not a store: it continues the release sequence of the other threads that set the flag before it,
  // so that the one exchange (acquire) of walk() sees the signals of all of them.
  __atomic_fetch_or(&wsig_poll_tripped, bits, __ATOMIC_ACQ_REL);
  const wsig_config& config = state.config;
  if (config.eval_breaker) {
    // Pairs with the embedder's clearing
    __atomic_fetch_or(config.eval_breaker, config.eval_breaker_bits, __ATOMIC_RELEASE);
  }
  if (config.tripped) config.tripped(config.hook_data);
}

void clear_flags() {
  __atomic_exchange_n(&wsig_poll_tripped, 0u, __ATOMIC_ACQ_REL);
  // A trip at this time is dropped or kept whole
  for (Slot& slot : state.slots) slot.tripped.store(0, std::memory_order_relaxed);
  state.wakeup_error.store(0, std::memory_order_relaxed);
  state.walk_frame = 0;
}

namespace {

// EAGAIN is what a full buffer says; a socket on Windows too (the platform translates).
bool full(int error) {
#if EWOULDBLOCK != EAGAIN
  if (error == EWOULDBLOCK) return true;
#endif
  return error == EAGAIN;
}

void wake(int signum) {
  // Pairs with the release in wsig_set_wakeup_fd()
  const uintptr_t word = state.wakeup.load(std::memory_order_acquire);
  if (word == 0) return;
  const int result = wsig_platform_fd_write(Wakeup::fd(word), Wakeup::kind(word), static_cast<uint8_t>(signum));
  if (result >= 0) return;
  const int error = -result;
  if (full(error) && !(word & Wakeup::kWarn)) return;
  uint32_t none = 0;
  const uint32_t report = static_cast<uint32_t>(error) << 1 | (word & Wakeup::kSocket ? 1 : 0);
  // Release, pairs with the exchange in walk(). Only the first is kept: a report for each would need a queue.
  state.wakeup_error.compare_exchange_strong(none, report, std::memory_order_release, std::memory_order_relaxed);
  // The safe point for the signal may have passed already; there must be another one for the report.
  raise_flag(kArrived);
}

}  // namespace
}  // namespace wasmsig::signal_module

using namespace wasmsig::signal_module;

extern "C" {

void wsig_trip(int signum) {
  if (!running() || !in_range(signum)) return;
  const int saved = errno;
  state.slots[signum].tripped.store(1, std::memory_order_release);  // pairs with the exchange in walk()
  raise_flag(kArrived);
  wake(signum);
  errno = saved;
}

int wsig_set_interrupt(int signum) {
  if (!in_range(signum)) return -1;
  if (running() && state.slots[signum].callable()) wsig_trip(signum);
  return 0;
}

}  // extern "C"
