// Waiting for children, which a wasm program does not have.
#include <limits.h>
#include <sys/wait.h>

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

constexpr unsigned kOfBoth = WNOHANG | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;

bool has_others(int options, unsigned allowed) { return (static_cast<unsigned>(options) & ~allowed) != 0; }

int wait_for(pid_t pid, int options) {
  return result(cancellation_point([=] {
    if (has_others(options, kOfBoth | WUNTRACED)) return -EINVAL;
    return pid == INT_MIN ? -ESRCH : -ECHILD;
  }));
}

// What waitid() says of its arguments, in Linux's order.
int refused(idtype_t type, id_t id, int options) {
  constexpr unsigned kEvents = WEXITED | WSTOPPED | WCONTINUED;
  if (has_others(options, kOfBoth | kEvents | WNOWAIT)) return -EINVAL;
  if (!(static_cast<unsigned>(options) & kEvents)) return -EINVAL;
  const auto number = static_cast<int>(id);
  switch (type) {
    case P_ALL: return -ECHILD;
    case P_PID: return number > 0 ? -ECHILD : -EINVAL;
    case P_PGID: return number >= 0 ? -ECHILD : -EINVAL;
    case P_PIDFD: {
      if (number < 0) return -EINVAL;
      const int of = process::pidfd_pid(number);
      return of < 0 ? of : -ECHILD;
    }
    default: return -EINVAL;
  }
}

}  // namespace

extern "C" {

pid_t wait(int*) { return wait_for(-1, 0); }
pid_t waitpid(pid_t pid, int*, int options) { return wait_for(pid, options); }
pid_t wait3(int*, int options, struct rusage*) { return wait_for(-1, options); }
pid_t wait4(pid_t pid, int*, int options, struct rusage*) { return wait_for(pid, options); }

int waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  return result(cancellation_point([=] {
    const int error = refused(type, id, options);
    if (info) {
      info->si_signo = info->si_errno = info->si_code = info->si_status = 0;
      info->si_pid = 0;
      info->si_uid = 0;
    }
    return error;
  }));
}

}  // extern "C"
