// Waiting for signals.
#include <time.h>
#include <unistd.h>

#include "libc/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::libc;

namespace {

int wait_for(const sigset_t* set, siginfo_t* info, int64_t timeout_ns) {
  process::SigInfo accepted;
  const int signo = process::wait(from(*set), &accepted, timeout_ns);
  if (signo < 0) return fail(-signo);
  if (info) store(info, accepted);
  return signo;
}

}  // namespace

extern "C" {

int sigsuspend(const sigset_t* mask) { return result(process::suspend(from(*mask))); }

int pause(void) { return result(process::pause()); }

int sigpause(int signo) {
  if (!valid_signal(signo) || reserved_signal(signo)) return fail(EINVAL);
  return result(process::suspend(process::mask() - SignalSet::of(signo)));
}

// POSIX gives sigwait() no EINTR: handlers of other signals run, and it goes on.
int sigwait(const sigset_t* __restrict set, int* __restrict signo) {
  for (;;) {
    process::SigInfo accepted;
    const int value = process::wait(from(*set), &accepted, -1);
    if (value == -EINTR) continue;
    if (value < 0) return -value;
    *signo = value;
    return 0;
  }
}

int sigwaitinfo(const sigset_t* __restrict set, siginfo_t* __restrict info) { return wait_for(set, info, -1); }

int sigtimedwait(const sigset_t* __restrict set, siginfo_t* __restrict info, const struct timespec* __restrict timeout) {
  if (!timeout) return wait_for(set, info, -1);
  if (!valid_timespec(*timeout)) return fail(EINVAL);
  return wait_for(set, info, nanoseconds(timeout->tv_sec, timeout->tv_nsec));
}

}  // extern "C"
