// Every wait of the C library's threads (a mutex, a lock, a barrier, a condition, a join, a semaphore, memory that another thread waits for) ends in this
// function of Emscripten's. Here it looks, and says EINTR as Linux's futex(2) does; musl knows who of its callers goes on then.
#ifdef __EMSCRIPTEN_PTHREADS__

#include <emscripten.h>
#include <emscripten/threading.h>
#include <errno.h>
#include <math.h>

#include <atomic>

#include "process/process.hpp"

using namespace wasmsig;

extern "C" {
void _emscripten_yield(double now);
int _emscripten_thread_supports_atomics_wait(void);
int wsig_js_is_runtime_only(void);
extern std::atomic<volatile void*> _emscripten_main_thread_futex;  // emscripten_futex_wake() makes it null

// musl takes EINTR for an old kernel's mistake while this is 0.
volatile int __eintr_valid_flag = 1;
}

namespace {

// Nothing wakes a thread from here when it is sent a signal, so it looks this often. Less at first, for what comes as the wait begins.
constexpr double kFirstSlice_ms = 1;
constexpr double kSlice_ms = 10;

bool interrupted() { return process::deliver() == process::kInterrupts; }

int wait(volatile void* address, uint32_t value, double most_ms) {
  switch (__builtin_wasm_memory_atomic_wait32((int*)address, static_cast<int>(value), most_ms == INFINITY ? -1 : static_cast<int64_t>(most_ms * 1e6))) {
    case 1: return -EWOULDBLOCK;
    case 2: return -ETIMEDOUT;
    default: return 0;
  }
}

// A browser's main thread may not wait. As in Emscripten's own.
int spin(volatile void* address, uint32_t value, double most_ms) {
  const double end = emscripten_get_now() + most_ms;
  for (;;) {
    volatile void* none = nullptr;
    _emscripten_main_thread_futex.compare_exchange_strong(none, address);
    const double now = emscripten_get_now();
    volatile void* mine = address;
    const bool woken = !_emscripten_main_thread_futex.compare_exchange_strong(mine, nullptr);
    if (woken) return 0;
    if (now > end) return -ETIMEDOUT;
    _emscripten_yield(now);
    if (__atomic_load_n(static_cast<volatile uint32_t*>(address), __ATOMIC_SEQ_CST) != value) return -EWOULDBLOCK;
  }
}

}  // namespace

extern "C" int emscripten_futex_wait(volatile void* address, uint32_t value, double most_ms) {
  if (reinterpret_cast<uintptr_t>(address) % 4 != 0) return -EINVAL;
  if (emscripten_is_main_runtime_thread()) {
    // Its callers wait in slices, between which it serves other threads.
    if (!wsig_js_is_runtime_only() && interrupted()) return -EINTR;
    _emscripten_yield(0);
    return _emscripten_thread_supports_atomics_wait() ? wait(address, value, most_ms) : spin(address, value, most_ms);
  }
  if (most_ms < 0) most_ms = INFINITY;
  for (double slice_ms = kFirstSlice_ms;; slice_ms = kSlice_ms) {
    const bool last = most_ms <= slice_ms;
    const int result = wait(address, value, last ? most_ms : slice_ms);
    if (result != -ETIMEDOUT) return result;
    if (interrupted()) return -EINTR;
    if (last) return result;
    most_ms -= slice_ms;
  }
}

#endif
