#include <limits.h>
#include <sys/wait.h>

#include "support.hpp"

extern "C" {  // which the header of glibc 2.36 lacks
#include <sys/pidfd.h>
}

namespace {

// A call's errno, or 0.
template <class Call>
int error_of(Call call) {
  errno = 0;
  return call() == -1 ? errno : 0;
}

int waitid_error(int type, int id, int options) {
  return error_of([=] { return waitid(static_cast<idtype_t>(type), static_cast<id_t>(id), nullptr, options); });
}

}  // namespace

LIBC_TEST("a process without children waits for none") {
  int status = 77;
  CHECK(error_of([&] { return wait(&status); }) == ECHILD);
  CHECK(error_of([] { return wait(nullptr); }) == ECHILD);
  for (int options : {0, WNOHANG, WUNTRACED, WCONTINUED, WNOHANG | WUNTRACED | WCONTINUED}) {
    for (pid_t pid :
         {-1, 0, static_cast<int>(getpid()), -static_cast<int>(getpid()), 2000000000, -2000000000, INT_MAX}) {
      CHECK(error_of([&] { return waitpid(pid, &status, options); }) == ECHILD);
      CHECK(error_of([&] { return wait4(pid, &status, options, nullptr); }) == ECHILD);
    }
    CHECK(error_of([&] { return wait3(&status, options, nullptr); }) == ECHILD);
  }
  CHECK(status == 77);
}

LIBC_TEST("waitpid() refuses options and a group that do not exist") {
  for (int options : {WEXITED, WNOWAIT, 0x10, 0x40000, -1}) {
    CHECK(error_of([=] { return waitpid(-1, nullptr, options); }) == EINVAL);
    CHECK(error_of([=] { return waitpid(INT_MIN, nullptr, options); }) == EINVAL);
  }
  CHECK(error_of([] { return waitpid(INT_MIN, nullptr, 0); }) == ESRCH);
}

LIBC_TEST("waitid() refuses what does not exist, and otherwise finds no child") {
  for (int options : {WEXITED, WSTOPPED, WCONTINUED, WEXITED | WNOHANG | WNOWAIT}) {
    CHECK(waitid_error(P_ALL, 0, options) == ECHILD);
    CHECK(waitid_error(P_ALL, -1, options) == ECHILD);
    CHECK(waitid_error(P_PID, getpid(), options) == ECHILD);
    CHECK(waitid_error(P_PID, 0, options) == EINVAL);
    CHECK(waitid_error(P_PID, -1, options) == EINVAL);
    CHECK(waitid_error(P_PGID, 0, options) == ECHILD);
    CHECK(waitid_error(P_PGID, -1, options) == EINVAL);
    CHECK(waitid_error(99, 0, options) == EINVAL);
  }
  for (int options : {0, WNOHANG, WNOWAIT, 0x10 | WEXITED}) CHECK(waitid_error(P_ALL, 0, options) == EINVAL);
}

LIBC_TEST("waitid() of a descriptor that is no process's says so") {
  constexpr int kPidfd = 3;  // the GNU C library declares P_PIDFD since 2.36
  CHECK(waitid_error(kPidfd, -1, WEXITED) == EINVAL);
  CHECK(waitid_error(kPidfd, 999, WEXITED) == EBADF);
  CHECK(waitid_error(kPidfd, 0, WEXITED) == EBADF);
  const int self = pidfd_open(getpid(), 0);
  if (self < 0) return;  // a host without them
  CHECK(waitid_error(kPidfd, self, WEXITED) == ECHILD);
  close(self);
}

LIBC_TEST("waitid() clears what it gives, also when it fails") {
  siginfo_t info;
  memset(&info, 0x55, sizeof info);
  CHECK(error_of([&] { return waitid(P_ALL, 0, &info, WEXITED); }) == ECHILD);
  CHECK(info.si_signo == 0);
  CHECK(info.si_errno == 0);
  CHECK(info.si_code == 0);
  CHECK(info.si_pid == 0);
  CHECK(info.si_uid == 0);
  CHECK(info.si_status == 0);
}

LIBC_TEST("the macros of a status read what Linux writes") {
  const int exited = 7 << 8, killed = SIGKILL, dumped = SIGSEGV | 0x80, stopped = SIGTSTP << 8 | 0x7f,
            continued = 0xffff;
  CHECK((WIFEXITED(exited) && WEXITSTATUS(exited) == 7));
  CHECK((WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL && !WCOREDUMP(killed)));
  CHECK((WIFSIGNALED(dumped) && WTERMSIG(dumped) == SIGSEGV && WCOREDUMP(dumped)));
  CHECK((WIFSTOPPED(stopped) && WSTOPSIG(stopped) == SIGTSTP));
  CHECK(WIFCONTINUED(continued));
  for (int status : {exited, killed, dumped, stopped, continued}) {
    CHECK(!!WIFEXITED(status) + !!WIFSIGNALED(status) + !!WIFSTOPPED(status) + !!WIFCONTINUED(status) == 1);
  }
}
