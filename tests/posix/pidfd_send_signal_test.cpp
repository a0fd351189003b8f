#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#if defined(__GLIBC__)
#include <sys/resource.h>
#include <sys/wait.h>
#endif

#include "support.hpp"

extern "C" {  // which the header of glibc 2.36 lacks
#include <sys/pidfd.h>
}

namespace {

// Of this process. Closed at the end.
class Self {
 public:
  explicit Self(unsigned flags = 0) : fd(pidfd_open(getpid(), flags)) { REQUIRE(fd >= 0); }
  ~Self() { close(fd); }
  Self(const Self&) = delete;
  Self& operator=(const Self&) = delete;
  const int fd;
};

siginfo_t info_of(int signo, int code, int value) {
  siginfo_t info = {};
  info.si_signo = signo;
  info.si_code = code;
  info.si_pid = getpid();
  info.si_value.sival_int = value;
  return info;
}

int error_of(int result) { return result == -1 ? errno : 0; }

}  // namespace

LIBC_TEST("a signal is sent through a descriptor of the process, as kill() sends it") {
  Self self;
  catch_info(SIGUSR1);
  catch_info(SIGRTMIN);
  CHECK(pidfd_send_signal(self.fd, SIGUSR1, nullptr, 0) == 0);
  CHECK(pidfd_send_signal(self.fd, SIGRTMIN, nullptr, 0) == 0);
  REQUIRE(seen() == std::vector{SIGUSR1, SIGRTMIN});
  for (int i = 0; i < recorded; ++i) {
    CHECK(records[i].code == SI_USER);
    CHECK(records[i].pid == getpid());
  }
}

LIBC_TEST("a blocked signal that was sent through a descriptor is pending") {
  Self self;
  catch_with(SIGUSR1, record_signal);
  block({SIGUSR1});
  CHECK(pidfd_send_signal(self.fd, SIGUSR1, nullptr, 0) == 0);
  CHECK(is_pending(SIGUSR1));
  CHECK(recorded == 0);
  unblock({SIGUSR1});
  CHECK(recorded == 1);
}

LIBC_TEST("signal 0 only checks that the process of a descriptor is there") {
  Self self;
  CHECK(pidfd_send_signal(self.fd, 0, nullptr, 0) == 0);
  siginfo_t info = info_of(0, SI_QUEUE, 0);
  CHECK(pidfd_send_signal(self.fd, 0, &info, 0) == 0);
}

LIBC_TEST("a process sends itself any siginfo") {
  Self self;
  catch_info(SIGRTMIN);
  for (int code : std::vector<int>{SI_QUEUE, SI_MESGQ, SI_USER, SI_TKILL, 77}) {
    CAPTURE(code);
    recorded = 0;
    siginfo_t info = info_of(SIGRTMIN, code, 1000 + code);
    info.si_pid = 4711;
    CHECK(pidfd_send_signal(self.fd, SIGRTMIN, &info, 0) == 0);
    REQUIRE(recorded == 1);
    CHECK(records[0].signo == SIGRTMIN);
    CHECK(records[0].code == code);
    CHECK(records[0].pid == 4711);
    CHECK(records[0].value == 1000 + code);
  }
}

LIBC_TEST("a siginfo for another signal is refused, and nothing is sent") {
  Self self;
  catch_info(SIGUSR1);
  catch_info(SIGUSR2);
  siginfo_t info = info_of(SIGUSR2, SI_QUEUE, 1);
  CHECK(error_of(pidfd_send_signal(self.fd, SIGUSR1, &info, 0)) == EINVAL);
  CHECK(recorded == 0);
}

LIBC_TEST("a number that is no signal is refused by a descriptor of a process") {
  Self self;
  for (int signo : {-1, NSIG, 1000000000}) {
    CHECK(error_of(pidfd_send_signal(self.fd, signo, nullptr, 0)) == EINVAL);
    siginfo_t info = info_of(signo, SI_QUEUE, 1);
    CHECK(error_of(pidfd_send_signal(self.fd, signo, &info, 0)) == EINVAL);
  }
}

LIBC_TEST("unknown flags are refused by pidfd_send_signal()") {
  Self self;
  catch_with(SIGUSR1, record_signal);
  CHECK(error_of(pidfd_send_signal(self.fd, SIGUSR1, nullptr, 0x40000000)) == EINVAL);
  CHECK(error_of(pidfd_send_signal(-1, SIGUSR1, nullptr, 0x40000000)) == EINVAL);
  CHECK(recorded == 0);
}

LIBC_TEST("what is no descriptor of a process cannot be sent to") {
  for (int fd : {-1, 0, 1, 9999, 1 << 20, 0x7fffffff}) {
    CAPTURE(fd);
    CHECK(error_of(pidfd_send_signal(fd, SIGUSR1, nullptr, 0)) == EBADF);
    CHECK(error_of(pidfd_send_signal(fd, 0, nullptr, 0)) == EBADF);
  }
}

LIBC_TEST("a closed descriptor is none any more") {
  const int fd = pidfd_open(getpid(), 0);
  REQUIRE(fd >= 0);
  CHECK(close(fd) == 0);
  CHECK(error_of(pidfd_send_signal(fd, 0, nullptr, 0)) == EBADF);
  CHECK(error_of(close(fd)) == EBADF);
}

