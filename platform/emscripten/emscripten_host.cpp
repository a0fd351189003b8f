// The Emscripten host. The other half is library_wasmsig.js, which hands everything to Module.wasmsig (js/guest/program_host.js)
// where there is one. Where there is none the program stands alone: handlers, masks and clock-driven timers work,
// nobody outside can send.
//
// With -pthread only the main runtime thread has a Module.wasmsig. Other threads sleep and wake on the block itself,
// which is in shared memory, and reach the host through the main thread (the __proxy lines of the JS library).
//
// A check may come in the middle of anything: of malloc(), or of what Emscripten does to have the main thread call
// something. So what a check needs (the functions of platform/host.h) neither allocates nor has others call anything,
// and there is no check while a thread has a call performed.
//
// Why: docs/rationale.md#why-has-the-thread-that-serves-emscriptens-other-threads-no-record
#include <emscripten.h>
#include <emscripten/proxying.h>
#include <emscripten/threading.h>
#include <errno.h>
#include <pthread.h>

#include "platform/host.h"
#include "platform/thread_exit.hpp"
#include "platform/wake_sleepers.hpp"
#include "process/process.hpp"
#include "queue/queue.hpp"

#include <atomic>

extern "C" {
int wsig_js_attach(uint32_t version, uint32_t* block);
uint32_t wsig_js_sync(void);
int wsig_js_wait(uint32_t ring, double timeout_ns);
void wsig_js_arm(double delay_ns);
void wsig_js_arm_by_main(void);
void wsig_js_exit(int signo, int core);
void wsig_js_stop(int signo);
int wsig_js_send(int pid, int signo, int code, int value);
int wsig_js_pidfd_open(int pid, int nonblocking);
int wsig_js_pidfd_pid(int fd);
int __syscall_wsig_poll(struct pollfd* fds, unsigned count, int waits);
double wsig_js_clock(int clock);
int wsig_js_is_runtime_only(void);
#ifdef __EMSCRIPTEN_PTHREADS__
void _emscripten_yield(double now);
void _emscripten_runtime_keepalive_clear(void);

// The JS library calls these.
int wsig_hold(void);
void wsig_release(int held);
void wsig_pass_wish(void);
#endif
}

using namespace wasmsig;

namespace {

constexpr uint32_t kPid = 42;  // what Emscripten's own getpid() says

int mode = WSIG_HOST_ALONE;

#ifdef __EMSCRIPTEN_PTHREADS__
// How long the main runtime thread may sleep before it serves the calls that other threads sent it.
constexpr int64_t kSlice_ns = 2000000;

int wait_on_main_thread(uint32_t ring, int64_t timeout_ns) {
  wsig_pass_wish();
  const bool whole = timeout_ns >= 0 && timeout_ns <= kSlice_ns;
  const int result = wsig_js_wait(ring, static_cast<double>(whole ? timeout_ns : kSlice_ns));
  _emscripten_yield(0);
  return result == WSIG_HOST_TIMED_OUT && !whole ? WSIG_HOST_WOKEN : result;
}

// Whether the calling thread may check for signals. A global of WebAssembly, of which each thread has its own, and
// which needs no thread-local storage: a worker that starts a thread has none yet, or still that of the thread that it
// ran before.
__asm__(".globaltype wsig_may_check, i32\nwsig_may_check:\n");

int get_may_check() {
  int value;
  __asm__ volatile("global.get wsig_may_check\n local.set %0" : "=r"(value));
  return value;
}

void set_may_check(int value) { __asm__ volatile("local.get %0\n global.set wsig_may_check" : : "r"(value)); }

// A record is left after all other destructors, so that those are still part of the thread. POSIX lets a destructor set
// its value again, and says how often they are called again.
void leave(void* record) {
  static constinit thread_local int calls = 0;
  if (++calls < PTHREAD_DESTRUCTOR_ITERATIONS) return at_thread_exit<leave>(record);
  process::thread_leave(record);
  set_may_check(0);
}

// The deadline that a thread without a host has requested. The main thread passes it on.
std::atomic<int64_t> requested_at;  // negative: none
std::atomic<bool> request_changed;
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
  return emscripten_is_main_runtime_thread() ? wait_on_main_thread(ring, timeout_ns)
                                             : queue::wait_for_ring(ring, timeout_ns);
#else
  return wsig_js_wait(ring, static_cast<double>(timeout_ns));
#endif
}

