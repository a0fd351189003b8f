#include <limits.h>

#include "support.hpp"

#if defined(__wasi__)
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#endif
#if defined(__linux__)
#include <linux/capability.h>
#include <grp.h>
#include <sys/syscall.h>
#endif

namespace {

// A call's errno, or 0.
template <class Call>
int error_of(Call call) {
  errno = 0;
  return call() == -1 ? errno : 0;
}

// The right to change ids, which root has on Linux: taken away as long as this lives.
class WithoutRights {
 public:
#if defined(__linux__)
  WithoutRights() {
    syscall(SYS_capget, &header_, had_);
    __user_cap_data_struct fewer[2] = {had_[0], had_[1]};
    fewer[0].effective &= ~((1u << CAP_SETUID) | (1u << CAP_SETGID));
    syscall(SYS_capset, &header_, fewer);
  }
  ~WithoutRights() { syscall(SYS_capset, &header_, had_); }

 private:
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct had_[2] = {};
#else
  WithoutRights() {}  // nobody has it
#endif
};

}  // namespace

LIBC_TEST("the own process and thread have positive, constant identities") {
  CHECK(getpid() > 0);
  CHECK(getpid() == getpid());
  CHECK(getppid() >= 0);
  CHECK(pthread_equal(pthread_self(), pthread_self()));
}

LIBC_TEST("the process leads a group of its own") {
  if (getsid(0) == getpid()) return;  // Linux: started as the leader of a session
  CHECK(setpgid(0, 0) == 0);
  CHECK(getpgrp() == getpid());
  CHECK(getpgid(0) == getpid());
  CHECK(getpgid(getpid()) == getpid());
  CHECK(setpgid(getpid(), getpid()) == 0);
  CHECK(setpgid(0, getpgrp()) == 0);
  CHECK(setpgrp() == 0);
  CHECK(getsid(0) == getsid(getpid()));
  CHECK(error_of([] { return setsid(); }) == EPERM);
}

LIBC_TEST("groups of processes that do not exist are refused") {
  CHECK(error_of([] { return getpgid(2000000000); }) == ESRCH);
  CHECK(error_of([] { return getpgid(-5); }) == ESRCH);
  CHECK(error_of([] { return getsid(2000000000); }) == ESRCH);
  CHECK(error_of([] { return getsid(-5); }) == ESRCH);
  CHECK(error_of([] { return setpgid(0, -1); }) == EINVAL);
  CHECK(error_of([] { return setpgid(2000000000, 0); }) == ESRCH);
  CHECK(error_of([] { return setpgid(-5, 0); }) == EINVAL);
  CHECK(error_of([] { return setpgid(-5, getpgrp()); }) == ESRCH);
  CHECK(error_of([] { return setpgid(0, 2000000000); }) == EPERM);
}

LIBC_TEST("a descriptor that is no terminal has no group") {
  CHECK(error_of([] { return tcgetpgrp(999); }) == EBADF);
  CHECK(error_of([] { return tcsetpgrp(999, getpgrp()); }) == EBADF);
  if (isatty(0)) return;
  CHECK(error_of([] { return tcgetpgrp(0); }) == ENOTTY);
  CHECK(error_of([] { return tcsetpgrp(0, getpgrp()); }) == ENOTTY);
}

LIBC_TEST("a process signals its group, also as one of another name") {
  if (getsid(0) == getpid()) return;
  REQUIRE(setpgid(0, 0) == 0);
  catch_info(SIGUSR1);
  CHECK(kill(0, SIGUSR1) == 0);
  CHECK(kill(-getpgrp(), SIGUSR1) == 0);
  CHECK(killpg(0, SIGUSR1) == 0);
  CHECK(killpg(getpgrp(), SIGUSR1) == 0);
  CHECK(recorded == 4);
  for (int i = 0; i < recorded; i++) CHECK(records[i].code == SI_USER);
  CHECK(error_of([] { return kill(INT_MIN, 0); }) == ESRCH);
}

LIBC_TEST("real, effective and saved ids are the same") {
  uid_t ids[3];
  gid_t groups[3];
  CHECK(getresuid(&ids[0], &ids[1], &ids[2]) == 0);
  CHECK(getresgid(&groups[0], &groups[1], &groups[2]) == 0);
  for (int i = 0; i < 3; i++) {
    CHECK(ids[i] == getuid());
    CHECK(groups[i] == getgid());
  }
  CHECK(geteuid() == getuid());
  CHECK(getegid() == getgid());
}

LIBC_TEST("a process may set the ids that it has") {
  const WithoutRights without;
  constexpr auto kSame = static_cast<uid_t>(-1);
  CHECK(setuid(getuid()) == 0);
  CHECK(seteuid(getuid()) == 0);
  CHECK(setreuid(kSame, getuid()) == 0);
  CHECK(setreuid(kSame, kSame) == 0);
  CHECK(setresuid(getuid(), kSame, getuid()) == 0);
  CHECK(setgid(getgid()) == 0);
  CHECK(setegid(getgid()) == 0);
  CHECK(setregid(getgid(), kSame) == 0);
  CHECK(setresgid(kSame, getgid(), kSame) == 0);
}

