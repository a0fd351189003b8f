// The WASI host without a host: imports nothing but WASI, so the program runs anywhere, with raise(), handlers, masks
// and clock-driven timers. Nobody outside can send, so nothing but a timer ever ends a wait.
#include "queue/queue.hpp"
#include "wasi_clocks.hpp"
#include "wasi_poll.hpp"

using namespace wasmsig;

namespace {

constexpr uint32_t kPid = 42;  // what wasi-libc's own emulation says
constexpr int64_t kMaxSleep_ns = 3600ll * 1000000000;  // some hosts take the largest time for a past one

}  // namespace

extern "C" {

int wsig_host_attach(uint32_t, uint32_t* at) {
  queue::initialise(*reinterpret_cast<queue::Block*>(at), kPid, 0);
  return WSIG_HOST_ALONE;
}

uint32_t wsig_host_sync(void) { return 0; }

// May return early, so the longest sleep is bounded and the caller asks again.
int wsig_host_wait(uint32_t, int64_t timeout_ns) {
  const bool whole = timeout_ns >= 0 && timeout_ns <= kMaxSleep_ns;
  if (timeout_ns != 0 && !wasi::sleep(whole ? timeout_ns : kMaxSleep_ns)) return WSIG_HOST_MAY_NOT_BLOCK;
  return whole ? WSIG_HOST_TIMED_OUT : WSIG_HOST_WOKEN;
}

int wsig_host_poll(struct pollfd* fds, unsigned count, uint32_t ring, int64_t timeout_ns) {
  return wasi::poll(fds, count, ring, timeout_ns >= 0 && timeout_ns <= kMaxSleep_ns ? timeout_ns : kMaxSleep_ns);
}

void wsig_host_wake(void) {}

int64_t wsig_host_clock(int which) { return wasi::clock(which); }

void wsig_host_arm(int64_t) {}

// The convention of shells is all that WASI has room for.
void wsig_host_exit(int signo, int) { __wasi_proc_exit(128u + static_cast<unsigned>(signo)); }

void wsig_host_stop(int) {}

int wsig_host_send(int, int, int, int32_t) { return WSIG_LINUX_ESRCH; }

// WASI has no way to make a descriptor that its close() would know.
int wsig_host_pidfd_open(int, int) { return -WSIG_LINUX_ENOSYS; }

int wsig_host_pidfd_pid(int) { return -WSIG_LINUX_EBADF; }

}  // extern "C"