LIBC_TEST("pidfd_open() refuses unknown flags, what is no pid, and a process that does not exist") {
  CHECK(error_of(pidfd_open(getpid(), 0x40000000)) == EINVAL);
  CHECK(error_of(pidfd_open(0, 0)) == EINVAL);
  CHECK(error_of(pidfd_open(-1, 0)) == EINVAL);
  CHECK(error_of(pidfd_open(2000000000, 0)) == ESRCH);
}

LIBC_TEST("each descriptor of a process has a number of its own, which is given again when it was closed") {
  const int first = pidfd_open(getpid(), 0);
  REQUIRE(first >= 0);
  {
    Self second;
    CHECK(second.fd != first);
    CHECK(close(first) == 0);
    CHECK(pidfd_send_signal(second.fd, 0, nullptr, 0) == 0);
    Self third;
    CHECK(third.fd == first);
  }
}

LIBC_TEST("descriptors of processes run out with EMFILE, and closing makes room") {
#if defined(__GLIBC__)
  struct rlimit before;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const struct rlimit few = {64, before.rlim_max};  // or it takes long
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
#endif
  std::vector<int> all;
  int fd;
  while ((fd = pidfd_open(getpid(), 0)) >= 0 && all.size() < 100000) all.push_back(fd);
  const int error = errno;
  CHECK(fd == -1);
  CHECK(error == EMFILE);
  REQUIRE(!all.empty());
  CHECK(close(all.back()) == 0);
  all.back() = pidfd_open(getpid(), 0);
  CHECK(all.back() >= 0);
  for (int one : all) close(one);
#if defined(__GLIBC__)
  setrlimit(RLIMIT_NOFILE, &before);
#endif
}

LIBC_TEST("fcntl() tells PIDFD_NONBLOCK") {
  Self plain, nonblocking(PIDFD_NONBLOCK);
  CHECK((fcntl(plain.fd, F_GETFL) & O_NONBLOCK) == 0);
  CHECK((fcntl(nonblocking.fd, F_GETFL) & O_NONBLOCK) == O_NONBLOCK);
  CHECK(fcntl(plain.fd, F_SETFL, O_NONBLOCK) == 0);
  CHECK((fcntl(plain.fd, F_GETFL) & O_NONBLOCK) == O_NONBLOCK);
}

LIBC_TEST("a descriptor of a process cannot be read, written or sought, and is no terminal") {
  Self self;
  char byte = 0;
  CHECK(error_of(static_cast<int>(read(self.fd, &byte, 1))) == EINVAL);
  CHECK(error_of(static_cast<int>(write(self.fd, &byte, 1))) == EINVAL);
  CHECK(error_of(static_cast<int>(lseek(self.fd, 0, SEEK_SET))) == ESPIPE);
  CHECK(isatty(self.fd) == 0);
  struct stat stat;
  CHECK(fstat(self.fd, &stat) == 0);
  CHECK_FALSE(S_ISDIR(stat.st_mode));
}

LIBC_TEST("a process that runs is not readable") {
  Self self;
  struct pollfd one = {self.fd, POLLIN, 0};
  CHECK(poll(&one, 1, 0) == 0);
  CHECK(poll(&one, 1, 10) == 0);
  CHECK(one.revents == 0);
}

#if !defined(__wasi__)  // whose preview 1 has no dup()
LIBC_TEST("a copy of a descriptor stands for the same process, also when the first is closed") {
  catch_with(SIGUSR1, record_signal);
  const int first = pidfd_open(getpid(), 0);
  REQUIRE(first >= 0);
  const int second = dup(first);
  REQUIRE(second >= 0);
  CHECK(close(first) == 0);
  CHECK(pidfd_send_signal(second, SIGUSR1, nullptr, 0) == 0);
  CHECK(recorded == 1);
  CHECK(close(second) == 0);
  CHECK(error_of(pidfd_send_signal(second, SIGUSR1, nullptr, 0)) == EBADF);
}
#endif

#if defined(__GLIBC__)
// What the guests of tests/e2e/pidfd.test.js say of each other, said by the kernel.
LIBC_TEST("another process accepts only a siginfo that cannot be mistaken for kill(), and is readable when it has ended") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    close(ends[1]);
    _exit(static_cast<int>(read(ends[0], &byte, 1)));
  }
  close(ends[0]);
  const int fd = pidfd_open(child, 0);
  REQUIRE(fd >= 0);
  siginfo_t info = info_of(SIGWINCH, SI_USER, 0);
  CHECK(error_of(pidfd_send_signal(fd, SIGWINCH, &info, 0)) == EPERM);
  info.si_code = SI_TKILL;
  CHECK(error_of(pidfd_send_signal(fd, SIGWINCH, &info, 0)) == EPERM);
  info.si_code = SI_QUEUE;
  CHECK(pidfd_send_signal(fd, SIGWINCH, &info, 0) == 0);
  struct pollfd one = {fd, POLLIN, 0};
  CHECK(poll(&one, 1, 0) == 0);
  close(ends[1]);
  CHECK(poll(&one, 1, -1) == 1);
  CHECK(one.revents == POLLIN);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(error_of(pidfd_send_signal(fd, SIGWINCH, nullptr, 0)) == ESRCH);
  CHECK(error_of(pidfd_open(child, 0)) == ESRCH);
  close(fd);
}
#endif
