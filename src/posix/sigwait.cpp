// Waiting for signals.
#include <time.h>
#include <unistd.h>

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

int suspend(SignalSet mask) {
  return result(cancellation_point([mask] { return process::suspend(mask); }));
}

int accept(const sigset_t* set, process::SigInfo* info, int64_t timeout_ns) {
  return cancellation_point([=] { return process::wait(from(*set), info, timeout_ns); });
}

int wait_for(const sigset_t* set, siginfo_t* info, int64_t timeout_ns) {
  process::SigInfo accepted;
  const int signo = accept(set, &accepted, timeout_ns);
  if (signo < 0) return fail(-signo);
  if (!info) return signo;
  store(info, accepted);
  // As the GNU C library: POSIX does not know that raise() is for a thread.
  if (info->si_code == SI_TKILL) info->si_code = SI_USER;
  return signo;
}

}  // namespace

extern "C" {

int sigsuspend(const sigset_t* mask) { return suspend(from(*mask)); }

int pause(void) { return result(cancellation_point(process::pause)); }

int sigpause(int signo) {
  if (!valid_signal(signo) || reserved_signal(signo)) return fail(EINVAL);
  return suspend(process::mask() - SignalSet::of(signo));
}

// POSIX gives sigwait() no EINTR: handlers of other signals run, and it goes on.
int sigwait(const sigset_t* __restrict set, int* __restrict signo) {
  for (;;) {
    process::SigInfo accepted;
    const int value = accept(set, &accepted, -1);
    if (value == -EINTR) continue;
    if (value < 0) return -value;
    *signo = value;
    return 0;
  }
}

int sigwaitinfo(const sigset_t* __restrict set, siginfo_t* __restrict info) { return wait_for(set, info, -1); }

int sigtimedwait(const sigset_t* __restrict set, siginfo_t* __restrict info,
                 const struct timespec* __restrict timeout) {
  if (!timeout) return wait_for(set, info, -1);
  if (!valid_timespec(*timeout)) return fail(EINVAL);
  return wait_for(set, info, nanoseconds(timeout->tv_sec, timeout->tv_nsec));
}

}  // extern "C"
