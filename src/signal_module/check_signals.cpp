// Safe points: where handlers run.
#include "signal_module/fail.hpp"
#include "signal_module/module_state.hpp"

extern "C" {
const uint32_t* wsig_poll_doorbell = &wasmsig::signal_module::kNoDoorbell;
int32_t wsig_poll_countdown = 0;
}

namespace wasmsig::signal_module {

namespace {

bool is_main_thread() {
  // Relaxed: a thread compares with its own identity, which it wrote itself if it is equal.
  return wsig_platform_thread() == state.main_thread.load(std::memory_order_relaxed);
}

}  // namespace

bool may_handle() {
  const wsig_config& config = state.config;
  return is_main_thread() && (!config.may_handle || config.may_handle(config.hook_data));
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

// Whether this is called by a handler of a walk that still runs. A handler that left by a jump did not tell: then the
// frame of its walk is not above this one's, or will not be at one of the next safe points. Stacks grow down on every
// platform.
bool in_a_walk(uintptr_t frame) { return frame < state.walk_frame; }

// 0 or WSIG_E_RAISED.
int run(int signum, const Action& action, void* frame) {
  // The handler may leave by a jump: that others wait behind it must be known before, not after.
  if (any_after(signum)) {
    raise_flag(kWaiting);
  } else {
    __atomic_fetch_and(&wsig_poll_tripped, ~kWaiting, __ATOMIC_RELAXED);
  }
  if (action.function(signum, frame, action.data) == 0) return 0;
  raise_flag(kArrived);
  if (action.function == wsig_default_int_handler && !state.config.keyboard_interrupt)
    return raised_keyboard_interrupt();
  return raised();
}

int run_all(void* frame) {
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
  __atomic_fetch_and(&wsig_poll_tripped, ~kWaiting, __ATOMIC_RELAXED);
  return 0;
}

}  // namespace

// Not inlined, and on the real stack: where it is tells which walk is inside which.
[[gnu::noinline, gnu::no_sanitize_address]] int walk(void* frame) {
  const uint32_t flags = __atomic_load_n(&wsig_poll_tripped, __ATOMIC_RELAXED);
  if (flags == 0) return 0;
  volatile char marker = 0;  // volatile: wasm's stack in memory has only what needs an address
  const uintptr_t here = reinterpret_cast<uintptr_t>(&marker);
  // Inside a handler only a new arrival is a reason to run others: those that wait behind it run after it, not in the
  // midst of it.
  const uintptr_t outer = in_a_walk(here) ? state.walk_frame : 0;
  if (outer != 0 && (flags & kArrived) == 0) return 0;
  // The global flag goes first: a signal that trips after this sets it again and is found by this walk or the next.
  // Acquire, pairs with raise_flag().
  if (__atomic_exchange_n(&wsig_poll_tripped, 0u, __ATOMIC_ACQ_REL) == 0) return 0;
  report_failed_write();
  state.walk_frame = here;
  const int error = run_all(frame);
  state.walk_frame = outer;
  return error;
}

int run_handlers() {
  wsig_platform_collect();
  return may_handle() ? walk(nullptr) : 0;
}

}  // namespace wasmsig::signal_module

using namespace wasmsig::signal_module;

extern "C" {

int wsig_check_signals(void* frame) {
  if (!running()) return 0;
  wsig_platform_collect();
  return may_handle() ? walk(frame) : 0;
}

int wsig_poll_slow(void* frame) {
  if (!running()) return 0;
  __atomic_store_n(&wsig_poll_countdown, wsig_platform_poll(), __ATOMIC_RELAXED);
  return may_handle() ? walk(frame) : 0;
}

int wsig_accept(int signum) {
  if (!in_range(signum)) return fail_out_of_range();
  if (!running()) return 0;
  wsig_platform_collect();
  // The global flag stays: others may have set it, and a walk that finds nothing is harmless. Acquire, pairs with
  // wsig_trip().
  return is_main_thread() && state.slots[signum].tripped.exchange(0, std::memory_order_acquire) != 0;
}

}  // extern "C"
