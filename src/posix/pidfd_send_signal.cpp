// Descriptors that stand for processes.
#include <sys/pidfd.h>

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

// Linux: a process may send itself anything (here what fits, docs/limits.md); others only what cannot be taken for
// kill() or for the kernel.
int send_info(int32_t to, int signo, const siginfo_t& info) {
  if (info.si_signo != signo) return -EINVAL;
  const int32_t value = reinterpret_cast<intptr_t>(info.si_ptr);
  if (to == process::pid()) {
    Origin origin;
    if (!process::make_origin(info.si_code, info.si_pid, value, &origin)) return -EINVAL;
    const int error = process::send_process(signo, origin);
    if (!error) process::deliver();
    return error;
  }
  if (info.si_code >= 0 || info.si_code == SI_TKILL) return -EPERM;
  return info.si_code == SI_QUEUE ? process::queue(to, signo, value) : -EINVAL;
}

}  // namespace

extern "C" {

int pidfd_open(pid_t pid, unsigned flags) {
  if (flags & ~static_cast<unsigned>(PIDFD_NONBLOCK)) return fail(EINVAL);
  return result(process::pidfd_open(pid, flags != 0));
}

int pidfd_send_signal(int pidfd, int signo, siginfo_t* info, unsigned flags) {
  if (flags) return fail(EINVAL);
  const int to = process::pidfd_pid(pidfd);
  if (to < 0) return result(to);
  return result(info ? send_info(to, signo, *info) : process::kill(to, signo));
}

}  // extern "C"
