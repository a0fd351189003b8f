#include "process_fixture.hpp"

using namespace wasmsig;
using namespace wasmsig::process;

TEST_CASE("a descriptor stands for this process, or for one that the host knows, until it is closed") {
  Fresh fresh;
  const int mine = pidfd_open(pid(), false), other = pidfd_open(9, true);
  REQUIRE(mine >= 0);
  REQUIRE(other >= 0);
  CHECK(pidfd_pid(mine) == pid());
  CHECK(pidfd_pid(other) == 9);
  fake::close_pidfd(other);
  CHECK(pidfd_pid(other) == -EBADF);
  CHECK(pidfd_pid(mine) == pid());
}

TEST_CASE("what cannot be opened as a process says why") {
  Fresh fresh;
  CHECK(pidfd_open(0, false) == -EINVAL);
  CHECK(pidfd_open(-9, false) == -EINVAL);
  CHECK(pidfd_open(77, false) == -ESRCH);
  int opened = 0, result;
  while ((result = pidfd_open(9, false)) >= 0) opened++;
  CHECK(opened > 0);
  CHECK(result == -EMFILE);
  for (int fd : {-1, 0, 3, 1 << 30}) CHECK(pidfd_pid(fd) == -EBADF);
}

TEST_CASE("a process sends itself any code and pid that Linux has, and what does not fit is refused") {
  Origin origin;
  for (const int32_t code : {0, -1, -6, -60, -256, 128, 255}) {
    for (const int32_t sender : {0, 1, 4194303}) {
      REQUIRE(make_origin(code, sender, -5, &origin));
      const SigInfo info = info_of(kSIGUSR1, origin);
      CHECK(info.code == code);
      CHECK(info.pid == sender);
      CHECK(info.value == -5);
    }
  }
  CHECK_FALSE(make_origin(256, 1, 0, &origin));
  CHECK_FALSE(make_origin(-257, 1, 0, &origin));
  CHECK_FALSE(make_origin(0, -1, 0, &origin));
  CHECK_FALSE(make_origin(0, 4194304, 0, &origin));
}
