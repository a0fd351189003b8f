// Every wait of the C library's threads (for a mutex, a lock, a barrier, a condition, the end of a thread, a semaphore)
// ends in emscripten_futex_wait(). This one takes its place, checks meanwhile, and says EINTR as Linux's futex(2) does.
// musl knows which of its callers goes on then.
//
// Why: docs/rationale.md#why-do-all-waits-of-emscriptens-threads-library-go-through-one-function
#ifdef __EMSCRIPTEN_PTHREADS__

#include <emscripten.h>
#include <emscripten/threading.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <atomic>

#include "process/deadline.hpp"
#include "process/process.hpp"

using namespace wasmsig;

extern "C" {
void _emscripten_yield(double now);
int _emscripten_thread_supports_atomics_wait(void);
int wsig_js_is_runtime_only(void);
int __timedwait_cp(volatile int* address, int value, clockid_t clock, const struct timespec* at, int is_private);
extern std::atomic<volatile void*> _emscripten_main_thread_futex;  // emscripten_futex_wake() makes it null

// While this is 0 musl takes EINTR for an old kernel's mistake.
extern volatile int __eintr_valid_flag;
volatile int __eintr_valid_flag = 1;
}

namespace {

// A sender does not know where a thread waits, so the thread checks this often. The main thread also serves the others.
constexpr int64_t kSlice_ns = 10000000;
constexpr int64_t kSliceOfMain_ns = 1000000;

// What ended the last wait that a handler ended.
constinit thread_local process::Delivered ended_by = process::kNone;

void check() {
  if (!wsig_js_is_runtime_only()) process::deliver();
}

// Also what a safe point in musl's part of the wait has delivered, or one in front of it: as Linux's futex(2) may, this
// says EINTR without need.
bool interrupted() {
  check();
  const process::Delivered delivered = process::interruption();
  if (delivered == process::kNone) return false;
  ended_by = delivered;
  return true;
}

int fail(int error) {
  errno = error;
  return -1;
}

uint32_t value_at(volatile void* address) {
  return __atomic_load_n(static_cast<volatile uint32_t*>(address), __ATOMIC_SEQ_CST);
}

int wait(volatile void* address, uint32_t value, int64_t max_ns) {
  switch (__builtin_wasm_memory_atomic_wait32((int*)address, static_cast<int>(value), max_ns)) {
    case 1: return -EWOULDBLOCK;
    case 2: return -ETIMEDOUT;
    default: return 0;
  }
}

// A browser's main thread may not wait. As Emscripten's own does: whoever wakes makes the word null.
int spin(volatile void* address, uint32_t value, int64_t max_ns) {
  volatile void* none = nullptr;
  _emscripten_main_thread_futex.compare_exchange_strong(none, address);
  const int64_t end = process::now() + max_ns;
  while (_emscripten_main_thread_futex.load() == address && value_at(address) == value && process::now() < end) {
  }
  volatile void* mine = address;
  if (!_emscripten_main_thread_futex.compare_exchange_strong(mine, nullptr)) return 0;
  return value_at(address) == value ? -ETIMEDOUT : -EWOULDBLOCK;
}

// musl's sem_timedwait(). An errno number. Only what is delivered from here on ends it.
int wait_for(sem_t* semaphore, const struct timespec* at) {
  pthread_testcancel();
  process::interruption();
  volatile int* const value = semaphore->__val;
  while (sem_trywait(semaphore) != 0) {
    __atomic_fetch_add(value + 1, 1, __ATOMIC_SEQ_CST);
    int expected = 0;
    __atomic_compare_exchange_n(value, &expected, static_cast<int>(0x80000000), false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    int error;
    pthread_cleanup_push(
        [](void* waiters) { __atomic_fetch_sub(static_cast<volatile int*>(waiters), 1, __ATOMIC_SEQ_CST); },
        const_cast<int*>(value + 1));
    error = __timedwait_cp(value, static_cast<int>(0x80000000), CLOCK_REALTIME, at, value[2]);
    pthread_cleanup_pop(1);
    if (error) return error == ECANCELED ? EINTR : error;
  }
  return 0;
}

}  // namespace

extern "C" int emscripten_futex_wait(volatile void* address, uint32_t value, double max_ms) {
  if (reinterpret_cast<uintptr_t>(address) % 4 != 0) return -EINVAL;
  const int64_t max_slice = emscripten_is_main_runtime_thread() ? kSliceOfMain_ns : kSlice_ns;
  constexpr double kYear_ms = 3.2e10;
  const int64_t deadline = process::deadline_after(max_ms < kYear_ms ? static_cast<int64_t>(max_ms * 1e6) : -1);
  for (;;) {
    _emscripten_yield(0);
    if (interrupted()) return -EINTR;
    const int64_t left = process::time_left(deadline);
    const int64_t slice = left < 0 || left > max_slice ? max_slice : left;
    const int result =
        _emscripten_thread_supports_atomics_wait() ? wait(address, value, slice) : spin(address, value, slice);
    if (result == -ETIMEDOUT && slice == max_slice) continue;
    check();  // what came before the wait was over is handled before it returns
    return result;
  }
}

// Of all these waits SA_RESTART matters to this one. The others go on after each handler, and those with a limit that a
// handler ends never do (Linux, futex(2)).
extern "C" int sem_wait(sem_t* semaphore) {
  for (;;) {
    ended_by = process::kNone;
    const int error = wait_for(semaphore, nullptr);
    if (error == EINTR && ended_by == process::kRestarts) continue;
    return error ? fail(error) : 0;
  }
}

extern "C" int sem_timedwait(sem_t* __restrict semaphore, const struct timespec* __restrict at) {
  const int error = wait_for(semaphore, at);
  return error ? fail(error) : 0;
}

#endif
