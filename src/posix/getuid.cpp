// Who the process is. The host says it, and the process has not the right to change it.
#include <unistd.h>

#include "posix/convert.hpp"
#include "queue/queue.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

constexpr unsigned kNone = -1;  // "leave it as it is", or no id

unsigned own_id() {
  process::start();
  return queue::block.uid;
}

// Linux: no id is an error here; others are those of the process, or not permitted.
int set_id(unsigned id) {
  if (id == kNone) return fail(EINVAL);
  return id == own_id() ? 0 : fail(EPERM);
}

int set_ids(unsigned real, unsigned effective, unsigned saved) {
  const unsigned own = own_id();
  const auto permitted = [own](unsigned id) { return id == kNone || id == own; };
  return permitted(real) && permitted(effective) && permitted(saved) ? 0 : fail(EPERM);
}

int get_ids(unsigned* real, unsigned* effective, unsigned* saved) {
  *real = *effective = *saved = own_id();
  return 0;
}

}  // namespace

extern "C" {

uid_t getuid(void) { return own_id(); }
uid_t geteuid(void) { return own_id(); }
int setuid(uid_t id) { return set_id(id); }
int seteuid(uid_t id) { return set_id(id); }
int setreuid(uid_t real, uid_t effective) { return set_ids(real, effective, kNone); }
int setresuid(uid_t real, uid_t effective, uid_t saved) { return set_ids(real, effective, saved); }
int getresuid(uid_t* real, uid_t* effective, uid_t* saved) { return get_ids(real, effective, saved); }

// The group is the user's own, which has the same number.
gid_t getgid(void) { return own_id(); }
gid_t getegid(void) { return own_id(); }
int setgid(gid_t id) { return set_id(id); }
int setegid(gid_t id) { return set_id(id); }
int setregid(gid_t real, gid_t effective) { return set_ids(real, effective, kNone); }
int setresgid(gid_t real, gid_t effective, gid_t saved) { return set_ids(real, effective, saved); }
int getresgid(gid_t* real, gid_t* effective, gid_t* saved) { return get_ids(real, effective, saved); }

int getgroups(int size, gid_t groups[]) {
  constexpr int kCount = 1;
  if (size < 0) return fail(EINVAL);
  if (size > 0) groups[0] = own_id();
  return kCount;
}

int setgroups(size_t, const gid_t*) { return fail(EPERM); }

}  // extern "C"
