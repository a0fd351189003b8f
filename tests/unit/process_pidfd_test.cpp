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
