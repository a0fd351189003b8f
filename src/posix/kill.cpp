// Sending: raise(), kill(), sigqueue(), pthread_kill(), pthread_sigqueue().
#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

extern "C" {

// POSIX wants EINVAL for 0 from raise(), but every system takes it as kill() does: a check that succeeds.
int raise(int signo) { return result(process::raise(signo)); }

int kill(pid_t pid, int signo) { return result(process::kill(pid, signo)); }

int killpg(pid_t group, int signo) {
  if (group < 0) return fail(EINVAL);
  return result(process::kill(-group, signo));
}

int sigqueue(pid_t pid, int signo, union sigval value) { return result(process::queue(pid, signo, bits_of(value))); }

// The reserved numbers are the C library's own, which means by one of them: it has noted that this thread is cancelled.
int pthread_kill(pthread_t thread, int signo) {
  const auto id = static_cast<uintptr_t>(thread);
#if !defined(WSIG_SINGLE_THREAD)
  constexpr int kCancel = 33;
  if (signo == kCancel) return -process::cancel_thread(id);
#endif
  return reserved_signal(signo) ? EINVAL : -process::kill_thread(id, signo);
}

// Of the GNU C library. Unlike pthread_kill(), it searches for the thread before it refuses the reserved numbers.
int pthread_sigqueue(pthread_t thread, int signo, const union sigval value) {
  constexpr int kNone = -1;
  const auto id = static_cast<uintptr_t>(thread);
  return -process::queue_thread(id, reserved_signal(signo) ? kNone : signo, bits_of(value));
}

}  // extern "C"
