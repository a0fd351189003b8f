// The state of the emulated process, and the lock that guards it.
#include "process/state.hpp"
#include "process/deferral.hpp"
#include "process/posix_timers.hpp"

namespace wasmsig::process {

constinit State state;

#if !defined(WSIG_SINGLE_THREAD)

constinit thread_local Thread* this_thread = nullptr;

constinit static std::atomic<bool> lock_held{false};

// Acquire pairs with the release in the destructor of the thread that held it before.
Lock::Lock() {
  while (lock_held.exchange(true, std::memory_order_acquire)) {
    while (lock_held.load(std::memory_order_relaxed)) {
    }
  }
}

Lock::~Lock() { lock_held.store(false, std::memory_order_release); }

#endif

// State is all zeros at the start, so that it needs no space in the program's file; so this is what start() found.
void reset() {
#if !defined(WSIG_SINGLE_THREAD)
  this_thread = nullptr;
#endif
  if (linked(reset_posix_timers)) reset_posix_timers();
  DeliveryDeferral::depth = 0;
  DeliveryDeferral::deferred = 0;
  __builtin_memset(static_cast<void*>(&state), 0, sizeof state);
  __builtin_memset(static_cast<void*>(&queue::block), 0, sizeof queue::block);
}

}  // namespace wasmsig::process
