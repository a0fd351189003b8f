// Safe points: where handlers run.
#include "module/errors.hpp"
#include "module/state.hpp"

namespace {
const uint32_t kNothing = 0;
}

extern "C" {
const uint32_t* wsig_poll_doorbell = &kNothing;
int32_t wsig_poll_countdown = 0;
}

namespace wasmsig::module {

bool may_handle() {
  // Relaxed: a thread compares with its own identity, which it wrote itself if it is equal.
  if (wsig_platform_thread() != state.main_thread.load(std::memory_order_relaxed)) return false;
  const wsig_config& config = state.config;
  return !config.may_handle || config.may_handle(config.hook_data);
}

namespace {

bool any_after(int signum) {
  for (int next = signum + 1; next < wsig_platform()->limit; next++) {
    if (state.slots[next].tripped.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

void report_failed_write() {
  const uint32_t report = state.wakeup_error.exchange(0, std::memory_order_acquire);  // pairs with wake()
  if (report) report_wakeup(static_cast<int>(report >> 1), report & 1);
}

// 0 or WSIG_E_RAISED.
int run(int signum, const Action& action, void* frame) {
  // The handler may leave by a jump: what waits behind it must be found again, so the flag is set before, not after.
  if (any_after(signum)) raise_flag();
  if (action.function(signum, frame, action.data) == 0) return 0;
  raise_flag();
  if (action.function == wsig_default_int_handler && !state.config.keyboard_interrupt) return raised_keyboard_interrupt();
  return raised();
}

}  // namespace

int walk(void* frame) {
  if (__atomic_load_n(&wsig_poll_tripped, __ATOMIC_RELAXED) == 0) return 0;
  // The global flag goes first: a signal that trips after this sets it again and is found by this walk or the next.
  // Acquire, pairs with raise_flag().
  if (__atomic_exchange_n(&wsig_poll_tripped, 0u, __ATOMIC_ACQ_REL) == 0) return 0;
  report_failed_write();
  for (int signum = 1; signum < wsig_platform()->limit; signum++) {
    Slot& slot = state.slots[signum];
    if (slot.tripped.load(std::memory_order_relaxed) == 0) continue;
    // Cleared before the handler runs: an arrival during it is another call. Acquire, pairs with wsig_trip().
    slot.tripped.exchange(0, std::memory_order_acquire);
    const Action action = slot.load();
    if (action.kind != WSIG_ACTION_CALLABLE) {
      report_race(signum);
    } else if (const int error = run(signum, action, frame)) {
      return error;
    }
  }
  return 0;
}

int run_handlers() {
  wsig_platform_collect();
  return may_handle() ? walk(nullptr) : 0;
}

}  // namespace wasmsig::module

using namespace wasmsig::module;

extern "C" {

int wsig_check_signals(void* frame) {
  if (!running()) return 0;
  wsig_platform_collect();
  return may_handle() ? walk(frame) : 0;
}

int wsig_poll_slow(void* frame) {
  if (!running()) return 0;
  __atomic_store_n(&wsig_poll_countdown, wsig_platform_look(), __ATOMIC_RELAXED);
  return may_handle() ? walk(frame) : 0;
}

}  // extern "C"