// Standard input and descriptors of processes ring when they become ready. What others than this thread can do to other
// descriptors rings nobody.
int wsig_host_poll(struct pollfd* fds, unsigned count, uint32_t ring, int64_t timeout_ns) {
  constexpr int64_t kCheckAgain_ns = 2000000;
  const int ready = count > 0 ? __syscall_wsig_poll(fds, count, timeout_ns != 0) : 0;
  if (ready > 0 || timeout_ns == 0) return ready > 0 ? ready : 0;
  if (ready < 0 && (timeout_ns < 0 || timeout_ns > kCheckAgain_ns)) timeout_ns = kCheckAgain_ns;
  return wsig_host_wait(ring, timeout_ns) == WSIG_HOST_MAY_NOT_BLOCK ? -EDEADLK : 0;
}

void wsig_host_wake(void) { wake_sleepers(); }

int64_t wsig_host_clock(int clock) { return static_cast<int64_t>(wsig_js_clock(clock)); }

void wsig_host_arm(int64_t delay_ns) {
  if (mode == WSIG_HOST_ALONE) return;
#ifdef __EMSCRIPTEN_PTHREADS__
  if (!emscripten_is_main_runtime_thread()) {
    requested_at.store(delay_ns < 0 ? -1 : wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC) + delay_ns);
    if (!request_changed.exchange(true)) wsig_js_arm_by_main();
    return;
  }
  request_changed.store(false);
#endif
  wsig_js_arm(static_cast<double>(delay_ns));
}

void wsig_host_exit(int signo, int core) { wsig_js_exit(signo, core); }

void wsig_host_stop(int signo) {
  if (mode != WSIG_HOST_ALONE) wsig_js_stop(signo);
}

int wsig_host_send(int pid, int signo, int code, int32_t value) {
  return mode == WSIG_HOST_ALONE ? WSIG_LINUX_ESRCH : wsig_js_send(pid, signo, code, value);
}

int wsig_host_pidfd_open(int pid, int nonblocking) {
  return mode == WSIG_HOST_ALONE && pid != static_cast<int>(kPid) ? -WSIG_LINUX_ESRCH
                                                                  : wsig_js_pidfd_open(pid, nonblocking);
}

int wsig_host_pidfd_pid(int fd) { return wsig_js_pidfd_pid(fd); }

uintptr_t wsig_host_thread(void) {
  return wsig_js_is_runtime_only() ? 0 : reinterpret_cast<uintptr_t>((void*)pthread_self());
}

void wsig_host_thread_entered([[maybe_unused]] void* record) {
#ifdef __EMSCRIPTEN_PTHREADS__
  // That one stays, and may be here before it can have a key
  if (!emscripten_is_main_runtime_thread()) at_thread_exit<leave>(record);
  set_may_check(1);
#endif
}

#ifdef __EMSCRIPTEN_PTHREADS__
int wsig_host_may_check(void) { return get_may_check(); }

int wsig_host_cancelable(void) {
  int before;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  pthread_setcancelstate(before, nullptr);
  return before == PTHREAD_CANCEL_ENABLE;
}

void wsig_host_cancel(uintptr_t thread) {
  const int held = wsig_hold();
  emscripten_proxy_async(
      emscripten_proxy_get_system_queue(), reinterpret_cast<pthread_t>(thread),
      [](void*) { _emscripten_runtime_keepalive_clear(); }, nullptr);
  wsig_release(held);
}

// From here to wsig_release() the thread does not check, and is not cancelled.
int wsig_hold(void) {
  const int checked = get_may_check();
  set_may_check(0);
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  return state << 1 | checked;
}

// With what wsig_hold() gave. What came meanwhile is delivered.
void wsig_release(int held) {
  pthread_setcancelstate(held >> 1, nullptr);
  set_may_check(held & 1);
  if (held & 1) process::deliver();
}

void wsig_pass_wish(void) {
  if (!request_changed.exchange(false)) return;
  const int64_t at = requested_at.load();
  const int64_t left = at < 0 ? -1 : at - wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC);
  wsig_js_arm(static_cast<double>(at >= 0 && left < 0 ? 0 : left));
}
#endif

// Emscripten's main thread calls this where it gives way to others, as in waits. Its own is in the same object as its
// setitimer(), so having one here also keeps that object out of the program.
void _emscripten_check_timers(double) {
#ifdef __EMSCRIPTEN_PTHREADS__
  wsig_pass_wish();
#endif
  if (!wsig_js_is_runtime_only()) process::deliver();
}

}  // extern "C"
