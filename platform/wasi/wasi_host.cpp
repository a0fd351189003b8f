// The WASI host that speaks docs/host-abi.md: imports of the module `wasmsig`.
#include "platform/wake_sleepers.hpp"
#include "queue/queue.hpp"
#include "wasi_clocks.hpp"
#include "wasi_poll.hpp"

#define WSIG_IMPORT(name) __attribute__((import_module("wasmsig"), import_name(name)))

extern "C" {
WSIG_IMPORT("attach") int32_t wasmsig_import_attach(int32_t version, uint32_t* block);
WSIG_IMPORT("sync") int32_t wasmsig_import_sync(void);
WSIG_IMPORT("wait") int32_t wasmsig_import_wait(uint32_t ring, double timeout_ns);
WSIG_IMPORT("arm") void wasmsig_import_arm(double delay_ns);
WSIG_IMPORT("exit") void wasmsig_import_exit(int32_t signo, int32_t core);
WSIG_IMPORT("stop") void wasmsig_import_stop(int32_t signo);
WSIG_IMPORT("send") int32_t wasmsig_import_send(int32_t pid, int32_t signo, int32_t code, int32_t value);
WSIG_IMPORT("pidfd_open") int32_t wasmsig_import_pidfd_open(int32_t pid, int32_t flags);
WSIG_IMPORT("pidfd_pid") int32_t wasmsig_import_pidfd_pid(int32_t fd);
}

using namespace wasmsig;

namespace {

int mode = WSIG_HOST_SYNCED;

}  // namespace

extern "C" {

int wsig_host_attach(uint32_t version, uint32_t* at) {
  mode = wasmsig_import_attach(static_cast<int32_t>(version), at) ? WSIG_HOST_SHARED : WSIG_HOST_SYNCED;
  return mode;
}

uint32_t wsig_host_sync(void) { return mode == WSIG_HOST_SYNCED ? static_cast<uint32_t>(wasmsig_import_sync()) : 0; }

int wsig_host_wait(uint32_t ring, int64_t timeout_ns) {
  if (queue::block.flags & queue::kFlagSleeps) return queue::wait_for_ring(ring, timeout_ns);
  return wasmsig_import_wait(ring, static_cast<double>(timeout_ns));
}

int wsig_host_poll(struct pollfd* fds, unsigned count, uint32_t ring, int64_t timeout_ns) { return wasi::poll(fds, count, ring, timeout_ns); }

void wsig_host_wake(void) { wake_sleepers(); }

int64_t wsig_host_clock(int which) { return wasi::clock(which); }

void wsig_host_arm(int64_t delay_ns) { wasmsig_import_arm(static_cast<double>(delay_ns)); }

void wsig_host_exit(int signo, int core) { wasmsig_import_exit(signo, core); }

void wsig_host_stop(int signo) { wasmsig_import_stop(signo); }

int wsig_host_send(int pid, int signo, int code, int32_t value) { return wasmsig_import_send(pid, signo, code, value); }

int wsig_host_pidfd_open(int pid, int nonblocking) { return wasmsig_import_pidfd_open(pid, nonblocking != 0); }

int wsig_host_pidfd_pid(int fd) { return wasmsig_import_pidfd_pid(fd); }

}  // extern "C"
