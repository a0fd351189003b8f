// The process among others: its number, parent, group and session.
#include <unistd.h>

#include "posix/convert.hpp"
#include "queue/queue.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

bool is_self(pid_t pid) { return pid == 0 || pid == process::pid(); }

// Whether there is a process of this number, which is also that of its group: each is alone in its own.
bool exists(pid_t pid) { return pid > 0 && process::kill(pid, 0) != -ESRCH; }

}  // namespace

extern "C" {

pid_t getpid(void) { return process::pid(); }

pid_t gettid(void) { return process::thread_number(); }

pid_t getppid(void) {
  process::start();
  return static_cast<pid_t>(queue::block.ppid);
}

pid_t getpgrp(void) { return process::pid(); }

pid_t getpgid(pid_t pid) {
  if (is_self(pid)) return process::pid();
  return exists(pid) ? pid : fail(ESRCH);
}

// All processes that the host knows are of one session. It is the parent's, as for the jobs of a shell.
pid_t getsid(pid_t pid) { return is_self(pid) || exists(pid) ? getppid() : fail(ESRCH); }

int setpgid(pid_t pid, pid_t group) {
  if (!group) group = pid;
  if (group < 0) return fail(EINVAL);
  if (!is_self(pid)) return fail(ESRCH);  // no child of this process
  return is_self(group) ? 0 : fail(EPERM);
}

pid_t setpgrp(void) { return setpgid(0, 0); }

pid_t setsid(void) { return fail(EPERM); }

pid_t tcgetpgrp(int fd) { return isatty(fd) ? process::pid() : -1; }

int tcsetpgrp(int fd, pid_t group) {
  if (!isatty(fd)) return -1;
  if (group < 0) return fail(EINVAL);
  if (group == process::pid()) return 0;
  return fail(exists(group) ? EPERM : ESRCH);
}

}  // extern "C"
