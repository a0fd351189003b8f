// The Emscripten host. The other half is library_wasmsig.js, which hands everything to Module.wasmsig (js/guest.js) where there is
// one. Where there is none the program stands alone: handlers, masks and clock-driven timers work, nobody outside can send.
//
// With -pthread only the main runtime thread has a Module.wasmsig. Other threads sleep and wake on the block itself, which is
// in shared memory, and reach the host through the main thread (the __proxy lines of the JS library).
#include <emscripten.h>
#include <emscripten/threading.h>
#include <errno.h>
#include <pthread.h>

#include "platform/host.h"
#include "process/process.hpp"
#include "process/queue.hpp"

extern "C" {
int wsig_js_attach(uint32_t version, uint32_t* block);
uint32_t wsig_js_sync(void);
int wsig_js_wait(uint32_t ring, double timeout_ns);
void wsig_js_arm(double delay_ns);
void wsig_js_exit(int signo, int core);
void wsig_js_stop(int signo);
int wsig_js_send(int pid, int signo, int code, int value);
int wsig_js_pidfd_open(int pid, int nonblocking);
int wsig_js_pidfd_pid(int fd);
int __syscall_wsig_poll(struct pollfd* fds, unsigned count);
double wsig_js_clock(int clock);
int wsig_js_is_runtime_only(void);
}

using namespace wasmsig;

namespace {

constexpr uint32_t kPid = 42;  // what Emscripten's own getpid() says

int mode = WSIG_HOST_ALONE;

#ifdef __EMSCRIPTEN_PTHREADS__
// How long the main runtime thread may sleep before it serves the calls that other threads sent it.
constexpr int64_t kSlice_ns = 2000000;

int wait_on_main_thread(uint32_t ring, int64_t timeout_ns) {
  const bool whole = timeout_ns >= 0 && timeout_ns <= kSlice_ns;
  const int result = wsig_js_wait(ring, static_cast<double>(whole ? timeout_ns : kSlice_ns));
  emscripten_main_thread_process_queued_calls();
  return result == WSIG_HOST_TIMED_OUT && !whole ? WSIG_HOST_WOKEN : result;
}

// With -sPROXY_TO_PTHREAD the thread that attaches is none of the program's: no signal is for it. After start(), which has priority 101.
__attribute__((constructor(102))) void leave_signals_to_the_program() {
  if (!wsig_js_is_runtime_only()) return;
  const SignalSet all = SignalSet::all();
  process::set_mask(process::How::kSetMask, &all, nullptr);
}
#endif

}  // namespace

extern "C" {

int wsig_host_attach(uint32_t version, uint32_t* block) {
  mode = wsig_js_attach(version, block);
  if (mode == WSIG_HOST_ALONE) queue::initialise(*reinterpret_cast<queue::Block*>(block), kPid, 0);
  return mode;
}

uint32_t wsig_host_sync(void) { return mode == WSIG_HOST_SYNCED ? wsig_js_sync() : 0; }

int wsig_host_wait(uint32_t ring, int64_t timeout_ns) {
#ifdef __EMSCRIPTEN_PTHREADS__
  return emscripten_is_main_runtime_thread() ? wait_on_main_thread(ring, timeout_ns) : queue::wait_for_ring(ring, timeout_ns);
#else
  return wsig_js_wait(ring, static_cast<double>(timeout_ns));
#endif
}

// Standard input and descriptors of processes ring when they become ready. What others than this thread can do to other descriptors rings nobody.
int wsig_host_poll(struct pollfd* fds, unsigned count, uint32_t ring, int64_t timeout_ns) {
  constexpr int64_t kLookAgain_ns = 2000000;
  const int ready = count > 0 ? __syscall_wsig_poll(fds, count) : 0;
  if (ready > 0 || timeout_ns == 0) return ready > 0 ? ready : 0;
  if (ready < 0 && (timeout_ns < 0 || timeout_ns > kLookAgain_ns)) timeout_ns = kLookAgain_ns;
  return wsig_host_wait(ring, timeout_ns) == WSIG_HOST_MAY_NOT_BLOCK ? -EDEADLK : 0;
}

void wsig_host_wake(void) {
#ifdef __EMSCRIPTEN_PTHREADS__
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&queue::block.ring), 0xffffffffu);
#endif
}

int64_t wsig_host_clock(int clock) { return static_cast<int64_t>(wsig_js_clock(clock)); }

void wsig_host_arm(int64_t delay_ns) {
  if (mode != WSIG_HOST_ALONE) wsig_js_arm(static_cast<double>(delay_ns));
}

void wsig_host_exit(int signo, int core) { wsig_js_exit(signo, core); }

void wsig_host_stop(int signo) {
  if (mode != WSIG_HOST_ALONE) wsig_js_stop(signo);
}

int wsig_host_send(int pid, int signo, int code, int32_t value) {
  constexpr int kNoSuchProcess = 3;
  return mode == WSIG_HOST_ALONE ? kNoSuchProcess : wsig_js_send(pid, signo, code, value);
}

int wsig_host_pidfd_open(int pid, int nonblocking) {
  constexpr int kNoSuchProcess = 3;
  return mode == WSIG_HOST_ALONE && pid != static_cast<int>(kPid) ? -kNoSuchProcess : wsig_js_pidfd_open(pid, nonblocking);
}

int wsig_host_pidfd_pid(int fd) { return wsig_js_pidfd_pid(fd); }

uintptr_t wsig_host_thread(void) { return reinterpret_cast<uintptr_t>((void*)pthread_self()); }

void wsig_host_thread_entered([[maybe_unused]] void* record) {
#ifdef __EMSCRIPTEN_PTHREADS__
  static pthread_key_t key;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, [] { pthread_key_create(&key, process::thread_leave); });
  pthread_setspecific(key, record);
#endif
}

// Emscripten's library calls this wherever it waits (a mutex, a condition, a join). Its own is in the same object as its
// setitimer(), so having one here also keeps that object out of the program.
void _emscripten_check_timers(double) {
  if (!wsig_js_is_runtime_only()) process::deliver();
}

}  // extern "C"