LIBC_TEST("a process without the right to it cannot set other ids") {
  const WithoutRights without;
  constexpr auto kSame = static_cast<uid_t>(-1);
  const uid_t other = getuid() + 1;
  const gid_t group = getgid() + 1;
  CHECK(error_of([=] { return setuid(other); }) == EPERM);
  CHECK(error_of([=] { return seteuid(other); }) == EPERM);
  CHECK(error_of([=] { return setreuid(other, kSame); }) == EPERM);
  CHECK(error_of([=] { return setreuid(kSame, other); }) == EPERM);
  CHECK(error_of([=] { return setresuid(kSame, kSame, other); }) == EPERM);
  CHECK(error_of([=] { return setgid(group); }) == EPERM);
  CHECK(error_of([=] { return setegid(group); }) == EPERM);
  CHECK(error_of([=] { return setregid(kSame, group); }) == EPERM);
  CHECK(error_of([=] { return setresgid(group, kSame, kSame); }) == EPERM);
  CHECK(error_of([=] { return setgroups(1, &group); }) == EPERM);
  CHECK(error_of([] { return setuid(kSame); }) == EINVAL);
  CHECK(error_of([] { return setgid(kSame); }) == EINVAL);
  CHECK(error_of([] { return seteuid(kSame); }) == EINVAL);
  CHECK(error_of([] { return setegid(kSame); }) == EINVAL);
  CHECK(getuid() == other - 1);
}

LIBC_TEST("getgroups() counts the groups, and gives as many as there is room for") {
  const int count = getgroups(0, nullptr);
  REQUIRE(count >= 0);
  std::vector<gid_t> groups(static_cast<size_t>(count) + 1);
  CHECK(getgroups(count + 1, groups.data()) == count);
  volatile int negative = -1;  // the compiler would see it
  CHECK(error_of([&] { return getgroups(negative, groups.data()); }) == EINVAL);
}

#if defined(__wasi__)
LIBC_TEST("what needs another process says that there is none") {
  char* const none[] = {nullptr};
  CHECK(error_of([] { return fork(); }) == ENOSYS);
  CHECK(error_of([] { return vfork(); }) == ENOSYS);
  CHECK(error_of([] { return _Fork(); }) == ENOSYS);
  CHECK(error_of([] { return daemon(0, 0); }) == ENOSYS);
  CHECK(error_of([&] { return execve("/bin/true", none, none); }) == ENOSYS);
  CHECK(error_of([&] { return execv("/bin/true", none); }) == ENOSYS);
  CHECK(error_of([&] { return execvp("true", none); }) == ENOSYS);
  CHECK(error_of([&] { return execvpe("true", none, none); }) == ENOSYS);
  CHECK(error_of([&] { return fexecve(0, none, none); }) == ENOSYS);
  CHECK(error_of([] { return execl("/bin/true", "true", nullptr); }) == ENOSYS);
  CHECK(error_of([&] { return execle("/bin/true", "true", nullptr, none); }) == ENOSYS);
  CHECK(error_of([] { return execlp("true", "true", nullptr); }) == ENOSYS);
  CHECK(error_of([] { return system("true"); }) == ENOSYS);
  CHECK(system(nullptr) == 0);
  errno = 0;
  CHECK(popen("true", "r") == nullptr);
  CHECK(errno == ENOSYS);
  CHECK(error_of([] { return pclose(nullptr); }) == ENOSYS);
  pid_t pid = 77;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  CHECK(posix_spawnattr_init(&attributes) == ENOSYS);
  CHECK(posix_spawn_file_actions_init(&actions) == ENOSYS);
  CHECK(posix_spawn(&pid, "/bin/true", nullptr, nullptr, none, none) == ENOSYS);
  CHECK(posix_spawnp(&pid, "true", nullptr, nullptr, none, none) == ENOSYS);
  CHECK(pid == 77);
}

LIBC_TEST("nobody is found where there is no database of users") {
  struct passwd user, *found = &user;
  struct group group, *group_found = &group;
  errno = 0;
  CHECK(getpwuid(getuid()) == nullptr);
  CHECK(errno == ENOENT);
  CHECK(getpwnam("root") == nullptr);
  CHECK(getpwuid_r(0, &user, nullptr, 0, &found) == ENOENT);
  CHECK(found == nullptr);
  CHECK(getpwent() == nullptr);
  errno = 0;
  CHECK(getgrgid(getgid()) == nullptr);
  CHECK(errno == ENOENT);
  CHECK(getgrnam_r("root", &group, nullptr, 0, &group_found) == ENOENT);
  CHECK(group_found == nullptr);
  CHECK(getgrent() == nullptr);
}
#endif
