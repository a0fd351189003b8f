// What the `signal` module keeps: one slot a signal, the flags, the wakeup descriptor, the embedder's hooks.
//
// What may write: slots' actions and the wakeup descriptor, only the main thread; flags, any thread, also real signal
// handlers; the configuration, only wsig_init() and wsig_finalize().
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>

#include "platform/platform.h"
#include "wasmsig/wasmsig.h"

namespace wasmsig::signal_module {

inline constexpr int kSlots = 65;  // the largest NSIG of any platform; a set has 64 bits

struct Action {
  int kind = WSIG_ACTION_NONE;
  wsig_handler function = nullptr;
  void* data = nullptr;
};

// The three words of an action are read by any thread while the main thread may be changing them: `version` is odd
// during a change, and a reader that finds two different values reads again (a sequence lock).
struct Slot {
  std::atomic<uint32_t> tripped{0};
  std::atomic<uint32_t> version{0};
  std::atomic<int> kind{WSIG_ACTION_NONE};
  std::atomic<wsig_handler> function{nullptr};
  std::atomic<void*> data{nullptr};

  Action load() const;             // any thread, not in a signal handler
  void store(const Action& next);  // the main thread
  bool callable() const;           // any thread, async-signal-safe
};

// The wakeup descriptor and its options in one word, so that a signal handler sees them change together: descriptor + 1
// from bit 2 up, bit 1: a socket, bit 0: report a full buffer. 0: none.
struct Wakeup {
  static constexpr uintptr_t kWarn = 1, kSocket = 2;
  static constexpr uintptr_t pack(intptr_t fd, wsig_fd_kind kind, bool warn) {
    if (fd == -1) return 0;
    return (static_cast<uintptr_t>(fd + 1) << 2) | (kind == WSIG_FD_SOCKET ? kSocket : 0) | (warn ? kWarn : 0);
  }
  static constexpr intptr_t fd(uintptr_t word) { return static_cast<intptr_t>(word >> 2) - 1; }
  static constexpr wsig_fd_kind kind(uintptr_t word) { return word & kSocket ? WSIG_FD_SOCKET : WSIG_FD_FILE; }
};

// What wsig_poll_doorbell points to where there is none to read: it never rings.
inline constexpr uint32_t kNoDoorbell = 0;

// The bits of the global flag, wsig_poll_tripped. Waiting: a handler runs, and others that tripped before it run after
// it.
inline constexpr uint32_t kArrived = 1, kWaiting = 2;

struct State {
  std::atomic<uint32_t> running{0};
  std::atomic<uintptr_t> main_thread{0};
  std::atomic<uintptr_t> wakeup{0};
  // Of the first failed write since the last report: errno << 1 | socket; 0: none
  std::atomic<uint32_t> wakeup_error{0};
  // The stack frame of the walk that runs handlers now; 0: none. The main thread's
  uintptr_t walk_frame = 0;
  wsig_config config{};
  Slot slots[kSlots];
};

static_assert(std::atomic<uint32_t>::is_always_lock_free && std::atomic<uintptr_t>::is_always_lock_free);
static_assert(std::atomic<wsig_handler>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

extern State state;

// Pairs with the release in wsig_init()
inline bool running() { return state.running.load(std::memory_order_acquire) != 0; }
inline bool in_range(int signum) { return signum >= 1 && signum < wsig_platform()->limit; }

// Whether this thread may run handlers: the main thread, of the main interpreter.
bool may_handle();

// trip.cpp: sets bits of the global flag and the eval breaker, in this order. Async-signal-safe.
void raise_flag(uint32_t bits);
// trip.cpp: drops everything that tripped.
void clear_flags();

// check_signals.cpp: runs handlers of what tripped, without asking whether this thread may. 0 or WSIG_E_RAISED.
int walk(void* frame);
// check_signals.cpp: collects, and walks if this thread may. What "runs handlers" means.
int run_handlers();

}  // namespace wasmsig::signal_module
